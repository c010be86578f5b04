/* SPDX-License-Identifier: GPL-2.0-only */
/* The bodies of a patch of lph_churn, whose owner CHURN_OWNER is. */
#ifndef LPH_CHURN_BODIES_H
#define LPH_CHURN_BODIES_H

#include <linux/livepatch_helper.h>
#include <linux/module.h>

#include "churn.h"

static noinline __noclone __maybe_unused u64 tail_end(struct churn_call *call)
{
	return churn_rest(call, CHURN_TAIL, CHURN_OWNER);
}

static noinline __noclone __cold __maybe_unused void cold(void)
{
	barrier();
}

static u64 patched_outer(struct churn_call *call)
{
	return churn_outer(call, CHURN_OWNER);
}

static u64 patched_inner(struct churn_call *call)
{
	return churn_inner(call, CHURN_OWNER);
}

static __maybe_unused u64 patched_tail(struct churn_call *call)
{
	return churn_tail(call, CHURN_OWNER, tail_end);
}

static __maybe_unused u64 patched_cold(struct churn_call *call)
{
	return churn_cold(call, CHURN_OWNER, cold);
}

static __maybe_unused u64 patched_sleep(struct churn_call *call)
{
	return churn_sleep(call, CHURN_OWNER);
}

#define CHURN_FUNC(_name)							\
	{									\
		.old_name = "lph_churn_" #_name, .new_func = patched_##_name	\
	}

#endif /* LPH_CHURN_BODIES_H */
