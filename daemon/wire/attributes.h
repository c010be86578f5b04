/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_ATTRIBUTES_H
#define LIVEPATCHD_ATTRIBUTES_H

#include <errno.h>
#include <netlink/attr.h>
#include <stdint.h>
#include <stdio.h>

/* Attributes as they are taken apart: what is not there is 0, or "". */

/* libnl's own errors say no more than that the message is malformed. */
static inline int attributes_parse(struct nlattr **tb, int max, const void *attributes, size_t size,
				   struct nla_policy *policy)
{
	if (size > INT32_MAX)
		return -EBADMSG;
	return nla_parse(tb, max, (struct nlattr *)attributes, (int)size, policy) < 0 ? -EBADMSG : 0;
}

static inline int attributes_parse_nested(struct nlattr **tb, int max, struct nlattr *nest, struct nla_policy *policy)
{
	return nla_parse_nested(tb, max, nest, policy) < 0 ? -EBADMSG : 0;
}

static inline uint32_t attribute_u32(struct nlattr *attribute)
{
	return attribute ? nla_get_u32(attribute) : 0;
}

static inline uint64_t attribute_u64(struct nlattr *attribute)
{
	return attribute ? nla_get_u64(attribute) : 0;
}

static inline void attribute_string(struct nlattr *attribute, char *text, size_t size)
{
	(void)snprintf(text, size, "%s", attribute ? nla_get_string(attribute) : "");
}

#endif
