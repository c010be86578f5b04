// SPDX-License-Identifier: GPL-2.0-only
/*
 * What kinds/latency.c is to the engine: ops that are told of a call's return, and see
 * to it that its frame is as it was left.
 */
#include <linux/percpu.h>

#include "arch.h"
#include "engine.h"
#include "kernel/kernel.h"
#include "kinds/latency.h"
#include "op.h"

#define MARK 0x6c6174656e6379ull

static DEFINE_PER_CPU(u64, begun);
static DEFINE_PER_CPU(u64, returned);

void (*engine_in_op)(const struct lph_function *fn);

void lph_latency_run(struct lph_op *op, struct lph_frame *frame)
{
	if (engine_in_op)
		engine_in_op(op->fn);
	if (frame->measures < LPH_MEASURES)
		frame->latency[frame->measures++] = (struct lph_latency *)op;
}

void lph_latency_begin(struct lph_frame *frame, unsigned int body)
{
	frame->index = body;
	frame->start = (u64)frame ^ MARK ^ body;
	this_cpu_inc(begun);
}

void lph_latency_return(struct lph_frame *frame)
{
	if (frame->start != ((u64)frame ^ MARK ^ frame->index) || !frame->measures ||
	    frame->measures > LPH_MEASURES)
		die("a call returned to a frame that is not its own");
	this_cpu_inc(returned);
}

u64 engine_measured(u64 *ret_returned)
{
	u64 calls = 0;
	int cpu;

	*ret_returned = 0;
	for_each_possible_cpu(cpu) {
		calls += *per_cpu_ptr(&begun, cpu);
		*ret_returned += *per_cpu_ptr(&returned, cpu);
	}
	return calls;
}
