// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <systemd/sd-journal.h>

#include "cli/lib/journal.h"
#include "cli/lib/json.h"
#include "messages.h"
#include "util/util.h"

static const char *const ids[] = { MESSAGE_IDS };

/* Gives @entry the field of that name, without which it gets "". */
static void copy_field(sd_journal *journal, json_object *entry, const char *key, const char *field)
{
	const void *data;
	size_t size, skip = strlen(field) + 1;

	if (sd_journal_get_data(journal, field, &data, &size) < 0 || size < skip)
		json_object_object_add(entry, key, json_object_new_string(""));
	else
		json_object_object_add(entry, key,
				       json_object_new_string_len((const char *)data + skip, (int)(size - skip)));
}

static json_object *read_entry(sd_journal *journal)
{
	json_object *entry = json_object_new_object();
	uint64_t usec = 0;

	(void)sd_journal_get_realtime_usec(journal, &usec);
	json_object_object_add(entry, "time", json_object_new_uint64(usec));
	copy_field(journal, entry, "priority", "PRIORITY");
	copy_field(journal, entry, "message", "MESSAGE");
	copy_field(journal, entry, "message_id", "MESSAGE_ID");
	copy_field(journal, entry, "patch", "PATCH");
	return entry;
}

/* Only what livepatchd has written: anybody may use its ids. */
static int add_matches(sd_journal *journal)
{
	char match[sizeof("MESSAGE_ID=") + 32];
	int r;

	r = sd_journal_add_match(journal, "_SYSTEMD_UNIT=livepatchd.service", 0);
	for (size_t i = 0; r >= 0 && i < ELEMENTSOF(ids); i++) {
		(void)snprintf(match, sizeof(match), "MESSAGE_ID=%s", ids[i]);
		r = sd_journal_add_match(journal, match, 0);
	}
	return r;
}

int cli_journal_read(unsigned int limit, json_object **ret)
{
	_cleanup_(json_object_putp) json_object *entries = json_object_new_array();
	_cleanup_(sd_journal_closep) sd_journal *journal = NULL;
	int r;

	r = sd_journal_open(&journal, SD_JOURNAL_LOCAL_ONLY);
	if (r < 0)
		return r;
	r = add_matches(journal);
	if (r < 0)
		return r;
	r = sd_journal_seek_tail(journal);
	if (r >= 0)
		r = sd_journal_previous_skip(journal, limit);
	while (r > 0) {
		json_object_array_add(entries, read_entry(journal));
		r = sd_journal_next(journal);
	}
	if (r < 0)
		return r;
	*ret = json_object_get(entries);
	return 0;
}
