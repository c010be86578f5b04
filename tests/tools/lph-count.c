// SPDX-License-Identifier: GPL-2.0-only
/*
 * lph-count FUNCTION: counts the calls of a kernel function per CPU, by a BPF
 * fentry program; says "attached", and when its standard input ends, the count.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "lph-count: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* What bpftrace makes of fentry:FUNCTION { @ = count(); }, or libbpf of ++*bpf_map_lookup_elem(). */
static int load(int map, const char *function)
{
	const struct bpf_insn program[] = {
		/* *(u32 *)(fp - 4) = 0 */
		{ .code = BPF_ST | BPF_MEM | BPF_W, .dst_reg = BPF_REG_10, .off = -4 },
		/* r2 = fp - 4 */
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_2, .src_reg = BPF_REG_10 },
		{ .code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = BPF_REG_2, .imm = -4 },
		/* r1 = map */
		{ .code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = BPF_REG_1, .src_reg = BPF_PSEUDO_MAP_FD, .imm = map },
		{ .code = 0 },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_map_lookup_elem },
		/* if (r0) ++*(u64 *)r0 */
		{ .code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = BPF_REG_0, .off = 3 },
		{ .code = BPF_LDX | BPF_MEM | BPF_DW, .dst_reg = BPF_REG_1, .src_reg = BPF_REG_0 },
		{ .code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = BPF_REG_1, .imm = 1 },
		{ .code = BPF_STX | BPF_MEM | BPF_DW, .dst_reg = BPF_REG_0, .src_reg = BPF_REG_1 },
		/* return 0 */
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_TRACE_FENTRY);
	int fd, id = libbpf_find_vmlinux_btf_id(function, BPF_TRACE_FENTRY);

	if (id < 0) {
		errno = -id;
		fail(function);
	}
	options.attach_btf_id = (__u32)id;
	fd = bpf_prog_load(BPF_PROG_TYPE_TRACING, "lph_count", "GPL", program,
			   sizeof(program) / sizeof(*program), &options);
	if (fd < 0)
		fail("load");
	return fd;
}

int main(int argc, char **argv)
{
	unsigned long long counts[1024] = {}, sum = 0;
	__u32 key = 0;
	int map, i;
	char c;

	if (argc != 2) {
		fputs("Usage: lph-count FUNCTION\n", stderr);
		return 2;
	}
	map = bpf_map_create(BPF_MAP_TYPE_PERCPU_ARRAY, "lph_count", sizeof(key), sizeof(*counts), 1, NULL);
	if (map < 0)
		fail("map");
	if (bpf_raw_tracepoint_open(NULL, load(map, argv[1])) < 0)
		fail("attach");
	puts("attached");
	(void)fflush(stdout);

	while (read(STDIN_FILENO, &c, 1) > 0)
		;
	if (bpf_map_lookup_elem(map, &key, counts) < 0)
		fail("counts");
	for (i = 0; i < 1024; i++)
		sum += counts[i];
	printf("%llu\n", sum);
	return 0;
}
