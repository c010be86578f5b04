// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <stdio.h>

#include "kernel/ftrace-functions.h"
#include "kernel/tracefs.h"
#include "util/fs.h"

/* "function [module] (count) flags \ttramp: what (handler+0x0/0x1) ->..." */
int ftrace_function_parse(char *line, struct ftrace_function *ret)
{
	struct ftrace_function parsed = { 0 };
	char *p = strchr(line, ' '), *tramp, *end, *handler;
	size_t n_flags = 0;

	if (!p || p == line || isspace((unsigned char)*line))
		return -EBADMSG;
	*p++ = '\0';
	parsed.symbol = line;
	parsed.module = tracefs_module(p, &p);
	p += strspn(p, " ");
	if (*p != '(' || !isdigit((unsigned char)p[1]))
		return -EBADMSG;
	parsed.n_ops = (unsigned int)strtoul(p + 1, &end, 10);
	if (*end != ')')
		return -EBADMSG;

	for (p = end + 1; *p && *p != '\t' && *p != '-'; p++) {
		parsed.ipmodify = parsed.ipmodify || *p == 'I';
		parsed.direct = parsed.direct || *p == 'D';
		if (isupper((unsigned char)*p) && n_flags < sizeof(parsed.flags) - 1)
			parsed.flags[n_flags++] = *p;
	}
	/* It is told with a trampoline of its own; in the list of all there is no telling. */
	tramp = strstr(p, "tramp: ");
	handler = tramp ? strchr(tramp, '(') : NULL;
	if (handler) {
		handler++;
		handler[strcspn(handler, "+)")] = '\0';
		parsed.handler = handler;
	}
	*ret = parsed;
	return 0;
}

int ftrace_direct_parse(char *line, const char **ret_symbol)
{
	static const char arrow[] = "direct-->";
	char *p = line + strspn(line, " \t");

	if (p == line || strncmp(p, arrow, strlen(arrow)) != 0)
		return -EBADMSG;
	p += strlen(arrow);
	p[strcspn(p, "+ \n")] = '\0';
	if (!*p)
		return -EBADMSG;
	*ret_symbol = p;
	return 0;
}

/**
 * struct reader - as far as it is
 * @line: of the function that has not been told, which the next line may go on about; owned, NULL: there is none
 * @text: the same, as it was; owned
 * @function: that
 */
struct reader {
	ftrace_function_t told;
	void *userdata;
	char *line;
	char *text;
	struct ftrace_function function;
};

static int tell(struct reader *reader)
{
	_cleanup_free_ char *line = TAKE_PTR(reader->line), *text = TAKE_PTR(reader->text);

	return line ? reader->told(&reader->function, reader->userdata) : 0;
}

static int on_line(char *line, void *userdata)
{
	struct reader *reader = userdata;
	int r;

	if (reader->line && ftrace_direct_parse(line, &reader->function.direct_to) >= 0)
		return tell(reader);
	r = tell(reader);
	if (r < 0)
		return r;
	reader->line = strdup(line);
	reader->text = strdup(line);
	if (!reader->line || !reader->text)
		return -ENOMEM;
	if (ftrace_function_parse(reader->line, &reader->function) < 0) {
		free(TAKE_PTR(reader->line));
		free(TAKE_PTR(reader->text));
		return 0;
	}
	reader->function.text = reader->text;
	return 0;
}

int ftrace_functions_each(const struct klp_root *root, ftrace_function_t told, void *userdata)
{
	_cleanup_free_ char *folder = tracefs_folder(root), *path = NULL;
	struct reader reader = { .told = told, .userdata = userdata };
	int r;

	if (!folder || asprintf(&path, "%s/enabled_functions", folder) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	r = lpd_each_line(path, on_line, &reader);
	if (r >= 0)
		return tell(&reader);
	free(reader.line);
	free(reader.text);
	return r;
}
