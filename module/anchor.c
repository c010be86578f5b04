// SPDX-License-Identifier: GPL-2.0-only
/*
 * The one file of the module that is compiled for ftrace: what is in the filter
 * of the shared ftrace_ops while nothing else is. An empty filter would mean
 * every function of the kernel.
 */
#include <linux/compiler_attributes.h>

#include "anchor.h"

noinline void lph_anchor(void)
{
}
