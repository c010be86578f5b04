/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The netlink interface of livepatch_helper: generic netlink family
 * "livepatchd", version 1. This header is its specification.
 *
 * Reading is free, but for the stacks of tasks. Which body runs is changed with
 * CAP_SYS_MODULE, as modules are. Tracers and stacks take what perf and BPF take:
 * CAP_PERFMON, and a tracer's program CAP_BPF, too; CAP_SYS_ADMIN stands for both. All
 * of it in the initial user namespace (-EPERM). Every error carries an extack
 * message that names the thing, the rule and the way out.
 *
 * Nothing that changes text happens inside a request. A change is checked,
 * gets a transition, and is answered at once with that transition's id; the
 * helper runs transitions one at a time, in the order of their requests, and
 * tells each change of their state on the multicast group "events". A
 * request that was answered with an error changed nothing. Only a patch's
 * transition that waits for tasks lets those of ops go on meanwhile; another
 * patch's waits for it.
 *
 * An answer or event that finds no room in the reader's socket is lost, and the
 * socket tells -ENOBUFS, as ever with netlink: then dumps tell what there is.
 *
 * Ids are never reused while the module is loaded. Unknown attributes are
 * refused (strict validation), and so are flags and bits of the headers that
 * mean nothing. Replies and events may gain attributes. A dump that cannot be
 * told whole fails, with an error in its NLMSG_DONE.
 *
 * LPH_CMD_GET_INFO
 *	do. Request: nothing. Reply: LPH_A_INFO, all of enum lph_info_attr.
 *
 * LPH_CMD_ADD_OP
 *	do, CAP_PERFMON. Attaches a tracer op to a function.
 *	Request, in LPH_A_OP:
 *		LPH_OP_A_FUNCTION	nested, required:
 *			LPH_FUNCTION_A_SYMBOL	string, required
 *			LPH_FUNCTION_A_MODULE	string; absent or "vmlinux": the
 *						kernel itself
 *			LPH_FUNCTION_A_SYMPOS	u32, as in struct klp_func: 0 the
 *						symbol must be unique, N the Nth
 *						of its object
 *		LPH_OP_A_KIND		u32, enum lph_op_kind, required
 *		LPH_OP_A_PRIORITY	s32, default 0; lower runs earlier, equal
 *					ones run in the order of their requests
 *		LPH_OP_A_PID		u32, default 0; it sees only calls made while
 *					this process (thread group, init pid namespace)
 *					is current, interrupts included; 0: any
 *		LPH_OP_A_COMM		string, default ""; likewise, while a task of
 *					this name is; "": any
 *		LPH_OP_A_PROGRAM	u32, LPH_KIND_BPF and then required: descriptor
 *					of a BPF program of type raw tracepoint, see
 *					<linux/livepatch_helper_bpf.h>; needs CAP_BPF
 *		LPH_OP_A_REGISTERS	flag, LPH_KIND_LATENCY: whoever asks knows that all
 *					of the function's arguments are passed in registers.
 *					That is the kernel's to know: it looks into BTF, and
 *					believes nobody. (A build of the module for its own
 *					tests does, where BTF does not tell.)
 *		LPH_OP_A_LABEL		string, kept for whoever asked for it
 *	and optionally LPH_A_TRANSITION { LPH_TRANSITION_A_STRATEGY }, default
 *	LPH_STRATEGY_SLOTS.
 *	Reply: LPH_A_OP { LPH_OP_A_ID }, LPH_A_TRANSITION { LPH_TRANSITION_A_ID }.
 *	Errors: -ENOENT no such symbol or module; -ENOTUNIQ several symbols of
 *	that name and no sympos; -EOPNOTSUPP the function is on the path of the
 *	trap itself, or is to be LPH_KIND_LATENCY and has calls that never return, or
 *	arguments that are not in registers, or that BTF does not tell of; -EINVAL
 *	ftrace cannot attach to it, or LPH_OP_A_PROGRAM is of another type, or may
 *	sleep;
 *	-EBADF it is no descriptor of a program; -ENOSPC the function
 *	has LPH_OPS_PER_FUNCTION ops; -ENODEV its module is on its way in or out.
 *	The function's first op gives it LPH_BACKEND_DIRECT, or LPH_BACKEND_SHARED
 *	where as many functions as the module's parameter direct_limit allows
 *	have a direct call, or another direct caller, such as BPF's, holds it. An op of
 *	LPH_KIND_LATENCY always makes it LPH_BACKEND_DIRECT, and fails (-EBUSY, -ENOSPC,
 *	-EOPNOTSUPP) where that cannot be.
 *	Errors found while the transition runs are told by its state
 *	(LPH_TRANSITION_FAILED), LPH_TRANSITION_A_ERRNO and _MESSAGE; -EBUSY:
 *	another direct caller holds the function, and a livepatch that is older
 *	than the helper redirects it, so that no backend would see its bodies;
 *	-EAGAIN: ftrace is switched off.
 *
 * LPH_CMD_DEL_OP
 *	do, CAP_PERFMON. Removes a tracer op.
 *	Request: LPH_A_OP { LPH_OP_A_ID }, optionally LPH_A_TRANSITION
 *	{ LPH_TRANSITION_A_STRATEGY }.
 *	Reply: LPH_A_TRANSITION { LPH_TRANSITION_A_ID }.
 *	Errors: -ENOENT no such op; -EALREADY its removal is queued already.
 *
 * LPH_CMD_CHANGE_OP
 *	do, CAP_PERFMON. Makes of a tracer op what it should be, in one step: each
 *	call runs it exactly once, as it was or as it will be. Its id and its counts
 *	stay.
 *	Request: LPH_A_OP { LPH_OP_A_ID }, with those of LPH_CMD_ADD_OP that change, but
 *	for LPH_OP_A_FUNCTION; LPH_OP_A_PROGRAM, LPH_OP_A_REGISTERS and LPH_OP_A_LABEL
 *	come with LPH_OP_A_KIND. What it has measured stays as long as it is
 *	LPH_KIND_LATENCY. Optionally LPH_A_TRANSITION { LPH_TRANSITION_A_STRATEGY }.
 *	Reply: LPH_A_OP { LPH_OP_A_ID }, LPH_A_TRANSITION { LPH_TRANSITION_A_ID }.
 *	Errors: -ENOENT no such op; -EBUSY another change of it has not settled;
 *	-EALREADY its removal is queued; those of LPH_OP_A_PROGRAM and LPH_KIND_LATENCY.
 *
 * LPH_CMD_ADD_OPS
 *	dump, CAP_PERFMON. Attaches a tracer op to each of several functions,
 *	in one transition; functions that have no op yet get LPH_BACKEND_SHARED
 *	in one step (LPH_BACKEND_DIRECT where a livepatch that is older than the
 *	helper redirects them).
 *	Request: LPH_A_OP, but for LPH_OP_A_FUNCTION as for LPH_CMD_ADD_OP, for all
 *	of them; 1 to LPH_BULK_MAX times
 *	LPH_A_FUNCTION { SYMBOL, MODULE, SYMPOS }; optionally LPH_A_TRANSITION.
 *	Reply: one message a function, in the order of the request: LPH_A_OP
 *	{ LPH_OP_A_ID }, or, where the function is refused, LPH_A_OP
 *	{ LPH_OP_A_ERRNO, LPH_OP_A_MESSAGE } with an error of LPH_CMD_ADD_OP; and
 *	LPH_A_TRANSITION { LPH_TRANSITION_A_ID }, unless all are refused.
 *	A transition that fails leaves all of its ops as they were.
 *
 * LPH_CMD_DEL_OPS
 *	dump, CAP_PERFMON. Removes several tracer ops, in one transition.
 *	Request: 1 to LPH_BULK_MAX times LPH_A_OP { LPH_OP_A_ID }, optionally
 *	LPH_A_TRANSITION. Reply: as of LPH_CMD_ADD_OPS, with the errors of
 *	LPH_CMD_DEL_OP.
 *
 * LPH_CMD_APPLY_PATCH
 *	do, CAP_SYS_MODULE. Lets calls run the bodies of a patch: a module that was
 *	built with <linux/livepatch_helper.h> for patch authors and is loaded.
 *	Request: LPH_A_PATCH { LPH_PATCH_A_NAME }, optionally LPH_A_ORDER and
 *	LPH_A_TRANSITION { LPH_TRANSITION_A_STRATEGY, LPH_TRANSITION_A_CONSISTENCY },
 *	default LPH_CONSISTENCY_TASK.
 *		LPH_A_ORDER	nested array, index + 1, of strings: the names of
 *				all patches that are applied and of this one, from
 *				bottom to top; without it, this one comes on top. A
 *				name ends in a NUL, and is shorter than LPH_MODULE_LEN.
 *	Where several patches have a body for one function, the topmost one's runs.
 *	Reply: LPH_A_TRANSITION { LPH_TRANSITION_A_ID }.
 *	Errors: -ENOENT no such patch, or no such function; -EALREADY it is
 *	applied; -EBUSY another transition of it is queued or running; -EINVAL the
 *	order is empty, or does not name each patch once; those of LPH_CMD_ADD_OP.
 *	While the transition runs, -EBUSY: somebody else redirects one of the
 *	functions (kernel livepatch, fail_function, kprobe with a post_handler), or has
 *	its direct call (BPF trampoline); -EAGAIN: with LPH_CONSISTENCY_STOP, a task
 *	stood in one of the functions at every try, or ftrace is switched off; -ENODATA:
 *	the kernel does not tell how long one of the functions is.
 *
 * LPH_CMD_REMOVE_PATCH
 *	do, CAP_SYS_MODULE. The reverse; afterwards the module can be unloaded.
 *	Request: LPH_A_PATCH { LPH_PATCH_A_NAME }, optionally LPH_A_TRANSITION.
 *	Reply: LPH_A_TRANSITION { LPH_TRANSITION_A_ID }.
 *	Errors: -ENOENT no such patch; -EALREADY it is not applied; -EBUSY as above.
 *
 * LPH_CMD_ORDER_PATCHES
 *	do, CAP_SYS_MODULE. Stacks the applied patches anew, in one transition:
 *	at every instant each call runs what the old or the new order says.
 *	Request: LPH_A_ORDER, all applied patches, optionally LPH_A_TRANSITION.
 *	Reply: LPH_A_TRANSITION { LPH_TRANSITION_A_ID }.
 *	Errors: -EINVAL the order is empty, or does not name each applied patch once;
 *	-EBUSY.
 *
 * LPH_CMD_CANCEL_TRANSITION
 *	do, CAP_SYS_MODULE. Reverses a patch's transition that is queued or
 *	running: it will be LPH_TRANSITION_REVERSED, once all is as it was, and nothing
 *	else.
 *	Request: LPH_A_TRANSITION { LPH_TRANSITION_A_ID }.
 *	Errors: -ENOENT no such transition; -EALREADY it has settled, is being
 *	reversed, or is about to settle, since all tasks have switched; -EOPNOTSUPP it
 *	is an op's, which waits for nobody.
 *
 * LPH_CMD_GET_PATCH
 *	dump. One message a patch whose module is loaded, in the order in which they
 *	were: LPH_A_PATCH, all of enum lph_patch_attr.
 *
 * LPH_CMD_GET_BLOCKER
 *	dump, CAP_PERFMON. One message a task that was in the way of the running
 *	transition of a patch at its last look: LPH_A_BLOCKER, all of enum
 *	lph_blocker_attr.
 *
 * LPH_CMD_GET_STACK
 *	dump, CAP_PERFMON. Looks whether functions are on the stacks of tasks,
 *	read as the kernel's livepatch reads them, for those who wait for tasks to
 *	leave functions of the kernel's livepatches.
 *	Request: 1 to LPH_STACK_TASKS times LPH_A_BLOCKER { LPH_BLOCKER_A_TID }; 1 to
 *	LPH_STACK_FUNCTIONS times LPH_A_FUNCTION { SYMBOL, MODULE, SYMPOS }, without
 *	SYMBOL: any function of MODULE. What is not loaded is on no stack.
 *	Reply: one message a task that is there, in the order of the request:
 *	LPH_A_BLOCKER, all of enum lph_blocker_attr. With several of the functions on a
 *	stack, LPH_BLOCKER_A_SYMBOL is the one that is left last.
 *	Errors: -EINVAL too few or too many; -ENOTUNIQ several symbols of a name and
 *	no sympos.
 *
 * LPH_CMD_GET_OP
 *	dump. One message an op: LPH_A_OP, all of enum lph_op_attr.
 *
 * LPH_CMD_GET_FUNCTION
 *	dump. One message a function that has ops, or had some a moment ago:
 *	LPH_A_FUNCTION, all of enum lph_function_attr.
 *
 * LPH_CMD_GET_TRANSITION
 *	dump. One message a transition, oldest first: LPH_A_TRANSITION, all of
 *	enum lph_transition_attr. The last LPH_TRANSITION_HISTORY settled ones
 *	are kept.
 *
 * LPH_CMD_TRANSITION_EVENT
 *	multicast, group "events": LPH_A_TRANSITION, all attributes, whenever a
 *	transition is queued, starts and settles.
 *
 * LPH_CMD_PATCH_EVENT
 *	multicast, group "events": LPH_A_PATCH { LPH_PATCH_A_NAME, LPH_PATCH_A_STATE },
 *	whenever a patch's module was loaded or leaves (LPH_PATCH_GONE).
 *
 * LPH_CMD_OP_GONE_EVENT
 *	multicast, group "events": LPH_A_OP { LPH_OP_A_ID, LPH_OP_A_FUNCTION }:
 *	the op's function left with its module, and the op with it.
 */
