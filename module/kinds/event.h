/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_EVENT_H
#define LPH_EVENT_H

struct lph_frame;
struct lph_op;

void lph_event_run(struct lph_op *op, struct lph_frame *frame);

#endif /* LPH_EVENT_H */
