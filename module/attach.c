// SPDX-License-Identifier: GPL-2.0-only
/*
 * Entry backend "direct": the function's fentry calls its trampoline.
 *
 * A direct call runs after every ftrace handler of the function, so that the
 * return address it finds is what a livepatch decided for this very call. Two
 * owners are at odds by default; ops_func tells ftrace that a trampoline with
 * nothing but tracers shares the function with a livepatch, whoever is first.
 */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/ftrace.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>

#include "arch.h"
#include "attach.h"
#include "function.h"
#include "symbol.h"

/*
 * Tracers never change where a call goes: they get along with one who does.
 * A redirect does not: it refuses him, and is refused by him.
 */
static int share(LPH_OPS_FUNC_ARGS)
{
	struct lph_function *fn = container_of(ops, struct lph_function, ftrace_ops);
	int r = 0;

	/* Pairs with lph_attach_claim(). */
	if (cmd != FTRACE_OPS_CMD_DISABLE_SHARE_IPMODIFY_PEER && READ_ONCE(fn->redirected))
		r = -EBUSY;
	return r;
}

/*
 * Waits for those who asked share() before @fn was redirected: from there until their
 * ftrace_ops is in the list they hold a lock of ftrace's, that registering a direct
 * call takes, too. This one is refused: the function has one, which is ours.
 */
static void wait_for_peers(const struct lph_function *fn)
{
	struct ftrace_ops ours_is_there = {};

	if (!ftrace_set_filter_ip(&ours_is_there, fn->addr, 0, 0) &&
	    !register_ftrace_direct(&ours_is_there, lph_arch_entry(fn->slot)))
		WARN_ON_ONCE(unregister_ftrace_direct(&ours_is_there, lph_arch_entry(fn->slot),
						      false));
	ftrace_free_filter(&ours_is_there);
}

/*
 * Does somebody else redirect @fn right now? ftrace tells us who comes and who goes,
 * but not each as often as the other (kprobes share an ftrace_ops): so its list is asked.
 */
static int look_for_peers(const struct lph_function *fn)
{
	struct ftrace_ops *ops;
	int r = 0;

	/* An ops is freed after a grace period of all flavours. */
	preempt_disable();
	ops = lph_symbol_ftrace_ops();
	if (IS_ERR(ops))
		r = PTR_ERR(ops);
	for (; !r && ops; ops = rcu_dereference_raw_check(ops->next))
		if (lph_symbol_redirects(ops, fn->site))
			r = -EBUSY;
	preempt_enable();
	return r;
}

/**
 * lph_attach_claim() - from here on nobody else may redirect @fn
 * @fn: a function
 * @error: filled on failure
 *
 * One that is not attached yet is claimed for good by lph_attach(), where ftrace asks share().
 *
 * Context: transition queue; lph_attach_release() undoes it.
 * Return: 0, -EBUSY where somebody does already, or -ENODATA where that is not to be known.
 */
int lph_attach_claim(struct lph_function *fn, struct lph_error *error)
{
	bool before = fn->redirected;
	int r = 0;

	WRITE_ONCE(fn->redirected, true);
	if (before || !fn->registered)
		return 0;
	/* Pairs with share(): who was not refused there is in the list now. */
	wait_for_peers(fn);
	r = look_for_peers(fn);
	if (!r)
		return 0;
	WRITE_ONCE(fn->redirected, false);
	if (r == -ENODATA)
		return lph_error(error, r,
				 "the kernel does not tell who else redirects %s: remove its tracers first",
				 fn->symbol.name);
	return lph_error(error, r,
			 "%s is redirected already, by a kernel livepatch, fail_function or a kprobe with a post_handler: remove that first",
			 fn->symbol.name);
}

void lph_attach_release(struct lph_function *fn)
{
	fn->ftrace_ops.flags &= ~FTRACE_OPS_FL_PERMANENT;
	WRITE_ONCE(fn->redirected, false);
}

/**
 * lph_attach_prepare() - check that ftrace can attach to @fn
 * @fn: a new function
 * @error: filled on failure
 *
 * Context: process; lph_attach_forget() undoes it.
 * Return: 0, -EINVAL where ftrace has no site there, or -ENOMEM.
 */
int lph_attach_prepare(struct lph_function *fn, struct lph_error *error)
{
	int r;

	fn->ftrace_ops.ops_func = share;
	r = ftrace_set_filter_ip(&fn->ftrace_ops, fn->addr, 0, 0);
	if (r == -EINVAL)
		return lph_error(error, r,
				 "ftrace cannot attach to %s: it is notrace, or not a function; trace its caller",
				 fn->symbol.name);
	if (r)
		return lph_error(error, r, "ftrace refused %s (%pe)", fn->symbol.name,
				 ERR_PTR(r));
	return 0;
}

