/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_ASK_H
#define LPH_ASK_H

#include <linux/task_work.h>
#include <linux/types.h>

void lph_ask(struct task_struct *task, enum task_work_notify_mode how, u32 epoch,
	     void (*come_by)(u32 epoch, unsigned long *entries));
void lph_ask_withdraw(void);
void lph_ask_exit(void);

#endif /* LPH_ASK_H */
