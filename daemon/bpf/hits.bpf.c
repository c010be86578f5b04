// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tells of the hits of event tracers: what the helper's trace event function_hit
 * is fired with. The kernel finds a raw tracepoint of a module by its name; that
 * needs neither BTF, which modules of others than the distribution's lack, nor
 * tracefs.
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "hits.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 * 1024 * 1024);
} hits SEC(".maps");

/* The process that reads them. */
unsigned int reader;
/* How many found the buffer full. */
unsigned long long lost;

/* What module/kinds/trace.h fires it with. */
enum {
	ARG_FUNCTION,
	ARG_IP,
	ARG_PARENT_IP,
	ARG_BODY,
	ARG_DEPTH,
	ARG_TRACER,
	ARG_CONTEXT,
};

SEC("raw_tp/function_hit")
int on_hit(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 id = bpf_get_current_pid_tgid();
	__u32 context = (__u32)ctx->args[ARG_CONTEXT];
	struct hit *hit;

	/* To tell of what the telling calls would never end. */
	if (context == HIT_TASK && id >> 32 == reader)
		return 0;
	hit = bpf_ringbuf_reserve(&hits, sizeof(*hit), 0);
	if (!hit) {
		__sync_fetch_and_add(&lost, 1);
		return 0;
	}
	hit->time = bpf_ktime_get_ns();
	hit->ip = ctx->args[ARG_IP];
	hit->parent_ip = ctx->args[ARG_PARENT_IP];
	hit->tracer = (__u32)ctx->args[ARG_TRACER];
	hit->cpu = bpf_get_smp_processor_id();
	hit->pid = (__u32)(id >> 32);
	hit->tid = (__u32)id;
	hit->depth = (__u32)ctx->args[ARG_DEPTH];
	hit->context = context;
	(void)bpf_get_current_comm(hit->comm, sizeof(hit->comm));
	(void)bpf_probe_read_kernel_str(hit->body, sizeof(hit->body), (void *)ctx->args[ARG_BODY]);
	(void)bpf_probe_read_kernel_str(hit->function, sizeof(hit->function), (void *)ctx->args[ARG_FUNCTION]);
	hit->parent[0] = '\0';
	BPF_SNPRINTF(hit->parent, sizeof(hit->parent), "%pS", hit->parent_ip);
	bpf_ringbuf_submit(hit, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
