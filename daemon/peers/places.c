// SPDX-License-Identifier: GPL-2.0-only
/* Which functions the BPF programs are on that tell no function's name. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "kernel/kallsyms.h"
#include "kernel/klp-sysfs.h"
#include "peers/read.h"

/* An ENDBR, behind which ftrace's site is. */
#define ENDBR_SIZE 4

/* The key of a BPF trampoline stands in its name, "bpf_trampoline_6442509383". */
static bool is_trampoline(const char *name, uint64_t key)
{
	uint64_t its;

	return name && sscanf(name, "bpf_trampoline_%" SCNu64, &its) == 1 && its == key;
}

static int place_trampolines(struct peers *peers, struct bpf_all *bpf)
{
	for (size_t i = 0; i < bpf->n_seen; i++) {
		struct bpf_seen *seen = bpf->seen + i;

		for (size_t j = 0; seen->key && seen->kind != _PEER_KIND_MAX && j < peers->n_functions; j++) {
			struct peers_function *function = peers->functions + j;
			int r;

			if (!is_trampoline(function->direct_to, seen->key))
				continue;
			seen->placed = true;
			r = peers_add_bpf(function, seen, true);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

static int place_resolved(struct peers *peers, struct bpf_all *bpf)
{
	struct peers_function *function;
	int r;

	bpf_resolve(bpf);
	for (size_t i = 0; i < bpf->n_seen; i++) {
		struct bpf_seen *seen = bpf->seen + i;

		if (!seen->key || seen->placed || !*seen->symbol)
			continue;
		seen->placed = true;
		r = peers_get(peers, "vmlinux", seen->symbol, 0, &function);
		if (r >= 0 && function)
			r = peers_add_bpf(function, seen, true);
		if (r < 0)
			return r;
	}
	return 0;
}

/**
 * struct address - where a program is
 */
struct address {
	uint64_t address;
	struct bpf_seen *seen;
};

struct places {
	struct peers *peers;
	struct address *addresses;
	size_t n;
};

static int by_address(const void *a, const void *b)
{
	const struct address *x = a, *y = b;

	return (x->address > y->address) - (x->address < y->address);
}

static size_t first_not_below(const struct places *places, uint64_t address)
{
	size_t low = 0, high = places->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (places->addresses[middle].address < address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int place_at(const struct kallsyms_symbol *symbol, void *userdata)
{
	struct places *places = userdata;
	struct peers_function *function;
	uint64_t address = symbol->address;
	int r;

	if (!symbol->code)
		return 0;
	for (size_t i = first_not_below(places, address); i < places->n; i++) {
		const struct address *place = places->addresses + i;

		if (place->address != address && place->address != address + ENDBR_SIZE)
			break;
		r = peers_get(places->peers, symbol->module, symbol->name, 0, &function);
		if (r < 0 || !function)
			return r;
		place->seen->placed = true;
		r = peers_add_bpf(function, place->seen, true);
		if (r < 0)
			return r;
	}
	return 0;
}

static int place_multi(const struct klp_root *root, struct peers *peers, struct bpf_all *bpf)
{
	struct places places = { .peers = peers };
	_cleanup_free_ struct address *addresses = NULL;
	size_t n = 0;
	int r = 0;

	for (size_t i = 0; i < bpf->n_seen; i++)
		n += bpf->seen[i].n_addresses;
	if (n == 0)
		return 0;
	addresses = calloc(n, sizeof(*addresses));
	if (!addresses)
		return -ENOMEM;
	for (size_t i = 0; i < bpf->n_seen; i++)
		for (size_t j = 0; j < bpf->seen[i].n_addresses; j++)
			if (bpf->seen[i].addresses[j])
				addresses[places.n++] = (struct address){ bpf->seen[i].addresses[j], bpf->seen + i };
	if (places.n < n)
		r = peers_say_unseen(peers, "BPF kprobe_multi: the kernel hides addresses (CAP_SYSLOG)");
	if (r < 0 || places.n == 0)
		return r;
	places.addresses = addresses;
	qsort(addresses, places.n, sizeof(*addresses), by_address);
	return peers_seen(peers, "kallsyms", kallsyms_each(root, place_at, &places));
}

int peers_read_bpf(const struct klp_root *root, struct peers *peers, struct bpf_all *bpf)
{
	int r;

	r = place_trampolines(peers, bpf);
	if (r >= 0)
		r = place_resolved(peers, bpf);
	return r < 0 ? r : place_multi(root, peers, bpf);
}
