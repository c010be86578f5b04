// SPDX-License-Identifier: GPL-2.0-only
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/oops.h"
#include "util/util.h"

enum pattern {
	/* What the kernel calls what it died of, arch/.../kernel/traps.c; and the number of the oops. */
	BEGINS_OOPS,
	BEGINS_PANIC,
	/* A panic that goes on about the oops before. */
	OF_THE_OOPS,
	ENDS,
	/* FUNCTION+0x1b/0x20 [MODULE BUILD-ID] is where it died, or what called that. */
	PLACE,
	PATTERNS,
};

static const char *const patterns[PATTERNS] = {
	[BEGINS_OOPS] = "^(Oops|Internal error|invalid opcode|general protection fault|divide error|stack segment|"
			"segment not present|invalid TSS|alignment check|bounds|overflow|int3|double fault|"
			"control protection fault|Bad pagetable|stack guard page was hit|kernel stack overflow)"
			"[^[]*: [0-9a-f]{4,16} \\[#[0-9]+\\]( [A-Z_]+(\\([a-z]+\\))?)*$",
	[BEGINS_PANIC] = "^Kernel panic - not syncing: ",
	[OF_THE_OOPS] = "^Kernel panic - not syncing: (Fatal exception|Attempted to kill )",
	[ENDS] = "^---\\[ end ",
	[PLACE] = "^(RIP: [0-9a-f]{4}:|pc : |lr : | )([A-Za-z0-9_.]+)\\+0x[0-9a-f]+/0x[0-9a-f]+ "
		  "\\[([A-Za-z0-9_]+)( [0-9a-f]+)?\\]( \\([A-Z]+\\))?$",
};

enum {
	PLACE_FUNCTION = 2,
	PLACE_MODULE = 3,
	GROUPS,
};

static const regex_t *compiled(enum pattern pattern)
{
	static regex_t regexes[PATTERNS];
	static bool done[PATTERNS];

	if (!done[pattern] && regcomp(&regexes[pattern], patterns[pattern], REG_EXTENDED) != 0)
		abort();
	done[pattern] = true;
	return &regexes[pattern];
}

static bool matches(const char *line, enum pattern pattern, regmatch_t groups[GROUPS])
{
	return regexec(compiled(pattern), line, groups ? GROUPS : 0, groups, 0) == 0;
}

/* Behind "<4>[   12.345678][  T123] ", or a part of it, which pstore has in front of each line. */
static const char *message_of(const char *line)
{
	const char *at = line;

	if (*at == '<' && at[1 + strspn(at + 1, "0123456789")] == '>')
		at += 2 + strspn(at + 1, "0123456789");
	while (*at == '[' && at[1 + strspn(at + 1, " 0123456789.TC")] == ']')
		at += 2 + strspn(at + 1, " 0123456789.TC");
	return at > line && *at == ' ' ? at + 1 : line;
}

static void blame(struct oops_reader *reader, const char *line, const regmatch_t groups[GROUPS])
{
	const regmatch_t *function = groups + PLACE_FUNCTION, *module = groups + PLACE_MODULE;
	_cleanup_free_ char *name = strndup(line + module->rm_so, (size_t)(module->rm_eo - module->rm_so));

	if (!name || json_object_object_get_ex(reader->modules, name, NULL))
		return;
	json_object_object_add(reader->modules, name,
			       json_object_new_string_len(line + function->rm_so, function->rm_eo - function->rm_so));
}

void oops_read_line(struct oops_reader *reader, const char *line)
{
	const char *message = message_of(line);
	regmatch_t groups[GROUPS];

	if (matches(message, BEGINS_OOPS, NULL) || matches(message, BEGINS_PANIC, NULL)) {
		if (reader->last_only && !matches(message, OF_THE_OOPS, NULL)) {
			json_object_put(reader->modules);
			reader->modules = json_object_new_object();
		}
		reader->inside = true;
	} else if (matches(message, ENDS, NULL)) {
		reader->inside = false;
	} else if (reader->inside && matches(message, PLACE, groups)) {
		blame(reader, message, groups);
	}
}

void oops_read(struct oops_reader *reader, char *text)
{
	char *line;

	while ((line = strsep(&text, "\n")))
		oops_read_line(reader, line);
}
