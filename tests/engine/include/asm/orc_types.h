/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_ASM_ORC_TYPES_H
#define ENGINE_ASM_ORC_TYPES_H

/* Nobody unwinds here. */

#endif /* ENGINE_ASM_ORC_TYPES_H */
