/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SAMPLE_LIVEPATCH_H
#define SAMPLE_LIVEPATCH_H

#include <linux/device/driver.h>
#include <linux/livepatch.h>
#include <linux/module.h>

static inline void livepatch_disabled(struct klp_patch *patch)
{
}

/* The livepatch of funcs[] in @_object, NULL for the kernel; then more of struct klp_patch. */
#define LIVEPATCH(_object, ...)							\
	static struct klp_object objs[] = { { .name = (_object), .funcs = funcs }, {} };	\
	static struct klp_patch patch = { .mod = THIS_MODULE, .objs = objs, __VA_ARGS__ };	\
	module_driver(patch, klp_enable_patch, livepatch_disabled);		\
	MODULE_INFO(livepatch, "Y")

#endif
