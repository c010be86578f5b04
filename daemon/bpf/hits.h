/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_BPF_HITS_H
#define LIVEPATCHD_BPF_HITS_H

#include <linux/types.h>

#define HIT_COMM_LEN 16
#define HIT_BODY_LEN 64
#define HIT_FUNCTION_LEN 128
#define HIT_PARENT_LEN 160

/* From what a call was made; numbered as by the helper's trace event. */
enum hit_context {
	HIT_TASK,
	HIT_SOFTIRQ,
	HIT_HARDIRQ,
	HIT_NMI,
	_HIT_CONTEXT_MAX,
};

/**
 * struct hit - a hit of an event tracer, as the BPF program tells the daemon
 * @time: CLOCK_MONOTONIC, in ns
 * @ip: of the function
 * @parent_ip: its caller
 * @tracer: id
 * @cpu: where
 * @pid: the process that was current
 * @tid: its task
 * @depth: slots in use of the task's record
 * @context: enum hit_context
 * @comm: the task's name
 * @body: which one the call runs
 * @function: its symbol, cut off where it is longer
 * @parent: @parent_ip as symbol+offset/size [module], likewise
 */
struct hit {
	__u64 time;
	__u64 ip;
	__u64 parent_ip;
	__u32 tracer;
	__u32 cpu;
	__u32 pid;
	__u32 tid;
	__u32 depth;
	__u32 context;
	char comm[HIT_COMM_LEN];
	char body[HIT_BODY_LEN];
	char function[HIT_FUNCTION_LEN];
	char parent[HIT_PARENT_LEN];
};

#endif
