// SPDX-License-Identifier: GPL-2.0-only
#define SD_JOURNAL_SUPPRESS_LOCATION

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>

#include "util/log.h"
#include "util/util.h"

static int max_level = LOG_INFO;

void lpd_log_set_level(int level)
{
	max_level = level;
}

/* The service manager names the device and inode of a stderr that is the journal. */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	uintmax_t device, inode;
	struct stat st;

	return stream && sscanf(stream, "%ju:%ju", &device, &inode) == 2 &&
	       fstat(STDERR_FILENO, &st) >= 0 && st.st_dev == device && st.st_ino == inode;
}

static void log_v(int level, const char *patch, uint64_t transition, const char *format, va_list ap)
	__attribute__((format(printf, 4, 0)));

static void log_v(int level, const char *patch, uint64_t transition, const char *format, va_list ap)
{
	_cleanup_free_ char *text = NULL, *message = NULL, *about = NULL;
	char priority[sizeof("PRIORITY=7")], id[sizeof("TRANSITION_ID=") + 20];
	struct iovec fields[4];
	int n = 0;

	if (level > max_level)
		return;
	if (vasprintf(&text, format, ap) < 0) {
		text = NULL;
		return;
	}
	if (!stderr_is_journal()) {
		(void)fprintf(stderr, "%s\n", text);
		return;
	}

	if (asprintf(&message, "MESSAGE=%s", text) < 0) {
		message = NULL;
		return;
	}
	fields[n++] = (struct iovec){ message, strlen(message) };
	(void)snprintf(priority, sizeof(priority), "PRIORITY=%i", level & 7);
	fields[n++] = (struct iovec){ priority, strlen(priority) };
	if (patch) {
		if (asprintf(&about, "PATCH=%s", patch) < 0) {
			about = NULL;
			return;
		}
		fields[n++] = (struct iovec){ about, strlen(about) };
	}
	if (transition > 0) {
		(void)snprintf(id, sizeof(id), "TRANSITION_ID=%" PRIu64, transition);
		fields[n++] = (struct iovec){ id, strlen(id) };
	}
	(void)sd_journal_sendv(fields, n);
}

void lpd_log(int level, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	log_v(level, NULL, 0, format, ap);
	va_end(ap);
}

void lpd_log_about(int level, const char *patch, uint64_t transition, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	log_v(level, patch, transition, format, ap);
	va_end(ap);
}
