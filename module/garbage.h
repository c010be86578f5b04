/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_GARBAGE_H
#define LPH_GARBAGE_H

#include <linux/list.h>

/**
 * struct lph_garbage - part of what is freed when no call uses it any more
 * @node: among those that wait for that; lph_lock
 * @free: frees it
 */
struct lph_garbage {
	struct list_head node;
	void (*free)(struct lph_garbage *garbage);
};

void lph_garbage_add(struct lph_garbage *garbage, void (*free)(struct lph_garbage *garbage));
void lph_garbage_wait(void);
void lph_garbage_exit(void);

#endif /* LPH_GARBAGE_H */
