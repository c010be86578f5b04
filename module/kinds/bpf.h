/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_BPF_H
#define LPH_BPF_H

#include <linux/types.h>

struct bpf_prog;
struct lph_error;
struct lph_frame;
struct lph_op;

void lph_bpf_run(struct lph_op *op, struct lph_frame *frame);
struct bpf_prog *lph_bpf_get(int fd, struct lph_error *error);
void lph_bpf_hold(struct bpf_prog *program);
void lph_bpf_put(struct bpf_prog *program);
u32 lph_bpf_id(const struct bpf_prog *program);

#endif /* LPH_BPF_H */
