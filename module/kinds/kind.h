/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_KIND_H
#define LPH_KIND_H

#include <linux/sched.h>
#include <linux/types.h>
#include <linux/livepatch_helper.h>

struct bpf_prog;
struct lph_error;
struct lph_frame;
struct lph_function;
struct lph_latency;
struct lph_op;
struct lph_symbol;

/**
 * struct lph_filter - which calls an op sees
 * @pid: those made while this process is current, interrupts included; 0: any
 * @comm: likewise, while a task of this name is; "": any
 */
struct lph_filter {
	u32 pid;
	char comm[TASK_COMM_LEN];
};

/**
 * struct lph_op_spec - what an op should be
 * @kind: what it does
 * @priority: lower runs earlier
 * @filter: which calls it sees
 * @program: of LPH_KIND_BPF; an op holds it for itself
 * @latency: of LPH_KIND_LATENCY, if it goes on with what another one has measured; likewise
 * @registers: of LPH_KIND_LATENCY: whoever asks says that all arguments are in registers
 * @label: kept for whoever asked for it; NULL: none
 */
struct lph_op_spec {
	enum lph_op_kind kind;
	s32 priority;
	struct lph_filter filter;
	struct bpf_prog *program;
	struct lph_latency *latency;
	bool registers;
	const char *label;
};

/*
 * What a kind does for a call, once op.c has counted that. Context: any that
 * the function is called in, preemption off.
 */
typedef void (*lph_act_fn)(struct lph_op *op, struct lph_frame *frame);

int lph_kind_set(struct lph_op *op, const struct lph_op_spec *spec);
void lph_kind_clear(struct lph_op *op);

/* Values of interrupt_context_level(). */
#define LPH_KIND_LEVELS 4

bool lph_kind_may_enter(struct lph_op *op);
unsigned int lph_kind_enter(struct lph_op *op);
unsigned int lph_kind_take(void);
void lph_kind_leave(unsigned int level);

/* event.c */
void lph_event_run(struct lph_op *op, struct lph_frame *frame);

/* bpf.c */
void lph_bpf_run(struct lph_op *op, struct lph_frame *frame);
struct bpf_prog *lph_bpf_get(int fd, struct lph_error *error);
void lph_bpf_hold(struct bpf_prog *program);
void lph_bpf_put(struct bpf_prog *program);
u32 lph_bpf_id(const struct bpf_prog *program);

/* latency.c */
int lph_latency_check(const struct lph_symbol *symbol, const struct lph_op_spec *spec,
		      struct lph_error *error);
struct lph_latency *lph_latency_new(const char *function);
struct lph_latency *lph_latency_get(struct lph_latency *latency);
void lph_latency_put(struct lph_latency *latency);
void lph_latency_run(struct lph_op *op, struct lph_frame *frame);
void lph_latency_begin(struct lph_frame *frame, unsigned int body);
u64 lph_latency_calls(const struct lph_latency *latency, unsigned int body, unsigned int bucket);
void lph_latency_merge(struct lph_latency *latency, unsigned int from, unsigned int to);
void lph_latency_settle(void);
int lph_latency_init(void);
void lph_latency_exit(void);

#endif /* LPH_KIND_H */
