/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_STACKING_BLAME_H
#define LIVEPATCHD_STACKING_BLAME_H

#include "engine/job.h"
#include "service/manager.h"

/**
 * stacking_blame - find out, in a child, who holds functions that the helper was refused
 * @patch: whose functions; NULL: they are not known any more
 * @done: told as operation_start() says, with what stacking_blamed() takes
 */
int stacking_blame(struct manager *m, const struct patch *patch, operation_done_t done, void *userdata);

/** stacking_blamed - the owners' names replace what the helper said of its failure */
void stacking_blamed(struct job *job, struct json_object *result);

#endif
