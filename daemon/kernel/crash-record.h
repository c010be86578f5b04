/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_CRASH_RECORD_H
#define LIVEPATCHD_CRASH_RECORD_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * struct crash_records - where a kernel's last words may be
 * @pstore: what firmware kept of them, such as /sys/fs/pstore
 * @archive: where systemd-pstore puts that, NULL: nowhere
 * @tainted: /proc/sys/kernel/tainted
 */
struct crash_records {
	const char *pstore;
	const char *archive;
	const char *tainted;
};

/** crash_records_may_have_oops - has the running kernel had an oops, or does it not tell? */
bool crash_records_may_have_oops(const struct crash_records *records);

/**
 * crash_records_read - which modules the kernel of a boot blamed for its oopses, or its end
 * @records: where to look, besides the journal
 * @boot: the boot's id
 * @since: CLOCK_REALTIME, what is older is about something else
 *
 * Return: an object, see struct oops_reader; empty where nothing is known.
 */
struct json_object *crash_records_read(const struct crash_records *records, const char *boot, uint64_t since);

#endif
