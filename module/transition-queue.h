/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_TRANSITION_QUEUE_H
#define LPH_TRANSITION_QUEUE_H

#include <linux/types.h>

struct lph_error;
struct lph_transition;

void lph_transition_queue(struct lph_transition *transition);
int lph_transition_cancel(struct lph_transition *transition, struct lph_error *error);
struct lph_transition *lph_transition_of_patches(void);
u64 lph_transition_running(void);
void lph_transition_exit(void);

#endif /* LPH_TRANSITION_QUEUE_H */
