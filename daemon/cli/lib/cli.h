/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_CLI_H
#define LIVEPATCHD_CLI_H

#include <stdbool.h>

/**
 * enum cli_exit - how a verb ended; scripts rely on these numbers
 * @CLI_DONE: done, or it was so already
 * @CLI_FAILED: tried, and it did not work
 * @CLI_USAGE: the command line makes no sense
 * @CLI_NOT_FOUND: no such file, patch, tracer, transition or function
 * @CLI_REFUSED: policy or polkit said no
 * @CLI_CONFLICT: somebody else owns what was asked for; the message names the owner
 * @CLI_TIMED_OUT: the transition ran out of time and was reversed
 * @CLI_UNREACHABLE: livepatchd does not answer
 * @CLI_HELPER_MISSING: livepatch_helper is not loaded
 */
enum cli_exit {
	CLI_DONE,
	CLI_FAILED,
	CLI_USAGE,
	CLI_NOT_FOUND,
	CLI_REFUSED,
	CLI_CONFLICT,
	CLI_TIMED_OUT,
	CLI_UNREACHABLE,
	CLI_HELPER_MISSING,
};

/**
 * struct cli - what every verb is told
 * @verb: the verb's name
 * @host: [user@]host to talk to over ssh, NULL: this machine
 * @json: print JSON instead of text
 */
struct cli {
	const char *verb;
	const char *host;
	bool json;
};

#endif
