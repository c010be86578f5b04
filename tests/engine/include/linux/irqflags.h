/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_LINUX_IRQFLAGS_H
#define ENGINE_LINUX_IRQFLAGS_H

#include <linux/types.h>

/* The calling CPU takes interrupts, or none but NMIs. */
void cpu_interrupts(bool on);

/* Only where they are on, as with the kernel's local_irq_disable(). */
#define local_irq_save(flags)			\
	do {					\
		(flags) = 0;			\
		cpu_interrupts(false);		\
	} while (0)

#define local_irq_restore(flags)		\
	do {					\
		(void)(flags);			\
		cpu_interrupts(true);		\
	} while (0)

#endif /* ENGINE_LINUX_IRQFLAGS_H */
