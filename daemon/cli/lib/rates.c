// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "cli/lib/json.h"
#include "cli/lib/rates.h"
#include "util/time-util.h"
#include "util/util.h"

/* Ids begin anew with the helper: what has fewer hits than before is another one. */
static json_object *rate(uint64_t before, uint64_t now, uint64_t usec)
{
	uint64_t hits = now >= before ? now - before : now;

	return json_object_new_double(usec > 0 ? (double)hits * USEC_PER_SEC / (double)usec : 0);
}

/* The objects of an array by what they have as @key. */
static json_object *index_by(json_object *array, const char *key)
{
	json_object *index = json_object_new_object();
	size_t n = array ? json_object_array_length(array) : 0;

	for (size_t i = 0; i < n; i++) {
		json_object *o = json_object_array_get_idx(array, i);

		(void)json_object_object_add(index, cli_json_string(o, key), json_object_get(o));
	}
	return index;
}

static json_object *body_rates(json_object *before, json_object *now, uint64_t usec)
{
	_cleanup_(json_object_putp) json_object *index = index_by(before, "body");
	json_object *rates = json_object_new_array();

	for (size_t i = 0; i < json_object_array_length(now); i++) {
		json_object *body = json_object_array_get_idx(now, i), *o = json_object_new_object();
		json_object *old = cli_json_get(index, cli_json_string(body, "body"));

		cli_json_copy(o, "body", body, "body");
		cli_json_copy(o, "hits", body, "hits");
		(void)json_object_object_add(o, "rate",
					     rate(cli_json_uint(old, "hits"), cli_json_uint(body, "hits"), usec));
		(void)json_object_array_add(rates, o);
	}
	return rates;
}

json_object *cli_rates(json_object *before, json_object *now, uint64_t usec)
{
	_cleanup_(json_object_putp) json_object *index = index_by(before, "id");
	json_object *rates = json_object_new_array();

	for (size_t i = 0; i < json_object_array_length(now); i++) {
		json_object *tracer = json_object_array_get_idx(now, i), *o = json_object_new_object();
		json_object *old = cli_json_get(index, cli_json_string(tracer, "id"));

		if (cli_json_uint(old, "hits") > cli_json_uint(tracer, "hits"))
			old = NULL;
		cli_json_copy(o, "id", tracer, "id");
		cli_json_copy(o, "function", tracer, "function");
		cli_json_copy(o, "kind", tracer, "kind");
		cli_json_copy(o, "hits", tracer, "hits");
		(void)json_object_object_add(o, "rate",
					     rate(cli_json_uint(old, "hits"), cli_json_uint(tracer, "hits"), usec));
		(void)json_object_object_add(
			o, "bodies",
			body_rates(cli_json_get(old, "bodies"), cli_json_get(tracer, "bodies"), usec));
		(void)json_object_array_add(rates, o);
	}
	return rates;
}

static int busier(const void *a, const void *b)
{
	json_object *x = *(json_object *const *)a, *y = *(json_object *const *)b;
	double at_x = cli_json_double(x, "rate"), at_y = cli_json_double(y, "rate");
	uint64_t id_x = cli_json_uint(x, "id"), id_y = cli_json_uint(y, "id");

	if (at_x > at_y || at_x < at_y)
		return at_x > at_y ? -1 : 1;
	return (id_x > id_y) - (id_x < id_y);
}

void cli_rates_sort(json_object *rates)
{
	json_object_array_sort(rates, busier);
}

void cli_rates_text(char *buf, size_t size, json_object *bodies)
{
	size_t at = 0;

	(void)snprintf(buf, size, "-");
	for (size_t i = 0; i < json_object_array_length(bodies) && at < size; i++) {
		json_object *body = json_object_array_get_idx(bodies, i);

		at += (size_t)snprintf(buf + at, size - at, "%s%s %.1f", i ? ", " : "", cli_json_string(body, "body"),
				       cli_json_double(body, "rate"));
	}
}
