/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_LINUX_MODULEPARAM_H
#define ENGINE_LINUX_MODULEPARAM_H

#include <linux/types.h>

struct kernel_param;

struct kernel_param_ops {
	int (*set)(const char *val, const struct kernel_param *kp);
	int (*get)(char *buffer, const struct kernel_param *kp);
};

struct kernel_param {
	const char *name;
	const struct kernel_param_ops *ops;
	void *arg;
};

extern const struct kernel_param_ops param_ops_bool;

int param_set_uint_minmax(const char *val, const struct kernel_param *kp, unsigned int min,
			  unsigned int max);
int param_get_uint(char *buffer, const struct kernel_param *kp);

/* Set by its name: engine_param(). */
#define module_param_cb(param, operations, argument, mode)			\
	static const struct kernel_param param_##param				\
		__attribute__((__section__("params"), __used__, __aligned__(8))) = {		\
			.name = #param, .ops = (operations), .arg = (argument)	\
		}

#define module_param(param, type, mode) module_param_cb(param, &param_ops_##type, &(param), mode)
#define MODULE_PARM_DESC(param, text)	struct kernel_param

#endif /* ENGINE_LINUX_MODULEPARAM_H */