#ifndef _UAPI_LINUX_LIVEPATCH_HELPER_H
#define _UAPI_LINUX_LIVEPATCH_HELPER_H

#define LPH_GENL_NAME		"livepatchd"
#define LPH_GENL_VERSION	1
#define LPH_GENL_MCGRP_EVENTS	"events"

/* The longest symbol, module name and error message, with their NUL. */
#define LPH_SYMBOL_LEN		512
#define LPH_MODULE_LEN		64
#define LPH_MESSAGE_LEN		256
/* The longest name of a task and label of an op, likewise. */
#define LPH_COMM_LEN		16
#define LPH_LABEL_LEN		256

/* How many ops a function may have. */
#define LPH_OPS_PER_FUNCTION	64

/* How many times LPH_KIND_LATENCY tells apart, see LPH_BODY_A_LATENCY. */
#define LPH_LATENCY_BUCKETS	40

/* How many ops one request may add or remove. */
#define LPH_BULK_MAX		8192

/* How many tasks and functions one LPH_CMD_GET_STACK may name. */
#define LPH_STACK_TASKS		1024
#define LPH_STACK_FUNCTIONS	1024

/* How many settled transitions are kept for LPH_CMD_GET_TRANSITION. */
#define LPH_TRANSITION_HISTORY	64

