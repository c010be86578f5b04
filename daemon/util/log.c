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

/**
 * struct about - what a message has beside its text
 * @id: MESSAGE_ID=, NULL: none
 * @patch: PATCH=, NULL: none
 * @transition: TRANSITION_ID=, 0: none
 * @uid: REQUESTED_BY=, UINT32_MAX: none
 */
struct about {
	const char *id;
	const char *patch;
	uint64_t transition;
	uint32_t uid;
};

static void add_field(struct iovec *fields, int *n, const char *format, ...) _printf_(3, 4);

static void add_field(struct iovec *fields, int *n, const char *format, ...)
{
	char *text;
	va_list ap;
	int r;

	va_start(ap, format);
	r = vasprintf(&text, format, ap);
	va_end(ap);
	if (r >= 0)
		fields[(*n)++] = (struct iovec){ text, (size_t)r };
}

static void log_v(int level, const struct about *about, const char *format, va_list ap)
	__attribute__((format(printf, 3, 0)));

static void log_v(int level, const struct about *about, const char *format, va_list ap)
{
	_cleanup_free_ char *text = NULL;
	struct iovec fields[6];
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

	add_field(fields, &n, "MESSAGE=%s", text);
	add_field(fields, &n, "PRIORITY=%i", level & 7);
	if (about->id)
		add_field(fields, &n, "MESSAGE_ID=%s", about->id);
	if (about->patch)
		add_field(fields, &n, "PATCH=%s", about->patch);
	if (about->transition > 0)
		add_field(fields, &n, "TRANSITION_ID=%" PRIu64, about->transition);
	if (about->uid != UINT32_MAX)
		add_field(fields, &n, "REQUESTED_BY=%" PRIu32, about->uid);
	(void)sd_journal_sendv(fields, n);
	while (n > 0)
		free(fields[--n].iov_base);
}

void lpd_log(int level, const char *format, ...)
{
	const struct about about = { .uid = UINT32_MAX };
	va_list ap;

	va_start(ap, format);
	log_v(level, &about, format, ap);
	va_end(ap);
}

void lpd_log_about(int level, const char *patch, uint64_t transition, const char *format, ...)
{
	const struct about about = { .patch = patch, .transition = transition, .uid = UINT32_MAX };
	va_list ap;

	va_start(ap, format);
	log_v(level, &about, format, ap);
	va_end(ap);
}

void lpd_log_event(int level, const char *id, const char *patch, uint64_t transition, uint32_t uid,
		   const char *format, ...)
{
	const struct about about = { id, patch, transition, uid };
	va_list ap;

	va_start(ap, format);
	log_v(level, &about, format, ap);
	va_end(ap);
}
