/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_BPF_MAPS_H
#define LIVEPATCHD_BPF_MAPS_H

#include <bpf/bpf.h>
#include <stdint.h>

/* As many as the kernel lets a program have. */
#define BPF_MAPS_MAX 64

/**
 * bpf_maps_of - the maps that a BPF program uses
 * @program: its id
 * @ret_ids: theirs
 * @ret_n: how many
 *
 * Return: 0, -ENOENT: there is no such program, negative errno.
 */
int bpf_maps_of(uint32_t program, uint32_t ret_ids[BPF_MAPS_MAX], size_t *ret_n);

/**
 * bpf_map_look - what a map is
 * @id: the map
 * @ret_info: that
 *
 * Return: a descriptor, to be closed, or a negative errno.
 */
int bpf_map_look(uint32_t id, struct bpf_map_info *ret_info);

#endif
