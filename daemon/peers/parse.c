// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>

#include "peers/parse.h"
#include "util/util.h"

#define VMLINUX "vmlinux"

static void cut(char *line, const char *at)
{
	line[strcspn(line, at)] = '\0';
}

/* The module in brackets at @text, or the kernel's name; what follows is *@rest. */
static const char *module_in_brackets(char *text, char **rest)
{
	char *end;

	*rest = text;
	if (*text != '[')
		return VMLINUX;
	end = strchr(text, ']');
	if (!end)
		return VMLINUX;
	*end = '\0';
	*rest = end + 1;
	return text + 1;
}

/* "function [module] (count) flags \ttramp: what (handler+0x0/0x1) ->..." */
int ftrace_parse(char *line, struct ftrace_line *ret)
{
	struct ftrace_line parsed = { 0 };
	char *p = strchr(line, ' '), *tramp, *end, *handler;
	size_t n_flags = 0;

	if (!p || p == line || isspace((unsigned char)*line))
		return -EBADMSG;
	*p++ = '\0';
	parsed.symbol = line;
	parsed.module = module_in_brackets(p, &p);
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
		cut(++handler, "+)");
		parsed.handler = handler;
	}
	*ret = parsed;
	return 0;
}

int ftrace_parse_direct(char *line, const char **ret_symbol)
{
	static const char arrow[] = "direct-->";
	char *p = line + strspn(line, " \t");

	if (p == line || strncmp(p, arrow, strlen(arrow)) != 0)
		return -EBADMSG;
	p += strlen(arrow);
	cut(p, "+ \n");
	if (!*p)
		return -EBADMSG;
	*ret_symbol = p;
	return 0;
}

/* "address  k  symbol+0x4  [module] [FLAG][FLAG]"; the module stands without brackets. */
int kprobe_parse(char *line, struct kprobe_line *ret)
{
	struct kprobe_line parsed = { .module = VMLINUX };
	char *save = NULL, *word = strtok_r(line, " \n", &save), *plus, *end;

	if (!word)
		return -EBADMSG;
	parsed.address = strtoull(word, &end, 16);
	if (*end)
		return -EBADMSG;
	word = strtok_r(NULL, " \n", &save);
	if (!word || !strchr("kr", *word) || word[1])
		return -EBADMSG;
	parsed.returns = *word == 'r';
	word = strtok_r(NULL, " \n", &save);
	plus = word ? strrchr(word, '+') : NULL;
	if (!plus)
		return -EBADMSG;
	*plus = '\0';
	parsed.symbol = word;
	parsed.site = (unsigned int)strtoul(plus + 1, NULL, 16);
	parsed.offset = parsed.site;

	while ((word = strtok_r(NULL, " \n", &save))) {
		if (*word != '[') {
			parsed.module = word;
			continue;
		}
		parsed.disabled = parsed.disabled || strstr(word, "[DISABLED]") || strstr(word, "[GONE]");
		/* Behind an ENDBR, where there is one. */
		if (strstr(word, "[FTRACE]"))
			parsed.offset = 0;
	}
	*ret = parsed;
	return 0;
}

/* "p:group/name module:symbol+20 arguments"; "r10:...", "f:group/name symbol%return" */
int probe_event_parse(char *line, struct probe_event *ret)
{
	struct probe_event parsed = { .module = VMLINUX };
	char *save = NULL, *type = strtok_r(line, " \n", &save), *where = strtok_r(NULL, " \n", &save);
	char *name = type ? strchr(type, ':') : NULL, *colon, *end;

	if (!name || !where || !strchr("prf", *type))
		return -EBADMSG;
	*name++ = '\0';
	parsed.name = name;
	parsed.fprobe = *type == 'f';
	parsed.returns = *type == 'r';
	/* A uprobe's place is a file. */
	if (*where == '/')
		return -EBADMSG;

	end = strchr(where, '%');
	if (end) {
		parsed.returns = lpd_streq(end, "%return");
		*end = '\0';
	}
	if (isdigit((unsigned char)*where)) {
		parsed.address = strtoull(where, NULL, 0);
		parsed.symbol = "";
		*ret = parsed;
		return 0;
	}
	colon = strchr(where, ':');
	if (colon) {
		*colon = '\0';
		parsed.module = where;
		where = colon + 1;
	}
	end = strchr(where, '+');
	if (end) {
		*end = '\0';
		parsed.offset = strtoul(end + 1, NULL, 0);
	}
	parsed.symbol = where;
	*ret = parsed;
	return 0;
}

/* "symbol [module]", "symbol [module]:command:count", "#### all functions enabled ####" */
int filter_parse(char *line, struct filter_line *ret)
{
	struct filter_line parsed = { .module = VMLINUX };
	char *p;

	cut(line, "\n");
	if (*line == '#') {
		if (!strstr(line, "all functions enabled"))
			return -EBADMSG;
		parsed.all = true;
		*ret = parsed;
		return 0;
	}
	p = line + strcspn(line, " :");
	if (p == line)
		return -EBADMSG;
	parsed.symbol = line;
	if (*p == ' ') {
		*p++ = '\0';
		parsed.module = module_in_brackets(p, &p);
	}
	if (*p == ':') {
		*p = '\0';
		parsed.command = p + 1;
	}
	*ret = parsed;
	return 0;
}
