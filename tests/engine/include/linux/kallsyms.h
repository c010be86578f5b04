/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_LINUX_KALLSYMS_H
#define ENGINE_LINUX_KALLSYMS_H

#define KSYM_SYMBOL_LEN 512

/* Of names, which nobody asks for here: declared, and nowhere defined. */
int sprint_symbol(char *buffer, unsigned long address);
int sprint_symbol_no_offset(char *buffer, unsigned long address);

#endif /* ENGINE_LINUX_KALLSYMS_H */
