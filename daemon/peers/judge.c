// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include <linux/livepatch_helper.h>

#include "model/function-pattern.h"
#include "peers/peers.h"

/* How ftrace shows where direct calls go. */
#define HELPER_POOL "lph_pool"
#define BPF_TRAMPOLINE "bpf_trampoline_"

static bool begins(const char *text, const char *with)
{
	return text && strncmp(text, with, strlen(with)) == 0;
}

static _printf_(2, 3) int say(struct json_object *list, const char *format, ...)
{
	char *text;
	va_list ap;
	int r;

	va_start(ap, format);
	r = vasprintf(&text, format, ap);
	va_end(ap);
	if (r < 0)
		return -ENOMEM;
	r = json_object_array_add(list, json_object_new_string(text));
	free(text);
	return r < 0 ? -ENOMEM : 0;
}

/* Of those, all that stand at a function's entry share one ftrace_ops. */
static bool is_kprobe(const struct peer *peer)
{
	switch (peer->kind) {
	case PEER_FAIL_FUNCTION:
	case PEER_KPROBE:
	case PEER_KRETPROBE:
	case PEER_BPF_KPROBE:
	case PEER_BPF_KRETPROBE:
		return true;
	default:
		return false;
	}
}

static bool is_on_trampoline(const struct peer *peer)
{
	return peer->kind >= PEER_BPF_FENTRY && peer->kind <= PEER_BPF_LSM;
}

/* Those of the helper and those of the kernel exclude each other. */
static bool is_patch(const struct peer *peer)
{
	return peer->kind == PEER_LIVEPATCH || peer->kind == PEER_HELPER_PATCH;
}

/* The topmost patch that is @enabled, below @below. */
static struct peer *patch_below(const struct peers_function *function, size_t below, bool enabled)
{
	for (size_t i = below; i > 0; i--) {
		struct peer *peer = function->peers + i - 1;

		if (is_patch(peer) && (peer->active || !enabled))
			return peer;
	}
	return NULL;
}

/* ------------------------------------------------- owners without a name */

/* How many of the kernel's ftrace_ops the known peers account for. */
static unsigned int accounted(const struct peers_function *function)
{
	bool klp = false, kprobes = false;
	bool direct = function->direct_to != NULL;
	unsigned int n = function->shared;

	for (size_t i = 0; i < function->n_peers; i++) {
		const struct peer *peer = function->peers + i;

		switch (peer->kind) {
		case PEER_LIVEPATCH:
			klp = true;
			break;
		case PEER_FPROBE:
		case PEER_FPROBE_EXIT:
		case PEER_BPF_KPROBE_MULTI:
		case PEER_BPF_KRETPROBE_MULTI:
		case PEER_FUNCTION:
		case PEER_FUNCTION_GRAPH:
		case PEER_COMMAND:
			/* A disabled fprobe keeps its ops on some kernels. */
			n++;
			break;
		default:
			direct = direct || is_on_trampoline(peer);
			kprobes = kprobes || (is_kprobe(peer) && peer->active && peer->offset == 0);
			break;
		}
	}
	return n + direct + klp + kprobes;
}

static int add_unnamed(struct peers_function *function)
{
	unsigned int known = accounted(function);
	struct peer *peer;
	bool bpf = false;
	int r;

	for (size_t i = 0; i < function->n_peers; i++)
		bpf = bpf || is_on_trampoline(function->peers + i);
	if (function->direct_to && !begins(function->direct_to, HELPER_POOL) &&
	    !(bpf && begins(function->direct_to, BPF_TRAMPOLINE))) {
		r = peers_add(function, PEER_DIRECT, true, function->direct_to, &peer);
		if (r >= 0)
			r = peer_set(&peer->detach, begins(function->direct_to, BPF_TRAMPOLINE) ?
							    "end the process that has the BPF program attached" :
							    "unload the module that has it called");
		if (r < 0)
			return r;
	}

	if (function->n_ops <= known)
		return 0;
	r = peers_add(function, PEER_OPS, true, function->n_ops == 1 && function->handler ? function->handler : "",
		      &peer);
	if (r >= 0 && function->n_ops - known > 1)
		r = peer_set(&peer->detail, "%u of them", function->n_ops - known);
	if (r >= 0)
		r = peer_set(&peer->detach, "unload the module that registered it");
	return r;
}

