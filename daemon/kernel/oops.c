// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "kernel/oops.h"
#include "util/util.h"

/* "invalid opcode: 0000 [#1] PREEMPT SMP": how all oopses begin, whatever they are. */
static bool begins_oops(const char *line)
{
	for (const char *at = line; (at = strstr(at, " [#")); at++)
		if (at - line >= 6 && strspn(at - 4, "0123456789abcdef") == 4 && strncmp(at - 6, ": ", 2) == 0)
			return true;
	return strstr(line, "Kernel panic - ");
}

/* FUNCTION+0x1b/0x20 [MODULE]: where that is in @line, and the module behind it; NULL: nowhere. */
static const char *find_place(const char *line, const char **ret_module)
{
	const char *at = strstr(line, "+0x"), *behind, *start;

	if (!at)
		return NULL;
	behind = at + 3 + strspn(at + 3, "0123456789abcdef");
	if (strncmp(behind, "/0x", 3) != 0)
		return NULL;
	behind += 3 + strspn(behind + 3, "0123456789abcdef");
	if (strncmp(behind, " [", 2) != 0)
		return NULL;
	for (start = at; start > line && (isalnum((unsigned char)start[-1]) || strchr("_.", start[-1])); start--)
		;
	/* "? FUNCTION": found on the stack, but nobody knows why. */
	if (start - line >= 2 && strncmp(start - 2, "? ", 2) == 0)
		return NULL;
	*ret_module = behind + 2;
	return start;
}

static void blame(struct oops_reader *reader, const char *place, const char *module)
{
	_cleanup_free_ char *name = strndup(module, strcspn(module, " ]"));
	char text[256];

	if (!name || !*name || json_object_object_get_ex(reader->modules, name, NULL))
		return;
	(void)snprintf(text, sizeof(text), "%.*s", (int)strcspn(place, "+"), place);
	json_object_object_add(reader->modules, name, json_object_new_string(text));
}

void oops_read_line(struct oops_reader *reader, const char *line)
{
	const char *place, *module;

	if (begins_oops(line))
		reader->inside = true;
	else if (strstr(line, "---[ end "))
		reader->inside = false;
	if (!reader->inside)
		return;
	place = find_place(line, &module);
	if (place)
		blame(reader, place, module);
}

void oops_read(struct oops_reader *reader, char *text)
{
	char *line;

	while ((line = strsep(&text, "\n")))
		oops_read_line(reader, line);
}
