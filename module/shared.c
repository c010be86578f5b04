// SPDX-License-Identifier: GPL-2.0-only
/*
 * Entry backend "shared": one ftrace_ops for any number of functions, whose
 * filter grows and shrinks in one step for all functions of a change.
 *
 * Bodies: ftrace calls the ops of a function newest first. Ours is registered
 * when the module is loaded; every livepatch that comes later has run when ours
 * is called, so that the instruction pointer in the registers is where this
 * very call goes on, during a transition, too. A function that a livepatch
 * older than this module redirects is not for this backend, see
 * lph_shared_runs_early(). What BPF's fmod_ret skips runs later still: such a
 * call is counted for the body that it would have run.
 *
 * Trampoline: ops->trampoline is set before the registration, and ftrace leaves it so. It
 * is what a function calls that only this ftrace_ops has; what others have, too, comes
 * by ftrace's own code to the callback. Both look into the counts (shared-counts.c)
 * first, and run the ops of the function where that is not all.
 *
 * Flags: none. Not SAVE_REGS: arguments and instruction pointer are in what
 * ftrace saves for everybody (DYNAMIC_FTRACE_WITH_ARGS). Not RECURSION: the
 * callback calls nothing that can be traced; ftrace's protection would drop
 * calls. Not RCU: calls from where RCU does not watch count, too. Not
 * PERMANENT: kernel.ftrace_enabled=0 stops these tracers.
 *
 * Limit: where another ftrace_ops has the function as well, ftrace's own list
 * protects itself against recursion. A call that the handler of another tracer
 * makes, in the context in which it handles a call, is then not seen.
 *
 * A function is moved to a direct call of its own like this (backend.c), where the
 * callback and the trampoline each look at its backend:
 *
 *  - It leaves the counts, and is moving: from here on, an NMI that the callback serves is
 *    noted.
 *  - In a stop, while no task is on its way from the one to the other, its backend becomes
 *    LPH_BACKEND_MOVED: the trampoline serves it, but for an NMI that is noted.
 *  - When no NMI of before that is left, it is LPH_BACKEND_DIRECT.
 *
 * A function comes and goes like this:
 *
 *  1. It is entered into the table of those that the callback finds.
 *  2. ftrace's filter grows: calls enter the trampoline or the callback.
 *  3. It is taken out of the table, when it has long been idle; and out of the counts.
 *  4. The filter shrinks.
 *  5. A grace period, and it may be freed.
 */
#include <linux/build_bug.h>
#include <linux/ftrace.h>
#include <linux/hashtable.h>
#include <linux/moduleparam.h>
#include <linux/preempt.h>
#include <linux/printk.h>
#include <linux/rculist.h>
#include <linux/rcupdate.h>
#include <linux/rcupdate_wait.h>
#include <linux/slab.h>

#include "anchor.h"
#include "arch.h"
#include "function.h"
#include "op-array.h"
#include "shared-counts.h"
#include "shared.h"
#include "symbol.h"

#ifndef CONFIG_HAVE_DYNAMIC_FTRACE_WITH_ARGS
#error "livepatch_helper needs a kernel whose ftrace saves the arguments."
#endif

/*
 * The functions by the address of their ftrace site; two of one address are
 * aliases of each other, and the ops of both run. Written on the transition queue, read
 * by calls in any context.
 */
static DEFINE_HASHTABLE(functions, 12);

/*
 * Calls hold preemption off from the look-up to the end of the list, which
 * holds off the grace period of lph_shared_remove() and those of garbage.c.
 */
static void run_site(struct lph_frame *frame, unsigned long site)
{
	struct lph_function *fn;

	hash_for_each_possible_rcu_notrace(functions, fn, by_site, site)
		if (fn->site == site && READ_ONCE(fn->backend) == LPH_BACKEND_SHARED)
			lph_list_shared(frame, fn);
}

/* Nobody else has the function, so that it goes on in the original. */
void lph_shared_call(struct lph_frame *frame)
{
	preempt_disable_notrace();
	run_site(frame, frame->body - MCOUNT_INSN_SIZE);
	preempt_enable_notrace();
}

