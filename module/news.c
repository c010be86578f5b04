// SPDX-License-Identifier: GPL-2.0-only
/* News for the face, from those below it. */
#include "news.h"

static const struct lph_news_ops *registered;

/**
 * lph_news_register() - say whom news are told
 * @ops: all of them; stays
 *
 * Context: module load, before anything happens.
 */
void lph_news_register(const struct lph_news_ops *ops)
{
	registered = ops;
}

/**
 * lph_news() - whom news are told
 */
const struct lph_news_ops *lph_news(void)
{
	return registered;
}
