// SPDX-License-Identifier: GPL-2.0-only
/*
 * Preloaded into the service: stands in for the kernel's side of generic netlink, with
 * a helper that has FAKE_TRACERS tracers. The dump is made before the service asks, so
 * that what is measured is the service.
 */
#include <dlfcn.h>
#include <linux/genetlink.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/livepatch_helper.h>

#define FAMILY	  0x20
#define GROUP	  5
#define DATAGRAMS 256

/* What one receive takes; as much as the kernel puts into one. */
struct datagram {
	size_t size;
	char data[16 * 1024];
};

/* The service's sockets, for requests and for events; and the other ends. */
static int ours[2] = { -1, -1 }, others[2];
static struct datagram dump[DATAGRAMS];
static unsigned int dumped;

/* ---------------------------------------------------------------- messages */

static struct nl_msg *begin(uint16_t family, uint8_t command)
{
	struct nl_msg *message = nlmsg_alloc();

	if (!message || !genlmsg_put(message, 0, 0, family, 0, NLM_F_MULTI, command, LPH_GENL_VERSION))
		abort();
	return message;
}

static void put_function(struct nl_msg *message, unsigned int id)
{
	struct nlattr *function = nla_nest_start(message, LPH_OP_A_FUNCTION);
	char symbol[32];

	(void)snprintf(symbol, sizeof(symbol), "some_function_%u", id);
	nla_put_string(message, LPH_FUNCTION_A_SYMBOL, symbol);
	nla_put_string(message, LPH_FUNCTION_A_MODULE, "vmlinux");
	nla_put_u32(message, LPH_FUNCTION_A_SYMPOS, 0);
	nla_nest_end(message, function);
}

static void put_bodies(struct nl_msg *message, unsigned int hits)
{
	struct nlattr *bodies = nla_nest_start(message, LPH_OP_A_BODIES), *body = nla_nest_start(message, 1);

	nla_put_string(message, LPH_BODY_A_NAME, LPH_BODY_ORIGINAL);
	nla_put_u64(message, LPH_BODY_A_HITS, hits);
	nla_nest_end(message, body);
	nla_nest_end(message, bodies);
}

/* As the helper's lph_nl_put_op(). */
static struct nl_msg *tracer(unsigned int id)
{
	struct nl_msg *message = begin(FAMILY, LPH_CMD_GET_OP);
	struct nlattr *op = nla_nest_start(message, LPH_A_OP);

	nla_put_u32(message, LPH_OP_A_ID, id);
	nla_put_u32(message, LPH_OP_A_KIND, LPH_KIND_COUNT);
	nla_put_s32(message, LPH_OP_A_PRIORITY, 0);
	nla_put_u32(message, LPH_OP_A_STATE, LPH_OP_ATTACHED);
	put_function(message, id);
	nla_put_u64(message, LPH_OP_A_HITS, id);
	nla_put_u64(message, LPH_OP_A_MISSED, 0);
	nla_put_u32(message, LPH_OP_A_BACKEND, LPH_BACKEND_SHARED);
	put_bodies(message, id);
	nla_nest_end(message, op);
	return message;
}

static void make_dump(unsigned int n)
{
	unsigned int id;

	for (id = 1; id <= n; id++) {
		struct nl_msg *message = tracer(id);
		size_t size = NLMSG_ALIGN(nlmsg_hdr(message)->nlmsg_len);

		if (dump[dumped].size + size > sizeof(dump[dumped].data) && ++dumped == DATAGRAMS)
			abort();
		memcpy(dump[dumped].data + dump[dumped].size, nlmsg_hdr(message), size);
		dump[dumped].size += size;
		nlmsg_free(message);
	}
	dumped++;
}

/* ----------------------------------------------------------------- answers */

static void answer(struct nl_msg *message, uint32_t sequence)
{
	nlmsg_hdr(message)->nlmsg_seq = sequence;
	(void)send(others[0], nlmsg_hdr(message), nlmsg_hdr(message)->nlmsg_len, 0);
	nlmsg_free(message);
}

