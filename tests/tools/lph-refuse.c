// SPDX-License-Identifier: GPL-2.0-only
/*
 * lph-refuse CASE: sends a request that the helper is to refuse, be it only to some, which no
 * client that means well would send, and prints what it was answered: the errors, each with
 * its message, a line each; "done" for an acknowledgment, and "transition" for each that was
 * queued.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/livepatch_helper.h>

#include "raw.h"

#define NESTED(type) ((uint16_t)((type) | NLA_F_NESTED))

static size_t begin(struct raw *raw, const struct raw_socket *sock, uint8_t command)
{
	return raw_message(raw, sock->family, NLM_F_REQUEST | NLM_F_ACK, 1, command);
}

static void order_of(struct raw *raw, const struct raw_socket *sock, const char *name, size_t len,
		     unsigned int times)
{
	size_t message = begin(raw, sock, LPH_CMD_ORDER_PATCHES);
	size_t order = raw_begin(raw, NESTED(LPH_A_ORDER));
	unsigned int i;

	for (i = 0; i < times; i++)
		raw_put(raw, (uint16_t)(i % 1000 + 1), name, len);
	raw_end(raw, order);
	raw_end_message(raw, message);
}

static void empty_order(struct raw *raw, const struct raw_socket *sock)
{
	order_of(raw, sock, NULL, 0, 0);
}

static void unnamed_order(struct raw *raw, const struct raw_socket *sock)
{
	order_of(raw, sock, NULL, 0, 1);
}

/* As many as an attribute holds. */
static void long_order(struct raw *raw, const struct raw_socket *sock)
{
	order_of(raw, sock, "helper_cmdline", sizeof("helper_cmdline"), 3000);
}

/* Cut to the longest name, it would be that of a patch. */
static void cut_order(struct raw *raw, const struct raw_socket *sock)
{
	order_of(raw, sock, "helper_cmdline", strlen("helper_cmdline"), 1);
}

static void too_long_name(struct raw *raw, const struct raw_socket *sock)
{
	char name[LPH_MODULE_LEN + 1] = "helper_cmdline";

	order_of(raw, sock, name, sizeof(name), 1);
}

static void trailing_order(struct raw *raw, const struct raw_socket *sock)
{
	size_t message = begin(raw, sock, LPH_CMD_ORDER_PATCHES);
	size_t order = raw_begin(raw, NESTED(LPH_A_ORDER));
	struct nlattr tail = { .nla_len = 60000, .nla_type = 2 };

	raw_string(raw, 1, "helper_cmdline");
	memcpy(raw->data + raw->len, &tail, sizeof(tail));
	raw->len += sizeof(tail);
	raw_end(raw, order);
	raw_end_message(raw, message);
}

static void apply_empty(struct raw *raw, const struct raw_socket *sock)
{
	size_t message = begin(raw, sock, LPH_CMD_APPLY_PATCH);
	size_t patch = raw_begin(raw, NESTED(LPH_A_PATCH));

	raw_string(raw, LPH_PATCH_A_NAME, "helper_cmdline");
	raw_end(raw, patch);
	raw_end(raw, raw_begin(raw, NESTED(LPH_A_ORDER)));
	raw_end_message(raw, message);
}

static void reserved(struct raw *raw, const struct raw_socket *sock)
{
	size_t message = begin(raw, sock, LPH_CMD_GET_INFO);

	((struct genlmsghdr *)(raw->data + message + NLMSG_HDRLEN))->reserved = 1;
	raw_end_message(raw, message);
}

static void flags(struct raw *raw, const struct raw_socket *sock)
{
	size_t message = raw_message(raw, sock->family, NLM_F_REQUEST | NLM_F_ACK | NLM_F_EXCL, 1,
				     LPH_CMD_GET_INFO);

	raw_end_message(raw, message);
}

static void blockers(struct raw *raw, const struct raw_socket *sock)
{
	size_t message = raw_message(raw, sock->family, NLM_F_REQUEST | NLM_F_ACK | NLM_F_DUMP, 1,
				     LPH_CMD_GET_BLOCKER);

	raw_end_message(raw, message);
}