/* The body of a call that no patch redirected. */
#define LPH_BODY_ORIGINAL	"original"
/* Calls whose body could not be told: more bodies than the helper tracks. */
#define LPH_BODY_OTHER		"other"

enum lph_cmd {
	LPH_CMD_UNSPEC,
	LPH_CMD_GET_INFO,
	LPH_CMD_ADD_OP,
	LPH_CMD_DEL_OP,
	LPH_CMD_GET_OP,
	LPH_CMD_GET_FUNCTION,
	LPH_CMD_GET_TRANSITION,
	LPH_CMD_TRANSITION_EVENT,
	LPH_CMD_OP_GONE_EVENT,
	LPH_CMD_APPLY_PATCH,
	LPH_CMD_REMOVE_PATCH,
	LPH_CMD_ORDER_PATCHES,
	LPH_CMD_CANCEL_TRANSITION,
	LPH_CMD_GET_PATCH,
	LPH_CMD_GET_BLOCKER,
	LPH_CMD_PATCH_EVENT,
	LPH_CMD_ADD_OPS,
	LPH_CMD_DEL_OPS,
	LPH_CMD_GET_STACK,
	LPH_CMD_CHANGE_OP,
	__LPH_CMD_MAX
};

#define LPH_CMD_MAX (__LPH_CMD_MAX - 1)

