// SPDX-License-Identifier: GPL-2.0-only
/*
 * lph-bpf KIND FUNCTION NAME: attaches a BPF program that does nothing, says
 * "attached", and stays until its standard input says something other than "?".
 * Then, and at each "?", it prints how often the program ran (with
 * kernel.bpf_stats_enabled=1).
 *
 * KIND is fentry, fexit, fmod_ret, kprobe, kretprobe or kprobe_multi.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct kind {
	const char *name;
	enum bpf_prog_type program;
	enum bpf_attach_type attach;
} kinds[] = {
	{ "fentry", BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY },
	{ "fexit", BPF_PROG_TYPE_TRACING, BPF_TRACE_FEXIT },
	{ "fmod_ret", BPF_PROG_TYPE_TRACING, BPF_MODIFY_RETURN },
	{ "kprobe", BPF_PROG_TYPE_KPROBE, 0 },
	{ "kretprobe", BPF_PROG_TYPE_KPROBE, 0 },
	{ "kprobe_multi", BPF_PROG_TYPE_KPROBE, BPF_TRACE_KPROBE_MULTI },
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

static int load(const struct kind *kind, const char *function, const char *name)
{
	static const struct bpf_insn program[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = kind->attach);
	int fd, id;

	if (kind->program == BPF_PROG_TYPE_TRACING) {
		id = libbpf_find_vmlinux_btf_id(function, kind->attach);
		if (id < 0) {
			errno = -id;
			fail(function);
		}
		options.attach_btf_id = (__u32)id;
	}
	fd = bpf_prog_load(kind->program, name, "GPL", program, sizeof(program) / sizeof(program[0]), &options);
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
	LIBBPF_OPTS(bpf_link_create_opts, options, .kprobe_multi.syms = &function, .kprobe_multi.cnt = 1);

	if (kind->program == BPF_PROG_TYPE_TRACING)
		return bpf_raw_tracepoint_open(NULL, program);
	if (kind->attach == BPF_TRACE_KPROBE_MULTI)
		return bpf_link_create(program, 0, BPF_TRACE_KPROBE_MULTI, &options);
	return bpf_link_create(program, open_kprobe(function, strcmp(kind->name, "kretprobe") == 0), BPF_PERF_EVENT,
			       NULL);
}

static void print_runs(int program)
{
	struct bpf_prog_info info = { 0 };
	__u32 size = sizeof(info);

	if (bpf_obj_get_info_by_fd(program, &info, &size) < 0)
		fail("info");
	printf("%llu\n", (unsigned long long)info.run_cnt);
	(void)fflush(stdout);
}

int main(int argc, char **argv)
{
	const struct kind *kind;
	char line[16];
	int program;

	if (argc != 4) {
		fprintf(stderr, "usage: lph-bpf KIND FUNCTION NAME\n");
		return 2;
	}
	kind = find_kind(argv[1]);
	program = load(kind, argv[2], argv[3]);
	if (attach(kind, program, argv[2]) < 0)
		fail("attach");
	printf("attached\n");
	(void)fflush(stdout);

	while (fgets(line, sizeof(line), stdin) && *line == '?')
		print_runs(program);
	print_runs(program);
	return 0;
}
