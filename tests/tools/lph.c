// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/netlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

#include "lph.h"

/* Room for the events of thousands of transitions that nobody has read yet. */
#define EVENT_BUFFER (16 << 20)

struct lph {
	struct nl_sock *requests;
	struct nl_sock *events;
	int family;
	uint32_t strategy;
};

/* What a request is waiting for. */
struct reply {
	int error;
	bool done;
	char message[LPH_MESSAGE_LEN];
	void (*parse)(struct nlattr *attrs[], void *arg);
	void *arg;
};

static int on_valid(struct nl_msg *msg, void *arg)
{
	struct nlattr *attrs[LPH_A_MAX + 1];
	struct reply *reply = arg;

	if (genlmsg_parse(nlmsg_hdr(msg), 0, attrs, LPH_A_MAX, NULL) < 0) {
		reply->error = -EBADMSG;
		return NL_OK;
	}
	if (reply->parse)
		reply->parse(attrs, reply->arg);
	return NL_OK;
}

static int on_done(struct nl_msg *msg, void *arg)
{
	struct reply *reply = arg;

	(void)msg;
	reply->done = true;
	return NL_STOP;
}

static int on_error(struct sockaddr_nl *who, struct nlmsgerr *error, void *arg)
{
	struct nlmsghdr *header = (struct nlmsghdr *)error - 1;
	struct nlattr *attrs[NLMSGERR_ATTR_MAX + 1] = {};
	size_t skip = sizeof(*error);
	struct reply *reply = arg;

	(void)who;
	reply->error = error->error;
	reply->done = true;
	if (!(header->nlmsg_flags & NLM_F_CAPPED))
		skip += error->msg.nlmsg_len - sizeof(error->msg);
	if (header->nlmsg_flags & NLM_F_ACK_TLVS) {
		(void)nla_parse(attrs, NLMSGERR_ATTR_MAX, (struct nlattr *)((char *)error + skip),
				(int)(header->nlmsg_len - NLMSG_HDRLEN - skip), NULL);
		if (attrs[NLMSGERR_ATTR_MSG])
			nla_strlcpy(reply->message, attrs[NLMSGERR_ATTR_MSG],
				    sizeof(reply->message));
	}
	return NL_STOP;
}

static struct nl_msg *request_new(struct lph *lph, uint8_t command, int flags)
{
	struct nl_msg *msg = nlmsg_alloc();

	if (!msg || !genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, lph->family, 0, flags, command,
				 LPH_GENL_VERSION))
		abort();
	return msg;
}

/* Sends msg, frees it, and returns when it has been answered. */
static int request(struct lph *lph, struct nl_msg *msg, const char *what,
		   void (*parse)(struct nlattr *attrs[], void *arg), void *arg)
{
	struct reply reply = { .parse = parse, .arg = arg };
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int r;

	if (!cb)
		abort();
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, &reply);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_done, &reply);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_done, &reply);
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, &reply);

	r = nl_send_auto(lph->requests, msg);
	while (r >= 0 && !reply.done)
		r = nl_recvmsgs(lph->requests, cb);
	nl_cb_put(cb);
	nlmsg_free(msg);

	if (reply.error) {
		fprintf(stderr, "%s: %s%s%s\n", what, strerror(-reply.error),
			*reply.message ? ": " : "", reply.message);
		return reply.error;
	}
	if (r < 0) {
		fprintf(stderr, "%s: %s\n", what, nl_geterror(r));
		return -EIO;
	}
	return 0;
}

static uint64_t get_u64(struct nlattr *attr)
{
	return attr ? nla_get_u64(attr) : 0;
}

static uint32_t get_u32(struct nlattr *attr)
{
	return attr ? nla_get_u32(attr) : 0;
}

void lph_close(struct lph *lph)
{
	if (!lph)
		return;
	nl_socket_free(lph->requests);
	nl_socket_free(lph->events);
	free(lph);
}

static struct nl_sock *connect_new(void)
{
	struct nl_sock *sock = nl_socket_alloc();
	int on = 1;

