// SPDX-License-Identifier: GPL-2.0-only
/* processes: how often each process calls the function, by the body that its calls run. */
#include "core.h"
#include "results.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct process_key);
	__type(value, struct process_value);
} processes SEC(".maps");

SEC("raw_tp")
int on_call(const struct lph_bpf_call *call)
{
	struct process_key key = {
		.pid = (__u32)(bpf_get_current_pid_tgid() >> 32),
		.patched = call->body != call->original,
	};
	struct process_value *value = bpf_map_lookup_elem(&processes, &key);

	/* No other CPU, and nothing on this one, writes to it meanwhile. */
	if (value) {
		value->calls++;
	} else {
		struct task_struct *task = (struct task_struct *)bpf_get_current_task();
		struct process_value first = { .calls = 1 };

		BPF_CORE_READ_STR_INTO(&first.comm, task, group_leader, comm);
		(void)bpf_map_update_elem(&processes, &key, &first, BPF_ANY);
	}
	return 0;
}
