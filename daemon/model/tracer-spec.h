/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_TRACER_SPEC_H
#define LIVEPATCHD_TRACER_SPEC_H

#include <stdint.h>

#include <linux/livepatch_helper.h>

/* The longest kind in words, with its NUL: "bpf:" and a label. */
#define TRACER_KIND_LEN (LPH_LABEL_LEN + 8)

/**
 * struct tracer_spec - what a tracer is to be, or is
 * @kind: what it does, enum lph_op_kind
 * @priority: lower runs earlier
 * @pid: it sees only calls made while this process is current; 0: any
 * @comm: likewise, while a task of this name is; "": any
 * @label: of LPH_KIND_BPF: FILE:PROGRAM
 * @program: likewise: its id; in a request a descriptor, of whoever makes the request
 */
struct tracer_spec {
	uint32_t kind;
	int32_t priority;
	uint32_t pid;
	char comm[LPH_COMM_LEN];
	char label[LPH_LABEL_LEN];
	uint32_t program;
};

/* What of a tracer a change names. */
enum {
	TRACER_KIND = 1 << 0,		/* with label and program */
	TRACER_PRIORITY = 1 << 1,
	TRACER_PID = 1 << 2,
	TRACER_COMM = 1 << 3,
	TRACER_ALL = (1 << 4) - 1,
};

#endif