/* The top level of every message. */
enum lph_attr {
	LPH_A_UNSPEC,
	LPH_A_INFO,			/* nested, enum lph_info_attr */
	LPH_A_FUNCTION,			/* nested, enum lph_function_attr */
	LPH_A_OP,			/* nested, enum lph_op_attr */
	LPH_A_TRANSITION,		/* nested, enum lph_transition_attr */
	LPH_A_PATCH,			/* nested, enum lph_patch_attr */
	LPH_A_ORDER,			/* nested array of strings, patches from bottom to top */
	LPH_A_BLOCKER,			/* nested, enum lph_blocker_attr */
	LPH_A_PAD,
	__LPH_A_MAX
};

#define LPH_A_MAX (__LPH_A_MAX - 1)

enum lph_info_attr {
	LPH_INFO_A_UNSPEC,
	LPH_INFO_A_VERSION,		/* string, the module's version */
	LPH_INFO_A_TRAMPOLINES,		/* u32, size of the pool */
	LPH_INFO_A_TRAMPOLINES_USED,	/* u32, functions of LPH_BACKEND_DIRECT */
	LPH_INFO_A_OPS,			/* u32, ops attached */
	LPH_INFO_A_STRATEGY,		/* u32, enum lph_strategy, the default */
	LPH_INFO_A_TRANSITION,		/* u64, id of the running one, 0: none */
	LPH_INFO_A_TRAPS_TASK,		/* u64, traps since load, by context */
	LPH_INFO_A_TRAPS_SOFTIRQ,	/* u64 */
	LPH_INFO_A_TRAPS_HARDIRQ,	/* u64 */
	LPH_INFO_A_TRAPS_NMI,		/* u64 */
	LPH_INFO_A_TRAPS_STALE,		/* u64, more traps: the site was whole again */
	LPH_INFO_A_OVERFLOWS,		/* u64, emulated instead: no slot was free, or
					 * spinning would not have ended
					 */
	LPH_INFO_A_LAPSES,		/* u64, traps that found no function */
	LPH_INFO_A_MAX_DEPTH,		/* u32, most slots ever in use at once */
	LPH_INFO_A_STRATEGIES,		/* nested array, index + 1: enum lph_strategy, of
					 * u64 traps since load
					 */
	LPH_INFO_A_PAD,
	LPH_INFO_A_SHARED,		/* u32, functions of LPH_BACKEND_SHARED */
	__LPH_INFO_A_MAX
};

