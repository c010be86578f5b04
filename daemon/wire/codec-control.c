// SPDX-License-Identifier: GPL-2.0-only
/* What is generic netlink's, not the helper's: families and errors. */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <netlink/msg.h>

#include "wire/attributes.h"
#include "wire/codec.h"

static struct nla_policy family_policy[CTRL_ATTR_MCAST_GROUPS + 1] = {
	[CTRL_ATTR_FAMILY_ID] = { .type = NLA_U16 },
	[CTRL_ATTR_FAMILY_NAME] = { .type = NLA_STRING },
	[CTRL_ATTR_MCAST_GROUPS] = { .type = NLA_NESTED },
};

static struct nla_policy group_policy[CTRL_ATTR_MCAST_GRP_ID + 1] = {
	[CTRL_ATTR_MCAST_GRP_NAME] = { .type = NLA_STRING },
	[CTRL_ATTR_MCAST_GRP_ID] = { .type = NLA_U32 },
};

int codec_decode_family(const void *attributes, size_t size, struct codec_family *ret)
{
	struct nlattr *tb[CTRL_ATTR_MCAST_GROUPS + 1], *attribute;
	struct codec_family family = { 0 };
	int rest, r;

	r = attributes_parse(tb, CTRL_ATTR_MCAST_GROUPS, attributes, size, family_policy);
	if (r < 0)
		return r;
	if (!tb[CTRL_ATTR_FAMILY_ID] || !tb[CTRL_ATTR_FAMILY_NAME])
		return -EBADMSG;
	family.id = nla_get_u16(tb[CTRL_ATTR_FAMILY_ID]);
	attribute_string(tb[CTRL_ATTR_FAMILY_NAME], family.name, sizeof(family.name));

	if (tb[CTRL_ATTR_MCAST_GROUPS])
		nla_for_each_nested(attribute, tb[CTRL_ATTR_MCAST_GROUPS], rest) {
			struct nlattr *group[CTRL_ATTR_MCAST_GRP_ID + 1];

			r = attributes_parse_nested(group, CTRL_ATTR_MCAST_GRP_ID, attribute, group_policy);
			if (r < 0)
				return r;
			if (group[CTRL_ATTR_MCAST_GRP_NAME] &&
			    lpd_streq(nla_get_string(group[CTRL_ATTR_MCAST_GRP_NAME]), LPH_GENL_MCGRP_EVENTS))
				family.events_group = attribute_u32(group[CTRL_ATTR_MCAST_GRP_ID]);
		}
	*ret = family;
	return 0;
}

/* Where extack's attributes begin: behind what the message echoes. */
static size_t extack_offset(const struct nlmsghdr *header)
{
	const struct nlmsgerr *error = nlmsg_data(header);
	size_t offset = sizeof(struct nlmsgerr);

	if (header->nlmsg_type == NLMSG_DONE)
		return NLMSG_ALIGN(sizeof(int));
	if (!(header->nlmsg_flags & NLM_F_CAPPED) && error->msg.nlmsg_len > sizeof(error->msg))
		offset += NLMSG_ALIGN(error->msg.nlmsg_len) - sizeof(error->msg);
	return offset;
}

int codec_decode_error(const struct nlmsghdr *header, char *message, size_t message_size)
{
	size_t needed = header->nlmsg_type == NLMSG_DONE ? sizeof(int) : sizeof(struct nlmsgerr);
	size_t size = (size_t)nlmsg_datalen(header), offset;
	struct nlattr *tb[NLMSGERR_ATTR_MSG + 1];
	static struct nla_policy policy[NLMSGERR_ATTR_MSG + 1] = {
		[NLMSGERR_ATTR_MSG] = { .type = NLA_STRING },
	};
	int error;

	message[0] = '\0';
	if (size < needed)
		return -EBADMSG;
	memcpy(&error, nlmsg_data(header), sizeof(error));
	if (!(header->nlmsg_flags & NLM_F_ACK_TLVS))
		return error;

	offset = extack_offset(header);
	if (offset < size &&
	    attributes_parse(tb, NLMSGERR_ATTR_MSG, (char *)nlmsg_data(header) + offset, size - offset, policy) >= 0)
		attribute_string(tb[NLMSGERR_ATTR_MSG], message, message_size);
	return error;
}

enum failure_kind codec_failure_kind(int error)
{
	switch (-error) {
	case ENOENT:
	case ENODEV:
		return FAILURE_NO_SUCH_FUNCTION;
	case ENOTUNIQ:
	case EOPNOTSUPP:
	case EINVAL:
		return FAILURE_REFUSED_FUNCTION;
	case EBUSY:
		return FAILURE_CONFLICT;
	default:
		return FAILURE_KERNEL_REFUSED;
	}
}
