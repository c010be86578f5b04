// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kind "bpf": runs a BPF program. <linux/livepatch_helper_bpf.h> says what that
 * is told.
 */
#include <linux/bpf.h>
#include <linux/build_bug.h>
#include <linux/filter.h>
#include <linux/livepatch_helper_bpf.h>
#include <linux/rcupdate.h>

#include "arch.h"
#include "counters.h"
#include "error.h"
#include "function.h"
#include "kinds/bpf.h"
#include "kinds/level.h"
#include "op.h"

/* As many as the verifier lets programs of this type read. */
static_assert(sizeof(struct lph_bpf_call) == MAX_BPF_FUNC_ARGS * sizeof(u64));

/* What the kernel's own dispatcher does, which is not exported. */
static unsigned int dispatch(const void *ctx, const struct bpf_insn *insnsi, bpf_func_t bpf_func)
{
	return bpf_func(ctx, insnsi);
}

/*
 * What the kernel's own run of a raw tracepoint's programs gives them: the CPU, since
 * preemption is off, for per-CPU maps; and the RCU read lock, for what helpers and
 * kfuncs look up and assert. That can be traced, and so is taken within the level.
 */
static void run(struct bpf_prog *prog, struct lph_op *op, const struct lph_frame *frame)
{
	const struct lph_bpf_call call = {
		.args = { frame->args[0], frame->args[1], frame->args[2], frame->args[3],
			  frame->args[4], frame->args[5] },
		.ip = frame->ip,
		.parent_ip = frame->parent_ip,
		.body = frame->body,
		.original = op->fn->original,
		.tracer = op->id,
	};
	struct bpf_trace_run_ctx run_ctx = { .bpf_cookie = op->id };
	struct bpf_run_ctx *outer = bpf_set_run_ctx(&run_ctx.run_ctx);

	rcu_read_lock();
	(void)__bpf_prog_run(prog, &call, dispatch);
	rcu_read_unlock();
	bpf_reset_run_ctx(outer);
}

void lph_bpf_run(struct lph_op *op, struct lph_frame *frame)
{
	unsigned int level = lph_kind_enter(op);

	if (!level)
		return;
	/* It may be attached elsewhere, too, or be at work further out. */
	if (bpf_prog_get_recursion_context(op->program))
		run(op->program, op, frame);
	else
		lph_op_missed(op);
	bpf_prog_put_recursion_context(op->program);
	lph_kind_leave(level);
}

/**
 * lph_bpf_get() - the program that a file descriptor is of
 * @fd: of the current process
 * @error: filled on failure
 *
 * Return: the program, for lph_bpf_put(), or an error pointer: -EBADF, or -EINVAL
 * where it is none of its type, or may sleep.
 */
struct bpf_prog *lph_bpf_get(int fd, struct lph_error *error)
{
	struct bpf_prog *program;

	program = bpf_prog_get_type_dev(fd, BPF_PROG_TYPE_RAW_TRACEPOINT, false);
	if (IS_ERR(program)) {
		lph_error(error, PTR_ERR(program),
			  "LPH_OP_A_PROGRAM is no descriptor of a raw tracepoint BPF program");
		return program;
	}
	if (lph_bpf_sleeps(program)) {
		bpf_prog_put(program);
		lph_error(error, -EINVAL,
			  "LPH_OP_A_PROGRAM is a sleepable program, and runs where nothing may sleep: load it without BPF_F_SLEEPABLE");
		return ERR_PTR(-EINVAL);
	}
	return program;
}

void lph_bpf_hold(struct bpf_prog *program)
{
	bpf_prog_inc(program);
}

void lph_bpf_put(struct bpf_prog *program)
{
	bpf_prog_put(program);
}

u32 lph_bpf_id(const struct bpf_prog *program)
{
	return program->aux->id;
}
