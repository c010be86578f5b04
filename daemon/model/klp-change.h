/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_KLP_CHANGE_H
#define LIVEPATCHD_KLP_CHANGE_H

#include "model/change.h"
#include "model/klp-patch.h"

/**
 * klp_change_next - the next step of a change of a livepatch
 * @change: what is wanted
 * @seen: what the kernel shows
 */
enum change_step klp_change_next(const struct change *change, const struct klp_status *seen);

#endif
