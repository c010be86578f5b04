// SPDX-License-Identifier: GPL-2.0-only
/*
 * Entry backend "direct": the function's fentry calls its trampoline.
 *
 * A direct call runs after every ftrace handler of the function, so that the
 * return address it finds is what a livepatch decided for this very call. Two
 * owners are at odds by default; ops_func tells ftrace that a trampoline with
 * nothing but tracers shares the function with a livepatch, whoever is first.
 */
#include <linux/errno.h>
#include <linux/ftrace.h>
#include <linux/printk.h>

#include "arch.h"
#include "attach.h"
#include "function.h"

/*
 * Tracers never change where a call goes: they get along with one who does.
 * A redirect does not: it refuses him, and is refused by him.
 */
static int share(LPH_OPS_FUNC_ARGS)
{
	struct lph_function *fn = container_of(ops, struct lph_function, ftrace_ops);
	int r = 0;

	spin_lock(&fn->share_lock);
	if (cmd == FTRACE_OPS_CMD_DISABLE_SHARE_IPMODIFY_PEER)
		fn->peers--;
	else if (fn->redirected)
		r = -EBUSY;
	else
		fn->peers++;
	spin_unlock(&fn->share_lock);
	return r;
}

/**
 * lph_attach_claim() - from here on nobody else may redirect @fn
 * @fn: a function
 * @error: filled on failure
 *
 * Context: transition queue; lph_attach_release() undoes it.
 * Return: 0, or -EBUSY where somebody does already.
 */
int lph_attach_claim(struct lph_function *fn, struct lph_error *error)
{
	bool taken;

	spin_lock(&fn->share_lock);
	taken = fn->peers;
	if (!taken)
		fn->redirected = true;
	spin_unlock(&fn->share_lock);
	if (taken)
		return lph_error(error, -EBUSY,
				 "%s is redirected already, by a kernel livepatch, fail_function or a kprobe with a post_handler: remove that first",
				 fn->symbol.name);
	return 0;
}

void lph_attach_release(struct lph_function *fn)
{
	fn->ftrace_ops.flags &= ~FTRACE_OPS_FL_PERMANENT;
	spin_lock(&fn->share_lock);
	fn->redirected = false;
	spin_unlock(&fn->share_lock);
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

/**
 * lph_attach() - let calls of @fn enter its trampoline
 * @fn: a prepared function
 * @error: filled on failure
 *
 * Context: transition queue; sleeps for tens of milliseconds.
 * Return: 0, -EBUSY where the function has another direct caller, -EAGAIN
 * where ftrace is switched off, or another -errno of ftrace.
 */
int lph_attach(struct lph_function *fn, struct lph_error *error)
{
	unsigned long entry = lph_arch_entry(fn->slot);
	int r;

	if (!lph_attach_possible())
		return lph_error(error, -EOPNOTSUPP,
				 "this kernel has no ftrace direct calls, which redirect %s and catch its returns: use a kernel livepatch, trace it by another kind",
				 fn->symbol.name);
	fn->peers = 0;
	r = register_ftrace_direct(&fn->ftrace_ops, entry);
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
 * trampoline or in a stub that leads back to it.
 *
 * Context: transition queue or module unload; sleeps for up to a second.
 */
void lph_detach(struct lph_function *fn)
{
	int r = unregister_ftrace_direct(&fn->ftrace_ops, lph_arch_entry(fn->slot), false);

	if (r)
		pr_err("ftrace did not detach %s: %pe\n", fn->symbol.name, ERR_PTR(r));
}