	if (!sock)
		abort();
	if (genl_connect(sock) < 0) {
		nl_socket_free(sock);
		return NULL;
	}
	(void)setsockopt(nl_socket_get_fd(sock), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	return sock;
}

static int subscribe(struct lph *lph)
{
	int size = EVENT_BUFFER, fd = nl_socket_get_fd(lph->events), group;

	group = genl_ctrl_resolve_grp(lph->events, LPH_GENL_NAME, LPH_GENL_MCGRP_EVENTS);
	if (group < 0)
		return group;
	nl_socket_disable_seq_check(lph->events);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	(void)nl_socket_set_nonblocking(lph->events);
	return nl_socket_add_membership(lph->events, group);
}

int lph_open(struct lph **ret)
{
	struct lph *lph = calloc(1, sizeof(*lph));
	int r = -NLE_BAD_SOCK;

	if (!lph)
		abort();
	lph->requests = connect_new();
	lph->events = connect_new();
	if (lph->requests && lph->events)
		r = lph->family = genl_ctrl_resolve(lph->requests, LPH_GENL_NAME);
	if (r >= 0)
		r = subscribe(lph);
	if (r < 0) {
		fprintf(stderr, "%s: %s\n", LPH_GENL_NAME, nl_geterror(r));
		lph_close(lph);
		return -EIO;
	}
	*ret = lph;
	return 0;
}

static void parse_info(struct nlattr *attrs[], void *arg)
{
	struct nlattr *a[LPH_INFO_A_MAX + 1];
	struct lph_info *info = arg;

	if (!attrs[LPH_A_INFO] ||
	    nla_parse_nested(a, LPH_INFO_A_MAX, attrs[LPH_A_INFO], NULL) < 0)
		return;
	*info = (struct lph_info){
		.traps_task = get_u64(a[LPH_INFO_A_TRAPS_TASK]),
		.traps_softirq = get_u64(a[LPH_INFO_A_TRAPS_SOFTIRQ]),
		.traps_hardirq = get_u64(a[LPH_INFO_A_TRAPS_HARDIRQ]),
		.traps_nmi = get_u64(a[LPH_INFO_A_TRAPS_NMI]),
		.traps_stale = get_u64(a[LPH_INFO_A_TRAPS_STALE]),
		.overflows = get_u64(a[LPH_INFO_A_OVERFLOWS]),
		.lapses = get_u64(a[LPH_INFO_A_LAPSES]),
		.ops = get_u32(a[LPH_INFO_A_OPS]),
		.trampolines_used = get_u32(a[LPH_INFO_A_TRAMPOLINES_USED]),
		.max_depth = get_u32(a[LPH_INFO_A_MAX_DEPTH]),
	};
}

int lph_info(struct lph *lph, struct lph_info *ret)
{
	return request(lph, request_new(lph, LPH_CMD_GET_INFO, NLM_F_ACK), "info", parse_info, ret);
}

struct change {
	uint32_t op;
	uint64_t transition;
};

static void parse_change(struct nlattr *attrs[], void *arg)
{
	struct nlattr *t[LPH_TRANSITION_A_MAX + 1], *o[LPH_OP_A_MAX + 1];
	struct change *change = arg;

	if (attrs[LPH_A_TRANSITION] &&
	    !nla_parse_nested(t, LPH_TRANSITION_A_MAX, attrs[LPH_A_TRANSITION], NULL))
		change->transition = get_u64(t[LPH_TRANSITION_A_ID]);
	if (attrs[LPH_A_OP] && !nla_parse_nested(o, LPH_OP_A_MAX, attrs[LPH_A_OP], NULL))
		change->op = get_u32(o[LPH_OP_A_ID]);
}

static struct nlattr *nest(struct nl_msg *msg, int type)
{
	struct nlattr *attr = nla_nest_start(msg, type | NLA_F_NESTED);