/* Apart, so that a call that only counts makes no frame. */
static noinline void run_callback(unsigned long ip, unsigned long parent_ip,
				  struct ftrace_regs *fregs)
{
	struct lph_frame frame;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(frame.args); i++)
		frame.args[i] = ftrace_regs_get_argument(fregs, i);
	frame.parent_ip = parent_ip;
	frame.body = ftrace_regs_get_instruction_pointer(fregs);
	frame.measures = 0;
	preempt_disable_notrace();
	run_site(&frame, ip);
	preempt_enable_notrace();
}

static noinline void run_other(unsigned long ip, unsigned long parent_ip,
			       struct ftrace_regs *fregs)
{
	if (!lph_counts_run_other(ip + MCOUNT_INSN_SIZE,
				  ftrace_regs_get_instruction_pointer(fregs)))
		run_callback(ip, parent_ip, fregs);
}

static void shared_entry(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *ops,
			 struct ftrace_regs *fregs)
{
	unsigned long original = ip + MCOUNT_INSN_SIZE;

	if (ftrace_regs_get_instruction_pointer(fregs) != original)
		run_other(ip, parent_ip, fregs);
	else if (!lph_counts_run(original))
		run_callback(ip, parent_ip, fregs);
}

#ifdef LPH_TESTS
static bool only_callback;
module_param(only_callback, bool, 0400);
MODULE_PARM_DESC(only_callback, "Let ftrace call the shared backend by a trampoline of ftrace's (for tests)");
#else
static const bool only_callback;
#endif

static struct ftrace_ops shared_ops = {
	.func = shared_entry,
};

/**
 * lph_shared_runs_early() - would the callback run before a livepatch decides?
 * @fn: a function
 *
 * True where an ftrace_ops that is older than ours changes where calls of @fn
 * go on. Such a function is traced by a direct call, which comes last.
 *
 * Context: process. An older one does not appear behind our back, so that the
 * answer holds; it may only leave.
 */
bool lph_shared_runs_early(const struct lph_function *fn)
{
	struct ftrace_ops *ops;
	bool early = false;

	/* An ops is freed after a grace period of all flavours. */
	preempt_disable();
	for (ops = rcu_dereference_raw_check(shared_ops.next); ops && !early;
	     ops = rcu_dereference_raw_check(ops->next))
		early = lph_symbol_redirects(ops, fn->site);
	preempt_enable();
	return early;
}

/* Is the site in ftrace's filter already? It is there once, however many aliases it has. */
static bool in_filter(unsigned long site)
{
	const struct lph_function *fn;

	hash_for_each_possible(functions, fn, by_site, site)
		if (fn->site == site)
			return true;
	return false;
}

/* Switched off, ftrace takes note of a new filter and leaves the sites as they are. */
static int check_attached(struct list_head *list, struct lph_error *error)
{
	const struct lph_function *fn;

	list_for_each_entry(fn, list, batch)
		if (!lph_arch_attached(fn->addr))
			return lph_error(error, -EAGAIN,
					 "ftrace left %s as it was: set kernel.ftrace_enabled to 1 and try again",
					 fn->symbol.name);
	return 0;
}

/* Calls of aliases run the ops of all of them: none has the site's entry among the counts. */
static void note_aliases(struct lph_function *fn)
{
	struct lph_function *other;

	hash_for_each_possible(functions, other, by_site, fn->site) {
		if (other->site != fn->site)
			continue;
		fn->aliased = true;
		other->aliased = true;
		lph_counts_clear(fn);
	}
}

/* 1. Fills @ips with what the filter lacks. Return: how many. */
static unsigned int enter(struct list_head *list, unsigned long *ips)
{
	struct lph_function *fn;
	unsigned int n = 0;

	list_for_each_entry(fn, list, batch) {
		if (!in_filter(fn->site))
			ips[n++] = fn->site;
		WRITE_ONCE(fn->backend, LPH_BACKEND_SHARED);
		note_aliases(fn);
		hash_add_rcu(functions, &fn->by_site, fn->site);
	}
	return n;
}

