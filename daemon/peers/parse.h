/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_PEERS_PARSE_H
#define LIVEPATCHD_PEERS_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Lines of tracefs and debugfs that tell who is on a function. Parsers change
 * the line they are given and return pointers into it; -EBADMSG says that it
 * is not one of theirs.
 */

/**
 * struct kprobe_line - of kprobes/list
 * @address: 0: hidden from us
 * @returns: it waits for the function's return
 * @symbol: the function
 * @module: "vmlinux" for the kernel itself
 * @site: where it stands behind the function's first byte
 * @offset: likewise, 0 where ftrace's site is: that is the entry
 * @disabled: it is there, but off
 */
struct kprobe_line {
	uint64_t address;
	bool returns;
	const char *symbol;
	const char *module;
	unsigned int site;
	unsigned int offset;
	bool disabled;
};

int kprobe_parse(char *line, struct kprobe_line *ret);

/**
 * struct probe_event - a line of dynamic_events on functions of the kernel
 * @name: GROUP/NAME
 * @fprobe: an fprobe, else a kprobe
 * @returns: it waits for the return
 * @symbol: the function; for an fprobe it may be a pattern
 * @module: "vmlinux" if none is named
 * @offset: behind the function's entry
 * @address: where no symbol is given, else 0
 */
struct probe_event {
	const char *name;
	bool fprobe;
	bool returns;
	const char *symbol;
	const char *module;
	unsigned long offset;
	uint64_t address;
};

int probe_event_parse(char *line, struct probe_event *ret);

/**
 * struct filter_line - of set_ftrace_filter and its like
 * @all: every function, but for those of the notrace list
 * @symbol: else this one
 * @module: "vmlinux" for the kernel itself
 * @command: what is to happen when it is called, NULL: it is to be traced
 */
struct filter_line {
	bool all;
	const char *symbol;
	const char *module;
	const char *command;
};

int filter_parse(char *line, struct filter_line *ret);

#endif
