/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_LINUX_PRINTK_H
#define ENGINE_LINUX_PRINTK_H

#define pr_err(...) die(__VA_ARGS__)

void die(const char *format, ...);

#endif /* ENGINE_LINUX_PRINTK_H */
