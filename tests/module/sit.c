// SPDX-License-Identifier: GPL-2.0-only
/* Alone in its file: a caller beside it might get a copy of its own. */
#include "sit.h"
#include "targets.h"

noinline u64 lph_target_sleep(struct completion *arrived, u64 a)
{
	lph_sit(arrived);
	return lph_value_1(LPH_TARGETS, a);
}
