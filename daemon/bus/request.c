// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <sys/queue.h>

#include "bus/api.h"
#include "bus/polkit.h"
#include "bus/request.h"
#include "util/log.h"

enum {
	REQUESTS_MAX = 512,
	/* One client leaves room for others. */
	CLIENT_REQUESTS_MAX = 64,
};

/**
 * struct pending - a request and how it is carried out
 * @check: whether its sender may
 */
struct pending {
	struct request request;
	LIST_ENTRY(pending) link;
	struct requests *owner;
	struct polkit_check *check;
	request_run_t run;
	void (*free_data)(void *data);
};

/**
 * struct requests - all there are
 * @waits: whatever may be waited for
 */
struct requests {
	LIST_HEAD(, pending) list;
	unsigned int n;
	const struct request_wait *waits;
	size_t n_waits;
};

int requests_new(const struct request_wait *waits, size_t n, struct requests **ret)
{
	struct requests *requests = calloc(1, sizeof(*requests));

	if (!requests)
		return -ENOMEM;
	LIST_INIT(&requests->list);
	requests->waits = waits;
	requests->n_waits = n;
	*ret = requests;
	return 0;
}

static void pending_free(struct pending *pending)
{
	const struct requests *owner = pending->owner;

	LIST_REMOVE(pending, link);
	pending->owner->n--;
	for (size_t i = 0; i < owner->n_waits; i++)
		owner->waits[i].forget(owner->waits[i].object, &pending->request);
	if (pending->check)
		(void)polkit_check_free(pending->check);
	if (pending->request.data)
		pending->free_data(pending->request.data);
	sd_bus_message_unref(pending->request.message);
	free(pending);
}

struct requests *requests_free(struct requests *requests)
{
	struct pending *pending;

	while ((pending = LIST_FIRST(&requests->list))) {
		(void)sd_bus_reply_method_errorf(pending->request.message, failure_name(FAILURE_STOPPING),
						 "livepatchd is going down; ask again when it is back.");
		pending_free(pending);
	}
	free(requests);
	return NULL;
}

static void on_decided(const sd_bus_error *error, uint32_t uid, void *userdata)
{
	struct pending *pending = userdata;

	pending->check = polkit_check_free(pending->check);
	if (error) {
		(void)sd_bus_reply_method_error(pending->request.message, error);
		pending_free(pending);
		return;
	}
	pending->request.uid = uid;
	pending->run(&pending->request, pending->request.data);
}

static unsigned int count_of(const struct requests *requests, const char *sender)
{
	const struct pending *pending;
	unsigned int n = 0;

	LIST_FOREACH(pending, &requests->list, link) {
		const char *other = sd_bus_message_get_sender(pending->request.message);

		n += sender && other && lpd_streq(sender, other);
	}
	return n;
}

int request_new(struct api *api, sd_bus_message *message, const char *action, request_run_t run, void *data,
		void (*free_data)(void *data), sd_bus_error *error)
{
	struct pending *pending;
	int r;

	if (api->requests->n >= REQUESTS_MAX)
		return sd_bus_error_setf(error, SD_BUS_ERROR_LIMITS_EXCEEDED,
					 "%u requests are waiting already; try again later.", api->requests->n);
	if (count_of(api->requests, sd_bus_message_get_sender(message)) >= CLIENT_REQUESTS_MAX)
		return sd_bus_error_setf(error, SD_BUS_ERROR_LIMITS_EXCEEDED,
					 "%u requests of yours are waiting already; wait for their answers.",
					 CLIENT_REQUESTS_MAX);
	pending = calloc(1, sizeof(*pending));
	if (!pending)
		return -ENOMEM;
	if (action) {
		r = polkit_check_new(message, action, on_decided, pending, &pending->check);
		if (r < 0) {
			free(pending);
			return r;
		}
	}
	pending->request = (struct request){
		.api = api,
		.message = sd_bus_message_ref(message),
		.data = data,
	};
	pending->owner = api->requests;
	pending->run = run;
	pending->free_data = free_data;
	LIST_INSERT_HEAD(&api->requests->list, pending, link);
	api->requests->n++;
	if (!action)
		run(&pending->request, data);
	return 1;
}

static struct pending *pending_of(struct request *request)
{
	return (struct pending *)((char *)request - offsetof(struct pending, request));
}

void request_send(struct request *request, sd_bus_message *reply)
{
	int r;

	r = sd_bus_send(NULL, reply, NULL);
	if (r < 0)
		lpd_log(LOG_WARNING, "Cannot answer %s: %s", sd_bus_message_get_sender(request->message), strerror(-r));
	pending_free(pending_of(request));
}

void request_reply(struct request *request, const char *types, ...)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	va_list ap;
	int r;

	r = sd_bus_message_new_method_return(request->message, &reply);
	if (r >= 0 && *types) {
		va_start(ap, types);
		r = sd_bus_message_appendv(reply, types, ap);
		va_end(ap);
	}
	if (r < 0)
		request_fail(request, r, NULL);
	else
		request_send(request, reply);
}

void request_fail(struct request *request, int r, const struct failure *failure)
{
	if (failure && failure->kind != FAILURE_NONE)
		(void)sd_bus_reply_method_errorf(request->message, failure_name(failure->kind), "%s",
						 failure_message(failure));
	else
		(void)sd_bus_reply_method_errno(request->message, r, NULL);
	pending_free(pending_of(request));
}

void request_answer(struct request *request, int r, struct json_object *result, const struct failure *failure,
		    int (*append)(sd_bus_message *reply, struct json_object *result))
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;

	if (r >= 0)
		r = sd_bus_message_new_method_return(request->message, &reply);
	if (r >= 0)
		r = append(reply, result);
	if (r < 0)
		request_fail(request, r, failure);
	else
		request_send(request, reply);
}
