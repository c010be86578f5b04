/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_FUNCTION_H
#define LPH_FUNCTION_H

#include <linux/ftrace.h>
#include <linux/list.h>
#include <linux/types.h>
#include <linux/livepatch_helper.h>

#include "arch.h"
#include "symbol.h"

struct lph_op;
struct lph_op_array;

/* Bodies of one function that are told apart, the original among them. */
#define LPH_BODIES 16

/**
 * struct lph_body - one body that calls of a function were seen to run
 * @addr: where it is; 0 a free entry, LPH_BODY_LEFT one whose code has left
 * @patch: name of the module that it was in, once that has left; lph_lock
 */
struct lph_body {
	unsigned long addr;
	char *patch;
};

#define LPH_BODY_ORIGINAL_INDEX	0
#define LPH_BODY_OTHER_INDEX	LPH_BODIES

/**
 * struct lph_choice - which body a call goes on in
 * @body: of tasks that run the old bodies, and of all others; 0 where it is the
 *	one that ftrace chose
 * @epoch: patch transition that "old" is about, where the two differ
 */
struct lph_choice {
	unsigned long body[2];
	u32 epoch;
};

/*
 * lph_function.backend, where LPH_BACKEND_DIRECT has just taken over from
 * LPH_BACKEND_SHARED: but NMIs that came before that, see shared.c.
 */
#define LPH_BACKEND_MOVED __LPH_BACKEND_MAX

#define LPH_OLD 0
#define LPH_NEW 1

/**
 * struct lph_turn - a function's part in a patch transition
 * @node: in lph_switch.functions
 * @held: between lph_op_hold() and lph_op_release()
 * @from: the body that calls ran, 0: the original
 * @to: the body that they are to run
 *
 * Transition queue.
 */
struct lph_turn {
	struct list_head node;
	bool held;
	unsigned long from;
	unsigned long to;
};

/* What of a grace period has passed for X, see exit.c. */
enum lph_exit_grace {
	LPH_EXIT_NONE,
	LPH_EXIT_BEGUN,
	LPH_EXIT_OVER,
};

/**
 * struct lph_function - a kernel function with ops or redirects
 * @node: in lph_functions, by rising @id; lph_lock
 * @by_name: in the table of function-table.c; lph_lock
 * @id: for walks that are interrupted
 * @symbol: its name
 * @addr: its address
 * @site: its ftrace site, what ftrace calls its ip
 * @original: where a call goes on that nothing redirected
 * @slot: number of its trampoline
 * @slotted: it has one; transition queue, lph_lock
 * @state: see below; lph_lock
 * @ops: struct lph_op in run order; lph_lock
 * @idle_since: jiffies, in LPH_FUNCTION_IDLE; lph_lock
 * @ftrace_ops: attaches the trampoline; transition queue
 * @by_site: in the table of shared.c; transition queue
 * @aliased: another one has, or had, the same @site there; transition queue
 * @batch: among those that come to the shared backend or leave it in one step
 * @registered: @ftrace_ops is; transition queue
 * @lost: ftrace has not detached it, and it stays for ever; transition queue
 * @redirected: it has or is about to have a body of ours: nobody else may redirect it;
 *	transition queue, read below ftrace's locks
 * @redirects: struct lph_redirect, of patches; lph_lock
 * @choice: of @array; transition queue, lph_lock
 * @entry: what E does; transition queue, lph_lock
 * @exit_body: what X leads to, 0 a return; transition queue, lph_lock
 * @exit_grace: of how much of a grace period E has led to trace; lph_lock
 * @turn: its part in a patch transition, see above; transition queue
 * @prepared: array that is about to be published, or was; transition queue
 * @backend: how calls come to run @array, enum lph_backend or LPH_BACKEND_MOVED; nothing
 *	before it is attached
 * @moving: it is about to be moved from the shared backend to a direct call
 * @array: the ops that a call runs, and its body; published by the transition queue
 * @single: the op of an @array of one, or NULL; likewise
 * @bodies: the bodies that calls ran; see body.c
 *
 * State: DETACHED at first; ATTACHED by the first transition of an op; IDLE when
 * its last op was removed, ATTACHED again by a new one, or detached and freed
 * by the transition queue after a while, since a detach costs two RCU-tasks
 * grace periods. What attaches it decides for a backend, see backend.c.
 */
struct lph_function {
	struct list_head node;
	struct hlist_node by_name;
	u32 id;
	struct lph_symbol symbol;
	unsigned long addr;
	unsigned long site;
	unsigned long original;
	unsigned int slot;
	bool slotted;
	enum lph_function_state state;
	struct list_head ops;
	unsigned long idle_since;
	struct ftrace_ops ftrace_ops;
	struct hlist_node by_site;
	bool aliased;
	struct list_head batch;
	bool registered;
	bool lost;
	bool redirected;

	struct list_head redirects;
	struct lph_choice choice;
	enum lph_entry entry;
	unsigned long exit_body;
	enum lph_exit_grace exit_grace;
	struct lph_turn turn;
	struct lph_op_array *prepared;

	/* read by calls, in any context */
	unsigned int backend;
	bool moving;
	struct lph_op_array __rcu *array;
	struct lph_op __rcu *single;
	struct lph_body bodies[LPH_BODIES];
};

#endif /* LPH_FUNCTION_H */