/* 3. Fills @ips with what nobody needs in the filter any more. Return: how many. */
static unsigned int leave(struct list_head *list, unsigned long *ips)
{
	struct lph_function *fn;
	unsigned int n = 0;

	list_for_each_entry(fn, list, batch) {
		lph_counts_clear(fn);
		hash_del_rcu(&fn->by_site);
		if (!in_filter(fn->site))
			ips[n++] = fn->site;
	}
	return n;
}

/* 5. As in collect() of garbage.c: calls come from where RCU does not watch, too. */
static void wait_for_calls(void)
{
	synchronize_rcu_tasks_rude();
	synchronize_rcu();
}

/**
 * lph_shared_add() - let calls of functions enter the callback, in one step
 * @list: struct lph_function by @batch; prepared, without a backend
 * @error: filled on failure
 *
 * Context: transition queue; sleeps for tens of milliseconds.
 * Return: 0, or -errno of ftrace with none of them added; -EAGAIN where it is
 * switched off.
 */
int lph_shared_add(struct list_head *list, struct lph_error *error)
{
	unsigned int n = list_count_nodes(list);
	unsigned long *ips;
	int r = 0;

	if (!n)
		return 0;
	ips = kvmalloc_array(n, sizeof(*ips), GFP_KERNEL);
	if (!ips)
		return lph_error(error, -ENOMEM, "out of memory");
	lph_counts_fit(n);
	n = enter(list, ips);
	/* 2. */
	if (n)
		r = ftrace_set_filter_ips(&shared_ops, ips, n, 0, 0);
	if (r) {
		leave(list, ips);
		wait_for_calls();
		lph_error(error, r, "ftrace did not attach to %u functions, %s among them (%pe)", n,
			  list_first_entry(list, struct lph_function, batch)->symbol.name,
			  ERR_PTR(r));
	} else {
		r = check_attached(list, error);
		if (r)
			lph_shared_remove(list);
	}
	kvfree(ips);
	return r;
}

/**
 * lph_shared_remove() - undo lph_shared_add(), in one step
 * @list: struct lph_function by @batch
 *
 * When it returns, no call holds one of them.
 *
 * Context: transition queue or module unload; sleeps.
 */
void lph_shared_remove(struct list_head *list)
{
	unsigned long *ips;
	unsigned int n;
	int r = 0;

	if (list_empty(list))
		return;
	ips = kvmalloc_array(list_count_nodes(list), sizeof(*ips), GFP_KERNEL | __GFP_NOFAIL);
	n = leave(list, ips);
	/* 4. What stays there enters the callback, and nothing of ours. */
	if (n)
		r = ftrace_set_filter_ips(&shared_ops, ips, n, 1, 0);
	if (r)
		pr_err("ftrace did not detach %u functions: %pe\n", n, ERR_PTR(r));
	kvfree(ips);
	wait_for_calls();
	lph_counts_fit(0);
}

/**
 * lph_shared_init() - register the ftrace_ops, before any livepatch to come
 *
 * Context: module load.
 * Return: 0 or -errno, with a message in the kernel log.
 */
int lph_shared_init(void)
{
	int r;

	r = lph_counts_init();
	if (r)
		return r;
	if (!only_callback)
		shared_ops.trampoline = lph_arch_shared_entry();
	r = ftrace_set_filter_ip(&shared_ops, (unsigned long)lph_anchor, 0, 0);
	if (!r)
		r = register_ftrace_function(&shared_ops);
	if (r) {
		pr_err("ftrace refused the shared ftrace_ops: %pe\n", ERR_PTR(r));
		ftrace_free_filter(&shared_ops);
		lph_counts_exit();
	} else if (shared_ops.trampoline != lph_arch_shared_entry()) {
		pr_info("the shared backend does without a trampoline of its own\n");
	}
	return r;
}

/**
 * lph_shared_exit() - unregister it; when it returns, nobody is in the callback
 *
 * Context: module unload; no function is left.
 */
void lph_shared_exit(void)
{
	unregister_ftrace_function(&shared_ops);
	ftrace_free_filter(&shared_ops);
	lph_counts_exit();
}
