// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>

#include "bus/api.h"
#include "bus/bus-util.h"
#include "bus/order-bus.h"
#include "bus/polkit.h"
#include "bus/request.h"
#include "bus/transition-bus.h"
#include "engine/changes/changes.h"
#include "engine/engine.h"
#include "model/helper-names.h"
#include "model/klp-patch.h"

int bus_read_strategy(struct api *api, const char *name, uint32_t *ret, sd_bus_error *error)
{
	if (!name)
		*ret = api->engine->setup.config.strategy;
	else if (strategy_from_name(name, ret) < 0)
		return bus_invalid(error, "There is no strategy \"%s\": slots, emulate, stub or spin.", name);
	return 0;
}

int bus_read_how(struct api *api, const char *strategy, const char *consistency, struct codec_change *ret,
		 sd_bus_error *error)
{
	if (!consistency)
		ret->consistency = api->engine->setup.config.consistency;
	else if (consistency_from_name(consistency, &ret->consistency) < 0)
		return bus_invalid(error, "There is no consistency \"%s\": task or stop.", consistency);
	return bus_read_strategy(api, strategy, &ret->strategy, error);
}

/**
 * struct order_data - an order that is asked for
 * @names: separated by spaces; owned
 */
struct order_data {
	char *names;
	struct change_request request;
};

static void order_data_free(void *p)
{
	struct order_data *data = p;

	free(data->names);
	free(data);
}

static inline void order_data_freep(struct order_data **data)
{
	if (*data)
		order_data_free(*data);
}

static void order(struct request *request, void *p)
{
	_cleanup_(failure_clear) struct failure failure = { 0 };
	struct transition *transition = NULL;
	struct order_data *data = p;
	char path[BUS_PATH_SIZE];
	int r;

	data->request.uid = request->uid;
	data->request.backend = PATCH_HELPER;
	r = changes_order(request->api->changes, data->names, &data->request, &transition, &failure);
	if (r < 0)
		request_fail(request, r, &failure);
	else
		request_reply(request, "o", transition_bus_path(path, transition));
}

static int read_names(sd_bus_message *message, char **ret, sd_bus_error *error)
{
	_cleanup_free_ char *names = strdup("");
	const char *text;
	int r;

	if (!names)
		return -ENOMEM;
	r = sd_bus_message_enter_container(message, SD_BUS_TYPE_ARRAY, "s");
	if (r < 0)
		return r;
	while ((r = sd_bus_message_read(message, "s", &text)) > 0) {
		_cleanup_free_ char *name = strdup(text);
		char *longer;

		if (!name)
			return -ENOMEM;
		if (klp_normalize_name(name) < 0)
			return bus_invalid(error, "\"%s\" is no patch's name.", text);
		if (asprintf(&longer, "%s%s%s", names, *names ? " " : "", name) < 0)
			return -ENOMEM;
		free(names);
		names = longer;
	}
	if (r < 0)
		return r;
	if (!*names)
		return bus_invalid(error, "Name all applied patches of livepatch_helper, from bottom to top.");
	*ret = TAKE_PTR(names);
	return sd_bus_message_exit_container(message);
}

int order_bus_order(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	_cleanup_(order_data_freep) struct order_data *data = calloc(1, sizeof(*data));
	struct api *api = userdata;
	const char *on_timeout = NULL, *strategy = NULL, *consistency = NULL;
	uint64_t timeout_usec = api->engine->setup.config.timeout_usec;
	const struct bus_option options[] = {
		{ "timeout-usec", 't', &timeout_usec },
		{ "on-timeout", 's', &on_timeout },
		{ "strategy", 's', &strategy },
		{ "consistency", 's', &consistency },
	};
	int r;

	if (!data)
		return -ENOMEM;
	r = read_names(message, &data->names, error);
	if (r < 0)
		return r;
	r = bus_read_options(message, options, ELEMENTSOF(options), error);
	if (r < 0)
		return r;
	data->request.timeout_usec = timeout_usec;
	data->request.on_timeout = api->engine->setup.config.on_timeout;
	r = bus_read_timeout(timeout_usec, on_timeout, &data->request.on_timeout, error);
	if (r < 0)
		return r;
	r = bus_read_how(api, strategy, consistency, &data->request.how, error);
	if (r < 0)
		return r;
	r = request_new(api, message, POLKIT_LOAD, order, data, order_data_free, error);
	if (r >= 0)
		data = NULL;
	return r;
}
