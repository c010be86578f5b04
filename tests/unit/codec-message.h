/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEST_CODEC_MESSAGE_H
#define TEST_CODEC_MESSAGE_H

/* A message of each test's own, and where its attributes are; for one program each. */

#include <cmocka.h>

#include <linux/genetlink.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

#include "wire/codec.h"

static struct nl_msg *message;

static int setup(void **state)
{
	(void)state;
	message = nlmsg_alloc();
	return genlmsg_put(message, 0, 1, 0x20, 0, 0, LPH_CMD_GET_OP, LPH_GENL_VERSION) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	nlmsg_free(message);
	return 0;
}

static void new_message(void)
{
	nlmsg_free(message);
	assert_int_equal(setup(NULL), 0);
}

static const void *attributes(void)
{
	return (char *)nlmsg_data(nlmsg_hdr(message)) + GENL_HDRLEN;
}

static size_t size(void)
{
	return (size_t)nlmsg_datalen(nlmsg_hdr(message)) - GENL_HDRLEN;
}

#endif /* TEST_CODEC_MESSAGE_H */
