/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_ASM_SYNC_CORE_H
#define ENGINE_ASM_SYNC_CORE_H

/* The kernel's own way where there is no SERIALIZE: iret to itself. */
static inline void sync_core(void)
{
	unsigned long ss, cs;

	__asm__ __volatile__("mov %%ss, %0\n\t"
			     "mov %%cs, %1\n\t"
			     "mov %%rsp, %%r11\n\t"
			     "push %0\n\t"
			     "push %%r11\n\t"
			     "pushfq\n\t"
			     "push %1\n\t"
			     "push $1f\n\t"
			     "iretq\n\t"
			     "1:"
			     : "=&r"(ss), "=&r"(cs)
			     :
			     : "r11", "cc", "memory");
}

#endif /* ENGINE_ASM_SYNC_CORE_H */
