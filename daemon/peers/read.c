// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>

#include <linux/livepatch_helper.h>

#include "kernel/klp-sysfs.h"
#include "model/klp-patch.h"
#include "peers/parse.h"
#include "peers/read.h"
#include "util/fs.h"

static inline void fclosep_(FILE **file)
{
	if (*file)
		(void)fclose(*file);
}

int peers_each_line(struct peers *peers, const char *source, const char *path, peers_line_t told, void *userdata)
{
	_cleanup_(fclosep_) FILE *file = lpd_open_lines(path);
	_cleanup_free_ char *line = NULL;
	size_t size = 0;
	int r = 0;

	if (!file && !source && errno == ENOENT)
		return 0;
	if (!file)
		return peers_say_unseen(peers, "%s: %s", source ?: path, strerror(errno));

	errno = 0;
	while (r >= 0 && getline(&line, &size, file) >= 0)
		r = told(line, userdata);
	if (r < 0)
		return r;
	if (ferror(file))
		return peers_say_unseen(peers, "%s: %s", source ?: path, strerror(errno));
	return 1;
}

char *peers_tracefs(const struct klp_root *root)
{
	char *path;

	if (asprintf(&path, "%s/kernel/tracing/enabled_functions", root->sys) < 0)
		return NULL;
	if (access(path, F_OK) < 0) {
		free(path);
		return asprintf(&path, "%s/kernel/debug/tracing", root->sys) < 0 ? NULL : path;
	}
	*strrchr(path, '/') = '\0';
	return path;
}

/* ------------------------------------------------------------ livepatches */

static int add_livepatch(struct peers *peers, const struct klp_patch *patch, const struct klp_function *klp)
{
	uint32_t sympos = klp->sympos;
	struct peers_function *function;
	struct peer *peer;
	int r;

	/* sysfs counts from 1 where the name is unique, too. */
	if (sympos == 1 && !peers_find(peers, klp->module, klp->symbol, 1))
		sympos = 0;
	r = peers_get(peers, klp->module, klp->symbol, sympos, &function);
	if (r < 0 || !function)
		return r;
	r = peers_add(function, PEER_LIVEPATCH, patch->status.enabled, patch->name, &peer);
	if (r < 0)
		return r;
	if (patch->status.transition) {
		function->moving = true;
		r = peer_set(&peer->detail, "tasks are moving %s it", patch->status.enabled ? "to" : "away from");
		if (r < 0)
			return r;
	}
	return peer_set(&peer->detach, "livepatchd unload %s", patch->name);
}

