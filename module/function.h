/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_FUNCTION_H
#define LPH_FUNCTION_H

#include <linux/ftrace.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/livepatch_helper.h>

#include "body.h"
#include "symbol.h"

struct lph_op;
struct lph_op_array;

/* How long a function without ops stays attached. */
#define LPH_IDLE_TIME (5 * HZ)

/*
 * Protects the lists of functions, ops and transitions and their states.
 * Held for moments: no registration with ftrace, no grace period and no
 * rewrite happens under it. What is slow runs on the transition queue
 * (transition.c), one after the other, and that is what protects trampolines.
 * Exempt: what calls of a function read, see struct lph_function.
 */
extern struct mutex lph_lock;

/**
 * struct lph_function - a kernel function with ops
 * @node: in lph_functions, by rising @id; lph_lock
 * @id: for walks that are interrupted
 * @symbol: its name
 * @addr: its address
 * @site: its ftrace site, what ftrace calls its ip
 * @original: where a call goes on that nothing redirected
 * @slot: number of its trampoline, LPH_BACKEND_DIRECT; transition queue
 * @state: see below; lph_lock
 * @ops: struct lph_op in run order; lph_lock
 * @idle_since: jiffies, in LPH_FUNCTION_IDLE; lph_lock
 * @ftrace_ops: attaches the trampoline; transition queue
 * @by_site: in the table of shared.c; transition queue
 * @batch: among those that come to the shared backend or leave it in one step
 * @backend: how calls come to run @array; nothing before it is attached
 * @array: the ops that a call runs; published by the transition queue
 * @single: the op of an @array of one, or NULL; likewise
 * @bodies: the bodies that calls ran; see body.c
 *
 * State: DETACHED at first; ATTACHED by the first transition of an op; IDLE when
 * its last op was removed, ATTACHED again by a new one, or detached and freed
 * by the transition queue after a while, since a detach costs two RCU-tasks
 * grace periods. What attaches it decides for a backend, see
 * lph_function_attach().
 */
struct lph_function {
	struct list_head node;
	u32 id;
	struct lph_symbol symbol;
	unsigned long addr;
	unsigned long site;
	unsigned long original;
	unsigned int slot;
	enum lph_function_state state;
	struct list_head ops;
	unsigned long idle_since;
	struct ftrace_ops ftrace_ops;
	struct hlist_node by_site;
	struct list_head batch;

	/* read by calls, in any context */
	enum lph_backend backend;
	struct lph_op_array __rcu *array;
	struct lph_op __rcu *single;
	struct lph_body bodies[LPH_BODIES];
};

extern struct list_head lph_functions;

struct lph_function *lph_function_get(const struct lph_symbol *symbol,
				      struct lph_error *error);
void lph_function_put(struct lph_function *fn);
int lph_function_attach(struct lph_function *fn, struct lph_error *error);
bool lph_function_settle(struct lph_function *fn);
unsigned int lph_function_count(enum lph_backend backend);
bool lph_function_detach_idle(void);
void lph_function_module_left(const char *module);
void lph_function_exit(void);

#endif /* LPH_FUNCTION_H */
