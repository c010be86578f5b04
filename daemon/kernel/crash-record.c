// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <systemd/sd-id128.h>
#include <systemd/sd-journal.h>

#include "kernel/crash-record.h"
#include "kernel/oops.h"
#include "util/fs.h"
#include "util/parse-util.h"
#include "util/time-util.h"

enum {
	RECORD_MAX = 1024 * 1024,
	RECORDS_MAX = 256,
	/* Of the kernel's <linux/panic.h>: there was an oops. */
	TAINT_DIE = 1 << 7,
	/* systemd-pstore makes a folder for each crash, and one more where there are several. */
	DEPTH_MAX = 3,
};

/**
 * struct record - one file of pstore: a part of what the kernel said
 * @count: which dump of that boot it is of, as its head says: "Oops#1 Part3"
 * @part: which part, the last words being the first
 * @text: owned
 */
struct record {
	unsigned int count;
	unsigned int part;
	char *text;
};

struct found {
	uint64_t since;
	struct record records[RECORDS_MAX];
	size_t n;
};

static void add(struct found *found, int dir, const char *name)
{
	_cleanup_close_ int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct record *record = found->records + found->n;
	struct stat st;

	if (fd < 0 || found->n == RECORDS_MAX || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return;
	/* Records tell whole seconds. */
	if (((uint64_t)st.st_mtim.tv_sec + 1) * USEC_PER_SEC < found->since)
		return;
	if (lpd_read_fd(fd, RECORD_MAX, &record->text, NULL) < 0)
		return;
	if (sscanf(record->text, "%*[A-Za-z]#%u Part%u", &record->count, &record->part) != 2)
		record->count = record->part = 0;
	found->n++;
}

static void walk(struct found *found, int parent, const char *path, int depth)
{
	_cleanup_(closedirp) DIR *dir = NULL;
	struct dirent *entry;
	int fd;

	fd = openat(parent, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	dir = fdopendir(fd);
	if (!dir) {
		(void)close(fd);
		return;
	}
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		if (strncmp(entry->d_name, "dmesg", strlen("dmesg")) == 0)
			add(found, dirfd(dir), entry->d_name);
		else if (depth < DEPTH_MAX)
			walk(found, dirfd(dir), entry->d_name, depth + 1);
	}
}

static int compare(const void *a, const void *b)
{
	const struct record *first = a, *second = b;

	if (first->count != second->count)
		return first->count < second->count ? -1 : 1;
	if (first->part != second->part)
		return first->part > second->part ? -1 : 1;
	return 0;
}

static void merge(struct json_object *modules, struct json_object *more)
{
	json_object_object_foreach(more, module, function)
		json_object_object_add(modules, module, json_object_get(function));
	json_object_put(more);
}

/* A dump may begin in the middle of another's, and an oops go over several parts. */
static void read_pstore(const struct crash_records *records, uint64_t since, struct json_object *modules)
{
	struct oops_reader reader = { .last_only = true, .modules = json_object_new_object() };
	struct found found = { .since = since };

	walk(&found, AT_FDCWD, records->pstore, 0);
	if (records->archive)
		walk(&found, AT_FDCWD, records->archive, 0);
	qsort(found.records, found.n, sizeof(*found.records), compare);
	for (size_t i = 0; i < found.n; i++) {
		if (i > 0 && (found.records[i].count != found.records[i - 1].count || found.records[i].count == 0)) {
			merge(modules, reader.modules);
			reader = (struct oops_reader){ .last_only = true, .modules = json_object_new_object() };
		}
		oops_read(&reader, found.records[i].text);
		free(found.records[i].text);
	}
	merge(modules, reader.modules);
}

static void read_messages(sd_journal *journal, uint64_t since, struct json_object *modules)
{
	struct oops_reader reader = { .modules = modules };
	const size_t key = strlen("MESSAGE=");
	const void *data;
	size_t size;

	if (sd_journal_seek_realtime_usec(journal, since) < 0)
		return;
	while (sd_journal_next(journal) > 0) {
		_cleanup_free_ char *line = NULL;

		if (sd_journal_get_data(journal, "MESSAGE", &data, &size) < 0 || size < key)
			continue;
		line = strndup((const char *)data + key, size - key);
		/* Each line of an oops is a message; with a newline in it, it is somebody's words. */
		if (line && !strchr(line, '\n'))
			oops_read_line(&reader, line);
	}
}

static void read_journal(const char *boot, uint64_t since, struct json_object *modules)
{
	char match[sizeof("_BOOT_ID=") + SD_ID128_STRING_MAX];
	sd_journal *journal;
	sd_id128_t id;

	if (sd_id128_from_string(boot, &id) < 0 ||
	    sd_journal_open(&journal, SD_JOURNAL_LOCAL_ONLY | SD_JOURNAL_SYSTEM) < 0)
		return;
	(void)snprintf(match, sizeof(match), "_BOOT_ID=%s", boot);
	/* /dev/kmsg takes what others say, too, but not as the kernel's facility. */
	if (sd_journal_add_match(journal, "_TRANSPORT=kernel", 0) >= 0 &&
	    sd_journal_add_match(journal, "SYSLOG_FACILITY=0", 0) >= 0 && sd_journal_add_match(journal, match, 0) >= 0)
		read_messages(journal, since, modules);
	sd_journal_close(journal);
}

bool crash_records_may_have_oops(const struct crash_records *records)
{
	char text[32];
	uint32_t tainted;

	/* What the kernel does not tell may have been. */
	return lpd_read_line_at(AT_FDCWD, records->tainted, text, sizeof(text)) < 0 ||
	       lpd_parse_uint32(text, &tainted) < 0 || tainted & TAINT_DIE;
}

struct json_object *crash_records_read(const struct crash_records *records, const char *boot, uint64_t since)
{
	struct json_object *modules = json_object_new_object();

	read_pstore(records, since, modules);
	read_journal(boot, since, modules);
	return modules;
}
