// SPDX-License-Identifier: GPL-2.0-only
#include "cpu.h"
#include "kernel.h"

/* G. Marsaglia's xorshift; @state is not 0. */
unsigned long long random_next(unsigned long long *state)
{
	unsigned long long x = *state;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	*state = x;
	return x;
}

unsigned long long random_seed(unsigned int n)
{
	return (current->cpu + 1) * 0x9e3779b97f4a7c15ull ^ (n + 1) * 0xbf58476d1ce4e5b9ull;
}
