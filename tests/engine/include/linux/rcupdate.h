/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_LINUX_RCUPDATE_H
#define ENGINE_LINUX_RCUPDATE_H

#include <linux/preempt.h>

#define rcu_dereference_raw_check(p)	READ_ONCE(p)
#define rcu_dereference_protected(p, held) (p)
#define rcu_assign_pointer(p, value)	smp_store_release(&(p), value)
#define RCU_INIT_POINTER(p, value)	WRITE_ONCE(p, value)
#define rcu_replace_pointer(p, value, held)					\
	({									\
		__typeof__(p) old_ = (p);					\
		(void)(held);							\
		rcu_assign_pointer(p, value);					\
		old_;								\
	})

/* Until every CPU had a preempt_count() of 0. */
void synchronize_rcu(void);

#endif /* ENGINE_LINUX_RCUPDATE_H */
