/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_BENCH_H
#define LPH_BENCH_H

#include <linux/types.h>

/* As many functions as one request may name. */
#define LPH_BENCH_FUNCTIONS 8192

/* The function that is called. */
extern unsigned long lph_bench_target;
/* The others. */
extern unsigned long lph_bench_addresses[LPH_BENCH_FUNCTIONS];
extern unsigned int lph_bench_address_count;

/* "NAME N", "-NAME N": attaches a peer, to the target or to N others; or detaches it. */
int lph_bench_peer(const char *name, unsigned int n);
void lph_bench_peers_exit(void);

/* sleepers.c, under the caller's lock */
int lph_bench_sleepers(unsigned int n);
void lph_bench_sleepers_exit(void);

#endif /* LPH_BENCH_H */
