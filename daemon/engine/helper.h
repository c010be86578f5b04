/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_HELPER_H
#define LIVEPATCHD_HELPER_H

#include "model/failure.h"
#include "service/manager.h"
#include "wire/genl.h"

/*
 * The helper, as a whole: whether it is there, and the daemon's copy of its
 * state. The helper keeps all state; the copy is made from dumps and kept true
 * by events. What is in it belongs to tracing.h and stacking.h.
 */

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

int helper_new(struct manager *m, struct helper **ret);
struct helper *helper_free(struct helper *helper);
DEFINE_CLEANUP(struct helper *, helper_free)

bool helper_is_up(const struct helper *helper);

/** helper_version - its version, "" while it is not known */
const char *helper_version(const struct helper *helper);

/**
 * helper_need - load the helper where it is not there
 * @m: the manager; the helper is not up
 * @needed: told later, once, unless helper_forget() comes first
 * @userdata: for @needed
 */
int helper_need(struct manager *m, helper_needed_t needed, void *userdata);

/** helper_request - genl_request() that is no dump */
int helper_request(struct manager *m, uint8_t command, genl_encode_t encode, const void *argument, genl_reply_t reply,
		   genl_done_t done, void *userdata);

/** helper_dump - genl_request() that is a dump */
int helper_dump(struct manager *m, uint8_t command, genl_reply_t reply, genl_done_t done, void *userdata);

/** helper_request_dump - genl_request() that is one */
int helper_request_dump(struct manager *m, uint8_t command, genl_encode_t encode, const void *argument,
			genl_reply_t reply, genl_done_t done, void *userdata);

/**
 * helper_list - dump what @command dumps; -ENODEV where the helper is not there
 * @listed: told later, unless helper_forget() comes first
 */
int helper_list(struct manager *m, uint8_t command, helper_listed_t listed, void *userdata);

/** helper_forget - @userdata is not to be told any more */
void helper_forget(struct manager *m, const void *userdata);

/** helper_refresh_soon - make the copy anew, in a while */
void helper_refresh_soon(struct manager *m);

#endif