static void tell_family(uint32_t sequence)
{
	struct nl_msg *message = begin(GENL_ID_CTRL, CTRL_CMD_NEWFAMILY);
	struct nlattr *groups, *group;

	nla_put_u16(message, CTRL_ATTR_FAMILY_ID, FAMILY);
	nla_put_string(message, CTRL_ATTR_FAMILY_NAME, LPH_GENL_NAME);
	groups = nla_nest_start(message, CTRL_ATTR_MCAST_GROUPS);
	group = nla_nest_start(message, 1);
	nla_put_string(message, CTRL_ATTR_MCAST_GRP_NAME, LPH_GENL_MCGRP_EVENTS);
	nla_put_u32(message, CTRL_ATTR_MCAST_GRP_ID, GROUP);
	nla_nest_end(message, group);
	nla_nest_end(message, groups);
	answer(message, sequence);
}

static void tell_tracers(uint32_t sequence)
{
	unsigned int i;

	for (i = 0; i < dumped; i++) {
		struct nlmsghdr *header = (struct nlmsghdr *)dump[i].data;
		int rest = (int)dump[i].size;

		for (; nlmsg_ok(header, rest); header = nlmsg_next(header, &rest))
			header->nlmsg_seq = sequence;
		(void)send(others[0], dump[i].data, dump[i].size, 0);
	}
}

/* Nothing follows: the end of a dump, or all that there is to say to a request. */
static void end(const struct nlmsghdr *request)
{
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
	} message = {
		.header = {
			.nlmsg_len = sizeof(message),
			.nlmsg_type = request->nlmsg_flags & NLM_F_DUMP ? NLMSG_DONE : NLMSG_ERROR,
			.nlmsg_seq = request->nlmsg_seq,
		},
	};

	(void)send(others[0], &message, sizeof(message), 0);
}

static void *serve(void *unused)
{
	static char buffer[64 * 1024];
	struct nlmsghdr *request = (struct nlmsghdr *)buffer;

	(void)unused;
	while (recv(others[0], buffer, sizeof(buffer), 0) > 0) {
		if (request->nlmsg_type == GENL_ID_CTRL)
			tell_family(request->nlmsg_seq);
		else if (((struct genlmsghdr *)nlmsg_data(request))->cmd == LPH_CMD_GET_OP)
			tell_tracers(request->nlmsg_seq);
		end(request);
	}
	return NULL;
}

/* -------------------------------------------------------- the service's calls */

static void *next(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

static int is_ours(int fd)
{
	return fd >= 0 && (fd == ours[0] || fd == ours[1]);
}

int socket(int domain, int type, int protocol)
{
	int (*real)(int domain, int type, int protocol) = next("socket");
	int i = ours[0] >= 0, fds[2];
	pthread_t thread;

	if (domain != AF_NETLINK || protocol != NETLINK_GENERIC || ours[i] >= 0)
		return real(domain, type, protocol);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return -1;
	ours[i] = fds[0];
	others[i] = fds[1];
	if (i == 0) {
		make_dump((unsigned int)atoi(getenv("FAKE_TRACERS") ?: "0"));
		if (pthread_create(&thread, NULL, serve, NULL))
			abort();
	}
	return fds[0];
}

int bind(int fd, const struct sockaddr *address, socklen_t size)
{
	int (*real)(int fd, const struct sockaddr *address, socklen_t size) = next("bind");

	return is_ours(fd) ? 0 : real(fd, address, size);
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t size)
{
	int (*real)(int fd, int level, int name, const void *value, socklen_t size) = next("setsockopt");

	return is_ours(fd) ? 0 : real(fd, level, name, value, size);
}

/* From the kernel, as far as the service can see. */
ssize_t recvfrom(int fd, void *data, size_t size, int flags, struct sockaddr *from, socklen_t *from_size)
{
	ssize_t (*real)(int fd, void *data, size_t size, int flags, struct sockaddr *from, socklen_t *from_size) =
		next("recvfrom");

	if (!is_ours(fd))
		return real(fd, data, size, flags, from, from_size);
	memset(from, 0, sizeof(struct sockaddr_nl));
	from->sa_family = AF_NETLINK;
	*from_size = sizeof(struct sockaddr_nl);
	return real(fd, data, size, flags, NULL, NULL);
}
