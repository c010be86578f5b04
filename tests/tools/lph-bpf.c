// SPDX-License-Identifier: GPL-2.0-only
/*
 * lph-bpf KIND FUNCTION NAME: attaches a BPF program that does nothing, says
 * "attached", and stays until its standard input says something other than "?".
 * Then, and at each "?", it prints how often the program ran (with
 * kernel.bpf_stats_enabled=1), and where it runs on the way out, which value it
 * saw last.
 *
 * KIND is fentry, fexit, fmod_ret, kprobe, kretprobe, kprobe_multi or
 * kretprobe_multi.
 */
#include <asm/ptrace.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct kind {
	const char *name;
	enum bpf_prog_type program;
	enum bpf_attach_type attach;
	bool returns;
} kinds[] = {
	{ "fentry", BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, false },
	{ "fexit", BPF_PROG_TYPE_TRACING, BPF_TRACE_FEXIT, true },
	{ "fmod_ret", BPF_PROG_TYPE_TRACING, BPF_MODIFY_RETURN, false },
	{ "kprobe", BPF_PROG_TYPE_KPROBE, 0, false },
	{ "kretprobe", BPF_PROG_TYPE_KPROBE, 0, true },
	{ "kprobe_multi", BPF_PROG_TYPE_KPROBE, BPF_TRACE_KPROBE_MULTI, false },
	{ "kretprobe_multi", BPF_PROG_TYPE_KPROBE, BPF_TRACE_KPROBE_MULTI, true },
};

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "lph-bpf: %s: %s\n", what, strerror(errno));
	exit(1);
}

static const struct kind *find_kind(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	errno = EINVAL;
	fail(name);
}

/* What a program is told of the call is in r1: a traced function's arguments, or the registers. */
static int load(const struct kind *kind, int map, const char *function, const char *name)
{
	static const struct bpf_insn nothing[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	const struct bpf_insn keep_value[] = {
		/* *(u64 *)(r10 - 8) = what it returned */
		{ .code = BPF_ST | BPF_MEM | BPF_DW, .dst_reg = BPF_REG_10, .off = -8 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_2, .src_reg = BPF_REG_10 },
		{ .code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = BPF_REG_2, .imm = -8 },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_get_func_ret },
		/* map[0] = that */
		{ .code = BPF_ST | BPF_MEM | BPF_W, .dst_reg = BPF_REG_10, .off = -12 },
		{ .code = BPF_LD | BPF_IMM | BPF_DW, .dst_reg = BPF_REG_1, .src_reg = BPF_PSEUDO_MAP_FD, .imm = map },
		{ 0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_2, .src_reg = BPF_REG_10 },
		{ .code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = BPF_REG_2, .imm = -12 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_3, .src_reg = BPF_REG_10 },
		{ .code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = BPF_REG_3, .imm = -8 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_4, .imm = BPF_ANY },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_map_update_elem },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	/* A probe on the way out has it in a register. */
	enum { RETURNED = offsetof(struct pt_regs, rax) };
	static const struct bpf_insn from_registers[] = {
		{ .code = BPF_LDX | BPF_MEM | BPF_DW, .dst_reg = BPF_REG_2, .src_reg = BPF_REG_1, .off = RETURNED },
		{ .code = BPF_STX | BPF_MEM | BPF_DW, .dst_reg = BPF_REG_10, .src_reg = BPF_REG_2, .off = -8 },
		{ .code = BPF_JMP | BPF_JA },
		{ .code = BPF_JMP | BPF_JA },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = kind->attach);
	struct bpf_insn program[sizeof(keep_value) / sizeof(*keep_value)];
	size_t n = sizeof(keep_value) / sizeof(*keep_value);
	int fd, id;

	memcpy(program, keep_value, sizeof(program));
	if (kind->program == BPF_PROG_TYPE_KPROBE)
		memcpy(program, from_registers, sizeof(from_registers));
	if (!kind->returns) {
		memcpy(program, nothing, sizeof(nothing));
		n = sizeof(nothing) / sizeof(*nothing);
	}
	if (kind->program == BPF_PROG_TYPE_TRACING) {
		id = libbpf_find_vmlinux_btf_id(function, kind->attach);
		if (id < 0) {
			errno = -id;
			fail(function);
		}
		options.attach_btf_id = (__u32)id;
	}
	fd = bpf_prog_load(kind->program, name, "GPL", program, n, &options);
	if (fd < 0)
		fail("load");
	return fd;
}

static int open_kprobe(const char *function, bool returns)
{
	struct perf_event_attr attr = { .size = sizeof(attr), .config = returns };
	FILE *file = fopen("/sys/bus/event_source/devices/kprobe/type", "re");
	unsigned int type;
	long fd;

	if (!file || fscanf(file, "%u", &type) != 1)
		fail("the kprobe PMU");
	(void)fclose(file);
	attr.type = type;
	attr.kprobe_func = (unsigned long)function;
	fd = syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	if (fd < 0)
		fail("perf_event_open");
	return (int)fd;
}

static int attach(const struct kind *kind, int program, const char *function)
{
	LIBBPF_OPTS(bpf_link_create_opts, options, .kprobe_multi.syms = &function, .kprobe_multi.cnt = 1,
		    .kprobe_multi.flags = kind->returns ? BPF_F_KPROBE_MULTI_RETURN : 0);

	if (kind->program == BPF_PROG_TYPE_TRACING)
		return bpf_raw_tracepoint_open(NULL, program);
	if (kind->attach == BPF_TRACE_KPROBE_MULTI)
		return bpf_link_create(program, 0, BPF_TRACE_KPROBE_MULTI, &options);
	return bpf_link_create(program, open_kprobe(function, kind->returns), BPF_PERF_EVENT, NULL);
}

static void print_runs(const struct kind *kind, int program, int map)
{
	struct bpf_prog_info info = { 0 };
	__u32 size = sizeof(info), key = 0;
	__u64 value = 0;

	if (bpf_obj_get_info_by_fd(program, &info, &size) < 0)
		fail("info");
	printf("%llu", (unsigned long long)info.run_cnt);
	if (kind->returns) {
		if (bpf_map_lookup_elem(map, &key, &value) < 0)
			fail("map");
		printf(" %i", (int)value);
	}
	printf("\n");
	(void)fflush(stdout);
}

int main(int argc, char **argv)
{
	const struct kind *kind;
	int program, map;
	char line[16];

	if (argc != 4) {
		fprintf(stderr, "usage: lph-bpf KIND FUNCTION NAME\n");
		return 2;
	}
	kind = find_kind(argv[1]);
	map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "value", sizeof(__u32), sizeof(__u64), 1, NULL);
	if (map < 0)
		fail("map");
	program = load(kind, map, argv[2], argv[3]);
	if (attach(kind, program, argv[2]) < 0)
		fail("attach");
	printf("attached\n");
	(void)fflush(stdout);

	while (fgets(line, sizeof(line), stdin) && *line == '?')
		print_runs(kind, program, map);
	print_runs(kind, program, map);
	return 0;
}
