// SPDX-License-Identifier: GPL-2.0-only
/* The same patch as a livepatch of the kernel's own. */
#define LPH_PATCH_KLP
#include "helper_proc.c"