/* @program: a descriptor, negative: none. */
static void add_tracer(struct raw *raw, const struct raw_socket *sock, uint32_t kind, int program)
{
	size_t message = begin(raw, sock, LPH_CMD_ADD_OP);
	size_t op = raw_begin(raw, NESTED(LPH_A_OP));
	size_t function = raw_begin(raw, NESTED(LPH_OP_A_FUNCTION));

	raw_string(raw, LPH_FUNCTION_A_SYMBOL, "cmdline_proc_show");
	raw_end(raw, function);
	raw_u32(raw, LPH_OP_A_KIND, kind);
	if (program >= 0)
		raw_u32(raw, LPH_OP_A_PROGRAM, (uint32_t)program);
	raw_end(raw, op);
	raw_end_message(raw, message);
}

static void tracer(struct raw *raw, const struct raw_socket *sock)
{
	add_tracer(raw, sock, LPH_KIND_COUNT, -1);
}

/* A tracer that runs a raw tracepoint program, loaded with @flags. */
static void run_program(struct raw *raw, const struct raw_socket *sock, uint32_t flags,
			void (*before)(void))
{
	const struct bpf_insn nothing[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_RAW_TRACEPOINT,
		.prog_flags = flags,
		.insns = (uint64_t)(uintptr_t)nothing,
		.insn_cnt = sizeof(nothing) / sizeof(*nothing),
		.license = (uint64_t)(uintptr_t) "GPL",
	};
	long fd = syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));

	if (fd < 0) {
		printf("no such program: %s\n", strerror(errno));
		exit(0);
	}
	if (before)
		before();
	add_tracer(raw, sock, LPH_KIND_BPF, (int)fd);
}

/* Kernels that have no such program that may sleep refuse it themselves. */
static void sleepable(struct raw *raw, const struct raw_socket *sock)
{
	run_program(raw, sock, BPF_F_SLEEPABLE, NULL);
}

/* Keeps no capability but CAP_PERFMON. */
static void only_perfmon(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};

	data[CAP_TO_INDEX(CAP_PERFMON)].effective = CAP_TO_MASK(CAP_PERFMON);
	data[CAP_TO_INDEX(CAP_PERFMON)].permitted = CAP_TO_MASK(CAP_PERFMON);
	if (syscall(SYS_capset, &header, data)) {
		perror("lph-refuse: capset");
		exit(1);
	}
}

static void perfmon_program(struct raw *raw, const struct raw_socket *sock)
{
	run_program(raw, sock, 0, only_perfmon);
}

static const struct {
	const char *name;
	void (*make)(struct raw *raw, const struct raw_socket *sock);
} cases[] = {
	{ "empty-order", empty_order },
	{ "unnamed-order", unnamed_order },
	{ "long-order", long_order },
	{ "cut-order", cut_order },
	{ "too-long-name", too_long_name },
	{ "trailing-order", trailing_order },
	{ "apply-empty", apply_empty },
	{ "reserved", reserved },
	{ "flags", flags },
	{ "blockers", blockers },
	{ "tracer", tracer },
	{ "sleepable", sleepable },
	{ "perfmon-program", perfmon_program },
};

static void print(const struct nlmsghdr *header, void *arg)
{
	struct nlattr *attrs[LPH_A_MAX + 1];
	char text[LPH_MESSAGE_LEN];
	int r;

	(void)arg;
	if (header->nlmsg_type == NLMSG_ERROR || header->nlmsg_type == NLMSG_DONE) {
		r = raw_error(header, text, sizeof(text));
		if (r)
			printf("%s: %s\n", strerrorname_np(-r), text);
		else
			printf("done\n");
	} else if (raw_parse(header, attrs, LPH_A_MAX) && attrs[LPH_A_TRANSITION]) {
		printf("transition\n");
	}
}

int main(int argc, char **argv)
{
	struct raw_socket sock;
	struct raw raw;
	size_t i;
	int r;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		if (argc == 2 && !strcmp(argv[1], cases[i].name))
			break;
	if (i == sizeof(cases) / sizeof(*cases)) {
		fprintf(stderr, "Usage: lph-refuse CASE\n");
		return 2;
	}
	raw_open(&sock);
	raw_new(&raw);
	cases[i].make(&raw, &sock);
	r = raw_send(&sock, &raw);
	/* The kernel has answered when it has been sent. */
	if (!r)
		r = raw_receive(&sock, print, NULL);
	raw_free(&raw);
	if (r)
		fprintf(stderr, "lph-refuse: %s\n", strerror(-r));
	return !!r;
}
