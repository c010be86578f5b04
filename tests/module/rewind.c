// SPDX-License-Identifier: GPL-2.0-only
/*
 * A thread whose stack is gone when it ends, as the kernel has it of a task that an oops
 * kills: no frame tells any more which calls it was in.
 */
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/math.h>
#include <linux/objtool.h>
#include <linux/ptrace.h>
#include <linux/sched/task_stack.h>

#include "lph_test.h"

static DECLARE_COMPLETION(ended);

/* Ends the thread, with nothing on its stack but a return address that leads nowhere. */
static noinline void rewind_and_exit(void)
{
	unsigned long top = (unsigned long)task_stack_page(current) + THREAD_SIZE;

	top = round_down(top - sizeof(struct pt_regs), 16);
	asm volatile("mov %0, %%rsp; xor %%ebp, %%ebp; push $1; jmp kthread_complete_and_exit"
		     :
		     : "r"(top), "D"(&ended), "S"(0L)
		     : "memory");
}

STACK_FRAME_NON_STANDARD(rewind_and_exit);

noinline void lph_target_rewind(void)
{
	rewind_and_exit();
	/* No tail call: this one is to have a frame. */
	barrier();
}

static int rewind(void *unused)
{
	lph_target_rewind();
	return 0;
}

int lph_rewind(void)
{
	struct task_struct *task;

	reinit_completion(&ended);
	task = kthread_run(rewind, NULL, "lph_rewind");
	if (IS_ERR(task))
		return PTR_ERR(task);
	wait_for_completion(&ended);
	return 0;
}