/* Somebody changes where calls go on. If no livepatch does, who else can it be? */
static int name_redirector(struct peers_function *function)
{
	struct peer *suspect = NULL;
	int r;

	if (!function->ipmodify)
		return 0;
	for (size_t i = 0; i < function->n_peers; i++) {
		struct peer *peer = function->peers + i;

		/* A livepatch on its way out still does. */
		if (peer->kind == PEER_LIVEPATCH || (peer->active && peer->class == PEER_MUTATOR))
			return 0;
		if (!peer->active)
			continue;
		/* Those of tracefs and of BPF have a name, and no post_handler. */
		if (peer->kind == PEER_KPROBE && peer->offset == 0 && !*peer->name)
			suspect = peer;
		if (peer->kind == PEER_OPS && !suspect)
			suspect = peer;
	}
	if (!suspect) {
		r = peers_add(function, PEER_OPS, true, "", &suspect);
		if (r >= 0)
			r = peer_set(&suspect->detach, "unload the module that registered it");
		if (r < 0)
			return r;
	}
	suspect->class = PEER_MUTATOR;
	if (suspect->kind != PEER_KPROBE)
		return 0;
	return peer_set(&suspect->detail, "%s%shas a post_handler", suspect->detail, *suspect->detail ? ", " : "");
}

/* ------------------------------------------------------ what comes of it */

static int name_winner(struct peers_function *function)
{
	struct peer *top = patch_below(function, function->n_peers, false);
	struct peer *winner = patch_below(function, function->n_peers, true), *below = NULL;
	const char *name = winner ? winner->name : LPH_BODY_ORIGINAL;

	function->winner = strdup(name);
	if (!function->winner)
		return -ENOMEM;
	if (!function->moving)
		return 0;
	if (winner)
		below = patch_below(function, (size_t)(winner - function->peers), true);
	return say(function->unless, "a task that has not moved yet runs %s",
		   top != winner ? top->name :
		   below	 ? below->name :
				   LPH_BODY_ORIGINAL);
}

static int say_unless(struct peers_function *function)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < function->n_peers; i++) {
		const struct peer *peer = function->peers + i;
		_cleanup_free_ char *what = NULL;

		if (!peer->active || is_patch(peer) || peer->class == PEER_OBSERVER)
			continue;
		what = peer_describe(peer);
		if (!what)
			return -ENOMEM;
		if (peer->class == PEER_MUTATOR)
			r = say(function->unless, "%s sends it elsewhere", what);
		else
			r = say(function->unless, "%s returns in its place", what);
	}
	return r;
}

static int say_conflict(struct peers_function *function, const struct peer *peer)
{
	const struct peer *patch = patch_below(function, function->n_peers, true);
	_cleanup_free_ char *what = peer_describe(peer);

	if (!what)
		return -ENOMEM;
	if (!peer->active || is_patch(peer))
		return 0;
	if (peer->class == PEER_MUTATOR)
		return say(function->conflicts, "%s may send calls elsewhere: the kernel refuses livepatches", what);
	if (!patch)
		return 0;
	if (peer->offset > 0)
		return say(function->conflicts, "%s stands inside of the original: it does not fire where %s runs",
			   what, patch->name);
	if (peer->class == PEER_INTERCEPTOR)
		return say(function->conflicts, "%s decides before %s: if it denies the call, no body runs", what,
			   patch->name);
	if (peer_misfiles(function, peer))
		return say(function->conflicts, "%s files calls that run %s under %s", what, patch->name,
			   function->symbol);
	return 0;
}

/* Whether ftrace shows what others say that they have attached. */
static int compare_with_ftrace(const struct peers *peers, struct peers_function *function)
{
	const struct peer *patch = patch_below(function, function->n_peers, true);
	bool klp = patch && patch->kind == PEER_LIVEPATCH;
	int r = 0;

	if (!peers->ftrace_seen || function->sympos > 0)
		return 0;
	if (klp && !function->moving && !function->ipmodify)
		r = say(function->conflicts, "%s is said to patch it, but ftrace has no redirection here", patch->name);
	if (r >= 0 && function->trampoline && !begins(function->direct_to, HELPER_POOL))
		r = say(function->conflicts, "the helper is said to be attached, but ftrace calls no trampoline");
	return r;
}

