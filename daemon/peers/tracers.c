// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "kernel/klp-sysfs.h"
#include "kernel/tracefs.h"
#include "peers/parse.h"
#include "peers/read.h"
#include "util/fs.h"

/**
 * struct list - the functions that a file lists
 * @lines: what the strings of @filters point into; owned
 * @filters: owned
 * @n: how many
 */
struct list {
	char **lines;
	struct filter_line *filters;
	size_t n;
};

/**
 * struct tracer - the tracer of one instance of tracefs
 * @peers: what is read
 * @kind: PEER_FUNCTION, PEER_FUNCTION_GRAPH
 * @name: "tracing", or the instance
 * @folder: of the instance
 * @runs: there is a tracer that looks at functions
 * @reads: the list that is being read
 */
struct tracer {
	struct peers *peers;
	enum peer_kind kind;
	const char *name;
	const char *folder;
	bool runs;
	struct list *reads;
};

static void list_clear(struct list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->lines[i]);
	free(list->lines);
	free(list->filters);
}

static int list_add(struct list *list, char *line, const struct filter_line *filter)
{
	char **lines = reallocarray(list->lines, list->n + 1, sizeof(*lines));
	struct filter_line *filters;

	if (!lines)
		return -ENOMEM;
	list->lines = lines;
	filters = reallocarray(list->filters, list->n + 1, sizeof(*filters));
	if (!filters)
		return -ENOMEM;
	list->filters = filters;
	lines[list->n] = line;
	filters[list->n++] = *filter;
	return 0;
}

static bool list_has(const struct list *list, const struct peers_function *function)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct filter_line *filter = list->filters + i;

		if (filter->all ||
		    (lpd_streq(filter->symbol, function->symbol) && lpd_streq(filter->module, function->module)))
			return true;
	}
	return false;
}

/* Commands work without a tracer. */
static int add_command(struct tracer *tracer, const struct filter_line *filter)
{
	struct peers_function *function;
	struct peer *peer;
	int r;

	r = peers_get(tracer->peers, filter->module, filter->symbol, 0, &function);
	if (r < 0 || !function)
		return r;
	r = peers_add(function, PEER_COMMAND, true, filter->command, &peer);
	if (r >= 0)
		r = peer_set(&peer->detail, "%s", tracer->name);
	if (r >= 0)
		r = peer_set(&peer->detach, "write !%s:%s to set_ftrace_filter of %s", filter->symbol,
			     filter->command, tracer->name);
	return r;
}

static int read_filter(char *text, void *userdata)
{
	struct tracer *tracer = userdata;
	_cleanup_free_ char *line = strdup(text);
	struct filter_line filter;
	int r;

	if (!line)
		return -ENOMEM;
	if (filter_parse(line, &filter) < 0)
		return 0;
	if (filter.command)
		return add_command(tracer, &filter);
	if (!tracer->runs)
		return 0;
	r = list_add(tracer->reads, line, &filter);
	if (r >= 0)
		line = NULL;
	return r;
}

static int read_list(struct tracer *tracer, const char *file, struct list *list)
{
	_cleanup_free_ char *path = NULL;

	if (asprintf(&path, "%s/%s", tracer->folder, file) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	tracer->reads = list;
	return peers_each_line(tracer->peers, NULL, path, read_filter, tracer);
}

static int add_tracer(const struct tracer *tracer, struct peers_function *function)
{
	struct peer *peer;
	int r;

	r = peers_add(function, tracer->kind, true, tracer->name, &peer);
	return r < 0 ? r : peer_set(&peer->detach, "write nop to current_tracer of %s", tracer->name);
}

static int add_tracers(const struct tracer *tracer, const struct list *filter, const struct list *notrace)
{
	struct peers *peers = tracer->peers;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < peers->n_functions; i++) {
		struct peers_function *function = peers->functions + i;

		/* What ftrace does not have switched on is not traced. */
		if (function->n_ops > 0 && list_has(filter, function) && !list_has(notrace, function))
			r = add_tracer(tracer, function);
	}
	return r;
}

/* Which tracers look at every function, or at those of the filter. */
static bool looks_at_functions(const char *name, enum peer_kind *ret)
{
	*ret = lpd_streq(name, "function_graph") ? PEER_FUNCTION_GRAPH : PEER_FUNCTION;
	return lpd_streq(name, "function_graph") || lpd_streq(name, "function") || lpd_streq(name, "wakeup") ||
	       lpd_streq(name, "wakeup_rt") || lpd_streq(name, "wakeup_dl") || lpd_streq(name, "irqsoff") ||
	       lpd_streq(name, "preemptoff") || lpd_streq(name, "preemptirqsoff");
}

static int read_instance(struct peers *peers, const char *folder, const char *name)
{
	_cleanup_(list_clear) struct list filter = { 0 }, notrace = { 0 };
	struct tracer tracer = { .peers = peers, .folder = folder, .name = name };
	_cleanup_free_ char *path = NULL;
	char current[32];
	int r;

	if (asprintf(&path, "%s/current_tracer", folder) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	r = lpd_read_line_at(AT_FDCWD, path, current, sizeof(current));
	if (r < 0)
		return r == -ENOENT ? 0 : peers_say_unseen(peers, "tracer %s: %s", name, strerror(-r));
	tracer.runs = looks_at_functions(current, &tracer.kind);

	r = read_list(&tracer, "set_ftrace_filter", &filter);
	if (r >= 0)
		r = read_list(&tracer, "set_ftrace_notrace", &notrace);
	return r < 0 || !tracer.runs ? r : add_tracers(&tracer, &filter, &notrace);
}

int peers_read_tracers(const struct klp_root *root, struct peers *peers)
{
	_cleanup_free_ char *tracefs = tracefs_folder(root), *instances = NULL;
	_cleanup_(closedirp) DIR *dir = NULL;
	struct dirent *entry;
	int r;

	if (!tracefs || asprintf(&instances, "%s/instances", tracefs) < 0) {
		instances = NULL;
		return -ENOMEM;
	}
	r = read_instance(peers, tracefs, "tracing");
	dir = opendir(instances);
	while (r >= 0 && dir && (entry = readdir(dir))) {
		_cleanup_free_ char *folder = NULL, *name = NULL;

		if (entry->d_name[0] == '.')
			continue;
		if (asprintf(&folder, "%s/%s", instances, entry->d_name) < 0) {
			folder = NULL;
			return -ENOMEM;
		}
		if (asprintf(&name, "tracing/instances/%s", entry->d_name) < 0) {
			name = NULL;
			return -ENOMEM;
		}
		r = read_instance(peers, folder, name);
	}
	return r;
}
