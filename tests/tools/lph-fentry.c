// SPDX-License-Identifier: GPL-2.0-only
/*
 * lph-fentry: holds the direct call of a kernel function with a BPF program
 * that does nothing, until its standard input ends, and says how often it ran.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

static const struct bpf_insn program[] = {
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
	{ .code = BPF_JMP | BPF_EXIT },
};

static int load(const char *function)
{
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_TRACE_FENTRY);
	int id = libbpf_find_vmlinux_btf_id(function, BPF_TRACE_FENTRY);

	if (id < 0)
		return id;
	options.attach_btf_id = (__u32)id;
	return bpf_prog_load(BPF_PROG_TYPE_TRACING, "lph_fentry", "GPL", program,
			     sizeof(program) / sizeof(*program), &options);
}

static int fail(const char *function, const char *what, int r)
{
	fprintf(stderr, "%s: %s: %s\n", function, what, strerror(-r));
	return 1;
}

int main(int argc, char **argv)
{
	struct bpf_prog_info info = {};
	__u32 size = sizeof(info);
	int fd, link, r;
	char c;

	if (argc != 2) {
		fputs("Usage: lph-fentry FUNCTION\n", stderr);
		return 2;
	}
	r = bpf_enable_stats(BPF_STATS_RUN_TIME);
	if (r < 0)
		return fail(argv[1], "statistics", r);
	fd = load(argv[1]);
	if (fd < 0)
		return fail(argv[1], "load", fd);
	link = bpf_raw_tracepoint_open(NULL, fd);
	if (link < 0)
		return fail(argv[1], "attach", link);
	puts("attached");
	(void)fflush(stdout);

	while (read(STDIN_FILENO, &c, 1) > 0)
		;
	r = bpf_obj_get_info_by_fd(fd, &info, &size);
	if (r < 0)
		return fail(argv[1], "info", r);
	printf("%llu\n", (unsigned long long)info.run_cnt);
	return 0;
}
