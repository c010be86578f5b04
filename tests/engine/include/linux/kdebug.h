/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_LINUX_KDEBUG_H
#define ENGINE_LINUX_KDEBUG_H

#include <linux/notifier.h>

struct pt_regs;

struct die_args {
	struct pt_regs *regs;
	const char *str;
	long err;
	int trapnr;
	int signr;
};

enum die_val {
	DIE_OOPS = 1,
	DIE_INT3,
};

/* One at most. */
int register_die_notifier(struct notifier_block *nb);
int unregister_die_notifier(struct notifier_block *nb);

#endif /* ENGINE_LINUX_KDEBUG_H */