#define LPH_INFO_A_MAX (__LPH_INFO_A_MAX - 1)

enum lph_function_attr {
	LPH_FUNCTION_A_UNSPEC,
	LPH_FUNCTION_A_SYMBOL,		/* string */
	LPH_FUNCTION_A_MODULE,		/* string, "vmlinux" for the kernel */
	LPH_FUNCTION_A_SYMPOS,		/* u32, as requested */
	LPH_FUNCTION_A_STATE,		/* u32, enum lph_function_state */
	LPH_FUNCTION_A_BACKEND,		/* u32, enum lph_backend; absent in
					 * LPH_FUNCTION_DETACHED
					 */
	LPH_FUNCTION_A_OPS,		/* nested array of enum lph_op_attr nests, in run
					 * order: ID, KIND, PRIORITY, STATE
					 */
	LPH_FUNCTION_A_BODIES,		/* nested array of enum lph_body_attr nests */
	LPH_FUNCTION_A_BODY,		/* string, LPH_BODY_ORIGINAL or the patch whose body
					 * calls run; where patched by the kernel: original
					 */
	LPH_FUNCTION_A_PATCHED,		/* u32, of a patch: 1 its body is the one that runs */
	LPH_FUNCTION_A_PAD,
	__LPH_FUNCTION_A_MAX
};

#define LPH_FUNCTION_A_MAX (__LPH_FUNCTION_A_MAX - 1)

