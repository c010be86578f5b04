/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_GENL_H
#define LIVEPATCHD_GENL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "util/util.h"

struct nl_msg;
struct genl;

/**
 * struct genl_observer - told of the helper
 * @up: it is there; requests can be made
 * @down: it is not there; requests that were under way have failed with -ENODEV
 * @event: a message of its multicast group
 * @overrun: events were lost
 */
struct genl_observer {
	void (*up)(void *userdata);
	void (*down)(void *userdata);
	void (*event)(uint8_t command, const void *attributes, size_t size, void *userdata);
	void (*overrun)(void *userdata);
};

/** genl_encode_t - puts a request's attributes into @message */
typedef int (*genl_encode_t)(struct nl_msg *message, const void *argument);

/** genl_reply_t - told of each message of a reply or dump */
typedef void (*genl_reply_t)(const void *attributes, size_t size, void *userdata);

/**
 * genl_done_t - told when a request is through
 * @error: 0 or negative
 * @message: what the helper says of the error, "" if nothing
 */
typedef void (*genl_done_t)(int error, const char *message, void *userdata);

/**
 * genl_new - open the sockets and look for the helper
 *
 * Whether it is there is told later: @up or @down.
 */
int genl_new(sd_event *event, const struct genl_observer *observer, void *userdata, struct genl **ret);

/** genl_free - close; requests under way are dropped, nobody is told */
struct genl *genl_free(struct genl *genl);
DEFINE_CLEANUP(struct genl *, genl_free)

/** genl_look - look for the helper again: tells @up or @down, unless it is up already */
int genl_look(struct genl *genl);

bool genl_is_up(const struct genl *genl);

/**
 * genl_request - ask the helper
 * @genl: the connection; has to be up
 * @command: enum lph_cmd
 * @dump: all there are
 * @encode: writes the request's attributes, NULL: it has none
 * @argument: for @encode
 * @reply: told of each answer, NULL: there is none
 * @done: told at the end, once; never from inside this call
 * @userdata: for @reply and @done
 *
 * Requests are made one after the other: a socket carries one dump at a time.
 */
int genl_request(struct genl *genl, uint8_t command, bool dump, genl_encode_t encode, const void *argument,
		 genl_reply_t reply, genl_done_t done, void *userdata);

#endif
