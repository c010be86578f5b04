/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_LINUX_NOTIFIER_H
#define ENGINE_LINUX_NOTIFIER_H

#define NOTIFY_DONE	0x0000
#define NOTIFY_OK	0x0001
#define NOTIFY_STOP	0x8001

struct notifier_block {
	int (*notifier_call)(struct notifier_block *nb, unsigned long val, void *data);
	struct notifier_block *next;
	int priority;
};

#endif /* ENGINE_LINUX_NOTIFIER_H */
