// SPDX-License-Identifier: GPL-2.0-only
/* stacks: from where the function is called, by the body that the calls run. */
#include "core.h"
#include "results.h"

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 4096);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, STACK_DEPTH * sizeof(__u64));
} frames SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct stack_key);
	__type(value, __u64);
} stacks SEC(".maps");

SEC("raw_tp")
int on_call(const struct lph_bpf_call *call)
{
	struct stack_key key = {
		.stack = (__s32)bpf_get_stackid((void *)call, &frames, 0),
		.patched = call->body != call->original,
	};
	__u64 *calls = bpf_map_lookup_elem(&stacks, &key), one = 1;

	if (calls)
		(*calls)++;
	else
		(void)bpf_map_update_elem(&stacks, &key, &one, BPF_ANY);
	return 0;
}