	if (!attr)
		abort();
	return attr;
}

static void put_strategy(const struct lph *lph, struct nl_msg *msg)
{
	struct nlattr *attr = nest(msg, LPH_A_TRANSITION);

	(void)nla_put_u32(msg, LPH_TRANSITION_A_STRATEGY, lph->strategy);
	nla_nest_end(msg, attr);
}

void lph_use(struct lph *lph, uint32_t strategy)
{
	lph->strategy = strategy;
}

int lph_add(struct lph *lph, const struct lph_function *function, int32_t priority,
	    uint32_t *ret_op, uint64_t *ret_transition)
{
	struct nl_msg *msg = request_new(lph, LPH_CMD_ADD_OP, NLM_F_ACK);
	struct nlattr *op = nest(msg, LPH_A_OP), *f = nest(msg, LPH_OP_A_FUNCTION);
	struct change change = {};
	int r;

	(void)nla_put_string(msg, LPH_FUNCTION_A_SYMBOL, function->symbol);
	if (function->module)
		(void)nla_put_string(msg, LPH_FUNCTION_A_MODULE, function->module);
	nla_nest_end(msg, f);
	(void)nla_put_u32(msg, LPH_OP_A_KIND, LPH_KIND_COUNT);
	(void)nla_put_s32(msg, LPH_OP_A_PRIORITY, priority);
	nla_nest_end(msg, op);
	put_strategy(lph, msg);

	r = request(lph, msg, function->symbol, parse_change, &change);
	if (r)
		return r;
	*ret_op = change.op;
	*ret_transition = change.transition;
	return 0;
}

int lph_change(struct lph *lph, uint32_t op, uint32_t kind, int32_t priority, uint64_t *ret_transition)
{
	struct nl_msg *msg = request_new(lph, LPH_CMD_CHANGE_OP, NLM_F_ACK);
	struct nlattr *attr = nest(msg, LPH_A_OP);
	struct change change = {};
	int r;

	(void)nla_put_u32(msg, LPH_OP_A_ID, op);
	(void)nla_put_u32(msg, LPH_OP_A_KIND, kind);
	if (kind == LPH_KIND_LATENCY)
		(void)nla_put_flag(msg, LPH_OP_A_REGISTERS);
	(void)nla_put_s32(msg, LPH_OP_A_PRIORITY, priority);
	nla_nest_end(msg, attr);
	put_strategy(lph, msg);

	r = request(lph, msg, "change", parse_change, &change);
	if (!r)
		*ret_transition = change.transition;
	return r;
}

/* What a bulk request was answered, in its order. */
struct bulk {
	uint64_t transition;
	uint32_t *ops;
	unsigned int n, max;
};

static void parse_bulk(struct nlattr *attrs[], void *arg)
{
	struct bulk *bulk = arg;
	struct change change = {};

	parse_change(attrs, &change);
	if (change.transition)
		bulk->transition = change.transition;
	if (attrs[LPH_A_OP] && bulk->ops && bulk->n < bulk->max)
		bulk->ops[bulk->n++] = change.op;
}

/* Room for all functions, or all ops, of a request. */
static struct nl_msg *bulk_new(struct lph *lph, uint8_t command, unsigned int n)
{
	struct nl_msg *msg = nlmsg_alloc_size(4096 + n * 160UL);

	if (!msg || !genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, lph->family, 0, NLM_F_DUMP,
				 command, LPH_GENL_VERSION))
		abort();
	(void)nl_socket_set_buffer_size(lph->requests, 4 << 20, 4 << 20);
	return msg;
}

int lph_add_all(struct lph *lph, char *const names[], unsigned int n, uint32_t *ops,
		uint64_t *ret_transition)
{
	struct nl_msg *msg = bulk_new(lph, LPH_CMD_ADD_OPS, n);
	struct bulk bulk = { .ops = ops, .max = n };
	struct nlattr *attr = nest(msg, LPH_A_OP);
	unsigned int i;
	int r;

	(void)nla_put_u32(msg, LPH_OP_A_KIND, LPH_KIND_COUNT);
	nla_nest_end(msg, attr);
	for (i = 0; i < n; i++) {
		attr = nest(msg, LPH_A_FUNCTION);
		(void)nla_put_string(msg, LPH_FUNCTION_A_SYMBOL, names[i]);
		nla_nest_end(msg, attr);
	}
	put_strategy(lph, msg);
	r = request(lph, msg, "add", parse_bulk, &bulk);
	*ret_transition = bulk.transition;
	return r;
}

