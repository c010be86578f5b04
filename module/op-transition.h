/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_OP_TRANSITION_H
#define LPH_OP_TRANSITION_H

struct lph_transition;

int lph_op_transition_run(struct lph_transition *transition);
void lph_op_transition_settle(struct lph_transition *transition);

#endif /* LPH_OP_TRANSITION_H */