int peers_read_livepatches(const struct klp_root *root, struct peers *peers)
{
	_cleanup_(klp_snapshot_clear) struct klp_snapshot snapshot = { 0 };
	int r;

	r = klp_read_snapshot(root, &snapshot);
	if (r < 0)
		return peers_say_unseen(peers, "livepatches: %s", strerror(-r));
	for (size_t i = 0; i < snapshot.n_patches; i++) {
		const struct klp_patch *patch = snapshot.patches + i;

		for (size_t j = 0; patch->status.registered && j < patch->n_functions; j++) {
			if (!patch->functions[j].patched)
				continue;
			r = add_livepatch(peers, patch, patch->functions + j);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

/* ----------------------------------------------------------------- ftrace */

struct ftrace_reader {
	struct peers *peers;
	/* Of the line before, which the next may go on about; NULL: not wanted. */
	struct peers_function *function;
};

static int read_ftrace_line(char *line, void *userdata)
{
	struct ftrace_reader *reader = userdata;
	struct ftrace_line parsed;
	const char *target;
	int r;

	if (reader->function && ftrace_parse_direct(line, &target) >= 0)
		return peer_set(&reader->function->direct_to, "%s", target);
	/* The helper's shared ftrace_ops needs a function of its own, which nobody calls. */
	if (ftrace_parse(line, &parsed) < 0 || lpd_streq(parsed.module, "livepatch_helper"))
		return 0;
	r = peers_get(reader->peers, parsed.module, parsed.symbol, 0, &reader->function);
	if (r < 0 || !reader->function)
		return r;
	reader->function->n_ops += parsed.n_ops;
	reader->function->ipmodify |= parsed.ipmodify;
	r = peer_set(&reader->function->flags, "%s", parsed.flags);
	if (r < 0 || !parsed.handler)
		return r;
	return peer_set(&reader->function->handler, "%s", parsed.handler);
}

int peers_read_ftrace(const struct klp_root *root, struct peers *peers)
{
	struct ftrace_reader reader = { .peers = peers };
	_cleanup_free_ char *folder = peers_tracefs(root), *path = NULL;
	int r;

	if (!folder || asprintf(&path, "%s/enabled_functions", folder) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	r = peers_each_line(peers, "ftrace", path, read_ftrace_line, &reader);
	peers->ftrace_seen = r > 0;
	return r;
}

/* ------------------------------------------------ who has nobody on them */

/* Whether a function of that name is there already. */
static bool is_there(const struct peers *peers, const char *name)
{
	const struct peers one = { .patterns = &name, .n_patterns = 1 };

	for (size_t i = 0; i < peers->n_functions; i++)
		if (peers_wanted(&one, peers->functions[i].module, peers->functions[i].symbol))
			return true;
	return false;
}

/* "address T symbol\t[module]" */
static int read_name(char *line, void *userdata)
{
	struct peers *missing = userdata;
	char symbol[LPH_SYMBOL_LEN], module[LPH_MODULE_LEN] = "vmlinux", type;
	struct peers_function *function;

	if (sscanf(line, "%*s %c %511s [%63[^]]]", &type, symbol, module) < 2 || !strchr("tTwW", type))
		return 0;
	return peers_get(missing, module, symbol, 0, &function);
}

int peers_read_named(const struct klp_root *root, struct peers *peers, const char **ret_missing)
{
	_cleanup_free_ const char **names = calloc(peers->n_patterns ?: 1, sizeof(*names));
	_cleanup_(peers_clear) struct peers missing = { .max = peers->max, .patterns = names };
	_cleanup_free_ char *path = NULL;
	struct peers_function *function;
	int r;

	if (!names || asprintf(&path, "%s/kallsyms", root->proc) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	for (size_t i = 0; i < peers->n_patterns; i++)
		if (peers_is_name(peers->patterns[i]) && !is_there(peers, peers->patterns[i]))
			names[missing.n_patterns++] = peers->patterns[i];
	if (missing.n_patterns == 0)
		return 0;

	r = peers_each_line(peers, "kallsyms", path, read_name, &missing);
	for (size_t i = 0; r > 0 && i < missing.n_patterns; i++)
		if (!is_there(&missing, names[i])) {
			*ret_missing = names[i];
			return -ENOENT;
		}
	for (size_t i = 0; r >= 0 && i < missing.n_functions; i++)
		r = peers_get(peers, missing.functions[i].module, missing.functions[i].symbol, 0, &function);
	return r;
}

/* -------------------------------------------------------------------- all */

int peers_look(const struct klp_root *root, struct peers *peers, const char **ret_missing)
{
	_cleanup_(bpf_clear) struct bpf_all bpf = { 0 };
	int r, bpf_error;

	r = peers_read_helper(peers);
	if (r >= 0)
		r = peers_read_livepatches(root, peers);
	if (r >= 0)
		r = peers_read_ftrace(root, peers);
	if (r < 0)
		return r;

	bpf_error = bpf_look(root->proc, &bpf);
	if (bpf_error == -ENOMEM)
		return bpf_error;
	if (bpf_error < 0)
		r = peers_say_unseen(peers, "BPF: %s", strerror(-bpf_error));
	if (r >= 0)
		r = peers_read_bpf(root, peers, &bpf);
	if (r >= 0)
		r = peers_read_probes(root, peers, &bpf);
	if (r >= 0)
		r = peers_read_tracers(root, peers);
	if (r >= 0 && ret_missing)
		r = peers_read_named(root, peers, ret_missing);
	return r < 0 ? r : peers_judge(peers);
}
