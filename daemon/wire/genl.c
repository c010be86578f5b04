// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <stdalign.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <linux/livepatch_helper.h>

#include "util/log.h"
#include "wire/codec.h"
#include "wire/genl.h"

enum {
	/* Longer than any message that the kernel builds for one receive. */
	BUFFER_SIZE = 256 * 1024,
	/* Longer than any request; how much the socket takes is up to the kernel. */
	REQUEST_SIZE = 1024 * 1024,
	EVENTS_BUFFER_SIZE = 4 * 1024 * 1024,
};

/**
 * struct request - one request, waiting or under way
 * @message: as it is sent
 */
struct request {
	STAILQ_ENTRY(request) link;
	struct nl_msg *message;
	genl_reply_t reply;
	genl_done_t done;
	void *userdata;
};

struct genl {
	sd_event *event;
	const struct genl_observer *observer;
	void *userdata;
	int requests_fd;
	int events_fd;
	sd_event_source *requests_source;
	sd_event_source *events_source;
	sd_event_source *send_source;
	STAILQ_HEAD(, request) requests;
	struct request *current;
	uint32_t sequence;
	uint16_t family;		/* 0: the helper is not there */
	bool looking;
	alignas(NLMSG_ALIGNTO) char buffer[BUFFER_SIZE];
};

static void request_free(struct request *request)
{
	if (request->message)
		nlmsg_free(request->message);
	free(request);
}

static void drop_requests(struct genl *genl)
{
	struct request *request;

	if (genl->current)
		request_free(TAKE_PTR(genl->current));
	while ((request = STAILQ_FIRST(&genl->requests))) {
		STAILQ_REMOVE_HEAD(&genl->requests, link);
		request_free(request);
	}
}

struct genl *genl_free(struct genl *genl)
{
	drop_requests(genl);
	sd_event_source_disable_unref(genl->requests_source);
	sd_event_source_disable_unref(genl->events_source);
	sd_event_source_disable_unref(genl->send_source);
	if (genl->requests_fd >= 0)
		(void)close(genl->requests_fd);
	if (genl->events_fd >= 0)
		(void)close(genl->events_fd);
	sd_event_unref(genl->event);
	free(genl);
	return NULL;
}

bool genl_is_up(const struct genl *genl)
{
	return genl->family != 0;
}

/* -------------------------------------------------------------- requests */

static void want_send(struct genl *genl)
{
	if (!genl->current && !STAILQ_EMPTY(&genl->requests))
		(void)sd_event_source_set_enabled(genl->send_source, SD_EVENT_ONESHOT);
}

static void finish(struct genl *genl, int error, const char *message)
{
	struct request *request = TAKE_PTR(genl->current);

	if (request->done)
		request->done(error, message, request->userdata);
	request_free(request);
	want_send(genl);
}

