// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/function-name.h"
#include "model/function-pattern.h"

bool function_pattern_is_name(const char *pattern)
{
	return !strpbrk(pattern, "*?[");
}

int function_pattern_check(const char *pattern)
{
	const char *comma = strchr(pattern, ','), *colon = strchr(pattern, ':');
	struct function_name name;

	if (function_pattern_is_name(pattern))
		return function_name_parse(pattern, &name);
	if (comma || strlen(pattern) >= FUNCTION_NAME_MAX || (colon && strchr(colon + 1, ':')))
		return -EINVAL;
	for (const char *c = pattern; *c; c++)
		if (!isgraph((unsigned char)*c) || *c == '/')
			return -EINVAL;
	return 0;
}

bool function_pattern_matches(const char *pattern, const char *otherwise, const char *module, const char *symbol)
{
	const char *colon = strchr(pattern, ':'), *rest = colon ? colon + 1 : pattern;
	size_t length = strcspn(rest, ",");
	char of_module[LPH_MODULE_LEN];

	/* Hundreds of names are looked for among as many functions as are traced. */
	if (function_pattern_is_name(rest) ? strncmp(symbol, rest, length) != 0 || symbol[length] :
					     fnmatch(rest, symbol, 0) != 0)
		return false;
	(void)snprintf(of_module, sizeof(of_module), "%.*s", colon ? (int)(colon - pattern) : (int)strlen(otherwise),
		       colon ? pattern : otherwise);
	return fnmatch(of_module, module, 0) == 0;
}

uint32_t function_pattern_sympos(const char *pattern)
{
	const char *comma = strchr(pattern, ',');

	return comma ? (uint32_t)strtoul(comma + 1, NULL, 10) : 0;
}
