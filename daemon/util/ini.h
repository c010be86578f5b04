/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_INI_H
#define LIVEPATCHD_INI_H

#include <stddef.h>

/**
 * ini_assignment_t - told of each assignment of a configuration file
 * @section: its section
 * @key: what is assigned to
 * @value: the rest of the line, without white space around it
 * @line: the number of its line, or of the first of its continued lines
 * @userdata: as given to lpd_ini_parse()
 *
 * Return: negative to give up.
 */
typedef int (*ini_assignment_t)(const char *section, const char *key, const char *value,
				unsigned int line, void *userdata);

/**
 * ini_wrong_t - told of each line that is none of the syntax
 * @line: its number
 * @reason: what is wrong with it, a constant
 * @userdata: as given to lpd_ini_parse()
 */
typedef void (*ini_wrong_t)(unsigned int line, const char *reason, void *userdata);

/**
 * lpd_ini_parse - parse systemd's configuration syntax
 * @text: the file's content
 * @assignment: told of each assignment, in order
 * @wrong: told of each line that is wrong, which is passed over; NULL: the first ends it
 * @userdata: for both
 * @ret_line: set on failure: the line that is wrong
 * @ret_reason: set on failure: what is wrong with it, a constant
 *
 * "[Section]", "Key=Value"; lines that begin with # or ; are comments; a
 * backslash at the end joins the next line with a space between.
 *
 * Return: 0, -EBADMSG on a syntax error without @wrong, -ENOMEM, or what @assignment returned;
 * then @ret_reason is NULL.
 */
int lpd_ini_parse(const char *text, ini_assignment_t assignment, ini_wrong_t wrong, void *userdata,
		  unsigned int *ret_line, const char **ret_reason);

#endif
