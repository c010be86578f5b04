// SPDX-License-Identifier: GPL-2.0-only
/*
 * lph-map NAME: prints the BPF map of that name, an entry a line: its key and its
 * value as numbers of 8 bytes (a shorter key as one), separated by spaces. Values
 * that a map has per CPU are added up.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "lph-map: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int find(const char *name, struct bpf_map_info *info)
{
	__u32 id = 0;

	while (bpf_map_get_next_id(id, &id) == 0) {
		int fd = bpf_map_get_fd_by_id(id);
		__u32 size = sizeof(*info);

		memset(info, 0, sizeof(*info));
		if (fd >= 0 && bpf_obj_get_info_by_fd(fd, info, &size) == 0 && strcmp(info->name, name) == 0)
			return fd;
	}
	errno = ENOENT;
	fail(name);
}

static void print(const unsigned char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i += 8) {
		unsigned long long word = 0;

		memcpy(&word, bytes + i, size - i < 8 ? size - i : 8);
		printf("%llu ", word);
	}
}

int main(int argc, char **argv)
{
	struct bpf_map_info info;
	unsigned char *key, *value;
	unsigned int copies = 1;
	int fd, r;

	if (argc != 2) {
		fprintf(stderr, "usage: lph-map NAME\n");
		return 2;
	}
	fd = find(argv[1], &info);
	if (info.type == BPF_MAP_TYPE_PERCPU_HASH || info.type == BPF_MAP_TYPE_PERCPU_ARRAY)
		copies = (unsigned int)libbpf_num_possible_cpus();
	key = calloc(1, info.key_size);
	value = calloc(copies, (info.value_size + 7) / 8 * 8);
	if (!key || !value)
		fail("memory");
	for (r = bpf_map_get_next_key(fd, NULL, key); r == 0; r = bpf_map_get_next_key(fd, key, key)) {
		if (bpf_map_lookup_elem(fd, key, value) < 0)
			continue;
		for (unsigned int i = 1; i < copies; i++)
			for (size_t j = 0; j < (info.value_size + 7) / 8; j++)
				((__u64 *)value)[j] += ((__u64 *)value)[i * ((info.value_size + 7) / 8) + j];
		print(key, info.key_size);
		print(value, info.value_size);
		printf("\n");
	}
	return 0;
}
