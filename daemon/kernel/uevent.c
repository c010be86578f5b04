// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include "kernel/uevent.h"

enum { KERNEL_GROUP = 1 };

struct uevent {
	int fd;
	sd_event_source *source;
	void (*module)(void *userdata);
	void *userdata;
};

struct uevent *uevent_free(struct uevent *uevent)
{
	sd_event_source_disable_unref(uevent->source);
	if (uevent->fd >= 0)
		(void)close(uevent->fd);
	free(uevent);
	return NULL;
}

bool uevent_is_module(const char *message, size_t size)
{
	static const char subsystem[] = "SUBSYSTEM=module";

	while (size > 0) {
		size_t length = strnlen(message, size);

		if (length == size)
			return false;
		if (lpd_streq(message, subsystem))
			return true;
		message += length + 1;
		size -= length + 1;
	}
	return false;
}

static int on_readable(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct uevent *uevent = userdata;
	struct sockaddr_nl from;
	socklen_t from_size = sizeof(from);
	char message[8192];
	ssize_t n;

	(void)source;
	(void)revents;
	n = recvfrom(fd, message, sizeof(message), MSG_DONTWAIT, (struct sockaddr *)&from, &from_size);
	if (n < 0) {
		/* What was lost may have been about a module. */
		if (errno == ENOBUFS)
			uevent->module(uevent->userdata);
		return 0;
	}
	if (from_size == sizeof(from) && from.nl_pid == 0 && uevent_is_module(message, (size_t)n))
		uevent->module(uevent->userdata);
	return 0;
}

int uevent_new(sd_event *event, void (*module)(void *userdata), void *userdata, struct uevent **ret)
{
	_cleanup_(uevent_freep) struct uevent *uevent = calloc(1, sizeof(*uevent));
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = KERNEL_GROUP };
	int r;

	if (!uevent)
		return -ENOMEM;
	uevent->module = module;
	uevent->userdata = userdata;
	uevent->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);
	if (uevent->fd < 0)
		return -errno;
	if (bind(uevent->fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	r = sd_event_add_io(event, &uevent->source, uevent->fd, EPOLLIN, on_readable, uevent);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(uevent);
	return 0;
}
