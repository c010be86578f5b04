/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_CLI_TEXT_H
#define LIVEPATCHD_CLI_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <json-c/json.h>

/**
 * cli_progress_text - one line on a transition that is queued or runs
 * @buf: gets the line, cut off where it is too long
 * @size: of @buf
 * @transition: the transition
 */
void cli_progress_text(char *buf, size_t size, json_object *transition);

/**
 * cli_progress_bar - a line with a bar, for a terminal
 * @buf: gets the line
 * @size: of @buf
 * @width: columns to use at most
 * @transition: the transition
 */
void cli_progress_bar(char *buf, size_t size, unsigned int width, json_object *transition);

/**
 * cli_time_text - a time for people, in the local time zone
 * @buf: gets the text, "-" for 0
 * @size: of @buf
 * @usec: since the epoch
 */
void cli_time_text(char *buf, size_t size, uint64_t usec);

/**
 * cli_function_text - a patched function as people write it
 * @buf: gets [MODULE:]SYMBOL[,SYMPOS]
 * @size: of @buf
 * @function: a member of a patch's functions
 */
void cli_function_text(char *buf, size_t size, json_object *function);

/**
 * cli_bodies_text - which bodies ran how often
 * @buf: gets "original 12, patch_a 3", "-" if there are none
 * @size: of @buf
 * @bodies: array of {body, hits}
 */
void cli_bodies_text(char *buf, size_t size, json_object *bodies);

/* Has a transition in this state still to settle? */
bool cli_state_is_pending(const char *state);

/* Is a patch or the manager in this state on its way to another? */
bool cli_state_is_moving(const char *state);

/**
 * cli_looks_like_file - is it the path of a module, rather than its name?
 * @s: what the user typed
 */
bool cli_looks_like_file(const char *s);

/**
 * cli_module_name - the name a module has in the kernel
 * @s: a name, or a path of a module's file
 *
 * Return: without folder and suffix, with underscores; NULL: out of memory.
 */
char *cli_module_name(const char *s);

#endif
