// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kind "event": fires the tracepoint livepatch_helper:function_hit, which
 * whoever listens to the kernel's trace events reads.
 */
#include <linux/kallsyms.h>
#include <linux/percpu.h>

#include "arch.h"
#include "body.h"
#include "function.h"
#include "kinds/event.h"
#include "kinds/level.h"
#include "op.h"
#include "thread.h"

#define CREATE_TRACE_POINTS
#include "kinds/trace.h"

/* For the name of a body; whoever has entered a level has it for himself. */
static DEFINE_PER_CPU(char[LPH_KIND_LEVELS][KSYM_SYMBOL_LEN], names);

void lph_event_run(struct lph_op *op, struct lph_frame *frame)
{
	const struct lph_function *fn = op->fn;
	unsigned int level, context;

	if (!trace_function_hit_enabled())
		return;
	level = lph_kind_enter(op);
	if (!level)
		return;
	context = interrupt_context_level();
	trace_function_hit(fn->symbol.name, frame->ip, frame->parent_ip,
			   lph_body_of_call(fn, frame->body, this_cpu_ptr(names)[context]),
			   lph_thread_depth(), op->id, context);
	lph_kind_leave(level);
}
