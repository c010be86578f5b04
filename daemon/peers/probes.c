// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>

#include "kernel/klp-sysfs.h"
#include "kernel/tracefs.h"
#include "peers/parse.h"
#include "peers/read.h"
#include "util/fs.h"

/**
 * struct event - a probe of tracefs
 * @line: what the strings of @probe point into; owned
 * @enabled: somebody listens
 * @placed: its kprobe has been found
 */
struct event {
	struct probe_event probe;
	char *line;
	bool enabled;
	bool placed;
};

/**
 * struct probes - what is known of probes while they are put together
 * @fail: functions of fail_function; owned
 */
struct probes {
	struct peers *peers;
	struct bpf_all *bpf;
	const char *tracefs;
	struct event *events;
	size_t n_events;
	char **fail;
	size_t n_fail;
};

static void probes_clear(struct probes *probes)
{
	for (size_t i = 0; i < probes->n_events; i++)
		free(probes->events[i].line);
	free(probes->events);
	for (size_t i = 0; i < probes->n_fail; i++)
		free(probes->fail[i]);
	free(probes->fail);
}

/* ---------------------------------------------------------- who made them */

static bool event_is_enabled(const struct probes *probes, const char *name)
{
	_cleanup_free_ char *path = NULL;
	char state[8];

	if (asprintf(&path, "%s/events/%s/enable", probes->tracefs, name) < 0) {
		path = NULL;
		return false;
	}
	/* "1*": a soft mode's trigger, too */
	return lpd_read_line_at(AT_FDCWD, path, state, sizeof(state)) >= 0 && state[0] == '1';
}

static int read_event(char *line, void *userdata)
{
	struct probes *probes = userdata;
	struct event event = { .line = strdup(line) }, *grown;

	if (!event.line)
		return -ENOMEM;
	if (probe_event_parse(event.line, &event.probe) < 0) {
		free(event.line);
		return 0;
	}
	event.enabled = event_is_enabled(probes, event.probe.name);
	grown = reallocarray(probes->events, probes->n_events + 1, sizeof(*grown));
	if (!grown) {
		free(event.line);
		return -ENOMEM;
	}
	probes->events = grown;
	grown[probes->n_events++] = event;
	return 0;
}

