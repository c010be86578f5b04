/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_TEST_FAKE_TREE_H
#define LIVEPATCHD_TEST_FAKE_TREE_H

#include <errno.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A folder of its own that stands for the root of a machine. */

static char fake_root[] = "/tmp/livepatchd-test.XXXXXX";

static int fake_remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

/* Removes @path and all below it. */
static inline void fake_remove(const char *path)
{
	(void)nftw(path, fake_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void fake_make_root(void)
{
	strcpy(strrchr(fake_root, '.'), ".XXXXXX");
	if (!mkdtemp(fake_root))
		abort();
}

static inline void fake_path(char *path, size_t size, const char *format, va_list ap)
{
	int n = snprintf(path, size, "%s/", fake_root);

	(void)vsnprintf(path + n, size - (size_t)n, format, ap);
}

/*
 * Writes @text to the file named by @format, below the root, and makes its
 * folders. Whoever reads at the same time finds the old or the new text.
 */
__attribute__((format(printf, 2, 3))) static inline void fake_file(const char *text, const char *format, ...)
{
	char path[512], written[512];
	FILE *file;
	va_list ap;

	va_start(ap, format);
	fake_path(path, sizeof(path), format, ap);
	va_end(ap);
	for (char *slash = path + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		if (mkdir(path, 0755) < 0 && errno != EEXIST)
			abort();
		*slash = '/';
	}
	(void)snprintf(written, sizeof(written), "%s/written.%i", fake_root, (int)getpid());
	file = fopen(written, "we");
	if (!file || fputs(text, file) < 0 || fclose(file) != 0 || rename(written, path) < 0)
		abort();
}

/* Removes what is named by @format, below the root. */
__attribute__((format(printf, 1, 2))) static inline void fake_gone(const char *format, ...)
{
	char path[512];
	va_list ap;

	va_start(ap, format);
	fake_path(path, sizeof(path), format, ap);
	va_end(ap);
	fake_remove(path);
}

#endif
