/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_ASM_ASM_H
#define ENGINE_ASM_ASM_H

/* No kprobes here. */
#define _ASM_NOKPROBE(entry)

#endif /* ENGINE_ASM_ASM_H */
