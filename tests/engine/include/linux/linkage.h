/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_LINUX_LINKAGE_H
#define ENGINE_LINUX_LINKAGE_H

/* clang-format off */
#ifdef __ASSEMBLER__

#define RET ret; int3

#define SYM_CODE_START(name) .globl name; .balign 16, 0xcc; name:
#define SYM_CODE_START_NOALIGN(name) .globl name; name:
#define SYM_INNER_LABEL(name, linkage) .globl name; name:
#define SYM_CODE_END(name) .type name, @function; .size name, . - name
#define SYM_DATA_START(name) .globl name; name:
#define SYM_DATA_END(name) .type name, @object; .size name, . - name

#endif

#endif /* ENGINE_LINUX_LINKAGE_H */
