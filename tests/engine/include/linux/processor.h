/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_LINUX_PROCESSOR_H
#define ENGINE_LINUX_PROCESSOR_H

static inline void cpu_relax(void)
{
	__builtin_ia32_pause();
}

#endif /* ENGINE_LINUX_PROCESSOR_H */
