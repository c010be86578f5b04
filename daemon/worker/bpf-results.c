// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>

#include "bpf/results.h"
#include "kernel/bpf-maps.h"
#include "kernel/kernel-symbols.h"
#include "util/json-util.h"
#include "worker/bpf-results.h"

/**
 * struct map - a map that is being read
 * @fd: -1: there is none of that name
 * @copies: of each value, one a CPU
 */
struct map {
	int fd;
	struct bpf_map_info info;
	size_t copies;
};

/* A map of the program, by its name, and by what has to be in it. */
static int open_map(uint32_t program, const char *name, size_t key_size, size_t value_size, struct map *ret)
{
	uint32_t ids[BPF_MAPS_MAX];
	size_t n;
	int r;

	r = bpf_maps_of(program, ids, &n);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++) {
		struct bpf_map_info info;
		_cleanup_close_ int fd = bpf_map_look(ids[i], &info);

		if (fd < 0 || strncmp(info.name, name, sizeof(info.name)) != 0)
			continue;
		if (info.key_size != key_size || info.value_size != value_size)
			return -EPROTO;
		*ret = (struct map){ .fd = TAKE_FD(fd), .info = info, .copies = 1 };
		if (info.type == BPF_MAP_TYPE_PERCPU_HASH)
			ret->copies = (size_t)libbpf_num_possible_cpus();
		return 0;
	}
	*ret = (struct map){ .fd = -1 };
	return 0;
}

static void map_close(struct map *map)
{
	if (map->fd >= 0)
		(void)close(map->fd);
}

/* Each key, with its value of each CPU. */
static int each(const struct map *map, int (*told)(const void *key, const void *values, void *userdata), void *userdata)
{
	_cleanup_free_ char *key = malloc(map->info.key_size), *next = malloc(map->info.key_size);
	_cleanup_free_ char *values = malloc(map->copies * ((map->info.value_size + 7) / 8 * 8));
	bool begun = false;
	int r = 0;

	if (!key || !next || !values)
		return -ENOMEM;
	/* Keys come meanwhile, and may be told or not. */
	for (uint32_t i = 0; r >= 0 && i < map->info.max_entries; i++) {
		if (bpf_map_get_next_key(map->fd, begun ? key : NULL, next) < 0)
			break;
		memcpy(key, next, map->info.key_size);
		begun = true;
		if (bpf_map_lookup_elem(map->fd, key, values) >= 0)
			r = told(key, values, userdata);
	}
	return r;
}

static int by_calls(const void *a, const void *b)
{
	struct json_object *const *x = a, *const *y = b;
	int64_t m = json_object_get_int64(json_object_object_get(*x, "calls"));
	int64_t n = json_object_get_int64(json_object_object_get(*y, "calls"));

	return m > n ? -1 : m < n;
}

/* -------------------------------------------------------------- processes */

struct processes {
	const struct map *map;
	struct json_object *list;
};

static int add_process(const void *key, const void *values, void *userdata)
{
	const struct process_key *process = key;
	const struct process_value *value = values;
	struct processes *processes = userdata;
	struct json_object *o = json_object_new_object();
	const char *comm = "";
	uint64_t calls = 0;

	/* A CPU where it never ran has no name of it. */
	for (size_t i = 0; i < processes->map->copies; i++) {
		calls += value[i].calls;
		if (value[i].calls > 0)
			comm = value[i].comm;
	}
	json_object_object_add(o, "pid", json_object_new_int64(process->pid));
	json_object_object_add(o, "comm", json_object_new_string_len(comm, (int)strnlen(comm, COMM_LEN)));
	json_object_object_add(o, "patched", json_object_new_boolean(process->patched != 0));
	json_object_object_add(o, "calls", json_object_new_uint64(calls));
	return json_object_array_add(processes->list, o);
}

static int read_processes(uint32_t program, struct json_object *result)
{
	_cleanup_(lpd_json_putp) struct json_object *list = json_object_new_array();
	_cleanup_(map_close) struct map map = { .fd = -1 };
	int r;

	r = open_map(program, "processes", sizeof(struct process_key), sizeof(struct process_value), &map);
	if (r < 0 || map.fd < 0)
		return r;
	r = each(&map, add_process, &(struct processes){ &map, list });
	if (r < 0)
		return r;
	json_object_array_sort(list, by_calls);
	json_object_object_add(result, "processes", TAKE_PTR(list));
	return 0;
}

/* ----------------------------------------------------------------- stacks */

struct stacks {
	const struct map *map;
	const struct map *frames;
	const struct kernel_symbols *symbols;
	struct json_object *list;
};

/* From the inside out; none where the stack could not be kept. */
static struct json_object *frames_of(const struct stacks *stacks, int32_t stack)
{
	struct json_object *list = json_object_new_array();
	uint64_t addresses[STACK_DEPTH];
	char text[512];

	if (stack < 0 || bpf_map_lookup_elem(stacks->frames->fd, &stack, addresses) < 0)
		return list;
	for (size_t i = 0; i < STACK_DEPTH && addresses[i] != 0; i++) {
		(void)kernel_symbols_name(stacks->symbols, addresses[i], text, sizeof(text));
		json_object_array_add(list, json_object_new_string(text));
	}
	return list;
}

static int add_stack(const void *key, const void *values, void *userdata)
{
	const struct stack_key *stack = key;
	const uint64_t *counts = values;
	struct stacks *stacks = userdata;
	struct json_object *o = json_object_new_object();
	uint64_t calls = 0;

	for (size_t i = 0; i < stacks->map->copies; i++)
		calls += counts[i];
	json_object_object_add(o, "patched", json_object_new_boolean(stack->patched != 0));
	json_object_object_add(o, "calls", json_object_new_uint64(calls));
	json_object_object_add(o, "frames", frames_of(stacks, stack->stack));
	return json_object_array_add(stacks->list, o);
}

static int read_stacks(const struct bpf_results_query *query, struct json_object *result)
{
	_cleanup_(lpd_json_putp) struct json_object *list = json_object_new_array();
	_cleanup_(kernel_symbols_freep) struct kernel_symbols *symbols = NULL;
	_cleanup_(map_close) struct map map = { .fd = -1 }, frames = { .fd = -1 };
	int r;

	r = open_map(query->program, "stacks", sizeof(struct stack_key), sizeof(uint64_t), &map);
	if (r < 0 || map.fd < 0)
		return r;
	r = open_map(query->program, "frames", sizeof(uint32_t), STACK_DEPTH * sizeof(uint64_t), &frames);
	if (r >= 0 && frames.fd < 0)
		r = -EPROTO;
	if (r >= 0)
		r = kernel_symbols_read(&query->root, &symbols);
	if (r >= 0)
		r = each(&map, add_stack, &(struct stacks){ &map, &frames, symbols, list });
	if (r < 0)
		return r;
	json_object_array_sort(list, by_calls);
	json_object_object_add(result, "stacks", TAKE_PTR(list));
	return 0;
}

int bpf_results_read(const void *argument, struct json_object *result, struct failure *failure)
{
	const struct bpf_results_query *query = argument;
	int r;

	r = read_processes(query->program, result);
	if (r >= 0)
		r = read_stacks(query, result);
	if (r == -ENOENT)
		return failure_set(failure, FAILURE_NO_SUCH_TRACER, "The tracer has just left, and its maps with it.");
	if (r == -EPROTO)
		return failure_set(failure, FAILURE_FAILED,
				   "The tracer's program is of another livepatchd than this one; bpftool map dump shows its maps.");
	return r;
}
