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

int lpd_ini_parse(const char *text, ini_assignment_t assignment, void *userdata,
		  unsigned int *ret_line, const char **ret_reason)
{
	_cleanup_free_ char *copy = strdup(text);
	const char *section = NULL, *reason;
	unsigned int line = 0, first = 0;
	char *rest = copy, *l;

	if (!copy)
		return -ENOMEM;

	while ((l = next_line(&rest, &line, &first))) {
		size_t length;
		char *value;
		int r;

		l = strip(l);
		if (!*l || *l == '#' || *l == ';')
			continue;

		if (*l == '[') {
			length = strlen(l);
			if (l[length - 1] != ']' || length < 3) {
				reason = "a section is written [Name]";
				goto wrong;
			}
			l[length - 1] = '\0';
			section = l + 1;
			continue;
		}

		value = strchr(l, '=');
		if (!value || value == l) {
			reason = "expected Key=Value";
			goto wrong;
		}
		if (!section) {
			reason = "an assignment needs a [Section] above it";
			goto wrong;
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

wrong:
	*ret_line = first;
	*ret_reason = reason;
	return -EBADMSG;
}
