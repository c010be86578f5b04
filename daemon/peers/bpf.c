// SPDX-License-Identifier: GPL-2.0-only
/*
 * Links tell where they are attached; programs that were attached without a
 * link, and on older kernels all that are on kprobes, are found by what
 * processes hold.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdio.h>

#include "peers/bpf.h"
#include "util/fs.h"

/* A trampoline of a program of the kernel's own functions, in its key. */
#define KEY_OF_BTF 0x80000000ULL

/* The id of the kernel's own BTF. */
#define KERNEL_BTF 1

/**
 * struct link_info - struct bpf_link_info, of newer kernels than the headers may be
 */
struct link_info {
	uint32_t type;
	uint32_t id;
	uint32_t program_id;
	uint32_t padding;
	union {
		struct {
			uint32_t attach_type;
			uint32_t target_obj_id;
			uint32_t target_btf_id;
		} tracing;
		struct {
			uint64_t addresses;
			uint32_t count;
			uint32_t flags;
			uint64_t missed;
			uint64_t cookies;
		} multi;
		struct {
			uint32_t type;
			uint32_t padding;
			uint64_t name;
			uint32_t name_size;
			uint32_t offset;
			uint64_t address;
		} perf;
		char bytes[112];
	};
};

enum {
	PERF_KPROBE = 3,
	PERF_KRETPROBE = 4,
	MULTI_RETURN = 1,
	MULTI_MAX = 65536,
};

void bpf_clear(struct bpf_all *all)
{
	for (size_t i = 0; i < all->n_seen; i++)
		free(all->seen[i].addresses);
	free(all->seen);
	*all = (struct bpf_all){ 0 };
}

struct bpf_seen *bpf_add(struct bpf_all *all)
{
	struct bpf_seen *grown = reallocarray(all->seen, all->n_seen + 1, sizeof(*grown));

	if (!grown)
		return NULL;
	all->seen = grown;
	grown += all->n_seen++;
	*grown = (struct bpf_seen){ .kind = _PEER_KIND_MAX };
	return grown;
}

int peers_add_bpf(struct peers_function *function, const struct bpf_seen *seen, bool active)
{
	char link[32] = "", holder[64] = "";
	struct peer *peer;
	int r;

	r = peers_add(function, seen->kind, active, seen->program, &peer);
	if (r < 0)
		return r;
	peer->offset = (unsigned int)seen->offset;
	if (seen->link_id)
		(void)snprintf(link, sizeof(link), ", link %u", seen->link_id);
	if (seen->pid)
		(void)snprintf(holder, sizeof(holder), ", of %s, process %i", seen->comm, seen->pid);
	r = peer_set(&peer->detail, "id %u%s%s", seen->program_id, link, holder);
	if (r < 0)
		return r;
	if (seen->pid)
		return peer_set(&peer->detach, "end %s, process %i", seen->comm, seen->pid);
	return peer_set(&peer->detach, "end the process that has it attached, or remove its pin below /sys/fs/bpf");
}

/* --------------------------------------------------------------- programs */

static void read_program(uint32_t id, char *name, size_t size)
{
	_cleanup_close_ int fd = bpf_prog_get_fd_by_id(id);
	struct bpf_prog_info info = { 0 };
	uint32_t length = sizeof(info);

	if (fd >= 0 && bpf_obj_get_info_by_fd(fd, &info, &length) == 0)
		(void)snprintf(name, size, "%s", info.name);
}

/* ------------------------------------------------------------------ links */

static enum peer_kind tracing_kind(uint32_t attach_type)
{
	switch (attach_type) {
	case BPF_TRACE_FENTRY:
		return PEER_BPF_FENTRY;
	case BPF_TRACE_FEXIT:
		return PEER_BPF_FEXIT;
	case BPF_MODIFY_RETURN:
		return PEER_BPF_FMOD_RET;
	case BPF_LSM_MAC:
		return PEER_BPF_LSM;
	default:
		return _PEER_KIND_MAX;
	}
}

static int get_info(int fd, struct link_info *info)
{
	uint32_t size = sizeof(*info);

	return bpf_obj_get_info_by_fd(fd, info, &size) < 0 ? -errno : 0;
}

