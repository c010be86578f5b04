// SPDX-License-Identifier: GPL-2.0-only
/* The measured calls on a stack: those whose bodies return to lph_body_returned. */
#include <linux/sched.h>
#include <asm/unwind.h>

#include "text.h"

#ifndef CONFIG_UNWINDER_ORC
#error "livepatch_helper needs a kernel that unwinds by ORC, as livepatch on x86 does."
#endif

bool lph_arch_each_measured(struct task_struct *task, void (*each)(struct lph_frame *frame))
{
	struct unwind_state state;
	bool all = true;

	for (unwind_start(&state, task, NULL, NULL); !unwind_done(&state);
	     unwind_next_frame(&state)) {
		if (state.ip == lph_text.body_return)
			each((struct lph_frame *)state.sp);
		else if (state.ip - lph_text.body_return < LPH_RETURN_SIZE)
			all = false;
	}
	return all && !unwind_error(&state);
}
