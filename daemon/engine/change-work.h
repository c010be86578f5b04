/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_CHANGE_WORK_H
#define LIVEPATCHD_CHANGE_WORK_H

#include "model/change.h"
#include "worker/kernel-ops.h"
#include "worker/operation.h"

/**
 * change_work - what a child does for a step of a change
 * @kernel: the operations
 * @step: one that changes something, or looks at it
 * @ret_what: for messages, a constant
 */
operation_work_t change_work(const struct kernel_ops *kernel, enum change_step step, const char **ret_what);

#endif
