// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tells what the kernel's livepatch does. Its own functions are watched at their
 * entry by kprobes, and at their return by kretprobes, both of which the kernel's
 * reliable unwinding sees through. A trampoline of BPF with a program at the
 * return would not be seen through, and hold up the very transition.
 *
 * No program looks into the kernel's structures, so none depends on a kernel's
 * layout: the kernel's BTF, which takes megabytes to read, is not needed.
 */
#include <linux/bpf.h>
#include <linux/ptrace.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "transition.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, TRANSITION_NEWS_SIZE);
} news SEC(".maps");

/*
 * 1: the daemon has not read yet that tasks have changed over. Thousands do so at
 * once, and it hears of them as often as it can listen.
 */
unsigned long long told_switched;

static void tell(unsigned int what)
{
	(void)bpf_ringbuf_output(&news, &what, sizeof(what), 0);
}

static void tell_switched(void)
{
	if (!__sync_lock_test_and_set(&told_switched, 1))
		tell(TRANSITION_NEWS_SWITCHED);
}

/* Before its first call the kernel has begun, and "enabled" says which way. */
SEC("kprobe/klp_try_complete_transition")
int under_way(struct pt_regs *ctx)
{
	tell(TRANSITION_NEWS_UNDER_WAY);
	return 0;
}

SEC("kretprobe/klp_reverse_transition")
int reversed(struct pt_regs *ctx)
{
	tell(TRANSITION_NEWS_REVERSED);
	return 0;
}

/* A task changes over on its way out of the kernel. */
SEC("kprobe/klp_update_patch_state")
int left(struct pt_regs *ctx)
{
	tell_switched();
	return 0;
}

/* A task was looked at, and 0 says that it has changed over. */
SEC("kretprobe/klp_check_and_switch_task")
int checked(struct pt_regs *ctx)
{
	if ((int)PT_REGS_RC(ctx) == 0)
		tell_switched();
	return 0;
}

SEC("kretprobe/klp_complete_transition")
int completed(struct pt_regs *ctx)
{
	tell(TRANSITION_NEWS_COMPLETED);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
