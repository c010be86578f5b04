// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "cli/lib/json.h"
#include "cli/lib/text.h"
#include "util/util.h"

static const char *activity(json_object *transition)
{
	const char *kind = cli_json_string(transition, "kind");

	if (lpd_streq(cli_json_string(transition, "state"), "queued"))
		return "waiting for its turn";
	if (lpd_streq(kind, "load"))
		return "loading";
	if (lpd_streq(kind, "load-all"))
		return "loading all";
	if (lpd_streq(kind, "unload"))
		return "unloading";
	if (lpd_streq(kind, "order"))
		return "stacking";
	if (lpd_streq(kind, "trace"))
		return "attaching tracer";
	if (lpd_streq(kind, "untrace"))
		return "removing tracer";
	return kind;
}

static void tasks_text(char *buf, size_t size, json_object *transition)
{
	uint64_t total = cli_json_uint(transition, "tasks_total");

	*buf = '\0';
	if (total)
		(void)snprintf(buf, size, ", %" PRIu64 " of %" PRIu64 " %s left",
			       cli_json_uint(transition, "tasks_remaining"), total,
			       lpd_streq(cli_json_string(transition, "kind"), "load-all") ? "patches" : "tasks");
}

void cli_progress_text(char *buf, size_t size, json_object *transition)
{
	char tasks[64];

	tasks_text(tasks, sizeof(tasks), transition);
	(void)snprintf(buf, size, "%s: %s%s", cli_json_string(transition, "subject"),
		       activity(transition), tasks);
}

/* The columns of a bar, and of the narrowest terminal that has room for one. */
enum {
	BAR = 24,
	BAR_MIN_WIDTH = 60,
};

void cli_progress_bar(char *buf, size_t size, unsigned int width, json_object *transition)
{
	double progress = cli_json_double(transition, "progress");
	char text[256], bar[BAR + 1];
	int full;

	if (progress < 0)
		progress = 0;
	if (progress > 1)
		progress = 1;
	full = progress * BAR;

	memset(bar, '=', full);
	memset(bar + full, ' ', BAR - full);
	if (full < BAR)
		bar[full] = '>';
	bar[BAR] = '\0';

	cli_progress_text(text, sizeof(text), transition);
	if (width < BAR_MIN_WIDTH)
		(void)snprintf(buf, size, "%3d%% %s", (int)(progress * 100 + 0.5), text);
	else
		(void)snprintf(buf, size, "[%s] %3d%% %s", bar, (int)(progress * 100 + 0.5), text);
	/* The last column stays free: some terminals break the line there. */
	if (width > 0 && width - 1 < size)
		buf[width - 1] = '\0';
}

void cli_time_text(char *buf, size_t size, uint64_t usec)
{
	time_t seconds = usec / 1000000;
	struct tm tm;

	if (!usec || !localtime_r(&seconds, &tm) ||
	    !strftime(buf, size, "%Y-%m-%d %H:%M:%S %Z", &tm))
		(void)snprintf(buf, size, "-");
}

void cli_function_text(char *buf, size_t size, json_object *function)
{
	const char *module = cli_json_string(function, "module");
	uint64_t sympos = cli_json_uint(function, "sympos");
	bool in_kernel = !*module || lpd_streq(module, "vmlinux");
	char position[24] = "";

	if (sympos)
		(void)snprintf(position, sizeof(position), ",%" PRIu64, sympos);
	(void)snprintf(buf, size, "%s%s%s%s", in_kernel ? "" : module, in_kernel ? "" : ":",
		       cli_json_string(function, "symbol"), position);
}

void cli_bodies_text(char *buf, size_t size, json_object *bodies)
{
	size_t n = bodies ? json_object_array_length(bodies) : 0, at = 0;

	(void)snprintf(buf, size, "-");
	for (size_t i = 0; i < n && at < size; i++) {
		json_object *body = json_object_array_get_idx(bodies, i);

		at += snprintf(buf + at, size - at, "%s%s %" PRIu64, i ? ", " : "",
			       cli_json_string(body, "body"), cli_json_uint(body, "hits"));
	}
}

bool cli_state_is_pending(const char *state)
{
	return lpd_streq(state, "queued") || lpd_streq(state, "running");
}

bool cli_state_is_moving(const char *state)
{
	return lpd_streq(state, "patching") || lpd_streq(state, "unpatching") ||
	       lpd_streq(state, "tracing");
}

static const char *const suffixes[] = { ".ko", ".ko.gz", ".ko.xz", ".ko.zst" };

/* The length of a file's name without a module's suffix; 0: it has none. */
static size_t stem_length(const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; i < ELEMENTSOF(suffixes); i++) {
		size_t n = strlen(suffixes[i]);

		if (length > n && lpd_streq(name + length - n, suffixes[i]))
			return length - n;
	}
	return 0;
}

bool cli_looks_like_file(const char *s)
{
	return strchr(s, '/') || stem_length(s) > 0;
}

char *cli_module_name(const char *s)
{
	const char *slash = strrchr(s, '/');
	size_t length;
	char *name;

	if (slash)
		s = slash + 1;
	length = stem_length(s);
	name = strndup(s, length ?: strlen(s));
	if (!name)
		return NULL;

	for (char *c = name; *c; c++)
		if (*c == '-')
			*c = '_';
	return name;
}