static int on_send(sd_event_source *source, void *userdata)
{
	struct genl *genl = userdata;
	struct nlmsghdr *header;
	ssize_t n;

	(void)source;
	if (genl->current || STAILQ_EMPTY(&genl->requests))
		return 0;
	genl->current = STAILQ_FIRST(&genl->requests);
	STAILQ_REMOVE_HEAD(&genl->requests, link);

	header = nlmsg_hdr(genl->current->message);
	header->nlmsg_seq = ++genl->sequence;
	do
		n = send(genl->requests_fd, header, header->nlmsg_len, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		finish(genl, -errno, "");
	return 0;
}

/* A message that is as large as what it says: most fit into a page. */
static int make_message(uint16_t family, uint8_t command, uint8_t version, int flags, genl_encode_t encode,
			const void *argument, struct nl_msg **ret)
{
	int r = 0;

	for (size_t size = 4096; size <= REQUEST_SIZE; size *= 4) {
		struct nl_msg *message = nlmsg_alloc_size(size);

		if (!message ||
		    !genlmsg_put(message, 0, 0, family, 0, NLM_F_REQUEST | flags, command, version))
			r = -ENOMEM;
		else
			r = encode ? encode(message, argument) : 0;
		if (r >= 0) {
			*ret = message;
			return 0;
		}
		if (message)
			nlmsg_free(message);
		if (r != -EMSGSIZE)
			break;
	}
	return r;
}

static int add_request(struct genl *genl, uint16_t family, uint8_t command, uint8_t version, int flags,
		       genl_encode_t encode, const void *argument, genl_reply_t reply, genl_done_t done,
		       void *userdata)
{
	struct request *request = calloc(1, sizeof(*request));
	int r;

	if (!request)
		return -ENOMEM;
	r = make_message(family, command, version, flags, encode, argument, &request->message);
	if (r < 0) {
		free(request);
		return r;
	}
	request->reply = reply;
	request->done = done;
	request->userdata = userdata;
	STAILQ_INSERT_TAIL(&genl->requests, request, link);
	want_send(genl);
	return 0;
}

int genl_request(struct genl *genl, uint8_t command, bool dump, genl_encode_t encode, const void *argument,
		 genl_reply_t reply, genl_done_t done, void *userdata)
{
	if (!genl->family)
		return -ENODEV;
	return add_request(genl, genl->family, command, LPH_GENL_VERSION, dump ? NLM_F_DUMP : NLM_F_ACK, encode,
			   argument, reply, done, userdata);
}

/* ------------------------------------------------------------- the family */

static void go_up(struct genl *genl, const struct codec_family *family)
{
	unsigned int group = family->events_group;

	if (genl->family == family->id)
		return;
	if (group == 0 || setsockopt(genl->events_fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0) {
		lpd_log(LOG_ERR, "Cannot listen to the helper's events: %s", group ? strerror(errno) : "no group");
		return;
	}
	genl->family = family->id;
	genl->observer->up(genl->userdata);
}

static void go_down(struct genl *genl)
{
	STAILQ_HEAD(, request) requests = STAILQ_HEAD_INITIALIZER(requests);
	struct request *request;

	genl->family = 0;
	if (genl->current)
		STAILQ_INSERT_TAIL(&requests, TAKE_PTR(genl->current), link);
	STAILQ_CONCAT(&requests, &genl->requests);
	while ((request = STAILQ_FIRST(&requests))) {
		STAILQ_REMOVE_HEAD(&requests, link);
		if (request->done)
			request->done(-ENODEV, "", request->userdata);
		request_free(request);
	}
	genl->observer->down(genl->userdata);
}

static void on_family(const void *attributes, size_t size, void *userdata)
{
	struct genl *genl = userdata;
	struct codec_family family;

	if (codec_decode_family(attributes, size, &family) >= 0 && lpd_streq(family.name, LPH_GENL_NAME))
		go_up(genl, &family);
}

static void on_looked(int error, const char *message, void *userdata)
{
	struct genl *genl = userdata;

	(void)message;
	genl->looking = false;
	if (genl->family)
		return;
	if (error < 0)
		lpd_log(LOG_WARNING, "Cannot look for the helper: %s", strerror(-error));
	genl->observer->down(genl->userdata);
}

int genl_look(struct genl *genl)
{
	int r;

	if (genl->family || genl->looking)
		return 0;
	/* To ask for one family by its name makes the kernel wait for modprobe. */
	r = add_request(genl, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1, NLM_F_DUMP, NULL, NULL, on_family, on_looked, genl);
	genl->looking = r >= 0;
	return r;
}

/* -------------------------------------------------------------- receiving */

/* The attributes behind the generic netlink header; 0: the message is too short. */
static bool payload(struct nlmsghdr *header, struct genlmsghdr **ret, const void **ret_attributes, size_t *ret_size)
{
	int size = nlmsg_datalen(header) - GENL_HDRLEN;

	if (size < 0)
		return false;
	*ret = nlmsg_data(header);
	*ret_attributes = (char *)nlmsg_data(header) + GENL_HDRLEN;
	*ret_size = (size_t)size;
	return true;
}

static void on_reply(struct genl *genl, struct nlmsghdr *header)
{
	char text[LPH_MESSAGE_LEN];
	struct genlmsghdr *genl_header;
	const void *attributes;
	size_t size;
	int error;

	if (!genl->current || header->nlmsg_seq != genl->sequence)
		return;

	switch (header->nlmsg_type) {
	case NLMSG_NOOP:
		return;
	case NLMSG_ERROR:
	case NLMSG_DONE:
		error = codec_decode_error(header, text, sizeof(text));
		/* A dump during which something changed may have left something out. */
		if (error == 0 && (header->nlmsg_flags & NLM_F_DUMP_INTR))
			error = -EAGAIN;
		finish(genl, error, text);
		return;
	default:
		if (genl->current->reply && payload(header, &genl_header, &attributes, &size))
			genl->current->reply(attributes, size, genl->current->userdata);
	}
}

static void on_event(struct genl *genl, struct nlmsghdr *header)
{
	struct genlmsghdr *genl_header;
	struct codec_family family;
	const void *attributes;
	size_t size;

	if (header->nlmsg_type < NLMSG_MIN_TYPE || !payload(header, &genl_header, &attributes, &size))
		return;

	if (header->nlmsg_type != GENL_ID_CTRL) {
		if (header->nlmsg_type == genl->family)
			genl->observer->event(genl_header->cmd, attributes, size, genl->userdata);
		return;
	}
	if (codec_decode_family(attributes, size, &family) < 0 || !lpd_streq(family.name, LPH_GENL_NAME))
		return;
	if (genl_header->cmd == CTRL_CMD_NEWFAMILY)
		go_up(genl, &family);
	else if (genl_header->cmd == CTRL_CMD_DELFAMILY && genl->family)
		go_down(genl);
}

/* One datagram. Returns 0 when there is none left. */
static int receive(struct genl *genl, int fd, void (*handle)(struct genl *genl, struct nlmsghdr *header))
{
	struct nlmsghdr *header = (struct nlmsghdr *)genl->buffer;
	struct sockaddr_nl from;
	socklen_t from_size = sizeof(from);
	ssize_t n;
	int rest;

	n = recvfrom(fd, genl->buffer, sizeof(genl->buffer), MSG_DONTWAIT | MSG_TRUNC, (struct sockaddr *)&from,
		     &from_size);
	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n < 0)
		return errno == EINTR ? 1 : -errno;
	if ((size_t)n > sizeof(genl->buffer))
		return -EMSGSIZE;
	if (from_size != sizeof(from) || from.nl_pid != 0)
		return 1;

	for (rest = (int)n; nlmsg_ok(header, rest); header = nlmsg_next(header, &rest))
		handle(genl, header);
	return 1;
}

static int on_requests(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct genl *genl = userdata;
	int r;

	(void)source;
	(void)revents;
	/* One at a time, so that a long dump leaves room for others. */
	r = receive(genl, fd, on_reply);
	if (r < 0 && genl->current)
		finish(genl, r, "");
	return 0;
}

static int on_events(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct genl *genl = userdata;
	int r;

	(void)source;
	(void)revents;
	r = receive(genl, fd, on_event);
	if (r < 0) {
		if (r != -ENOBUFS)
			lpd_log(LOG_WARNING, "Events of the helper: %s", strerror(-r));
		/* What was lost may be that the helper came or went. */
		if (genl->family)
			genl->observer->overrun(genl->userdata);
		(void)genl_look(genl);
	}
	return 0;
}

static int open_socket(void)
{
	_cleanup_close_ int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_GENERIC);
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	int on = 1;

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on)) < 0 ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on)) < 0)
		return -errno;
	return TAKE_FD(fd);
}

