/* SPDX-License-Identifier: GPL-2.0-only */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM livepatch_helper

#if !defined(LPH_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define LPH_TRACE_H

#include <linux/tracepoint.h>

/* clang-format off */
/* <linux/livepatch_helper.h> says what its fields are, at LPH_KIND_EVENT. */
TRACE_EVENT(function_hit,
	TP_PROTO(const char *function, unsigned long ip, unsigned long parent_ip,
		 const char *body, u32 depth, u32 tracer, u32 context),

	TP_ARGS(function, ip, parent_ip, body, depth, tracer, context),

	TP_STRUCT__entry(
		__field(unsigned long, ip)
		__field(unsigned long, parent_ip)
		__string(function, function)
		__string(body, body)
		__field(u32, depth)
		__field(u32, tracer)
		__field(u32, context)
	),

	TP_fast_assign(
		__entry->ip = ip;
		__entry->parent_ip = parent_ip;
		lph_assign_str(function, function);
		lph_assign_str(body, body);
		__entry->depth = depth;
		__entry->tracer = tracer;
		__entry->context = context;
	),

	TP_printk("%s body=%s caller=%pS depth=%u context=%s tracer=%u", __get_str(function),
		  __get_str(body), (void *)__entry->parent_ip, __entry->depth,
		  __print_symbolic(__entry->context, { 0, "task" }, { 1, "softirq" },
				   { 2, "hardirq" }, { 3, "nmi" }),
		  __entry->tracer)
);
/* clang-format on */

#endif /* LPH_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH kinds
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
