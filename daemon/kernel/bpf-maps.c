// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "kernel/bpf-maps.h"
#include "util/util.h"

int bpf_maps_of(uint32_t program, uint32_t ret_ids[BPF_MAPS_MAX], size_t *ret_n)
{
	_cleanup_close_ int fd = bpf_prog_get_fd_by_id(program);
	struct bpf_prog_info info = {
		.nr_map_ids = BPF_MAPS_MAX,
		.map_ids = (uintptr_t)ret_ids,
	};
	uint32_t size = sizeof(info);

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size) < 0)
		return -errno;
	*ret_n = info.nr_map_ids < BPF_MAPS_MAX ? info.nr_map_ids : BPF_MAPS_MAX;
	return 0;
}

int bpf_map_look(uint32_t id, struct bpf_map_info *ret_info)
{
	_cleanup_close_ int fd = bpf_map_get_fd_by_id(id);
	struct bpf_map_info info = { 0 };
	uint32_t size = sizeof(info);

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size) < 0)
		return -errno;
	*ret_info = info;
	return TAKE_FD(fd);
}