int genl_new(sd_event *event, const struct genl_observer *observer, void *userdata, struct genl **ret)
{
	_cleanup_(genl_freep) struct genl *genl = calloc(1, sizeof(*genl));
	unsigned int notify = GENL_ID_CTRL;
	int size = EVENTS_BUFFER_SIZE, send_size = REQUEST_SIZE, r;

	if (!genl)
		return -ENOMEM;
	genl->requests_fd = genl->events_fd = -1;
	STAILQ_INIT(&genl->requests);
	genl->event = sd_event_ref(event);
	genl->observer = observer;
	genl->userdata = userdata;

	genl->requests_fd = open_socket();
	if (genl->requests_fd < 0)
		return genl->requests_fd;
	/* The kernel doubles it, and wants some of it for itself. */
	(void)setsockopt(genl->requests_fd, SOL_SOCKET, SO_SNDBUF, &send_size, sizeof(send_size));
	genl->events_fd = open_socket();
	if (genl->events_fd < 0)
		return genl->events_fd;
	/* More than the sysctl allows needs a right that we may lack. */
	(void)setsockopt(genl->events_fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (setsockopt(genl->events_fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &notify, sizeof(notify)) < 0)
		return -errno;

	r = sd_event_add_io(event, &genl->requests_source, genl->requests_fd, EPOLLIN, on_requests, genl);
	if (r < 0)
		return r;
	/*
	 * A request's answer is read before the events that it brings about, and a
	 * dump before the events that are newer: so no event is of something unknown
	 * that we have been told of, and none is undone by older news.
	 */
	r = sd_event_source_set_priority(genl->requests_source, SD_EVENT_PRIORITY_NORMAL - 1);
	if (r < 0)
		return r;
	r = sd_event_add_io(event, &genl->events_source, genl->events_fd, EPOLLIN, on_events, genl);
	if (r < 0)
		return r;
	r = sd_event_add_defer(event, &genl->send_source, on_send, genl);
	if (r < 0)
		return r;
	(void)sd_event_source_set_enabled(genl->send_source, SD_EVENT_OFF);
	r = genl_look(genl);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(genl);
	return 0;
}
