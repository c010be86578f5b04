/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_LINUX_PERCPU_H
#define ENGINE_LINUX_PERCPU_H

#include <linux/types.h>

/*
 * A CPU is a thread (see smp.h here), and as in the kernel its %gs base is the
 * distance from where a per-CPU variable was linked to its copy: one instruction
 * changes the copy, and no interrupt comes in between.
 */
#define DEFINE_PER_CPU(type, name) \
	__attribute__((__section__("percpu"))) __typeof__(type) name

extern unsigned long percpu_offset[];
extern unsigned int percpu_cpus;

#define per_cpu_ptr(p, cpu) ((__typeof__(p))((unsigned long)(p) + percpu_offset[cpu]))
#define for_each_possible_cpu(cpu) \
	for ((cpu) = 0; (unsigned int)(cpu) < READ_ONCE(percpu_cpus); (cpu)++)

void *percpu_alloc(size_t size);
void free_percpu(void *p);

/* Zeroed on every CPU. */
#define alloc_percpu(type) ((type *)percpu_alloc(sizeof(type)))

#define percpu_size_is_wrong(p) ((void)sizeof(char[sizeof(p) == 4 || sizeof(p) == 8 ? 1 : -1]))

#define this_cpu_add(var, value)						\
	do {									\
		percpu_size_is_wrong(var);					\
		if (sizeof(var) == 8)						\
			__asm__ __volatile__("addq %1, %%gs:%0"			\
					     : "+m"(var)			\
					     : "er"((u64)(value)));		\
		else								\
			__asm__ __volatile__("addl %1, %%gs:%0"			\
					     : "+m"(var)			\
					     : "er"((u32)(value)));		\
	} while (0)

#define this_cpu_inc(var) this_cpu_add(var, 1)

#define this_cpu_write(var, value)						\
	do {									\
		percpu_size_is_wrong(var);					\
		if (sizeof(var) == 8)						\
			__asm__ __volatile__("movq %1, %%gs:%0"			\
					     : "=m"(var)			\
					     : "r"((u64)(value)));		\
		else								\
			__asm__ __volatile__("movl %1, %%gs:%0"			\
					     : "=m"(var)			\
					     : "r"((u32)(u64)(value)));		\
	} while (0)

#define this_cpu_read(var)							\
	({									\
		__typeof__(var) value_;						\
		percpu_size_is_wrong(var);					\
		__asm__ __volatile__("mov %%gs:%1, %0"				\
				     : "=r"(value_)				\
				     : "m"(var));				\
		value_;								\
	})

/* Against interrupts, not against other CPUs: no lock prefix. */
#define this_cpu_cmpxchg(var, old, new)						\
	({									\
		__typeof__(var) seen_ = (old);					\
		percpu_size_is_wrong(var);					\
		__asm__ __volatile__("cmpxchg %2, %%gs:%1"			\
				     : "+a"(seen_), "+m"(var)			\
				     : "r"((__typeof__(var))(new))		\
				     : "memory", "cc");				\
		seen_;								\
	})

#endif /* ENGINE_LINUX_PERCPU_H */
