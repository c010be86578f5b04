/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_ASM_UNWIND_HINTS_H
#define ENGINE_ASM_UNWIND_HINTS_H

/* clang-format off */
#ifdef __ASSEMBLER__

.macro UNWIND_HINT sp_reg sp_offset type
.endm

.macro UNWIND_HINT_FUNC
.endm

.macro ANNOTATE_NOENDBR
.endm

#endif

#endif /* ENGINE_ASM_UNWIND_HINTS_H */
