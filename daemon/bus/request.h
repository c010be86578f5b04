/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_REQUEST_H
#define LIVEPATCHD_REQUEST_H

#include <json-c/json.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

#include "model/failure.h"

struct api;
struct request;
struct requests;

/** request_run_t - carries a request out, once its sender may; ends in request_reply() or request_fail() */
typedef void (*request_run_t)(struct request *request, void *data);

/**
 * struct request - a method call that is not answered yet
 * @api: what it is carried out with
 * @message: the call
 * @uid: the sender's user, once it may
 * @data: what it is about
 */
struct request {
	struct api *api;
	sd_bus_message *message;
	uint32_t uid;
	void *data;
};

/**
 * struct request_wait - something that requests wait for
 * @forget: nobody waits for what it was to tell @userdata
 * @object: for it
 */
struct request_wait {
	void (*forget)(void *object, const void *userdata);
	void *object;
};

/** requests_new - @waits: whom to tell of each request that is gone, @n of them; they have to live on */
int requests_new(const struct request_wait *waits, size_t n, struct requests **ret);

/** requests_free - answers all that wait: livepatchd is going down */
struct requests *requests_free(struct requests *requests);
DEFINE_CLEANUP(struct requests *, requests_free)

/**
 * request_new - take on a method call: its sender has to be allowed to, then @run carries it out
 * @api: what it is carried out with
 * @message: the call
 * @action: the polkit action; NULL: everybody may
 * @run: called later, or at once where everybody may
 * @data: for @run
 * @free_data: frees @data with the request; @data is the caller's if this fails
 * @error: set on failure
 *
 * Return: 1, which says that a method call is being handled, or negative.
 */
int request_new(struct api *api, sd_bus_message *message, const char *action, request_run_t run, void *data,
		void (*free_data)(void *data), sd_bus_error *error);

/** request_reply - answer; @types may be empty. The request is gone afterwards */
void request_reply(struct request *request, const char *types, ...);

/** request_send - answer with @reply, made for request->message. The request is gone afterwards */
void request_send(struct request *request, sd_bus_message *reply);

/**
 * request_answer - answer with what an operation found out; to be called from its operation_done_t
 * @request: is gone afterwards
 * @r: what the operation returned
 * @result: what it found out
 * @failure: why it failed
 * @append: adds @result to the reply
 */
void request_answer(struct request *request, int r, struct json_object *result, const struct failure *failure,
		    int (*append)(sd_bus_message *reply, struct json_object *result));

/** request_fail - answer with @failure, or with errno @r if it is none. The request is gone afterwards */
void request_fail(struct request *request, int r, const struct failure *failure);

#endif