static int read_fail(char *line, void *userdata)
{
	struct probes *probes = userdata;
	char **grown;

	line[strcspn(line, " \n")] = '\0';
	if (!*line)
		return 0;
	grown = reallocarray(probes->fail, probes->n_fail + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	probes->fail = grown;
	grown[probes->n_fail] = strdup(line);
	return grown[probes->n_fail++] ? 0 : -ENOMEM;
}

/* The event that made a kprobe: the one that is as enabled as the kprobe is, if there are several. */
static struct event *find_event(struct probes *probes, const struct kprobe_line *kprobe)
{
	struct event *found = NULL;

	for (size_t i = 0; i < probes->n_events; i++) {
		struct event *event = probes->events + i;
		const struct probe_event *probe = &event->probe;
		bool here = probe->address ? probe->address == kprobe->address :
					     lpd_streq(probe->symbol, kprobe->symbol) &&
						     (probe->offset == kprobe->offset ||
						      probe->offset == kprobe->site);

		if (event->placed || probe->fprobe || probe->returns != kprobe->returns || !here)
			continue;
		if (!found || event->enabled != kprobe->disabled)
			found = event;
		if (event->enabled != kprobe->disabled)
			break;
	}
	return found;
}

static struct bpf_seen *find_bpf(struct probes *probes, const struct kprobe_line *kprobe)
{
	enum peer_kind kind = kprobe->returns ? PEER_BPF_KRETPROBE : PEER_BPF_KPROBE;

	for (size_t i = 0; i < probes->bpf->n_seen; i++) {
		struct bpf_seen *seen = probes->bpf->seen + i;

		if (!seen->placed && seen->kind == kind && seen->offset == kprobe->offset &&
		    lpd_streq(seen->symbol, kprobe->symbol))
			return seen;
	}
	return NULL;
}

/* fail_function has one kprobe on each of its functions. */
static bool take_fail(struct probes *probes, const struct kprobe_line *kprobe)
{
	for (size_t i = 0; kprobe->offset == 0 && !kprobe->returns && i < probes->n_fail; i++)
		if (lpd_streq(probes->fail[i], kprobe->symbol)) {
			probes->fail[i][0] = '\0';
			return true;
		}
	return false;
}

/* ---------------------------------------------------------------- kprobes */

static int add_kprobe(struct peers_function *function, const struct kprobe_line *kprobe, const char *event)
{
	struct peer *peer;
	int r;

	r = peers_add(function, kprobe->returns ? PEER_KRETPROBE : PEER_KPROBE, !kprobe->disabled, event, &peer);
	if (r < 0)
		return r;
	peer->offset = kprobe->offset;
	if (kprobe->offset > 0) {
		r = peer_set(&peer->detail, "%u bytes behind the entry", kprobe->offset);
		if (r < 0)
			return r;
	}
	return *event ? peer_set(&peer->detach, "write 0 to events/%s/enable of tracefs", event) :
			peer_set(&peer->detach, "unload the module that registered it");
}

static int read_kprobe(char *line, void *userdata)
{
	struct probes *probes = userdata;
	struct peers_function *function;
	struct kprobe_line kprobe;
	struct bpf_seen *bpf;
	struct event *event;
	struct peer *peer;
	int r;

	if (kprobe_parse(line, &kprobe) < 0)
		return 0;
	r = peers_get(probes->peers, kprobe.module, kprobe.symbol, 0, &function);
	if (r < 0 || !function)
		return r;

	event = find_event(probes, &kprobe);
	if (event) {
		event->placed = true;
		return add_kprobe(function, &kprobe, event->probe.name);
	}
	bpf = find_bpf(probes, &kprobe);
	if (bpf) {
		bpf->placed = true;
		return peers_add_bpf(function, bpf, !kprobe.disabled);
	}
	if (!take_fail(probes, &kprobe))
		return add_kprobe(function, &kprobe, "");
	r = peers_add(function, PEER_FAIL_FUNCTION, !kprobe.disabled, kprobe.symbol, &peer);
	return r < 0 ? r : peer_set(&peer->detach, "write !%s to fail_function/inject of debugfs", kprobe.symbol);
}

/* Where the list of kprobes is hidden, the programs still tell where they are. */
static int add_bpf_left(struct probes *probes)
{
	struct peers_function *function;
	int r;

	for (size_t i = 0; i < probes->bpf->n_seen; i++) {
		const struct bpf_seen *seen = probes->bpf->seen + i;

		if (seen->placed || (seen->kind != PEER_BPF_KPROBE && seen->kind != PEER_BPF_KRETPROBE) ||
		    !*seen->symbol)
			continue;
		r = peers_get(probes->peers, "vmlinux", seen->symbol, 0, &function);
		if (r >= 0 && function)
			r = peers_add_bpf(function, seen, true);
		if (r < 0)
			return r;
	}
	return 0;
}

/* ---------------------------------------------------------------- fprobes */

static int add_fprobe(struct peers_function *function, const struct event *event)
{
	struct peer *peer;
	int r;

	r = peers_add(function, event->probe.returns ? PEER_FPROBE_EXIT : PEER_FPROBE, event->enabled,
		      event->probe.name, &peer);
	return r < 0 ? r : peer_set(&peer->detach, "write 0 to events/%s/enable of tracefs", event->probe.name);
}

/* An fprobe may be on all functions of a pattern: those that ftrace shows. */
static int add_fprobes(struct probes *probes)
{
	struct peers *peers = probes->peers;

	for (size_t i = 0; i < probes->n_events; i++) {
		const struct event *event = probes->events + i;

		for (size_t j = 0; event->probe.fprobe && j < peers->n_functions; j++) {
			struct peers_function *function = peers->functions + j;
			int r;

			if (function->n_ops == 0 || fnmatch(event->probe.symbol, function->symbol, 0) != 0)
				continue;
			r = add_fprobe(function, event);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

/* -------------------------------------------------------------------- all */

static int read_below(struct probes *probes, const char *source, const char *folder, const char *file,
		      lpd_line_t line)
{
	_cleanup_free_ char *path = NULL;

	if (asprintf(&path, "%s/%s", folder, file) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	return peers_each_line(probes->peers, source, path, line, probes);
}

int peers_read_probes(const struct klp_root *root, struct peers *peers, struct bpf_all *bpf)
{
	_cleanup_(probes_clear) struct probes probes = { .peers = peers, .bpf = bpf };
	_cleanup_free_ char *tracefs = tracefs_folder(root), *debugfs = NULL;
	int r;

	if (!tracefs || asprintf(&debugfs, "%s/kernel/debug", root->sys) < 0) {
		debugfs = NULL;
		return -ENOMEM;
	}
	probes.tracefs = tracefs;
	r = read_below(&probes, "events of tracefs", tracefs, "dynamic_events", read_event);
	if (r >= 0)
		r = read_below(&probes, NULL, debugfs, "fail_function/inject", read_fail);
	if (r >= 0)
		r = read_below(&probes, "kprobes", debugfs, "kprobes/list", read_kprobe);
	if (r >= 0)
		r = add_bpf_left(&probes);
	return r < 0 ? r : add_fprobes(&probes);
}