int lph_del_all(struct lph *lph, const uint32_t *ops, unsigned int n, uint64_t *ret_transition)
{
	struct nl_msg *msg = bulk_new(lph, LPH_CMD_DEL_OPS, n);
	struct bulk bulk = {};
	struct nlattr *attr;
	unsigned int i;
	int r;

	for (i = 0; i < n; i++) {
		attr = nest(msg, LPH_A_OP);
		(void)nla_put_u32(msg, LPH_OP_A_ID, ops[i]);
		nla_nest_end(msg, attr);
	}
	put_strategy(lph, msg);
	r = request(lph, msg, "del", parse_bulk, &bulk);
	*ret_transition = bulk.transition;
	return r;
}

int lph_del(struct lph *lph, uint32_t op, uint64_t *ret_transition)
{
	struct nl_msg *msg = request_new(lph, LPH_CMD_DEL_OP, NLM_F_ACK);
	struct nlattr *attr = nest(msg, LPH_A_OP);
	struct change change = {};
	int r;

	(void)nla_put_u32(msg, LPH_OP_A_ID, op);
	nla_nest_end(msg, attr);
	put_strategy(lph, msg);

	r = request(lph, msg, "del", parse_change, &change);
	if (r)
		return r;
	*ret_transition = change.transition;
	return 0;
}

static void put_change(const struct lph *lph, struct nl_msg *msg, uint32_t consistency)
{
	struct nlattr *attr = nest(msg, LPH_A_TRANSITION);

	(void)nla_put_u32(msg, LPH_TRANSITION_A_STRATEGY, lph->strategy);
	(void)nla_put_u32(msg, LPH_TRANSITION_A_CONSISTENCY, consistency);
	nla_nest_end(msg, attr);
}

int lph_patch(struct lph *lph, uint8_t command, const char *name, uint32_t consistency,
	      uint64_t *ret_transition)
{
	struct nl_msg *msg = request_new(lph, command, NLM_F_ACK);
	struct nlattr *attr = nest(msg, LPH_A_PATCH);
	struct change change = {};
	int r;

	(void)nla_put_string(msg, LPH_PATCH_A_NAME, name);
	nla_nest_end(msg, attr);
	put_change(lph, msg, consistency);
	r = request(lph, msg, name, parse_change, &change);
	if (!r)
		*ret_transition = change.transition;
	return r;
}

int lph_order(struct lph *lph, char *const names[], unsigned int n, uint32_t consistency,
	      uint64_t *ret_transition)
{
	struct nl_msg *msg = request_new(lph, LPH_CMD_ORDER_PATCHES, NLM_F_ACK);
	struct nlattr *attr = nest(msg, LPH_A_ORDER);
	struct change change = {};
	unsigned int i;
	int r;

	for (i = 0; i < n; i++)
		(void)nla_put_string(msg, (int)i + 1, names[i]);
	nla_nest_end(msg, attr);
	put_change(lph, msg, consistency);
	r = request(lph, msg, "order", parse_change, &change);
	if (!r)
		*ret_transition = change.transition;
	return r;
}

int lph_cancel(struct lph *lph, uint64_t transition)
{
	struct nl_msg *msg = request_new(lph, LPH_CMD_CANCEL_TRANSITION, NLM_F_ACK);
	struct nlattr *attr = nest(msg, LPH_A_TRANSITION);

	(void)nla_put_u64(msg, LPH_TRANSITION_A_ID, transition);
	nla_nest_end(msg, attr);
	return request(lph, msg, "cancel", NULL, NULL);
}

struct ops {
	lph_op_fn fn;
	void *arg;
};

