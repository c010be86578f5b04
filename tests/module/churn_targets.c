// SPDX-License-Identifier: GPL-2.0-only
/* The original bodies, in a file of their own: the compiler knows nothing of the callers. */
#include "churn.h"

noinline u64 lph_churn_outer(struct churn_call *call)
{
	return churn_outer(call, CHURN_ORIGINAL);
}

noinline u64 lph_churn_inner(struct churn_call *call)
{
	return churn_inner(call, CHURN_ORIGINAL);
}

noinline u64 lph_churn_sleep(struct churn_call *call)
{
	return churn_sleep(call, CHURN_ORIGINAL);
}

static noinline __noclone u64 tail_end(struct churn_call *call)
{
	return churn_rest(call, CHURN_TAIL, CHURN_ORIGINAL);
}

static noinline __noclone __cold void cold(void)
{
	barrier();
}

noinline u64 lph_churn_tail(struct churn_call *call)
{
	return churn_tail(call, CHURN_ORIGINAL, tail_end);
}

noinline u64 lph_churn_cold(struct churn_call *call)
{
	return churn_cold(call, CHURN_ORIGINAL, cold);
}
