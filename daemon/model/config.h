/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_CONFIG_H
#define LIVEPATCHD_CONFIG_H

#include <stdint.h>

/**
 * enum on_timeout - what is done with a transition whose time is over
 * @ON_TIMEOUT_REVERSE: turn it back
 * @ON_TIMEOUT_KEEP: say so and let it run on
 * @ON_TIMEOUT_FORCE: end it, without the kernel's guarantee of consistency
 */
enum on_timeout {
	ON_TIMEOUT_REVERSE,
	ON_TIMEOUT_KEEP,
	ON_TIMEOUT_FORCE,
	_ON_TIMEOUT_MAX,
};

/** on_timeout_name - as it is written in options and files */
const char *on_timeout_name(enum on_timeout on_timeout);

/** on_timeout_from_name - the reverse; -EINVAL if there is none of that name */
int on_timeout_from_name(const char *name, enum on_timeout *ret);

/**
 * struct config - the daemon's configuration
 * @timeout_usec: Timeout=, of requests that name none; 0: none
 * @on_timeout: OnTimeout=, likewise
 * @strategy: Strategy=, likewise; enum lph_strategy
 * @consistency: Consistency=, likewise; enum lph_consistency
 * @trial_usec: Trial=, how long an installed patch is on trial
 * @log_level: LogLevel=
 */
struct config {
	uint64_t timeout_usec;
	enum on_timeout on_timeout;
	uint32_t strategy;
	uint32_t consistency;
	uint64_t trial_usec;
	int log_level;
};

/** config_defaults - what holds without a file */
void config_defaults(struct config *config);

/**
 * config_problem_t - told of what is wrong in a file
 * @problem: "FILE:LINE: what", without a stop
 * @userdata: as given to config_parse()
 */
typedef void (*config_problem_t)(const char *problem, void *userdata);

/**
 * config_parse - take over the assignments of a file
 * @config: changed by what is right in @text
 * @file: its name, for messages
 * @text: its content
 * @problem: told of each line that is wrong, or of a section or key that is not known, and
 *	that is passed over: what was in @config holds
 * @userdata: for @problem
 *
 * As systemd takes its files: one mistake does not take down the service.
 *
 * Return: 0 or -ENOMEM.
 */
int config_parse(struct config *config, const char *file, const char *text, config_problem_t problem, void *userdata);

#endif
