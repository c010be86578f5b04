// SPDX-License-Identifier: GPL-2.0-only
/* What the tests look at in a BPF tracer: two programs, and one of another type. */
#include "core.h"

/* The sum of what each call was told, by what that was; the calls themselves are the last. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u64);
} lph_calls SEC(".maps");

static void add(__u32 index, __u64 number)
{
	__u64 *sum = bpf_map_lookup_elem(&lph_calls, &index);

	if (sum)
		*sum += number;
}

SEC("raw_tp")
int lph_told(const struct lph_bpf_call *call)
{
	add(0, call->ip);
	add(1, call->parent_ip != 0);
	add(2, call->body == call->original);
	add(3, call->tracer);
	add(4, call->args[0] ^ call->args[1] ^ call->args[2]);
	add(5, call->reserved);
	add(7, 1);
	return 0;
}

SEC("raw_tp")
int lph_second(const struct lph_bpf_call *call)
{
	(void)call;
	add(6, 1);
	return 0;
}

SEC("kprobe")
int lph_other_type(void *ctx)
{
	(void)ctx;
	return 0;
}