static int read_addresses(int fd, const struct link_info *info, struct bpf_seen *seen)
{
	struct link_info again = { 0 };
	int r;

	if (info->multi.count == 0 || info->multi.count > MULTI_MAX)
		return 0;
	seen->addresses = calloc(info->multi.count, sizeof(*seen->addresses));
	if (!seen->addresses)
		return -ENOMEM;
	again.multi.addresses = (uintptr_t)seen->addresses;
	again.multi.count = info->multi.count;
	r = get_info(fd, &again);
	seen->n_addresses = r < 0 ? 0 : info->multi.count;
	return 0;
}

/* Kernels before 6.6 do not tell, which leaves the kind as it is. */
static void read_perf(int fd, struct bpf_seen *seen)
{
	struct link_info info = { 0 };

	info.perf.name = (uintptr_t)seen->symbol;
	info.perf.name_size = sizeof(seen->symbol);
	if (get_info(fd, &info) < 0)
		return;
	if (info.perf.type == PERF_KPROBE)
		seen->kind = PEER_BPF_KPROBE;
	else if (info.perf.type == PERF_KRETPROBE)
		seen->kind = PEER_BPF_KRETPROBE;
	seen->offset = info.perf.offset;
}

static int read_link(int fd, struct bpf_all *all)
{
	struct link_info info = { 0 };
	struct bpf_seen *seen;
	int r;

	r = get_info(fd, &info);
	/* Gone already. */
	if (r < 0)
		return 0;
	if (info.type != BPF_LINK_TYPE_TRACING && info.type != BPF_LINK_TYPE_KPROBE_MULTI &&
	    info.type != BPF_LINK_TYPE_PERF_EVENT)
		return 0;

	seen = bpf_add(all);
	if (!seen)
		return -ENOMEM;
	seen->link_id = info.id;
	seen->program_id = info.program_id;
	read_program(info.program_id, seen->program, sizeof(seen->program));
	if (info.type == BPF_LINK_TYPE_PERF_EVENT) {
		read_perf(fd, seen);
	} else if (info.type == BPF_LINK_TYPE_TRACING) {
		seen->kind = tracing_kind(info.tracing.attach_type);
		seen->key = (uint64_t)info.tracing.target_obj_id << 32 | KEY_OF_BTF | info.tracing.target_btf_id;
	} else {
		seen->kind = info.multi.flags & MULTI_RETURN ? PEER_BPF_KRETPROBE_MULTI : PEER_BPF_KPROBE_MULTI;
		return read_addresses(fd, &info, seen);
	}
	return 0;
}

static int read_links(struct bpf_all *all)
{
	uint32_t id = 0;
	int r;

	while (bpf_link_get_next_id(id, &id) == 0) {
		_cleanup_close_ int fd = bpf_link_get_fd_by_id(id);

		if (fd < 0 && errno == ENOENT)
			continue;
		if (fd < 0)
			return -errno;
		r = read_link(fd, all);
		if (r < 0)
			return r;
	}
	return errno == ENOENT ? 0 : -errno;
}

/* ---------------------------------------------------------------- holders */

static void set_holder(struct bpf_seen *seen, const char *proc, int pid)
{
	_cleanup_free_ char *path = NULL;

	if (asprintf(&path, "%s/%i/comm", proc, pid) < 0) {
		path = NULL;
		return;
	}
	if (lpd_read_line_at(AT_FDCWD, path, seen->comm, sizeof(seen->comm)) >= 0)
		seen->pid = pid;
}

static void hold_link(const char *proc, int pid, int fd, struct bpf_all *all)
{
	_cleanup_free_ char *path = NULL, *text = NULL;
	unsigned int id;
	char *line;

	if (asprintf(&path, "%s/%i/fdinfo/%i", proc, pid, fd) < 0) {
		path = NULL;
		return;
	}
	if (lpd_read_file(path, 64 * 1024, &text, NULL) < 0)
		return;
	line = strstr(text, "link_id:");
	if (!line || sscanf(line, "link_id: %u", &id) != 1)
		return;
	for (size_t i = 0; i < all->n_seen; i++)
		if (all->seen[i].link_id == id && !all->seen[i].pid)
			set_holder(all->seen + i, proc, pid);
}

