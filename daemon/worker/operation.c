// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/fs.h"
#include "util/log.h"
#include "util/time-util.h"
#include "worker/operation.h"

enum {
	OPERATIONS_MAX = 32,
	REPORT_SIZE_MAX = 1024 * 1024,
	GIVEN_MAX = 16,
};

struct operation {
	LIST_ENTRY(operation) link;
	struct operations *pool;
	const char *what;
	operation_done_t done;		/* NULL: nobody wants to know (any more) */
	void *userdata;
	pid_t pid;
	int fd;
	int given[GIVEN_MAX];		/* the child's descriptors */
	size_t n_given;
	char *report;
	size_t size;
	sd_event_source *readable;
	sd_event_source *exited;
	sd_event_source *timeout;
};

struct operations {
	sd_event *event;
	LIST_HEAD(, operation) list;
	unsigned int n;
	struct operation *telling;
};

/* The child's end, in the child. */
static int report_fd = -1;

int operations_new(sd_event *event, struct operations **ret)
{
	struct operations *pool = calloc(1, sizeof(*pool));

	if (!pool)
		return -ENOMEM;
	pool->event = sd_event_ref(event);
	LIST_INIT(&pool->list);
	*ret = pool;
	return 0;
}

static struct operation *operation_free(struct operation *operation)
{
	if (operation->pool) {
		LIST_REMOVE(operation, link);
		operation->pool->n--;
	}
	sd_event_source_disable_unref(operation->readable);
	sd_event_source_disable_unref(operation->exited);
	sd_event_source_disable_unref(operation->timeout);
	if (operation->fd >= 0)
		(void)close(operation->fd);
	for (size_t i = 0; i < operation->n_given; i++)
		if (operation->given[i] >= 0)
			(void)close(operation->given[i]);
	free(operation->report);
	free(operation);
	return NULL;
}
DEFINE_CLEANUP(struct operation *, operation_free)

struct operations *operations_free(struct operations *pool)
{
	struct operation *operation;

	while ((operation = LIST_FIRST(&pool->list)))
		(void)operation_free(operation);
	sd_event_unref(pool->event);
	free(pool);
	return NULL;
}

void operations_forget(struct operations *pool, const void *userdata)
{
	struct operation *operation;

	LIST_FOREACH(operation, &pool->list, link)
		if (operation->userdata == userdata)
			operation->done = NULL;
}

/* ------------------------------------------------------------- the child */

