/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_BACKEND_H
#define LPH_BACKEND_H

#include <linux/types.h>
#include <linux/livepatch_helper.h>

struct list_head;
struct lph_error;
struct lph_function;

/* How long a function without ops stays attached. */
#define LPH_IDLE_TIME (5 * HZ)

int lph_function_attach_direct(struct lph_function *fn, struct lph_error *error);
int lph_function_attach_trampoline(struct lph_function *fn, struct lph_error *error);
int lph_function_attach(struct lph_function *fn, bool bulk, struct list_head *shared,
			struct lph_error *error);
int lph_function_attach_shared(struct list_head *shared, int r, struct lph_error *error);
unsigned int lph_function_count(enum lph_backend backend);
bool lph_function_detach_idle(void);
void lph_function_module_left(const char *module);
void lph_function_exit(void);

#endif /* LPH_BACKEND_H */
