// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>

#include <linux/livepatch_helper.h>

#include "kernel/ftrace-functions.h"
#include "kernel/kallsyms.h"
#include "kernel/klp-sysfs.h"
#include "model/function-name.h"
#include "model/function-pattern.h"
#include "model/klp-patch.h"
#include "peers/read.h"
#include "util/fs.h"

int peers_seen(struct peers *peers, const char *source, int r)
{
	if (r >= 0)
		return 1;
	if (r == -ENOMEM)
		return r;
	return peers_say_unseen(peers, "%s: %s", source, strerror(-r));
}

int peers_each_line(struct peers *peers, const char *source, const char *path, lpd_line_t told, void *userdata)
{
	int r = lpd_each_line(path, told, userdata);

	return r == -ENOENT && !source ? 0 : peers_seen(peers, source ?: path, r);
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

static int add_ftrace(const struct ftrace_function *seen, void *userdata)
{
	struct peers *peers = userdata;
	struct peers_function *function;
	int r;

	/* The helper's shared ftrace_ops needs a function of its own, which nobody calls. */
	if (lpd_streq(seen->module, "livepatch_helper"))
		return 0;
	r = peers_get(peers, seen->module, seen->symbol, 0, &function);
	if (r < 0 || !function)
		return r;
	function->n_ops += seen->n_ops;
	function->ipmodify |= seen->ipmodify;
	r = peer_set(&function->flags, "%s", seen->flags);
	if (r >= 0 && seen->handler)
		r = peer_set(&function->handler, "%s", seen->handler);
	if (r >= 0 && seen->direct_to)
		r = peer_set(&function->direct_to, "%s", seen->direct_to);
	return r;
}

int peers_read_ftrace(const struct klp_root *root, struct peers *peers)
{
	int r = peers_seen(peers, "ftrace", ftrace_functions_each(root, add_ftrace, peers));

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

static int add_named(const struct kallsyms_symbol *symbol, void *userdata)
{
	struct peers_function *function;

	return symbol->code ? peers_get(userdata, symbol->module, symbol->name, 0, &function) : 0;
}

/* Of several functions of a name the one that is asked for; -ENOENT: there are not as many. */
static int add_which(const struct klp_root *root, struct peers *peers, const char *pattern)
{
	struct peers_function *function;
	struct function_name name;
	unsigned int count;
	int r;

	if (function_name_parse(pattern, &name) < 0 || name.sympos == 0)
		return 0;
	r = kallsyms_count(root, &(struct klp_function){ .symbol = name.symbol, .module = name.module }, 1, &count);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	if (name.sympos > count)
		return -ENOENT;
	return count > 1 ? peers_get(peers, name.module, name.symbol, name.sympos, &function) : 0;
}

int peers_read_which(const struct klp_root *root, struct peers *peers, const char **ret_missing)
{
	for (size_t i = 0; i < peers->n_patterns; i++) {
		int r = add_which(root, peers, peers->patterns[i]);

		if (r == -ENOENT)
			*ret_missing = peers->patterns[i];
		if (r < 0)
			return r;
	}
	return 0;
}

int peers_read_named(const struct klp_root *root, struct peers *peers, const char **ret_missing)
{
	_cleanup_free_ const char **names = calloc(peers->n_patterns ?: 1, sizeof(*names));
	_cleanup_(peers_clear) struct peers missing = { .max = peers->max, .patterns = names };
	struct peers_function *function;
	int r;

	if (!names)
		return -ENOMEM;
	for (size_t i = 0; i < peers->n_patterns; i++)
		if (function_pattern_is_name(peers->patterns[i]) && !is_there(peers, peers->patterns[i]))
			names[missing.n_patterns++] = peers->patterns[i];
	if (missing.n_patterns == 0)
		return 0;

	r = peers_seen(peers, "kallsyms", kallsyms_each(root, add_named, &missing));
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
	int r = 0, bpf_error;

	if (ret_missing)
		r = peers_read_which(root, peers, ret_missing);
	if (r >= 0)
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
