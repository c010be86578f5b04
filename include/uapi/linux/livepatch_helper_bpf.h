/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * For authors of BPF tracers: what a program is told of a call. It is of type
 * BPF_PROG_TYPE_RAW_TRACEPOINT, SEC("raw_tp") in libbpf's words, and its context
 * is a struct lph_bpf_call:
 *
 *	SEC("raw_tp")
 *	int on_call(const struct lph_bpf_call *call)
 *
 * It runs for each call that passes the tracer's filter, in the function's
 * ordered list of tracers, before the body does; in any context that the
 * function is called in, NMI included, without preemption and under the RCU read
 * lock, so that a sleepable one (BPF_F_SLEEPABLE) is refused. What it returns is
 * ignored. Helpers of raw tracepoints are there: maps, ring buffers,
 * bpf_get_stackid(), bpf_probe_read_kernel(), bpf_get_attach_cookie() (@tracer;
 * where the kernel has it for raw tracepoints).
 *
 * It does not run, and the tracer counts a miss, for a call that the work of a
 * tracer brought about in the same context; for one that interrupts this program
 * on its own CPU, which must not run within itself; and where the kernel's RCU does
 * not watch.
 */
#ifndef _UAPI_LINUX_LIVEPATCH_HELPER_BPF_H
#define _UAPI_LINUX_LIVEPATCH_HELPER_BPF_H

/**
 * struct lph_bpf_call - a call of a traced function
 * @args: the first six integer arguments
 * @ip: address of the function
 * @parent_ip: its caller
 * @body: where the call goes on, the body that will run
 * @original: where it would if nobody redirected it: @body is the same for the
 *	original, and in the module of the patch for a patch's
 * @tracer: the tracer's id
 * @reserved: 0
 */
struct lph_bpf_call {
	unsigned long long args[6];
	unsigned long long ip;
	unsigned long long parent_ip;
	unsigned long long body;
	unsigned long long original;
	unsigned long long tracer;
	unsigned long long reserved;
};

#endif /* _UAPI_LINUX_LIVEPATCH_HELPER_BPF_H */
