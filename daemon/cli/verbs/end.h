/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_CLI_END_H
#define LIVEPATCHD_CLI_END_H

#include "cli/lib/cli.h"

/**
 * struct cli_end - a way to end the transition that runs
 * @method: of org.livepatchd1.Transition
 * @reason: its argument; NULL: it has none
 * @verb: "cannot @verb the load of P", "there is nothing to @verb"
 * @nothing: name of the error that no transition runs
 * @done: "The load of P is being @done."
 */
struct cli_end {
	const char *method;
	const char *reason;
	const char *verb;
	const char *nothing;
	const char *done;
};

/** cli_end_transition - end the transition that runs, and tell of it */
int cli_end_transition(struct cli *cli, const struct cli_end *end);

#endif
