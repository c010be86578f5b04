/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_TRIALS_H
#define LIVEPATCHD_TRIALS_H

#include <json-c/json.h>

#include "engine/changes/changes.h"

struct trials;

/**
 * trials_new - @changes has to live on
 * @changed: told whenever trials_quarantined() may say something else
 * @userdata: for @changed
 */
int trials_new(struct engine *engine, struct changes *changes, void (*changed)(void *userdata), void *userdata,
	       struct trials **ret);

/** trials_free - what is on trial is suspended: the machine may be going down in an orderly way */
struct trials *trials_free(struct trials *trials);
DEFINE_CLEANUP(struct trials *, trials_free)

/** trials_resume - what the last boot left on trial goes into quarantine; once, at start */
int trials_resume(struct trials *trials);

/** trials_quarantined - the names of the patches in quarantine, an array */
struct json_object *trials_quarantined(struct trials *trials);

/** trials_reason - why the patch @name is in quarantine, "": it is not */
const char *trials_reason(struct trials *trials, const char *name);

#endif
