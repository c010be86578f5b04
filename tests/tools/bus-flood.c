// SPDX-License-Identifier: GPL-2.0-only
/*
 * bus-flood N: asks livepatchd N times at once for its history, and tells how
 * many answers there were, and how many refusals of which name.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>

static unsigned int answered, limited, others;

static int on_reply(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	(void)userdata;
	(void)error;
	if (!sd_bus_message_is_method_error(reply, NULL))
		answered++;
	else if (sd_bus_message_is_method_error(reply, SD_BUS_ERROR_LIMITS_EXCEEDED))
		limited++;
	else
		others++;
	return 0;
}

int main(int argc, char **argv)
{
	unsigned int n = argc > 1 ? (unsigned int)atoi(argv[1]) : 0;
	sd_bus *bus;
	int r;

	r = sd_bus_open_system(&bus);
	for (unsigned int i = 0; r >= 0 && i < n; i++)
		r = sd_bus_call_method_async(bus, NULL, "org.livepatchd1", "/org/livepatchd1",
					     "org.livepatchd1.Manager", "History", on_reply, NULL, "a{sv}", 0);
	while (r >= 0 && answered + limited + others < n) {
		r = sd_bus_process(bus, NULL);
		if (r == 0)
			r = sd_bus_wait(bus, UINT64_MAX);
	}
	if (r < 0) {
		fprintf(stderr, "bus-flood: %s\n", strerror(-r));
		return EXIT_FAILURE;
	}
	printf("{\"answered\": %u, \"limited\": %u, \"others\": %u}\n", answered, limited, others);
	sd_bus_flush_close_unref(bus);
	return EXIT_SUCCESS;
}