void lph_attach_forget(struct lph_function *fn)
{
	ftrace_free_filter(&fn->ftrace_ops);
}

/* A registration that failed leaves traces, which make the next one fail (6.1). */
static void wipe(struct ftrace_ops *ops)
{
	ops->func = NULL;
	ops->trampoline = 0;
	ops->flags = FTRACE_OPS_FL_INITIALIZED;
}

/**
 * lph_attach() - let calls of @fn enter its trampoline
 * @fn: a prepared function
 * @error: filled on failure
 *
 * Context: transition queue; sleeps for tens of milliseconds.
 * Return: 0, -EBUSY where the function has another direct caller, -EAGAIN
 * where ftrace is switched off, -EOPNOTSUPP where a trap runs it, or another
 * -errno of ftrace.
 */
int lph_attach(struct lph_function *fn, struct lph_error *error)
{
	unsigned long entry = lph_arch_entry(fn->slot);
	int r;

	if (!lph_attach_possible())
		return lph_error(error, -EOPNOTSUPP,
				 "this kernel has no ftrace direct calls, which redirect %s and catch its returns: use a kernel livepatch, trace it by another kind",
				 fn->symbol.name);
	r = register_ftrace_direct(&fn->ftrace_ops, entry);
	if (r)
		wipe(&fn->ftrace_ops);
	else
		fn->registered = true;
	if (r == -EBUSY && fn->redirected)
		return lph_error(error, r,
				 "%s is taken: somebody else redirects it (a kernel livepatch, fail_function or a kprobe with a post_handler), or a BPF trampoline has its direct call: remove that first",
				 fn->symbol.name);
	if (r == -EBUSY)
		return lph_error(error, r,
				 "%s has a direct caller already, a BPF trampoline most likely: detach that first (bpftool link)",
				 fn->symbol.name);
	if (r == -ENODEV || r == -EINVAL)
		return lph_error(error, r, "%s left, or ftrace is dead (%pe)",
				 fn->symbol.name, ERR_PTR(r));
	if (r)
		return lph_error(error, r, "ftrace did not attach to %s (%pe)",
				 fn->symbol.name, ERR_PTR(r));
	r = lph_attach_check(fn, error);
	if (!r && lph_arch_try(fn->slot))
		r = lph_error(error, -EOPNOTSUPP,
			      "%s runs in the very traps that rewriting it would take: trace its caller",
			      fn->symbol.name);
	if (r)
		lph_detach(fn);
	return r;
}

/**
 * lph_attach_check() - see that ftrace did what it said
 * @fn: an attached function
 * @error: filled on failure
 *
 * From here on, ftrace cannot be switched off while @fn is redirected.
 *
 * Context: transition queue.
 * Return: 0, or -EAGAIN where calls do not enter the trampoline.
 */
int lph_attach_check(struct lph_function *fn, struct lph_error *error)
{
	/* Registration has overwritten it (6.1, 6.12). */
	if (fn->redirected)
		fn->ftrace_ops.flags |= FTRACE_OPS_FL_PERMANENT;
	if (lph_arch_attached(fn->addr))
		return 0;
	return lph_error(error, -EAGAIN,
			 "ftrace left %s as it was: set kernel.ftrace_enabled to 1 and try again",
			 fn->symbol.name);
}

/**
 * lph_detach() - undo lph_attach()
 * @fn: an attached function
 *
 * Waits for the two RCU-tasks grace periods: when it returns, nobody is in the
 * trampoline or in a stub that leads back to it. But where ftrace refuses, the site may
 * lead there for ever: @fn and its trampoline stay as they are, and this module.
 *
 * Context: transition queue or module unload; sleeps for up to a second.
 */
void lph_detach(struct lph_function *fn)
{
	int r = unregister_ftrace_direct(&fn->ftrace_ops, lph_arch_entry(fn->slot), false);

	if (!r) {
		wipe(&fn->ftrace_ops);
		fn->registered = false;
		return;
	}
	pr_err("ftrace did not detach %s: %pe; its trampoline and this module stay until the machine is rebooted\n",
	       fn->symbol.name, ERR_PTR(r));
	if (!fn->lost)
		__module_get(THIS_MODULE);
	fn->lost = true;
}
