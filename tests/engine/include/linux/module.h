/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_LINUX_MODULE_H
#define ENGINE_LINUX_MODULE_H

#include <linux/moduleparam.h>

struct module {
	char name[64];
	int references;
};

extern struct module engine_module;

#define THIS_MODULE (&engine_module)

void __module_get(struct module *module);
void module_put(struct module *module);

/* The engine is linked into the program: no address leaves with a module. */
static inline bool within_module(unsigned long addr, const struct module *module)
{
	(void)addr;
	(void)module;
	return false;
}

#endif /* ENGINE_LINUX_MODULE_H */
