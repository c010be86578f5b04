/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_HIT_LINE_H
#define LIVEPATCHD_HIT_LINE_H

#include <stddef.h>

#include "bpf/hits.h"

/*
 * What a stream of hits consists of: JSON objects, a line each. docs/dbus.md
 * says what is in them.
 */

/* Room for any of them, and a NUL. */
#define HIT_LINE_MAX 4096

/**
 * hit_line - write a hit as a line
 * @line: where to
 * @hit: the hit
 * @function: what its tracer is attached to; NULL: not known any more
 * @realtime: CLOCK_REALTIME of the hit, in microseconds
 *
 * Return: its length; it ends with a newline.
 */
size_t hit_line(char line[HIT_LINE_MAX], const struct hit *hit, const char *function, __u64 realtime);

/** hit_lost_line - likewise, that hits were lost */
size_t hit_lost_line(char line[HIT_LINE_MAX], __u64 lost, __u64 realtime);

#endif