/* One byte that is no report's goes with it: a descriptor cannot go alone. */
int operation_give_fd(int fd)
{
	char control[CMSG_SPACE(sizeof(fd))] = { 0 };
	struct iovec data = { .iov_base = (char[]){ ' ' }, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	return sendmsg(report_fd, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static void be_a_child(int fd, pid_t daemon)
{
	sigset_t none;

	/* A daemon that is killed takes its children along: its successor must not meet them at work. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != daemon)
		_exit(EXIT_FAILURE);

	for (int i = 1; i < NSIG; i++)
		(void)signal(i, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)prctl(PR_SET_NAME, "livepatchd-op");

	/* Nothing of the daemon may live on in here: no bus, no watchdog. */
	if (fd > 3)
		(void)close_range(3, (unsigned int)fd - 1, 0);
	(void)close_range((unsigned int)fd + 1, ~0U, 0);
}

static _Noreturn void run_child(int fd, pid_t daemon, operation_work_t work, const void *argument)
{
	struct json_object *report = json_object_new_object(), *result = json_object_new_object();
	struct failure failure = { 0 };
	const char *text;
	int r;

	be_a_child(fd, daemon);
	report_fd = fd;
	r = work(argument, result, &failure);

	json_object_object_add(report, "r", json_object_new_int(r));
	json_object_object_add(report, "kind", json_object_new_int(failure.kind));
	json_object_object_add(report, "message", json_object_new_string(failure_message(&failure)));
	json_object_object_add(report, "result", result);
	text = json_object_to_json_string(report);
	_exit(lpd_write_all(fd, text, strlen(text)) < 0);
}

/* ------------------------------------------------------------ the daemon */

static void tell(struct operation *operation, int r, struct json_object *result, struct failure *failure)
{
	operation_done_t done = TAKE_PTR(operation->done);

	operation->pool->telling = operation;
	if (done)
		done(r, result, failure, operation->userdata);
	operation->pool->telling = NULL;
}

int operation_take_fd(struct operations *pool)
{
	struct operation *operation = pool->telling;

	for (size_t i = 0; operation && i < operation->n_given; i++)
		if (operation->given[i] >= 0)
			return TAKE_FD(operation->given[i]);
	return -1;
}

static void keep(struct operation *operation, const struct cmsghdr *header)
{
	int fd;

	memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	if (operation->n_given < GIVEN_MAX)
		operation->given[operation->n_given++] = fd;
	else
		(void)close(fd);
}

/* As read(), and keeps the descriptor that comes along: the kernel never gives two at once. */
static ssize_t receive(struct operation *operation, char *data, size_t size)
{
	char control[CMSG_SPACE(sizeof(int))];
	struct iovec room = { .iov_base = data, .iov_len = size };
	struct msghdr message = {
		.msg_iov = &room,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(operation->fd, &message, MSG_CMSG_CLOEXEC);
	struct cmsghdr *header = n < 0 ? NULL : CMSG_FIRSTHDR(&message);

	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
	    header->cmsg_len == CMSG_LEN(sizeof(int)))
		keep(operation, header);
	return n;
}

static int read_report(struct operation *operation)
{
	for (;;) {
		char *grown = realloc(operation->report, operation->size + 4096 + 1);
		ssize_t n;

		if (!grown)
			return -ENOMEM;
		operation->report = grown;
		n = receive(operation, grown + operation->size, 4096);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		operation->size += (size_t)n;
		operation->report[operation->size] = '\0';
		if (operation->size > REPORT_SIZE_MAX)
			return -EFBIG;
		if (n == 0)
			return 0;
	}
}

static int on_readable(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct operation *operation = userdata;
	int r;

	(void)fd;
	r = read_report(operation);
	/* The exit tells the rest; a socket that hung up would wake us all the time. */
	if (r < 0 || (revents & EPOLLHUP))
		(void)sd_event_source_set_enabled(source, SD_EVENT_OFF);
	return 0;
}

static int parse_report(struct operation *operation, struct json_object **ret_report,
			struct json_object **ret_result, struct failure *failure)
{
	struct json_object *r, *kind, *message;

	if (operation->size == 0)
		return -EPROTO;
	*ret_report = json_tokener_parse(operation->report);
	if (!*ret_report || !json_object_object_get_ex(*ret_report, "r", &r) ||
	    !json_object_object_get_ex(*ret_report, "kind", &kind) ||
	    !json_object_object_get_ex(*ret_report, "message", &message) ||
	    !json_object_object_get_ex(*ret_report, "result", ret_result))
		return -EPROTO;
	if (json_object_get_int(kind) != FAILURE_NONE)
		(void)failure_set(failure, (enum failure_kind)json_object_get_int(kind), "%s",
				  json_object_get_string(message));
	return json_object_get_int(r);
}

static int on_exited(sd_event_source *source, const siginfo_t *info, void *userdata)
{
	_cleanup_(operation_freep) struct operation *operation = userdata;
	_cleanup_(failure_clear) struct failure failure = { 0 };
	struct json_object *report = NULL, *result = NULL;
	int r;

	(void)source;
	r = read_report(operation);
	if (r >= 0 && (info->si_code != CLD_EXITED || info->si_status != 0))
		r = -EPROTO;
	if (r >= 0)
		r = parse_report(operation, &report, &result, &failure);
	if (r == -EPROTO)
		lpd_log(LOG_ERR, "The child that was to %s ended with %s %i.", operation->what,
			info->si_code == CLD_EXITED ? "status" : "signal", info->si_status);

	tell(operation, r, result, &failure);
	json_object_put(report);
	return 0;
}

static int on_timeout(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct operation *operation = userdata;
	_cleanup_(failure_clear) struct failure failure = { 0 };

	(void)source;
	(void)usec;
	lpd_log(LOG_ERR, "The child that was to %s takes too long: killed.", operation->what);
	(void)kill(operation->pid, SIGKILL);
	/* It may sit in the kernel for ever. Its exit is collected if it comes. */
	tell(operation, -ETIMEDOUT, NULL, &failure);
	return 0;
}

int operation_start(struct operations *pool, const char *what, uint64_t usec, operation_work_t work,
		    const void *argument, operation_done_t done, void *userdata)
{
	_cleanup_(operation_freep) struct operation *operation = NULL;
	_cleanup_close_ int child_end = -1;
	int fds[2], r;
	pid_t daemon;

	if (pool->n >= OPERATIONS_MAX)
		return -EAGAIN;
	operation = calloc(1, sizeof(*operation));
	if (!operation)
		return -ENOMEM;
	operation->fd = -1;
	operation->what = what;
	operation->done = done;
	operation->userdata = userdata;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return -errno;
	operation->fd = fds[0];
	child_end = fds[1];
	if (fcntl(operation->fd, F_SETFL, O_NONBLOCK) < 0)
		return -errno;

	r = sd_event_add_io(pool->event, &operation->readable, operation->fd, EPOLLIN, on_readable,
			    operation);
	if (r < 0)
		return r;
	r = sd_event_add_time_relative(pool->event, &operation->timeout, CLOCK_MONOTONIC, usec, 0, on_timeout,
				       operation);
	if (r < 0)
		return r;

	daemon = getpid();
	operation->pid = fork();
	if (operation->pid < 0)
		return -errno;
	if (operation->pid == 0)
		run_child(child_end, daemon, work, argument);

	r = sd_event_add_child(pool->event, &operation->exited, operation->pid, WEXITED, on_exited, operation);
	if (r < 0) {
		(void)kill(operation->pid, SIGKILL);
		return r;
	}

	operation->pool = pool;
	pool->n++;
	LIST_INSERT_HEAD(&pool->list, operation, link);
	operation = NULL;
	return 0;
}
