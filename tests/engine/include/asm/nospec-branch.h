/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_ASM_NOSPEC_BRANCH_H
#define ENGINE_ASM_NOSPEC_BRANCH_H

/* No mitigations here: RET in linux/linkage.h is a return. */

#endif /* ENGINE_ASM_NOSPEC_BRANCH_H */
