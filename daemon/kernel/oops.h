/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_OOPS_H
#define LIVEPATCHD_OOPS_H

#include <json-c/json.h>
#include <stdbool.h>

/*
 * Which modules a kernel log blames for an oops or a panic: those whose functions
 * it died in, or was called from when it did. The list of all modules, warnings, and
 * what the unwinder only guesses at blame nobody.
 *
 * Anybody can make the kernel log words of his own, in the middle of a line (a mount
 * option that there is not), or at its beginning (15 bytes, a task's name). So each line
 * has to be as the kernel writes it, from its first byte to its last.
 */

/**
 * struct oops_reader - reads a kernel log line by line
 * @inside: of an oops or panic
 * @last_only: it is a dump, which the kernel made as it died: only what comes last is about
 *	that. In a dump, words of others can be lines of their own, before
 * @modules: for each module that is blamed the first function, as the kernel writes it; the
 *	caller's, in the end
 */
struct oops_reader {
	bool inside;
	bool last_only;
	struct json_object *modules;
};

/** oops_read_line - the next line, with or without level and time in front */
void oops_read_line(struct oops_reader *reader, const char *line);

/** oops_read - lines of @text, which is changed */
void oops_read(struct oops_reader *reader, char *text);

#endif