static void parse_op(struct nlattr *attrs[], void *arg)
{
	struct nlattr *o[LPH_OP_A_MAX + 1], *b[LPH_BODY_A_MAX + 1], *body;
	struct ops *ops = arg;
	char *text = NULL;
	size_t size;
	FILE *out;
	int rest;

	if (!attrs[LPH_A_OP] || nla_parse_nested(o, LPH_OP_A_MAX, attrs[LPH_A_OP], NULL) < 0)
		return;

	out = open_memstream(&text, &size);
	if (!out)
		abort();
	fputc('{', out);
	if (o[LPH_OP_A_BODIES]) {
		const char *comma = "";

		nla_for_each_nested(body, o[LPH_OP_A_BODIES], rest) {
			if (nla_parse_nested(b, LPH_BODY_A_MAX, body, NULL) < 0 ||
			    !b[LPH_BODY_A_NAME])
				continue;
			fprintf(out, "%s\"%s\":%" PRIu64, comma, nla_get_string(b[LPH_BODY_A_NAME]),
				get_u64(b[LPH_BODY_A_HITS]));
			comma = ",";
		}
	}
	fputc('}', out);
	fclose(out);
	ops->fn(get_u32(o[LPH_OP_A_ID]), get_u64(o[LPH_OP_A_HITS]), text, ops->arg);
	free(text);
}

int lph_ops(struct lph *lph, lph_op_fn fn, void *arg)
{
	struct ops ops = { .fn = fn, .arg = arg };

	return request(lph, request_new(lph, LPH_CMD_GET_OP, NLM_F_DUMP), "ops", parse_op, &ops);
}

struct events {
	lph_event_fn fn;
	void *arg;
};

static void parse_transition(struct nlattr *attrs[], void *arg)
{
	struct nlattr *t[LPH_TRANSITION_A_MAX + 1];
	struct events *events = arg;
	struct lph_event event;

	if (!attrs[LPH_A_TRANSITION] ||
	    nla_parse_nested(t, LPH_TRANSITION_A_MAX, attrs[LPH_A_TRANSITION], NULL) < 0)
		return;

	event = (struct lph_event){
		.id = get_u64(t[LPH_TRANSITION_A_ID]),
		.traps = get_u64(t[LPH_TRANSITION_A_TRAPS]),
		.overflows = get_u64(t[LPH_TRANSITION_A_OVERFLOWS]),
		.lapses = get_u64(t[LPH_TRANSITION_A_LAPSES]),
		.state = get_u32(t[LPH_TRANSITION_A_STATE]),
		.max_depth = get_u32(t[LPH_TRANSITION_A_MAX_DEPTH]),
		.error = get_u32(t[LPH_TRANSITION_A_ERRNO]),
		.message = t[LPH_TRANSITION_A_MESSAGE] ?
				   nla_get_string(t[LPH_TRANSITION_A_MESSAGE]) :
				   "",
	};
	events->fn(&event, events->arg);
}

static int on_event(struct nl_msg *msg, void *arg)
{
	struct nlattr *attrs[LPH_A_MAX + 1];

	if (genlmsg_parse(nlmsg_hdr(msg), 0, attrs, LPH_A_MAX, NULL) >= 0)
		parse_transition(attrs, arg);
	return NL_OK;
}

int lph_transitions(struct lph *lph, lph_event_fn fn, void *arg)
{
	struct events events = { .fn = fn, .arg = arg };

	return request(lph, request_new(lph, LPH_CMD_GET_TRANSITION, NLM_F_DUMP), "transitions",
		       parse_transition, &events);
}

int lph_wait(struct lph *lph, int timeout_ms)
{
	struct pollfd pollfd = { .fd = nl_socket_get_fd(lph->events), .events = POLLIN };

	return poll(&pollfd, 1, timeout_ms) < 0 ? -errno : !!pollfd.revents;
}

int lph_events(struct lph *lph, int timeout_ms, lph_event_fn fn, void *arg)
{
	struct events events = { .fn = fn, .arg = arg };
	int r;

	r = lph_wait(lph, timeout_ms);
	if (r <= 0) {
		fprintf(stderr, "events: %s\n", r ? strerror(-r) : "none in time");
		return r ?: -ETIMEDOUT;
	}

	(void)nl_socket_modify_cb(lph->events, NL_CB_VALID, NL_CB_CUSTOM, on_event, &events);
	r = nl_recvmsgs_default(lph->events);
	if (r < 0 && r != -NLE_AGAIN) {
		fprintf(stderr, "events: %s\n", nl_geterror(r));
		return -EIO;
	}
	return 0;
}
