// SPDX-License-Identifier: GPL-2.0-only
#include "engine/patching.h"

int patching_recall(struct manager *m, enum patch_backend backend)
{
	struct store_record *record, *next;
	int r;

	for (record = store_first(m->store); record; record = next) {
		struct patch *patch = patches_find(&m->patches, record->name);

		next = LIST_NEXT(record, link);
		if (record->helper != (backend == PATCH_HELPER))
			continue;
		if (patch && record->file && record->sha256) {
			r = patch_set_file(&m->patches, patch, record->file, record->sha256);
			if (r < 0)
				return r;
		} else if (!patch && !record->has_change) {
			store_remove(m->store, record);
		}
	}
	return 0;
}
