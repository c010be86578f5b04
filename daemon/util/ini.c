// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>

#include "util/ini.h"
#include "util/util.h"

static char *strip(char *s)
{
	size_t length;

	while (isspace((unsigned char)*s))
		s++;
	length = strlen(s);
	while (length > 0 && isspace((unsigned char)s[length - 1]))
		s[--length] = '\0';
	return s;
}

/* Cuts off the next line, joined with those that continue it; NULL: there is none. */
static char *next_line(char **rest, unsigned int *line, unsigned int *ret_first)
{
	char *start = *rest, *p = start;

	if (!*start)
		return NULL;
	*ret_first = ++*line;
	for (;;) {
		p += strcspn(p, "\n");
		if (!*p)
			break;
		if (p == start || p[-1] != '\\') {
			*p++ = '\0';
			break;
		}
		p[-1] = ' ';
		*p++ = ' ';
		++*line;
	}
	*rest = p;
	return start;
}

/* What is wrong with the line, or NULL; @value: where it assigns something. */
static const char *check_line(char *line, const char *section, char **value)
{
	size_t length = strlen(line);

	*value = NULL;
	if (*line == '[')
		return line[length - 1] == ']' && length > 2 ? NULL : "a section is written [Name]";
	*value = strchr(line, '=');
	if (!*value || *value == line)
		return "expected Key=Value";
	return section ? NULL : "an assignment needs a [Section] above it";
}

int lpd_ini_parse(const char *text, ini_assignment_t assignment, ini_wrong_t wrong, void *userdata,
		  unsigned int *ret_line, const char **ret_reason)
{
	_cleanup_free_ char *copy = strdup(text);
	unsigned int line = 0, first = 0;
	const char *section = NULL;
	char *rest = copy, *l;

	if (!copy)
		return -ENOMEM;

	while ((l = next_line(&rest, &line, &first))) {
		const char *reason;
		char *value;
		int r;

		l = strip(l);
		if (!*l || *l == '#' || *l == ';')
			continue;

		reason = check_line(l, section, &value);
		if (reason && wrong) {
			wrong(first, reason, userdata);
			continue;
		}
		if (reason) {
			*ret_line = first;
			*ret_reason = reason;
			return -EBADMSG;
		}
		if (!value) {
			l[strlen(l) - 1] = '\0';
			section = l + 1;
			continue;
		}
		*value++ = '\0';
		r = assignment(section, strip(l), strip(value), first, userdata);
		if (r < 0) {
			*ret_line = first;
			*ret_reason = NULL;
			return r;
		}
	}
	return 0;
}
