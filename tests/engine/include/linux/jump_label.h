/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_LINUX_JUMP_LABEL_H
#define ENGINE_LINUX_JUMP_LABEL_H

#include <linux/types.h>

struct static_key_false {
	bool enabled;
};

#define DEFINE_STATIC_KEY_FALSE(name)	struct static_key_false name
#define static_branch_enable(key)	WRITE_ONCE((key)->enabled, true)
#define static_branch_disable(key)	WRITE_ONCE((key)->enabled, false)
#define static_branch_unlikely(key)	unlikely(READ_ONCE((key)->enabled))

#endif /* ENGINE_LINUX_JUMP_LABEL_H */
