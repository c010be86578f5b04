/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_CLI_VERBS_H
#define LIVEPATCHD_CLI_VERBS_H

struct cli;

/* The verbs: each gets its own argv (argv[0] is the verb) and returns an exit code. */
int cli_blockers(struct cli *cli, int argc, char **argv);
int cli_cancel(struct cli *cli, int argc, char **argv);
int cli_check(struct cli *cli, int argc, char **argv);
int cli_doctor(struct cli *cli, int argc, char **argv);
int cli_force(struct cli *cli, int argc, char **argv);
int cli_functions(struct cli *cli, int argc, char **argv);
int cli_history(struct cli *cli, int argc, char **argv);
int cli_list(struct cli *cli, int argc, char **argv);
int cli_load(struct cli *cli, int argc, char **argv);
int cli_monitor(struct cli *cli, int argc, char **argv);
int cli_order(struct cli *cli, int argc, char **argv);
int cli_retrace(struct cli *cli, int argc, char **argv);
int cli_show(struct cli *cli, int argc, char **argv);
int cli_status(struct cli *cli, int argc, char **argv);
int cli_top(struct cli *cli, int argc, char **argv);
int cli_trace(struct cli *cli, int argc, char **argv);
int cli_tracers(struct cli *cli, int argc, char **argv);
int cli_unload(struct cli *cli, int argc, char **argv);
int cli_untrace(struct cli *cli, int argc, char **argv);
int cli_version(struct cli *cli, int argc, char **argv);
int cli_wait(struct cli *cli, int argc, char **argv);

#endif