enum lph_op_attr {
	LPH_OP_A_UNSPEC,
	LPH_OP_A_ID,			/* u32 */
	LPH_OP_A_FUNCTION,		/* nested: SYMBOL, MODULE, SYMPOS */
	LPH_OP_A_KIND,			/* u32, enum lph_op_kind */
	LPH_OP_A_PRIORITY,		/* s32 */
	LPH_OP_A_STATE,			/* u32, enum lph_op_state */
	LPH_OP_A_HITS,			/* u64, all bodies */
	LPH_OP_A_BODIES,		/* nested array of enum lph_body_attr nests */
	LPH_OP_A_PAD,
	LPH_OP_A_BACKEND,		/* u32, enum lph_backend, of its function; absent
					 * until that is attached
					 */
	LPH_OP_A_ERRNO,			/* u32, positive errno: the op was refused */
	LPH_OP_A_MESSAGE,		/* string, why */
	LPH_OP_A_PID,			/* u32, the filter's process; 0: any */
	LPH_OP_A_COMM,			/* string, the filter's name of a task; "": any */
	LPH_OP_A_LABEL,			/* string, as requested; absent: none */
	LPH_OP_A_PROGRAM,		/* u32, of LPH_KIND_BPF: in a request a descriptor,
					 * in a dump the program's id
					 */
	LPH_OP_A_MISSED,		/* u64, hits for which it could not do what its kind
					 * does; see enum lph_op_kind
					 */
	LPH_OP_A_REGISTERS,		/* flag, of LPH_KIND_LATENCY, in a request */
	__LPH_OP_A_MAX
};

#define LPH_OP_A_MAX (__LPH_OP_A_MAX - 1)

enum lph_body_attr {
	LPH_BODY_A_UNSPEC,
	LPH_BODY_A_NAME,		/* string: LPH_BODY_ORIGINAL, LPH_BODY_OTHER or
					 * the patch's module name
					 */
	LPH_BODY_A_HITS,		/* u64, calls that ran this body: of the op, or
					 * under a function, of its first op
					 */
	LPH_BODY_A_PAD,
	LPH_BODY_A_LATENCY,		/* nested, of LPH_KIND_LATENCY: u64 calls, under the
					 * index of their bucket + 1, those that are not 0.
					 * Bucket n is of calls that took 2^n to 2^(n+1) - 1
					 * ns, bucket 0 of shorter ones, too, and the last
					 * one, LPH_LATENCY_BUCKETS - 1, of longer ones
					 */
	__LPH_BODY_A_MAX
};

#define LPH_BODY_A_MAX (__LPH_BODY_A_MAX - 1)

enum lph_transition_attr {
	LPH_TRANSITION_A_UNSPEC,
	LPH_TRANSITION_A_ID,		/* u64, rising from 1 */
	LPH_TRANSITION_A_KIND,		/* u32, enum lph_transition_kind */
	LPH_TRANSITION_A_STATE,		/* u32, enum lph_transition_state */
	LPH_TRANSITION_A_OP,		/* u32, the op's id, of ADD, REMOVE and CHANGE */
	LPH_TRANSITION_A_FUNCTION,	/* nested: SYMBOL, MODULE, SYMPOS; likewise */
	LPH_TRANSITION_A_STRATEGY,	/* u32, enum lph_strategy */
	LPH_TRANSITION_A_QUEUED_AT,	/* u64, ns, CLOCK_REALTIME */
	LPH_TRANSITION_A_PHASES,	/* nested array of enum lph_phase_attr nests,
					 * in the order in which they were reached
					 */
	LPH_TRANSITION_A_TRAPS,		/* u64, taken while it ran */
	LPH_TRANSITION_A_MAX_DEPTH,	/* u32, most slots in use at once */
	LPH_TRANSITION_A_OVERFLOWS,	/* u64 */
	LPH_TRANSITION_A_LAPSES,	/* u64 */
	LPH_TRANSITION_A_ERRNO,		/* u32, positive errno, LPH_TRANSITION_FAILED */
	LPH_TRANSITION_A_MESSAGE,	/* string, LPH_TRANSITION_FAILED */
	LPH_TRANSITION_A_PATCH,		/* string, of APPLY and UNAPPLY */
	LPH_TRANSITION_A_CONSISTENCY,	/* u32, enum lph_consistency, of a patch's */
	LPH_TRANSITION_A_TASKS_TOTAL,	/* u32, with LPH_CONSISTENCY_TASK, once it runs */
	LPH_TRANSITION_A_TASKS_REMAINING, /* u32, not switched at the last look */
	LPH_TRANSITION_A_PAD,
	LPH_TRANSITION_A_BACKEND,	/* u32, enum lph_backend, of the function; absent
					 * until that is attached, and once it is gone
					 */
	LPH_TRANSITION_A_OPS,		/* u32, how many ops: OP, FUNCTION and BACKEND are
					 * of the first
					 */
	LPH_TRANSITION_A_LONGEST_STOP,	/* u64, ns: for how long all CPUs were stopped for
					 * it at one time, at most
					 */
	__LPH_TRANSITION_A_MAX
};

