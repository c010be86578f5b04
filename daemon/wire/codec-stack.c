// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "wire/codec.h"

int codec_encode_module(struct nl_msg *message, const char *module)
{
	struct nlattr *function = nla_nest_start(message, LPH_A_FUNCTION | NLA_F_NESTED);

	if (!function || nla_put_string(message, LPH_FUNCTION_A_MODULE, module) < 0)
		return -EMSGSIZE;
	(void)nla_nest_end(message, function);
	return 0;
}

int codec_encode_thread(struct nl_msg *message, uint32_t tid)
{
	struct nlattr *blocker = nla_nest_start(message, LPH_A_BLOCKER | NLA_F_NESTED);

	if (!blocker || nla_put_u32(message, LPH_BLOCKER_A_TID, tid) < 0)
		return -EMSGSIZE;
	(void)nla_nest_end(message, blocker);
	return 0;
}
