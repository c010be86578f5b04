/* SPDX-License-Identifier: GPL-2.0-only */
/* Netlink messages of livepatch_helper byte by byte, for tests that send broken ones. */
#ifndef LPH_RAW_H
#define LPH_RAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <netlink/attr.h>

/* Room for the largest request that a test makes. */
#define RAW_ROOM (4 << 20)

/* Attributes begin behind both headers. */
#define RAW_HDRLEN (NLMSG_HDRLEN + GENL_HDRLEN)

struct raw {
	unsigned char *data;
	size_t len;
};

struct raw_socket {
	int fd;
	int family;
	int group;
};

/* For each message that comes. */
typedef void (*raw_fn)(const struct nlmsghdr *header, void *arg);

void raw_new(struct raw *raw);
void raw_free(struct raw *raw);
/* Begins a message at the end of what is there. Return: where, for raw_end_message(). */
size_t raw_message(struct raw *raw, int type, uint16_t flags, uint32_t sequence, uint8_t command);
void raw_end_message(struct raw *raw, size_t at);
void raw_put(struct raw *raw, uint16_t type, const void *data, size_t len);
void raw_u32(struct raw *raw, uint16_t type, uint32_t value);
void raw_u64(struct raw *raw, uint16_t type, uint64_t value);
void raw_string(struct raw *raw, uint16_t type, const char *string);
/* Begins an attribute of type as it is given. Return: where, for raw_end(). */
size_t raw_begin(struct raw *raw, uint16_t type);
void raw_end(struct raw *raw, size_t at);

/* Opens a socket that knows the family's numbers; exits where it cannot. */
void raw_open(struct raw_socket *socket);
void raw_subscribe(const struct raw_socket *socket);
/* Return: 0 or -errno. */
int raw_send(const struct raw_socket *socket, const struct raw *raw);
/* Hands on all messages that are there, dumps to their end. Return: 0 or -errno. */
int raw_receive(const struct raw_socket *socket, raw_fn fn, void *arg);
/* The attributes of a message of the family. Return: false if it has none that can be parsed. */
bool raw_parse(const struct nlmsghdr *header, struct nlattr **attrs, int max);
/* Of an NLMSG_ERROR or NLMSG_DONE: the errno, negative, or 0; and the message, or "". */
int raw_error(const struct nlmsghdr *header, char *text, size_t size);

#endif /* LPH_RAW_H */
