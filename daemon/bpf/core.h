/* SPDX-License-Identifier: GPL-2.0-only */
/* What the BPF tracers have in common: the kernel's types, as far as they look at them. */
#ifndef LIVEPATCHD_BPF_CORE_H
#define LIVEPATCHD_BPF_CORE_H

#include <linux/bpf.h>
#include <linux/livepatch_helper_bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "results.h"

/* Where the members are is found out when the object is loaded. */
struct task_struct {
	struct task_struct *group_leader;
	char comm[COMM_LEN];
} __attribute__((preserve_access_index));

char LICENSE[] SEC("license") = "GPL";

#endif
