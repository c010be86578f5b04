/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_NEWS_H
#define LPH_NEWS_H

#include <linux/livepatch_helper.h>

struct lph_loaded_patch;
struct lph_op;
struct lph_transition;

/**
 * struct lph_news_ops - whom what happens is told: the face, which is above all others
 * @transition: one has a new state
 * @op_gone: an op leaves with its function
 * @patch: a patch's module came (LPH_PATCH_LOADED) or leaves (LPH_PATCH_GONE)
 * @patch_fits: is a patch small enough to be told of? Without a lock
 *
 * Context: process, lph_lock, so that news come in the order of what happened; they call
 * nothing that tells news.
 */
struct lph_news_ops {
	void (*transition)(const struct lph_transition *transition);
	void (*op_gone)(const struct lph_op *op);
	void (*patch)(const struct lph_loaded_patch *patch, enum lph_patch_state state);
	bool (*patch_fits)(const struct lph_patch *patch);
};

void lph_news_register(const struct lph_news_ops *ops);
const struct lph_news_ops *lph_news(void);

#endif /* LPH_NEWS_H */