/* A program on a perf event: of a link that does not tell where it is, or of none. */
static int hold_event(const char *proc, int pid, int fd, struct bpf_all *all)
{
	uint32_t program, type, size = sizeof(((struct bpf_seen *)0)->symbol);
	char symbol[sizeof(((struct bpf_seen *)0)->symbol)] = "";
	__u64 offset, address;
	struct bpf_seen *seen = NULL;
	enum peer_kind kind;

	if (bpf_task_fd_query(pid, fd, 0, symbol, &size, &program, &type, &offset, &address) < 0)
		return 0;
	if (type != BPF_FD_TYPE_KPROBE && type != BPF_FD_TYPE_KRETPROBE)
		return 0;
	kind = type == BPF_FD_TYPE_KPROBE ? PEER_BPF_KPROBE : PEER_BPF_KRETPROBE;

	for (size_t i = 0; i < all->n_seen && !seen; i++) {
		struct bpf_seen *other = all->seen + i;
		bool tells = other->kind == kind && lpd_streq(other->symbol, symbol) && other->offset == offset;

		/* The place in @pid says whether its event was found already. */
		if (other->program_id == program && !other->placed && (tells || other->kind == _PEER_KIND_MAX))
			seen = other;
	}
	seen = seen ?: bpf_add(all);
	if (!seen)
		return -ENOMEM;
	seen->placed = true;
	seen->kind = kind;
	seen->program_id = program;
	seen->offset = offset;
	(void)snprintf(seen->symbol, sizeof(seen->symbol), "%s", symbol);
	if (!*seen->program)
		read_program(program, seen->program, sizeof(seen->program));
	set_holder(seen, proc, pid);
	return 0;
}

static int read_process(const char *proc, int pid, struct bpf_all *all)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_(closedirp) DIR *dir = NULL;
	struct dirent *entry;
	int r = 0;

	if (asprintf(&path, "%s/%i/fd", proc, pid) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	dir = opendir(path);
	while (r >= 0 && dir && (entry = readdir(dir))) {
		char target[64];
		ssize_t n = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1);

		if (n < 0)
			continue;
		target[n] = '\0';
		if (lpd_streq(target, "anon_inode:bpf_link") || lpd_streq(target, "anon_inode:bpf-link"))
			hold_link(proc, pid, atoi(entry->d_name), all);
		else if (lpd_streq(target, "anon_inode:[perf_event]"))
			r = hold_event(proc, pid, atoi(entry->d_name), all);
	}
	return r;
}

static int read_processes(const char *proc, struct bpf_all *all)
{
	_cleanup_(closedirp) DIR *dir = opendir(proc);
	struct dirent *entry;
	int r = 0;

	if (!dir)
		return -errno;
	while (r >= 0 && (entry = readdir(dir)))
		if (isdigit((unsigned char)entry->d_name[0]))
			r = read_process(proc, atoi(entry->d_name), all);
	for (size_t i = 0; i < all->n_seen; i++)
		all->seen[i].placed = false;
	return r;
}

static bool is_unplaced_trampoline(const struct bpf_seen *seen)
{
	return seen->key && !seen->placed && seen->kind != _PEER_KIND_MAX;
}

static void resolve(struct bpf_seen *seen, const struct btf *btf)
{
	const struct btf_type *type = btf__type_by_id(btf, (uint32_t)(seen->key & ~KEY_OF_BTF));

	if (type && btf_is_func(type))
		(void)snprintf(seen->symbol, sizeof(seen->symbol), "%s", btf__name_by_offset(btf, type->name_off));
}

void bpf_resolve(struct bpf_all *all)
{
	struct btf *btf = NULL;

	for (size_t i = 0; i < all->n_seen; i++) {
		struct bpf_seen *seen = all->seen + i;

		/* The kernel's own is the first that there is. */
		if (!is_unplaced_trampoline(seen) || seen->key >> 32 != KERNEL_BTF)
			continue;
		btf = btf ?: btf__load_vmlinux_btf();
		if (!btf)
			return;
		resolve(seen, btf);
	}
	btf__free(btf);
}

int bpf_look(const char *proc, struct bpf_all *ret)
{
	int r;

	r = read_links(ret);
	return r < 0 ? r : read_processes(proc, ret);
}
