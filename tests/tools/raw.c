// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/livepatch_helper.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

#include "raw.h"

/* Room for what a request may be answered, and for events that nobody has read yet. */
#define SOCKET_BUFFER (64 << 20)
/* As large as the largest message. */
#define RECEIVE_ROOM (1 << 20)

void raw_new(struct raw *raw)
{
	raw->data = malloc(RAW_ROOM);
	raw->len = 0;
	if (!raw->data)
		abort();
}

void raw_free(struct raw *raw)
{
	free(raw->data);
}

static void *append(struct raw *raw, size_t len)
{
	size_t aligned = NLMSG_ALIGN(len);
	void *at = raw->data + raw->len;

	if (raw->len + aligned > RAW_ROOM)
		abort();
	memset(at, 0, aligned);
	raw->len += aligned;
	return at;
}

size_t raw_message(struct raw *raw, int type, uint16_t flags, uint32_t sequence, uint8_t command)
{
	size_t at = raw->len;
	struct nlmsghdr *header = append(raw, NLMSG_HDRLEN);
	struct genlmsghdr *genl = append(raw, GENL_HDRLEN);

	header->nlmsg_type = (uint16_t)type;
	header->nlmsg_flags = flags;
	header->nlmsg_seq = sequence;
	genl->cmd = command;
	genl->version = LPH_GENL_VERSION;
	return at;
}

void raw_end_message(struct raw *raw, size_t at)
{
	((struct nlmsghdr *)(raw->data + at))->nlmsg_len = (uint32_t)(raw->len - at);
}

size_t raw_begin(struct raw *raw, uint16_t type)
{
	size_t at = raw->len;
	struct nlattr *attr = append(raw, NLA_HDRLEN);

	attr->nla_type = type;
	return at;
}

void raw_end(struct raw *raw, size_t at)
{
	/* What is too long for an attribute is cut, as it is in the kernel. */
	((struct nlattr *)(raw->data + at))->nla_len = (uint16_t)(raw->len - at);
}

void raw_put(struct raw *raw, uint16_t type, const void *data, size_t len)
{
	size_t at = raw_begin(raw, type);

	if (len)
		memcpy(append(raw, len), data, len);
	((struct nlattr *)(raw->data + at))->nla_len = (uint16_t)(NLA_HDRLEN + len);
}

void raw_u32(struct raw *raw, uint16_t type, uint32_t value)
{
	raw_put(raw, type, &value, sizeof(value));
}

void raw_u64(struct raw *raw, uint16_t type, uint64_t value)
{
	raw_put(raw, type, &value, sizeof(value));
}

void raw_string(struct raw *raw, uint16_t type, const char *string)
{
	raw_put(raw, type, string, strlen(string) + 1);
}

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

static void resolve(struct raw_socket *raw)
{
	static int family, group;
	struct nl_sock *sock;

	if (!family) {
		sock = nl_socket_alloc();
		if (!sock)
			abort();
		if (genl_connect(sock) < 0)
			fail("generic netlink");
		family = genl_ctrl_resolve(sock, LPH_GENL_NAME);
		group = genl_ctrl_resolve_grp(sock, LPH_GENL_NAME, LPH_GENL_MCGRP_EVENTS);
		nl_socket_free(sock);
		if (family < 0 || group < 0) {
			fprintf(stderr, "%s: no such family\n", LPH_GENL_NAME);
			exit(1);
		}
	}
	raw->family = family;
	raw->group = group;
}

static void set(int fd, int level, int option, int value)
{
	(void)setsockopt(fd, level, option, &value, sizeof(value));
}

void raw_open(struct raw_socket *raw)
{
	struct sockaddr_nl own = { .nl_family = AF_NETLINK };

	resolve(raw);
	raw->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (raw->fd < 0 || bind(raw->fd, (struct sockaddr *)&own, sizeof(own)))
		fail("netlink socket");
	set(raw->fd, SOL_NETLINK, NETLINK_EXT_ACK, 1);
	/* Where one may not have that much, the most that one may. */
	set(raw->fd, SOL_SOCKET, SO_SNDBUF, SOCKET_BUFFER);
	set(raw->fd, SOL_SOCKET, SO_RCVBUF, SOCKET_BUFFER);
	set(raw->fd, SOL_SOCKET, SO_SNDBUFFORCE, SOCKET_BUFFER);
	set(raw->fd, SOL_SOCKET, SO_RCVBUFFORCE, SOCKET_BUFFER);
}

void raw_subscribe(const struct raw_socket *raw)
{
	if (setsockopt(raw->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &raw->group,
		       sizeof(raw->group)))
		fail("events");
}

int raw_send(const struct raw_socket *raw, const struct raw *message)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

	if (sendto(raw->fd, message->data, message->len, 0, (struct sockaddr *)&kernel,
		   sizeof(kernel)) < 0)
		return -errno;
	return 0;
}

int raw_receive(const struct raw_socket *raw, raw_fn fn, void *arg)
{
	static _Alignas(NLMSG_ALIGNTO) unsigned char data[RECEIVE_ROOM];
	const struct nlmsghdr *header;
	ssize_t n;

	for (;;) {
		n = recv(raw->fd, data, sizeof(data), MSG_DONTWAIT | MSG_TRUNC);
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		if ((size_t)n > sizeof(data))
			return -EMSGSIZE;
		for (header = (const void *)data; NLMSG_OK(header, n); header = NLMSG_NEXT(header, n))
			fn(header, arg);
	}
}

bool raw_parse(const struct nlmsghdr *header, struct nlattr **attrs, int max)
{
	if (header->nlmsg_len < RAW_HDRLEN)
		return false;
	return !nla_parse(attrs, max, (struct nlattr *)((char *)header + RAW_HDRLEN),
			  (int)(header->nlmsg_len - RAW_HDRLEN), NULL);
}

int raw_error(const struct nlmsghdr *header, char *text, size_t size)
{
	const struct nlmsgerr *error = NLMSG_DATA(header);
	struct nlattr *attrs[NLMSGERR_ATTR_MAX + 1] = {};
	size_t skip = NLMSG_HDRLEN + sizeof(int);
	int r;

	memcpy(&r, error, sizeof(r));
	*text = '\0';
	if (header->nlmsg_type == NLMSG_ERROR) {
		skip = NLMSG_HDRLEN + sizeof(*error);
		if (!(header->nlmsg_flags & NLM_F_CAPPED))
			skip += NLMSG_ALIGN(error->msg.nlmsg_len) - sizeof(error->msg);
	}
	if (header->nlmsg_flags & NLM_F_ACK_TLVS && skip < header->nlmsg_len &&
	    !nla_parse(attrs, NLMSGERR_ATTR_MAX, (struct nlattr *)((char *)header + skip),
		       (int)(header->nlmsg_len - skip), NULL) &&
	    attrs[NLMSGERR_ATTR_MSG])
		snprintf(text, size, "%s", (const char *)nla_data(attrs[NLMSGERR_ATTR_MSG]));
	return r;
}
