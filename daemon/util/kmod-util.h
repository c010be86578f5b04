/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_KMOD_UTIL_H
#define LIVEPATCHD_KMOD_UTIL_H

#include <libkmod.h>

#include "util/util.h"

DEFINE_CLEANUP(struct kmod_ctx *, kmod_unref)
DEFINE_CLEANUP(struct kmod_module *, kmod_module_unref)
DEFINE_CLEANUP(struct kmod_list *, kmod_module_unref_list)
DEFINE_CLEANUP(struct kmod_list *, kmod_module_info_free_list)

#endif
