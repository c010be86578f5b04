/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_HELPER_LINK_H
#define LIVEPATCHD_HELPER_LINK_H

#include "engine/engine.h"
#include "model/failure.h"
#include "wire/genl.h"

struct codec_op;
struct codec_transition;
struct helper;

/*
 * The link to the helper: whether it is there, what it says of its own accord, and
 * requests to it. The helper keeps all state; whoever has a copy of some of it
 * makes it from dumps, and keeps it true by what the link tells.
 */

/**
 * struct helper_observer - told of the helper; each may be NULL
 * @up: it is there, or news of it was lost: what is known of it has to be read anew
 * @down: it is not there (any more)
 * @transition: something has become of one of its transitions
 * @patches_changed: its patches are not as they were
 * @op_gone: an op left with the module of its function
 * @changed: helper_is_up() or helper_version() may say something else
 */
struct helper_observer {
	void (*up)(void *userdata);
	void (*down)(void *userdata);
	void (*transition)(const struct codec_transition *seen, void *userdata);
	void (*patches_changed)(void *userdata);
	void (*op_gone)(const struct codec_op *op, void *userdata);
	void (*changed)(void *userdata);
};

/**
 * helper_listed_t - told of each message of a dump, and at its end with NULL
 * @error: of the end
 */
typedef void (*helper_listed_t)(const void *attributes, size_t size, int error, void *userdata);

/**
 * helper_needed_t - told when the helper is there, or that it cannot be had
 * @failure: kind FAILURE_NONE: it is there
 */
typedef void (*helper_needed_t)(const struct failure *failure, void *userdata);

int helper_new(struct engine *engine, struct helper **ret);
struct helper *helper_free(struct helper *helper);
DEFINE_CLEANUP(struct helper *, helper_free)

/** helper_subscribe - from now on @observer is told, after those that were added before */
int helper_subscribe(struct helper *helper, const struct helper_observer *observer, void *userdata);

bool helper_is_up(const struct helper *helper);

/** helper_version - its version, "" while it is not known */
const char *helper_version(const struct helper *helper);

/**
 * helper_need - load the helper where it is not there
 * @helper: the link; the helper is not up
 * @needed: told later, once, unless helper_forget() comes first
 * @userdata: for @needed
 */
int helper_need(struct helper *helper, helper_needed_t needed, void *userdata);

/** helper_request - genl_request() that is no dump */
int helper_request(struct helper *helper, uint8_t command, genl_encode_t encode, const void *argument,
		   genl_reply_t reply, genl_done_t done, void *userdata);

/** helper_dump - genl_request() that is a dump; @encode: NULL: of all there are */
int helper_dump(struct helper *helper, uint8_t command, genl_encode_t encode, const void *argument,
		genl_reply_t reply, genl_done_t done, void *userdata);

/**
 * helper_list - dump what @command dumps; -ENODEV where the helper is not there
 * @listed: told later, unless helper_forget() comes first
 */
int helper_list(struct helper *helper, uint8_t command, helper_listed_t listed, void *userdata);

/** helper_forget - @userdata is not to be told any more of what it waits for */
void helper_forget(struct helper *helper, const void *userdata);

/** helper_refresh_soon - all is to be read anew, in a while */
void helper_refresh_soon(struct helper *helper);

#endif
