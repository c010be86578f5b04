// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rest: the module and its parameters, time.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/module.h>

#include "kernel.h"

struct module engine_module = { .name = "engine" };

void __module_get(struct module *module)
{
	__atomic_add_fetch(&module->references, 1, __ATOMIC_RELAXED);
}

void module_put(struct module *module)
{
	if (__atomic_sub_fetch(&module->references, 1, __ATOMIC_RELAXED) < 0)
		die("module_put() without __module_get()");
}

int param_set_uint_minmax(const char *val, const struct kernel_param *kp, unsigned int min,
			  unsigned int max)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(val, &end, 0);
	if (errno || end == val || *end || value < min || value > max)
		return -EINVAL;
	WRITE_ONCE(*(unsigned int *)kp->arg, (unsigned int)value);
	return 0;
}

int param_get_uint(char *buffer, const struct kernel_param *kp)
{
	return sprintf(buffer, "%u\n", *(unsigned int *)kp->arg);
}

static int param_set_bool(const char *val, const struct kernel_param *kp)
{
	if (strcmp(val, "0") && strcmp(val, "1"))
		return -EINVAL;
	WRITE_ONCE(*(bool *)kp->arg, *val == '1');
	return 0;
}

static int param_get_bool(char *buffer, const struct kernel_param *kp)
{
	return sprintf(buffer, "%c\n", *(bool *)kp->arg ? 'Y' : 'N');
}

const struct kernel_param_ops param_ops_bool = {
	.set = param_set_bool,
	.get = param_get_bool,
};

ktime_t ktime_get(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

void udelay(unsigned long us)
{
	ktime_t end = ktime_get() + us * 1000;

	while (ktime_get() < end)
		sched_yield();
}

void usleep_range(unsigned long min, unsigned long max)
{
	ktime_t end = ktime_get() + min * 1000;
	struct timespec until = { end / 1000000000, end % 1000000000 };

	(void)max;
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
		;
}
