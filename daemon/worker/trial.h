/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_TRIAL_H
#define LIVEPATCHD_TRIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/module-file.h"

/*
 * A patch that is loaded at boot can keep the machine from coming up. So it is
 * on trial first: STATE/trials/NAME says so before the kernel has it. What a
 * boot finds still on trial from another boot went down with the machine: it is
 * in quarantine, and is not loaded until somebody says so.
 */

enum trial_state {
	TRIAL_RUNNING,
	TRIAL_SUSPENDED,	/* livepatchd was stopped in an orderly way */
	TRIAL_GOOD,
	TRIAL_QUARANTINED,
	_TRIAL_STATE_MAX,
};

/**
 * struct trial - what is known of a patch's trial
 * @state: where it stands
 * @sha256: of the file; another file is another matter
 * @earlier: while it is on trial, of the file that was in quarantine before, for @reason; "": none was
 * @boot: in which boot it is or was on trial
 * @since: CLOCK_REALTIME
 * @reason: why it is, or was, in quarantine; owned
 */
struct trial {
	enum trial_state state;
	char sha256[SHA256_HEX_SIZE];
	char earlier[SHA256_HEX_SIZE];
	char boot[33];
	uint64_t since;
	char *reason;
};

void trial_clear(struct trial *trial);

/** trial_read - -ENOENT: there is none of that patch */
int trial_read(const char *state, const char *name, struct trial *ret);

/** trial_write - make it last */
int trial_write(const char *state, const char *name, const struct trial *trial);

/** trial_remove - forget it; it need not be there */
int trial_remove(const char *state, const char *name);

/** trial_open - the folder of all trials; -ENOENT if it is not there and not to be made */
int trial_open(const char *state, bool create, int *ret);

/** trial_this_boot - the boot's id */
int trial_this_boot(char ret[33]);

/** trial_begin - a patch is about to be loaded: it is on trial, unless it has proved good already */
int trial_begin(const char *state, const char *name, const char *sha256);

/** trial_abandon - there is no more trial: back to what was known before it; @trial: what is known now */
int trial_abandon(const char *state, const char *name, struct trial *trial);

/** trial_in_quarantine - the reason, to be freed; NULL: that file is not in quarantine, or it cannot be read */
char *trial_in_quarantine(const char *state, const char *name, const char *sha256);

#endif
