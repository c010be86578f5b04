// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>

#include "kernel/tracefs.h"
#include "peers/parse.h"
#include "util/util.h"

#define VMLINUX "vmlinux"

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

	line[strcspn(line, "\n")] = '\0';
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
		parsed.module = tracefs_module(p, &p);
	}
	if (*p == ':') {
		*p = '\0';
		parsed.command = p + 1;
	}
	*ret = parsed;
	return 0;
}
