/* SPDX-License-Identifier: GPL-2.0-only */
/* What differs between the kernels that lph_test is built for. */
#ifndef LPH_TEST_COMPAT_H
#define LPH_TEST_COMPAT_H

#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
#include <linux/hrtimer.h>

static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*function)(struct hrtimer *),
				 clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}
#endif

#endif /* LPH_TEST_COMPAT_H */
