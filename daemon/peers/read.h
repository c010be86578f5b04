/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_PEERS_READ_H
#define LIVEPATCHD_PEERS_READ_H

#include "kernel/klp-sysfs.h"
#include "peers/bpf.h"
#include "peers/peers.h"
#include "util/fs.h"

/*
 * Reads who is on which function from where the kernel tells it. Each reader
 * adds to @peers what is wanted there; what cannot be read is noted as unseen
 * and no error. All of them may block.
 */

/**
 * peers_look - all of them, then peers_judge()
 * @ret_missing: a name among the patterns that is no function's; NULL: those that nobody is on do not matter
 *
 * Functions that are named are there afterwards, if nobody is on them, too.
 *
 * Return: 0, -ENOENT with @ret_missing, -E2BIG: there are more than peers->max, negative errno.
 */
int peers_look(const struct klp_root *root, struct peers *peers, const char **ret_missing);

/** peers_read_which - adds those that are named with a position among several, before anybody is found on them */
int peers_read_which(const struct klp_root *root, struct peers *peers, const char **ret_missing);

/** peers_read_named - adds the functions that are named and that nobody is on; see peers_look() */
int peers_read_named(const struct klp_root *root, struct peers *peers, const char **ret_missing);

/** peers_read_helper - livepatch_helper's own ops, asked over netlink */
int peers_read_helper(struct peers *peers);

/** peers_read_livepatches - sysfs */
int peers_read_livepatches(const struct klp_root *root, struct peers *peers);

/** peers_read_ftrace - enabled_functions of tracefs */
int peers_read_ftrace(const struct klp_root *root, struct peers *peers);

/** peers_read_bpf - programs on trampolines and those on many functions; the first are found by what ftrace shows */
int peers_read_bpf(const struct klp_root *root, struct peers *peers, struct bpf_all *bpf);

/** peers_read_probes - kprobes, fprobes and fail_function; BPF programs on kprobes are given to their owners */
int peers_read_probes(const struct klp_root *root, struct peers *peers, struct bpf_all *bpf);

/** peers_read_tracers - current_tracer and filters of each instance of tracefs */
int peers_read_tracers(const struct klp_root *root, struct peers *peers);

/* ------------------------------------------------------ for the readers */

/**
 * peers_seen - what came of reading a source
 * @source: what to call it where it cannot be read
 * @r: of the reading
 *
 * Return: 1 read to its end, 0 it could not be, which has been noted, -ENOMEM.
 */
int peers_seen(struct peers *peers, const char *source, int r);

/**
 * peers_each_line - read a file line by line
 * @source: what to call it where it cannot be read; NULL: it may not be there
 * @path: the file
 * @told: told of each line
 *
 * Return: as peers_seen(); 0 where it is not there.
 */
int peers_each_line(struct peers *peers, const char *source, const char *path, lpd_line_t told, void *userdata);

#endif
