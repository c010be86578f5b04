/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_BPF_RESULTS_H
#define LIVEPATCHD_BPF_RESULTS_H

#include <linux/types.h>

/* What is in the maps of the BPF tracers that come with livepatchd. */

#define COMM_LEN 16

struct process_key {
	__u32 pid;
	__u32 patched;		/* 1: another body than the original */
};

struct process_value {
	__u64 calls;
	char comm[COMM_LEN];	/* of the process's first thread */
};

#define STACK_DEPTH 64

struct stack_key {
	__s32 stack;		/* in the map "frames"; negative: an errno */
	__u32 patched;		/* 1: another body than the original */
};

#endif
