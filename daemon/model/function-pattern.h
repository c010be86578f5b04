/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_FUNCTION_PATTERN_H
#define LIVEPATCHD_FUNCTION_PATTERN_H

#include <stdbool.h>
#include <stdint.h>

/**
 * function_pattern_check - whether it can be a pattern: [MODULE:]SYMBOL[,SYMPOS], with *, ? and []
 *
 * What has no *, ? or [ in it is a name.
 *
 * Return: 0, -EINVAL.
 */
int function_pattern_check(const char *pattern);

/** function_pattern_is_name - whether a pattern is one function's name */
bool function_pattern_is_name(const char *pattern);

/**
 * function_pattern_matches - whether a function is meant; its position among several of that name makes no difference
 * @otherwise: pattern of modules that are meant where none is named
 */
bool function_pattern_matches(const char *pattern, const char *otherwise, const char *module, const char *symbol);

/** function_pattern_sympos - which of several of its name a pattern asks for, 0: any */
uint32_t function_pattern_sympos(const char *pattern);

#endif
