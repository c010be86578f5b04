// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdio.h>

#include "cli/lib/json.h"
#include "cli/verbs/latency.h"
#include "util/util.h"

enum { BAR_WIDTH = 40 };

void cli_ns_text(char *buf, size_t size, uint64_t ns)
{
	static const char *const units[] = { "ns", "us", "ms", "s" };
	double value = (double)ns;
	size_t unit = 0;

	for (; value >= 1000 && unit + 1 < ELEMENTSOF(units); unit++)
		value /= 1000;
	(void)snprintf(buf, size, value >= 1000 ? "%.0f%s" : "%.3g%s", value, units[unit]);
}

static void print_bucket(uint64_t ns, uint64_t calls, uint64_t most)
{
	char from[32], to[32];
	int bar = (int)(calls * BAR_WIDTH / most);

	/* Of few among many, one sees that there are some. */
	if (calls > 0 && bar == 0)
		bar = 1;
	cli_ns_text(from, sizeof(from), ns);
	cli_ns_text(to, sizeof(to), ns > 0 ? 2 * ns : 2);
	printf("  %7s to %7s %10" PRIu64 " %.*s\n", from, to, calls, bar, "########################################");
}

static void print_body(json_object *tracer, json_object *body)
{
	json_object *buckets = cli_json_get(body, "buckets");
	size_t n = cli_json_length(body, "buckets");
	uint64_t most = 0, calls = 0, next = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t here = cli_json_uint(json_object_array_get_idx(buckets, i), "calls");

		calls += here;
		most = here > most ? here : most;
	}
	printf("%s in %s, %" PRIu64 " calls:\n", cli_json_string(tracer, "function"), cli_json_string(body, "body"),
	       calls);
	for (size_t i = 0; i < n; i++) {
		json_object *bucket = json_object_array_get_idx(buckets, i);
		uint64_t ns = cli_json_uint(bucket, "ns");

		/* Those in between had none. */
		for (; i > 0 && next < ns; next *= 2)
			print_bucket(next, 0, most);
		print_bucket(ns, cli_json_uint(bucket, "calls"), most);
		next = ns > 0 ? 2 * ns : 2;
	}
}

void cli_print_latency(json_object *tracer)
{
	json_object *bodies = cli_json_get(tracer, "latency");

	for (size_t i = 0; i < cli_json_length(tracer, "latency"); i++)
		print_body(tracer, json_object_array_get_idx(bodies, i));
}
