// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <stdio.h>

#include "model/helper-names.h"
#include "peers/read.h"
#include "wire/codec.h"

DEFINE_CLEANUP(struct nl_sock *, nl_socket_free)

/**
 * struct dump - one that is being read
 */
struct dump {
	int (*read)(void *userdata, const void *attributes, size_t size);
	void *userdata;
	int error;
};

static int on_message(struct nl_msg *message, void *userdata)
{
	struct dump *dump = userdata;
	struct genlmsghdr *header = genlmsg_hdr(nlmsg_hdr(message));

	if (dump->error >= 0)
		dump->error = dump->read(dump->userdata, genlmsg_attrdata(header, 0),
					 (size_t)genlmsg_attrlen(header, 0));
	return NL_OK;
}

static int add_tracers(void *peers, const void *attributes, size_t size)
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
static int describe_tracer(void *peers, const void *attributes, size_t size)
{
	_cleanup_(codec_op_clear) struct codec_op op = { 0 };
	struct peers_function *function;
	char id[16], kind[TRACER_KIND_LEN];
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
		r = peer_set(&peer->detail, "%s, priority %i, %s", tracer_kind_name(kind, &op.spec), op.spec.priority,
			     tracer_backend_name(op.backend));
	}
	return r;
}

/**
 * struct helper_patches - those of the helper, to be brought into their order
 */
struct helper_patches {
	struct codec_patch *patches;
	size_t n;
};

static void helper_patches_clear(struct helper_patches *patches)
{
	for (size_t i = 0; i < patches->n; i++)
		codec_patch_clear(patches->patches + i);
	free(patches->patches);
}

static int by_order(const void *a, const void *b)
{
	const struct codec_patch *x = a, *y = b;

	return (x->order > y->order) - (x->order < y->order);
}

static int keep_patch(void *userdata, const void *attributes, size_t size)
{
	struct helper_patches *patches = userdata;
	struct codec_patch *grown = reallocarray(patches->patches, patches->n + 1, sizeof(*grown));
	int r;

	if (!grown)
		return -ENOMEM;
	patches->patches = grown;
	r = codec_decode_patch(attributes, size, grown + patches->n);
	if (r >= 0)
		patches->n++;
	return r;
}

static int add_patch(struct peers *peers, const struct codec_patch *patch, const struct function_name *name)
{
	bool moving = patch->state == LPH_PATCH_PATCHING || patch->state == LPH_PATCH_UNPATCHING;
	struct peers_function *function;
	struct peer *peer;
	int r;

	r = peers_get(peers, name->module, name->symbol, name->sympos, &function);
	if (r < 0 || !function)
		return r;
	r = peers_add(function, PEER_HELPER_PATCH, patch->state != LPH_PATCH_UNPATCHING, patch->name, &peer);
	if (r < 0)
		return r;
	if (moving) {
		function->moving = true;
		r = peer_set(&peer->detail, "tasks are moving %s it", peer->active ? "to" : "away from");
	}
	return r < 0 ? r : peer_set(&peer->detach, "livepatchd unload %s", patch->name);
}

static int add_patches(struct peers *peers, struct helper_patches *patches)
{
	int r = 0;

	if (patches->n > 0)
		qsort(patches->patches, patches->n, sizeof(*patches->patches), by_order);
	for (size_t i = 0; i < patches->n; i++) {
		const struct codec_patch *patch = patches->patches + i;

		for (size_t j = 0; patch->state != LPH_PATCH_LOADED && r >= 0 && j < patch->n_functions; j++)
			r = add_patch(peers, patch, &patch->functions[j].name);
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
	_cleanup_(helper_patches_clear) struct helper_patches stack = { 0 };
	struct dump functions = { add_tracers, peers, 0 };
	struct dump ops = { describe_tracer, peers, 0 };
	struct dump patches = { keep_patch, &stack, 0 };
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
	if (r >= 0)
		r = dump(socket, family, LPH_CMD_GET_PATCH, &patches);
	if (r >= 0)
		r = add_patches(peers, &stack);
	if (r == -EIO || r == -EBADMSG)
		return peers_say_unseen(peers, "livepatch_helper: %s", strerror(-r));
	return r;
}