#define LPH_TRANSITION_A_MAX (__LPH_TRANSITION_A_MAX - 1)

enum lph_patch_attr {
	LPH_PATCH_A_UNSPEC,
	LPH_PATCH_A_NAME,		/* string, the module's name */
	LPH_PATCH_A_STATE,		/* u32, enum lph_patch_state */
	LPH_PATCH_A_ORDER,		/* u32, applied: from 1, the bottom; else 0 */
	LPH_PATCH_A_FUNCTIONS,		/* nested array of SYMBOL, MODULE, SYMPOS, PATCHED:
					 * those that the patch declares
					 */
	LPH_PATCH_A_PAD,
	__LPH_PATCH_A_MAX
};

#define LPH_PATCH_A_MAX (__LPH_PATCH_A_MAX - 1)

enum lph_blocker_attr {
	LPH_BLOCKER_A_UNSPEC,
	LPH_BLOCKER_A_PID,		/* u32, thread group, init pid namespace */
	LPH_BLOCKER_A_TID,		/* u32 */
	LPH_BLOCKER_A_COMM,		/* string */
	LPH_BLOCKER_A_REASON,		/* u32, enum lph_blocker_reason */
	LPH_BLOCKER_A_SYMBOL,		/* string, the function on its stack, LPH_BLOCKED_STACK */
	LPH_BLOCKER_A_PAD,
	__LPH_BLOCKER_A_MAX
};

#define LPH_BLOCKER_A_MAX (__LPH_BLOCKER_A_MAX - 1)

enum lph_phase_attr {
	LPH_PHASE_A_UNSPEC,
	LPH_PHASE_A_PHASE,		/* u32, enum lph_phase */
	LPH_PHASE_A_AT,			/* u64, ns since LPH_TRANSITION_A_QUEUED_AT */
	LPH_PHASE_A_PAD,
	__LPH_PHASE_A_MAX
};

#define LPH_PHASE_A_MAX (__LPH_PHASE_A_MAX - 1)

enum lph_op_kind {
	/* Counts the calls that pass its filter, per CPU and body, as all kinds do. */
	LPH_KIND_COUNT,
	/* Fires the trace event livepatch_helper:function_hit: function, ip (of the
	 * function), parent_ip (its caller), body (as of LPH_BODY_A_NAME), depth
	 * (slots in use of the task's record, see LPH_STRATEGY_SLOTS), tracer
	 * (LPH_OP_A_ID) and context (0 task, 1 softirq, 2 hardirq, 3 NMI). Calls
	 * that this brings about itself, and those where RCU does not watch, are
	 * counted, and missed.
	 */
	LPH_KIND_EVENT,
	/* Runs a BPF program; <linux/livepatch_helper_bpf.h> says which calls it misses. */
	LPH_KIND_BPF,
	/* Measures how long calls take, from the entry of their body to its return, by
	 * CLOCK_MONOTONIC, and counts them by time, body and the CPU that they return on:
	 * LPH_BODY_A_LATENCY. A hit is measured when it returns, also when that is behind
	 * its op's removal or change: till then the module stays loaded; never, if its
	 * task ends in it. Where a task has ended without its stack, as one that an oops
	 * kills, the module stays until it is seen that no stack has the call, which the
	 * kernel's log tells; for good, where a stack cannot be read. What comes by way of
	 * a trap is measured as any other call.
	 * Missed are calls that the work of an op brings about, those where RCU does not
	 * watch, and those that three other ops of this kind measure.
	 */
	LPH_KIND_LATENCY,
	__LPH_KIND_MAX
};

#define LPH_KIND_MAX (__LPH_KIND_MAX - 1)

