/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_LATENCY_H
#define LPH_LATENCY_H

#include <linux/types.h>

struct lph_frame;
struct lph_latency;
struct lph_op;

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

#endif /* LPH_LATENCY_H */
