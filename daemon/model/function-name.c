// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "model/function-name.h"
#include "util/util.h"

static bool is_name(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!isgraph((unsigned char)text[i]) || text[i] == ',' || text[i] == ':' || text[i] == '/')
			return false;
	return length > 0;
}

int function_name_parse(const char *text, struct function_name *ret)
{
	struct function_name name = { .module = "vmlinux" };
	const char *colon = strchr(text, ':'), *comma = strchr(text, ',');
	size_t length;

	if (colon) {
		length = (size_t)(colon - text);
		if (length >= sizeof(name.module) || !is_name(text, length))
			return -EINVAL;
		memcpy(name.module, text, length);
		name.module[length] = '\0';
		for (char *c = name.module; *c; c++)
			*c = *c == '-' ? '_' : *c;
		text = colon + 1;
	}

	if (comma) {
		unsigned long sympos;
		char *end;

		errno = 0;
		sympos = strtoul(comma + 1, &end, 10);
		if (!isdigit((unsigned char)comma[1]) || *end || errno || sympos > UINT32_MAX || comma < text)
			return -EINVAL;
		name.sympos = (uint32_t)sympos;
	}

	length = comma ? (size_t)(comma - text) : strlen(text);
	if (length >= sizeof(name.symbol) || !is_name(text, length))
		return -EINVAL;
	memcpy(name.symbol, text, length);
	name.symbol[length] = '\0';

	*ret = name;
	return 0;
}

const char *function_name_format(char text[FUNCTION_NAME_MAX], const struct function_name *name)
{
	bool kernel = name->module[0] == '\0' || lpd_streq(name->module, "vmlinux");
	char sympos[16] = "";

	if (name->sympos > 0)
		(void)snprintf(sympos, sizeof(sympos), ",%" PRIu32, name->sympos);
	(void)snprintf(text, FUNCTION_NAME_MAX, "%s%s%s%s", kernel ? "" : name->module, kernel ? "" : ":",
		       name->symbol, sympos);
	return text;
}