enum lph_op_state {
	LPH_OP_QUEUED,			/* its add transition has not settled */
	LPH_OP_ATTACHED,
	LPH_OP_REMOVING,		/* its remove transition has not settled */
};

enum lph_function_state {
	LPH_FUNCTION_DETACHED,		/* its first op is queued */
	LPH_FUNCTION_ATTACHED,
	LPH_FUNCTION_IDLE,		/* no op left, detached in the background */
};

enum lph_backend {
	LPH_BACKEND_DIRECT,		/* a trampoline of its own, entered by a direct call */
	LPH_BACKEND_SHARED,		/* one ftrace_ops for all functions of this backend */
	__LPH_BACKEND_MAX
};

#define LPH_BACKEND_MAX (__LPH_BACKEND_MAX - 1)

/* What a CPU does that traps on a site while it is rewritten. */
enum lph_strategy {
	/* Goes on through a slot of its task's record. Runs the list. */
	LPH_STRATEGY_SLOTS,
	/* Emulates the instruction that memory holds. Runs the old or the new. */
	LPH_STRATEGY_EMULATE,
	/* Goes on in a stub of the site's own. Runs the list. */
	LPH_STRATEGY_STUB,
	/* Tries again until the rewrite is over; where that could block the
	 * rewrite (interrupts off, NMI, the CPU that writes) or takes too long:
	 * as EMULATE. Runs the new.
	 */
	LPH_STRATEGY_SPIN,
	__LPH_STRATEGY_MAX
};

#define LPH_STRATEGY_MAX (__LPH_STRATEGY_MAX - 1)

enum lph_transition_kind {
	LPH_TRANSITION_ADD,
	LPH_TRANSITION_REMOVE,
	LPH_TRANSITION_APPLY,		/* a patch */
	LPH_TRANSITION_UNAPPLY,
	LPH_TRANSITION_ORDER,		/* patches are stacked anew */
	LPH_TRANSITION_CHANGE,		/* of an op */
};

enum lph_transition_state {
	LPH_TRANSITION_QUEUED,
	LPH_TRANSITION_RUNNING,
	LPH_TRANSITION_DONE,
	LPH_TRANSITION_FAILED,
	LPH_TRANSITION_REVERSED,	/* cancelled: all is as it was */
};

enum lph_patch_state {
	LPH_PATCH_LOADED,		/* its module is loaded, no call runs its bodies */
	LPH_PATCH_PATCHING,		/* its apply transition has not settled */
	LPH_PATCH_PATCHED,
	LPH_PATCH_UNPATCHING,		/* its unapply transition has not settled */
	LPH_PATCH_GONE,			/* LPH_CMD_PATCH_EVENT: its module leaves */
};

/* When a call may run the new bodies. */
enum lph_consistency {
	/* Each task on its own, once it stands in no function that changes. */
	LPH_CONSISTENCY_TASK,
	/* All at once, with all CPUs stopped, while no task does. */
	LPH_CONSISTENCY_STOP,
	__LPH_CONSISTENCY_MAX
};

#define LPH_CONSISTENCY_MAX (__LPH_CONSISTENCY_MAX - 1)

enum lph_blocker_reason {
	LPH_BLOCKED_RUNNING,		/* on a CPU at the last look */
	LPH_BLOCKED_STACK,		/* a function that changes is on its stack */
	LPH_BLOCKED_UNRELIABLE,		/* its stack could not be read reliably */
	LPH_BLOCKED_CLEAR,		/* LPH_CMD_GET_STACK: none of the functions is on it */
};

enum lph_phase {
	LPH_PHASE_START,		/* its turn came */
	LPH_PHASE_ATTACH,		/* the function's fentry calls its backend */
	LPH_PHASE_PUBLISH,		/* the new op array is visible */
	LPH_PHASE_INT3,			/* every site that changes traps, on every CPU */
	LPH_PHASE_TAIL,			/* bytes 1..4 are new, on every CPU */
	LPH_PHASE_HEAD,			/* byte 0 is new, on every CPU: no trap is left */
	LPH_PHASE_SWITCH,		/* a patch: tasks begin to run the new bodies */
	LPH_PHASE_SETTLED,
};

#endif /* _UAPI_LINUX_LIVEPATCH_HELPER_H */
