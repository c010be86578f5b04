/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of lph-fuzz share. */
#ifndef LPH_FUZZ_H
#define LPH_FUZZ_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/livepatch_helper.h>

#include "raw.h"

#define FUZZ_TRANSITIONS (1U << 22)
#define FUZZ_RECENT 256
#define FUZZ_NAMES 64
/* Room for what was accepted: untouched, it costs nothing. */
#define FUZZ_ARENA (4ULL << 30)

/* Functions, as MODULE:SYMBOL or SYMBOL, and patches that requests are about. */
struct fuzz_names {
	char *functions[FUZZ_NAMES];
	unsigned int n_functions;
	char *patches[FUZZ_NAMES];
	unsigned int n_patches;
};

/* A request that was accepted: n ids of ops, then the message itself. */
struct fuzz_record {
	uint32_t n;
	uint32_t len;
	uint32_t ids[];
};

/* What all processes share. */
struct fuzz_shared {
	_Atomic uint64_t sent, accepted, errors[200];
	_Atomic uint64_t faults;
	_Atomic uint64_t settled; /* transitions */
	_Atomic uint64_t last_transition;
	_Atomic uint32_t n_added, recent[FUZZ_RECENT]; /* ids of ops lately added */
	_Atomic uint64_t used;			       /* of the arena */
	_Atomic uint64_t record[FUZZ_TRANSITIONS];     /* where it is, by transition; 0: none */
	_Atomic uint8_t state[FUZZ_TRANSITIONS];       /* enum lph_transition_state + 1 */
	_Alignas(64) unsigned char arena[];
};

struct fuzz_maker {
	uint64_t random;
	bool broken; /* what is made may be wrong */
	int family;
	uint32_t sequence;
	const struct fuzz_names *names;
	struct fuzz_shared *shared;
	struct raw *raw;
};

/* fuzz-make.c: makes a datagram of one or a few requests. */
void fuzz_make(struct fuzz_maker *maker);
unsigned int fuzz_upto(struct fuzz_maker *maker, unsigned int n);

/* Tells a fault on stderr. */
__attribute__((format(printf, 2, 3))) void fuzz_fault(struct fuzz_shared *shared, const char *format, ...);

/* fuzz-model.c: what there should be by what was accepted, and whether it is what there is. */
struct fuzz_model;
struct fuzz_model *fuzz_model_new(struct fuzz_shared *shared, const struct fuzz_names *names);
/* The op's function left with its module. */
void fuzz_model_gone(struct fuzz_model *model, uint32_t id);
/* Transitions from..to, in their order. */
void fuzz_model_replay(struct fuzz_model *model, uint64_t from, uint64_t to);
void fuzz_model_compare(struct fuzz_model *model, const struct raw_socket *sock);
/* Puts requests into raw that remove all that there is. Return: how many. */
unsigned int fuzz_model_clean(const struct fuzz_model *model, const struct raw_socket *sock,
			      struct raw *raw, uint32_t sequence);

#endif /* LPH_FUZZ_H */
