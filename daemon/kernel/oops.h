/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_OOPS_H
#define LIVEPATCHD_OOPS_H

#include <json-c/json.h>
#include <stdbool.h>

/*
 * Which modules a kernel log blames for an oops or a panic: those whose functions
 * it died in, or was called from when it did. The list of all modules, warnings, and
 * what the unwinder only guesses at blame nobody.
 */

/**
 * struct oops_reader - reads a kernel log line by line
 * @inside: of an oops or panic
 * @modules: for each module that is blamed the first function, as the kernel writes it; not owned
 */
struct oops_reader {
	bool inside;
	struct json_object *modules;
};

/** oops_read_line - the next line; what stands before the message does not matter */
void oops_read_line(struct oops_reader *reader, const char *line);

/** oops_read - lines of @text, which is changed */
void oops_read(struct oops_reader *reader, char *text);

#endif
