/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_LINUX_CPU_H
#define ENGINE_LINUX_CPU_H

/* No CPU comes or goes in between. */
void cpus_read_lock(void);
void cpus_read_unlock(void);

#endif /* ENGINE_LINUX_CPU_H */
