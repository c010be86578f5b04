/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_TRIALS_H
#define LIVEPATCHD_TRIALS_H

#include "service/manager.h"
#include "worker/trial.h"

struct trials;

int trials_new(struct manager *m, struct trials **ret);

/** trials_free - what is on trial is suspended: the machine may be going down in an orderly way */
struct trials *trials_free(struct trials *trials);
DEFINE_CLEANUP(struct trials *, trials_free)

/** trials_resume - what the last boot left on trial goes into quarantine; once, at start */
int trials_resume(struct trials *trials);

/** trials_settled - a load or unload has: a trial's time runs, or it is over without a result */
void trials_settled(struct trials *trials, const struct transition *transition);

/** trials_quarantined - the names of the patches in quarantine, an array */
struct json_object *trials_quarantined(struct trials *trials);

/** trials_reason - why the patch @name is in quarantine, "": it is not */
const char *trials_reason(struct trials *trials, const char *name);

#endif
