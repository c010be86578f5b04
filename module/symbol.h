/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_SYMBOL_H
#define LPH_SYMBOL_H

#include <linux/types.h>
#include <linux/livepatch_helper.h>

#include "arch.h"
#include "error.h"

#define LPH_VMLINUX "vmlinux"

struct tracepoint;

/**
 * struct lph_symbol - how a user names a function
 * @name: the symbol, owned
 * @module: the module, or LPH_VMLINUX
 * @sympos: 0 where the symbol is unique in its object, else 1, 2, ...
 */
struct lph_symbol {
	char *name;
	char module[LPH_MODULE_LEN];
	u32 sympos;
};

int lph_symbol_copy(struct lph_symbol *to, const struct lph_symbol *from);
void lph_symbol_free(struct lph_symbol *symbol);
bool lph_symbol_equal(const struct lph_symbol *a, const struct lph_symbol *b);
bool lph_symbol_in_kernel(const struct lph_symbol *symbol);
int lph_symbol_find(const struct lph_symbol *symbol, bool coming, unsigned long *ret_addr,
		    struct lph_error *error);
int lph_symbol_look_up(const struct lph_symbol *symbol, bool coming, unsigned long *ret_addr,
		       struct lph_error *error);
int lph_symbol_module_text(const char *module, unsigned long *ret_start, unsigned long *ret_size);
int lph_symbol_size(unsigned long addr, unsigned long *ret_size, struct lph_error *error);
int lph_symbol_cold(const char *module, const char *name, unsigned long **ret_addrs,
		    unsigned int *ret_n);
struct ftrace_ops *lph_symbol_ftrace_ops(void);
bool lph_symbol_redirects(struct ftrace_ops *ops, unsigned long site);
int lph_symbol_object(const char *module);
struct tracepoint *lph_symbol_tracepoint(const char *name);
int lph_symbol_link(enum lph_unexported which, const char *name);
int lph_symbol_init(void);

#endif /* LPH_SYMBOL_H */
