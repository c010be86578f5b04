/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_PEERS_BPF_H
#define LIVEPATCHD_PEERS_BPF_H

#include "peers/peers.h"

/**
 * struct bpf_seen - a BPF program that is attached to functions of the kernel
 * @kind: how
 * @program: its name, "": it has none
 * @program_id: its id
 * @link_id: of the link that attaches it, 0: there is none
 * @pid: a process that holds it, 0: none is seen
 * @comm: that process's name
 * @key: PEER_BPF_FENTRY to _LSM: of its trampoline; ftrace names trampolines by it
 * @symbol: PEER_BPF_KPROBE and _KRETPROBE: the function, as the program's owner named it; on a
 *	trampoline: as bpf_resolve() found it
 * @offset: likewise, behind its entry
 * @addresses: PEER_BPF_KPROBE_MULTI and _KRETPROBE_MULTI: of the functions; owned
 * @n_addresses: how many
 * @placed: the function has been found
 */
struct bpf_seen {
	enum peer_kind kind;
	char program[64];
	uint32_t program_id;
	uint32_t link_id;
	int pid;
	char comm[32];
	uint64_t key;
	char symbol[256];
	uint64_t offset;
	uint64_t *addresses;
	size_t n_addresses;
	bool placed;
};

/**
 * struct bpf_all - all that were seen
 * @seen: owned
 */
struct bpf_all {
	struct bpf_seen *seen;
	size_t n_seen;
};

void bpf_clear(struct bpf_all *all);

/** bpf_add - one more, to be filled in; NULL: no memory */
struct bpf_seen *bpf_add(struct bpf_all *all);

/** bpf_look - ask the kernel for its links, and processes for what they hold; @proc is /proc */
int bpf_look(const char *proc, struct bpf_all *ret);

/**
 * bpf_resolve - find the functions of the kernel itself whose trampolines have not been placed, by its BTF
 *
 * Not every kernel has ftrace name a trampoline that has been changed.
 */
void bpf_resolve(struct bpf_all *all);

/** peers_add_bpf - a program is on @function */
int peers_add_bpf(struct peers_function *function, const struct bpf_seen *seen, bool active);

#endif
