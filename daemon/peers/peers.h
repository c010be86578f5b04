/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_PEERS_H
#define LIVEPATCHD_PEERS_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "util/util.h"

/*
 * Who is on a function: everything that is attached to it, ours or not, and
 * what follows from that. This part knows no file and no netlink.
 */

enum peer_kind {
	PEER_TRACER,
	PEER_HELPER_PATCH,
	PEER_LIVEPATCH,
	PEER_FAIL_FUNCTION,
	PEER_KPROBE,
	PEER_KRETPROBE,
	PEER_FPROBE,
	PEER_FPROBE_EXIT,
	PEER_BPF_FENTRY,
	PEER_BPF_FEXIT,
	PEER_BPF_FMOD_RET,
	PEER_BPF_LSM,
	PEER_BPF_KPROBE,
	PEER_BPF_KRETPROBE,
	PEER_BPF_KPROBE_MULTI,
	PEER_BPF_KRETPROBE_MULTI,
	PEER_FUNCTION,
	PEER_FUNCTION_GRAPH,
	PEER_COMMAND,
	PEER_DIRECT,
	PEER_OPS,
	_PEER_KIND_MAX,
};

/**
 * enum peer_class - what a peer can do to a call
 * @PEER_MUTATOR: it decides which body runs
 * @PEER_INTERCEPTOR: it may have the call return without running a body, or something else than that returned
 * @PEER_OBSERVER: it looks on
 */
enum peer_class {
	PEER_MUTATOR,
	PEER_INTERCEPTOR,
	PEER_OBSERVER,
	_PEER_CLASS_MAX,
};

/**
 * enum peer_files - under what a peer files the calls it reports
 * @PEER_FILES_NOTHING: it reports none
 * @PEER_FILES_BODY: under the body that ran
 * @PEER_FILES_FUNCTION: under the function, whichever body ran
 */
enum peer_files {
	PEER_FILES_NOTHING,
	PEER_FILES_BODY,
	PEER_FILES_FUNCTION,
	_PEER_FILES_MAX,
};

/**
 * struct peer - something that is attached to a function
 * @kind: how
 * @class: what it can do; by its kind, unless the kernel shows that it does more
 * @active: it is switched on
 * @offset: it stands this far inside of the function, behind its entry
 * @name: whose it is, "" where the kernel does not tell; owned
 * @detail: what else is known, ""; owned
 * @detach: how to get rid of it; owned
 */
struct peer {
	enum peer_kind kind;
	enum peer_class class;
	bool active;
	unsigned int offset;
	char *name;
	char *detail;
	char *detach;
};

/**
 * struct peers_function - a function and who is on it
 * @symbol: owned
 * @module: "vmlinux" for the kernel itself; owned
 * @sympos: 0: unique, or not known
 * @n_ops: how many ftrace_ops the kernel counts on it
 * @ipmodify: one of them may change where a call goes on
 * @flags: of ftrace's, letters; owned, NULL: none
 * @handler: what the only one calls, NULL: not known; owned
 * @direct_to: what it calls directly, NULL: nothing; owned
 * @trampoline: a trampoline of the helper should be called
 * @shared: the helper's shared ftrace_ops is on it
 * @moving: tasks are moving to or from the topmost patch
 * @peers: ours in the order they run, then the others; owned
 * @n_peers: how many
 * @winner: the body that a call runs: LPH_BODY_ORIGINAL or a patch's name; judged, owned
 * @unless: strings, what may come of a call instead; judged, owned
 * @conflicts: strings, who disturbs whom; judged, owned
 */
struct peers_function {
	char *symbol;
	char *module;
	uint32_t sympos;
	unsigned int n_ops;
	bool ipmodify;
	char *flags;
	char *handler;
	char *direct_to;
	bool trampoline;
	bool shared;
	bool moving;
	struct peer *peers;
	size_t n_peers;
	char *winner;
	struct json_object *unless;
	struct json_object *conflicts;
};

/**
 * struct peers - functions and who is on them
 * @functions: owned
 * @n_functions: how many
 * @max: no more are taken than this
 * @patterns: only functions that match one of these, see function-pattern.h; not owned
 * @n_patterns: 0: all
 * @ftrace_seen: enabled_functions was read to its end
 * @unseen: strings, what could not be looked at, and why; owned
 */
struct peers {
	struct peers_function *functions;
	size_t n_functions;
	size_t max;
	const char *const *patterns;
	size_t n_patterns;
	bool ftrace_seen;
	struct json_object *unseen;
};

void peers_clear(struct peers *peers);

/** peers_wanted - whether a function is looked for: it matches a pattern */
bool peers_wanted(const struct peers *peers, const char *module, const char *symbol);

/** peers_remove - forget the function with that index */
void peers_remove(struct peers *peers, size_t i);

/** peers_find - the function of that name, NULL: none is there; @sympos 0 is any */
struct peers_function *peers_find(const struct peers *peers, const char *module, const char *symbol, uint32_t sympos);

/**
 * peers_get - likewise, and it is added if it is wanted and not there
 * @ret: NULL: it is not wanted, or too many are
 */
int peers_get(struct peers *peers, const char *module, const char *symbol, uint32_t sympos,
	      struct peers_function **ret);

/**
 * peers_add - somebody is on a function
 * @function: which
 * @kind: how
 * @active: whether it is switched on
 * @name: whose it is, "": not known
 * @ret: may be NULL; gone with the next peer that is added
 */
int peers_add(struct peers_function *function, enum peer_kind kind, bool active, const char *name, struct peer **ret);

/** peer_set - give a peer's @detail or @detach a text */
int peer_set(char **text, const char *format, ...) _printf_(2, 3);

/** peers_say_unseen - note what could not be looked at */
int peers_say_unseen(struct peers *peers, const char *format, ...) _printf_(2, 3);

/**
 * peers_judge - draw the conclusions: unnamed owners, classes, winner, conflicts
 *
 * Of several functions of a name those are left out that no pattern asks for.
 * To be called once, when all peers have been added.
 */
int peers_judge(struct peers *peers);

/** peer_files - under what it files what it reports */
enum peer_files peer_files(const struct peer *peer);

/** peer_misfiles - it files calls under a function of which another body runs */
bool peer_misfiles(const struct peers_function *function, const struct peer *peer);

/** peers_to_json - an object {functions, unseen} */
int peers_to_json(const struct peers *peers, struct json_object **ret);

/**
 * enum peers_wish - what somebody wanted with a function and was refused
 * @PEERS_WISH_LIVEPATCH: to redirect it by a kernel livepatch
 * @PEERS_WISH_TRAMPOLINE: to have it call a trampoline
 * @PEERS_WISH_HELPER_PATCH: to redirect it by a trampoline
 */
enum peers_wish {
	PEERS_WISH_LIVEPATCH,
	PEERS_WISH_TRAMPOLINE,
	PEERS_WISH_HELPER_PATCH,
};

/**
 * peers_tell_holders - say who stands in the way, by name, and what to do
 * @function: judged
 * @wish: what was refused
 * @ret: "F is held by X: do this; by Y: do that", to be freed
 *
 * Return: 1, 0 if nobody is seen in the way, negative errno.
 */
int peers_tell_holders(const struct peers_function *function, enum peers_wish wish, char **ret);

/* Their names, as the bus and JSON know them. */
const char *peer_kind_name(enum peer_kind kind);
const char *peer_class_name(enum peer_class class);
const char *peer_files_name(enum peer_files files);

/** peer_describe - "kprobe kprobes/mine", "BPF program x (link 3), fentry": for messages; to be freed, NULL: no memory */
char *peer_describe(const struct peer *peer);

#endif
