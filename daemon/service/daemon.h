/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_DAEMON_H
#define LIVEPATCHD_DAEMON_H

/**
 * lpd_daemon_run - the service: "livepatchd daemon"
 * @argc: number of arguments
 * @argv: arguments, argv[0] is the verb
 *
 * Runs until SIGTERM, SIGINT or a fatal error. Patches and tracers stay.
 *
 * Return: an exit status for main().
 */
int lpd_daemon_run(int argc, char **argv);

#endif
