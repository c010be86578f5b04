// SPDX-License-Identifier: GPL-2.0-only
/* What is inserted and removed. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "storm-stir.h"

static const char *module_file(const char *name)
{
	static char path[512];

	if (!strcmp(name, "livepatch_helper"))
		return storm.helper;
	snprintf(path, sizeof(path), "%s/%s/%s.ko", storm.dir,
		 strcmp(name, "lph_churn") ? "patches" : "module", name);
	return path;
}

static int insert_it(const char *name, const char *args)
{
	int fd = open(module_file(name), O_RDONLY | O_CLOEXEC);

	if (fd < 0 || syscall(SYS_finit_module, fd, args, 0))
		return errno;
	return 0;
}

static int delete_it(const char *name, const char *args)
{
	(void)args;
	return syscall(SYS_delete_module, name, O_NONBLOCK) ? errno : 0;
}

/*
 * In a process of its own: nothing gets one out that waits in the kernel for ever.
 * Returns 0 or -errno, -ETIMEDOUT where it hangs.
 */
static int in_child(int (*fn)(const char *name, const char *args), const char *name,
		    const char *args)
{
	struct pollfd pollfd = { .events = POLLIN };
	pid_t pid = fork();
	int status, r;

	if (!pid)
		_exit(fn(name, args));
	pollfd.fd = (int)syscall(SYS_pidfd_open, pid, 0);
	do
		r = poll(&pollfd, 1, (int)(MODULE_TIMEOUT * 1000));
	while (r < 0 && errno == EINTR);
	close(pollfd.fd);
	if (r <= 0) {
		storm.hung = true;
		storm.over = true;
		storm_violation("%s of %s has not returned after %.0f s",
				fn == insert_it ? "init_module" : "delete_module", name, MODULE_TIMEOUT);
		return -ETIMEDOUT;
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR;
}

int storm_insert(const char *name, const char *args)
{
	int r = in_child(insert_it, name, args);

	storm.loads += !r;
	return r;
}

int storm_rmmod(const char *name)
{
	return in_child(delete_it, name, NULL);
}

/* What holds it is on its way out. */
int storm_rmmod_soon(const char *name)
{
	double end = storm_now() + MODULE_TIMEOUT;
	int r;

	while ((r = storm_rmmod(name)) == -EAGAIN || r == -EBUSY) {
		if (storm_now() > end) {
			storm_violation("%s is in use for %.0f s, though nothing uses it", name,
					MODULE_TIMEOUT);
			return r;
		}
		usleep(5000);
	}
	return r;
}
