// SPDX-License-Identifier: GPL-2.0-only
/* Alone in its file: a caller beside it might get a copy of its own. */
#include "serve.h"
#include "targets.h"

noinline u64 lph_target_serve(struct lph_guest *guest, u64 a)
{
	lph_serve(guest);
	return lph_value_1(LPH_TARGETS + 1, a);
}
