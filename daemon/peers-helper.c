// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <stdio.h>

#include "codec.h"
#include "peers-read.h"

DEFINE_CLEANUP(struct nl_sock *, nl_socket_free)

struct dump {
	struct peers *peers;
	int (*read)(struct peers *peers, const void *attributes, size_t size);
	int error;
};

static int on_message(struct nl_msg *message, void *userdata)
{
	struct dump *dump = userdata;
	struct genlmsghdr *header = genlmsg_hdr(nlmsg_hdr(message));

	if (dump->error >= 0)
		dump->error = dump->read(dump->peers, genlmsg_attrdata(header, 0),
					 (size_t)genlmsg_attrlen(header, 0));
	return NL_OK;
}

static int add_tracers(struct peers *peers, const void *attributes, size_t size)
{
	_cleanup_(codec_function_clear) struct codec_function seen = { 0 };
	struct peers_function *function;
	struct peer *peer;
	char id[16];
	int r;

	r = codec_decode_function(attributes, size, &seen);
	if (r < 0)
		return r;
	r = peers_get(peers, seen.name.module, seen.name.symbol, seen.name.sympos, &function);
	if (r < 0 || !function)
		return r;
	function->trampoline = seen.state != LPH_FUNCTION_DETACHED && seen.backend == LPH_BACKEND_DIRECT;
	function->shared = seen.state != LPH_FUNCTION_DETACHED && seen.backend == LPH_BACKEND_SHARED;
	for (size_t i = 0; i < seen.n_ops; i++) {
		(void)snprintf(id, sizeof(id), "%u", seen.ops[i]);
		r = peers_add(function, PEER_TRACER, true, id, &peer);
		if (r >= 0)
			r = peer_set(&peer->detach, "livepatchd untrace %s", id);
		if (r < 0)
			return r;
	}
	return 0;
}

/* What the functions' dump leaves out of their tracers. */
static int describe_tracer(struct peers *peers, const void *attributes, size_t size)
{
	_cleanup_(codec_op_clear) struct codec_op op = { 0 };
	struct peers_function *function;
	char id[16];
	int r;

	r = codec_decode_op(attributes, size, &op);
	if (r < 0)
		return r;
	function = peers_find(peers, op.function.module, op.function.symbol, op.function.sympos);
	(void)snprintf(id, sizeof(id), "%u", op.id);
	for (size_t i = 0; function && r >= 0 && i < function->n_peers; i++) {
		struct peer *peer = function->peers + i;

		if (peer->kind != PEER_TRACER || !lpd_streq(peer->name, id))
			continue;
		peer->active = op.state != LPH_OP_QUEUED;
		r = peer_set(&peer->detail, "%s, priority %i, %s", codec_kind_name(op.kind), op.priority,
			     codec_backend_name(op.backend));
	}
	return r;
}

static int dump(struct nl_sock *socket, int family, uint8_t command, struct dump *dump)
{
	int r;

	r = genl_send_simple(socket, family, command, LPH_GENL_VERSION, NLM_F_DUMP);
	if (r >= 0)
		r = nl_socket_modify_cb(socket, NL_CB_VALID, NL_CB_CUSTOM, on_message, dump);
	if (r >= 0)
		r = nl_recvmsgs_default(socket);
	return r < 0 ? -EIO : dump->error;
}

int peers_read_helper(struct peers *peers)
{
	_cleanup_(nl_socket_freep) struct nl_sock *socket = nl_socket_alloc();
	struct dump functions = { .peers = peers, .read = add_tracers };
	struct dump ops = { .peers = peers, .read = describe_tracer };
	int family, r;

	if (!socket)
		return -ENOMEM;
	r = genl_connect(socket);
	if (r < 0)
		return peers_say_unseen(peers, "livepatch_helper: %s", nl_geterror(r));
	family = genl_ctrl_resolve(socket, LPH_GENL_NAME);
	/* Not loaded, so it is on nothing. */
	if (family < 0)
		return 0;
	r = dump(socket, family, LPH_CMD_GET_FUNCTION, &functions);
	if (r >= 0)
		r = dump(socket, family, LPH_CMD_GET_OP, &ops);
	if (r == -EIO || r == -EBADMSG)
		return peers_say_unseen(peers, "livepatch_helper: %s", strerror(-r));
	return r;
}
