/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_STACK_H
#define LPH_STACK_H

struct lph_ranges;
struct task_struct;

/* As many entries of a stack as the kernel's livepatch looks at. */
#define LPH_STACK_ENTRIES 100

/* What is found on a stack, if not an address: nothing, or there is no telling. */
#define LPH_STACK_CLEAR		0UL
#define LPH_STACK_UNRELIABLE	1UL

unsigned long lph_stack_find(struct task_struct *task, const struct lph_ranges *ranges,
			     unsigned long *entries);
unsigned long lph_stack_scan(struct task_struct *task, const struct lph_ranges *ranges);

#endif /* LPH_STACK_H */
