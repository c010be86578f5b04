/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_CHURN_INTERNAL_H
#define LPH_CHURN_INTERNAL_H

#include <linux/wait.h>

#include "churn.h"

/* Calls end early, and none begins, while it is set. */
extern bool churn_stopping;
/* Woken when it has been set. */
extern wait_queue_head_t churn_stopped;

/* One call, and what came of it is counted; false: there are no more. */
bool churn_call(enum churn_target target, enum churn_rest rest, unsigned int us);

/* Starting and stopping are serialised by the caller, who has cleared or set churn_stopping. */
int churn_callers_start(void);
/* Returns when none of them is in a call. */
void churn_callers_stop(void);

#endif /* LPH_CHURN_INTERNAL_H */