/* Of several functions of one name ftrace does not tell which one it means. */
static bool is_ambiguous(const struct peers *peers, const struct peers_function *function)
{
	for (size_t i = 0; i < peers->n_functions; i++) {
		const struct peers_function *other = peers->functions + i;

		if (other->sympos > 0 && lpd_streq(other->symbol, function->symbol) &&
		    lpd_streq(other->module, function->module))
			return true;
	}
	return false;
}

static int judge(const struct peers *peers, struct peers_function *function)
{
	int r = 0;

	if (!is_ambiguous(peers, function))
		r = add_unnamed(function);
	if (r >= 0 && !is_ambiguous(peers, function))
		r = name_redirector(function);
	if (r >= 0)
		r = name_winner(function);
	if (r >= 0)
		r = say_unless(function);
	for (size_t i = 0; r >= 0 && i < function->n_peers; i++)
		r = say_conflict(function, function->peers + i);
	return r < 0 ? r : compare_with_ftrace(peers, function);
}

/*
 * ftrace tells a function's name, and not which of several it is: whether all that
 * it counts is on those of which more is known.
 */
static bool is_of_namesakes(const struct peers *peers, const struct peers_function *function)
{
	unsigned int known = 0;
	bool any = false;

	if (function->sympos != 0 || function->n_peers > 0)
		return false;
	for (size_t i = 0; i < peers->n_functions; i++) {
		const struct peers_function *other = peers->functions + i;

		if (other->sympos == 0 || !lpd_streq(other->symbol, function->symbol) ||
		    !lpd_streq(other->module, function->module))
			continue;
		any = true;
		known += accounted(other);
	}
	return any && function->n_ops <= known;
}

static bool is_asked_for(const struct peers *peers, const struct peers_function *function)
{
	for (size_t i = 0; i < peers->n_patterns; i++) {
		uint32_t sympos = function_pattern_sympos(peers->patterns[i]);

		if ((sympos == 0 || function->sympos == 0 || sympos == function->sympos) &&
		    function_pattern_matches(peers->patterns[i], "*", function->module, function->symbol))
			return true;
	}
	return peers->n_patterns == 0;
}

int peers_judge(struct peers *peers)
{
	int r = 0;

	for (size_t i = peers->n_functions; i-- > 0;)
		if (is_of_namesakes(peers, peers->functions + i))
			peers_remove(peers, i);
	for (size_t i = peers->n_functions; i-- > 0;)
		if (!is_asked_for(peers, peers->functions + i))
			peers_remove(peers, i);
	for (size_t i = 0; r >= 0 && i < peers->n_functions; i++)
		r = judge(peers, peers->functions + i);
	return r;
}

/* ------------------------------------------------------ who is to blame */

static bool stands_in_the_way(const struct peer *peer, enum peers_wish wish)
{
	if (!peer->active)
		return false;
	if (wish == PEERS_WISH_LIVEPATCH)
		return peer->class == PEER_MUTATOR && peer->kind != PEER_LIVEPATCH;
	if (is_on_trampoline(peer) || peer->kind == PEER_DIRECT)
		return true;
	return wish == PEERS_WISH_HELPER_PATCH && peer->class == PEER_MUTATOR && peer->kind != PEER_HELPER_PATCH;
}

int peers_tell_holders(const struct peers_function *function, enum peers_wish wish, char **ret)
{
	_cleanup_free_ char *list = NULL;
	int r;

	for (size_t i = 0; i < function->n_peers; i++) {
		const struct peer *peer = function->peers + i;
		_cleanup_free_ char *what = NULL;
		char *longer;

		if (!stands_in_the_way(peer, wish))
			continue;
		what = peer_describe(peer);
		if (!what)
			return -ENOMEM;
		if (list)
			r = asprintf(&longer, "%s; and by %s: %s", list, what, peer->detach);
		else
			r = asprintf(&longer, "%s is held by %s: %s", function->symbol, what, peer->detach);
		if (r < 0)
			return -ENOMEM;
		free(list);
		list = longer;
	}
	if (!list)
		return 0;
	*ret = TAKE_PTR(list);
	return 1;
}
