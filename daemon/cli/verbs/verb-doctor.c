// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/lib/bus.h"
#include "cli/lib/fail.h"
#include "cli/lib/journal.h"
#include "cli/lib/json.h"
#include "cli/lib/options.h"
#include "cli/lib/query.h"
#include "cli/lib/text.h"
#include "cli/lib/units.h"
#include "cli/verbs/verbs.h"
#include "util/time-util.h"
#include "util/util.h"
#include "version.h"

enum {
	HISTORY_LIMIT = 20,
	JOURNAL_LIMIT = 50,
};

static const struct cli_shape fact[] = { { "section", NULL }, { "name", NULL }, { "value", NULL }, {} };

static const struct cli_shape finding[] = {
	{ "severity", NULL },
	{ "check", NULL },
	{ "message", NULL },
	{ "way_out", NULL },
	{},
};

/* --------------------------------------------------------------- gathering */

static void add_finding(json_object *report, const char *severity, const char *check, const char *way_out,
			const char *format, ...) _printf_(5, 6);

static void add_finding(json_object *report, const char *severity, const char *check, const char *way_out,
			const char *format, ...)
{
	json_object *object = json_object_new_object();
	char message[512];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(message, sizeof(message), format, ap);
	va_end(ap);
	(void)json_object_object_add(object, "severity", json_object_new_string(severity));
	(void)json_object_object_add(object, "check", json_object_new_string(check));
	(void)json_object_object_add(object, "message", json_object_new_string(message));
	(void)json_object_object_add(object, "way_out", json_object_new_string(way_out));
	(void)json_object_array_add(cli_json_get(report, "findings"), object);
}

/* {section: {name: [value]}} */
static void add_facts(json_object *report, json_object *list)
{
	json_object *facts = cli_json_get(report, "facts");

	for (size_t i = 0; i < json_object_array_length(list); i++) {
		json_object *f = json_object_array_get_idx(list, i);
		const char *section_name = cli_json_string(f, "section"), *name = cli_json_string(f, "name");
		json_object *section = cli_json_get(facts, section_name), *values;

		if (!section) {
			section = json_object_new_object();
			(void)json_object_object_add(facts, section_name, section);
		}
		values = cli_json_get(section, name);
		if (!values) {
			values = json_object_new_array();
			(void)json_object_object_add(section, name, values);
		}
		(void)json_object_array_add(values, json_object_get(cli_json_get(f, "value")));
	}
}

static int diagnose(sd_bus *bus, json_object *report, sd_bus_error *error)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL, *reply = NULL;
	_cleanup_(json_object_putp) json_object *facts = NULL, *findings = NULL;
	int r;

	r = cli_new_manager_call(bus, "Diagnose", &message);
	if (r >= 0)
		r = sd_bus_message_append(message, "a{sv}", 0);
	if (r >= 0)
		r = cli_call(bus, message, error, &reply);
	if (r >= 0)
		r = cli_json_read(reply, fact, &facts);
	if (r >= 0)
		r = cli_json_read(reply, finding, &findings);
	if (r < 0)
		return r;
	add_facts(report, facts);
	for (size_t i = 0; i < json_object_array_length(findings); i++)
		(void)json_object_array_add(cli_json_get(report, "findings"),
					    json_object_get(json_object_array_get_idx(findings, i)));
	return 0;
}

static int ask_livepatchd(const struct cli *cli, sd_bus *bus, json_object *report, sd_bus_error *error)
{
	_cleanup_(cli_mirror_freep) struct cli_mirror *mirror = NULL;
	_cleanup_(json_object_putp) json_object *status = NULL;
	json_object *history;
	int r;

	r = cli_mirror_new(bus, &mirror);
	if (r >= 0)
		r = cli_mirror_read(mirror, error);
	if (r >= 0)
		r = diagnose(bus, report, error);
	if (r < 0)
		return r;
	status = cli_mirror_status(mirror);
	json_object_object_foreach(status, key, value)
		(void)json_object_object_add(report, key, json_object_get(value));
	(void)json_object_object_add(report, "patches", cli_mirror_list(mirror, CLI_PATCH));
	cli_json_copy(report, "quarantine", cli_mirror_manager(mirror), "quarantine");
	if (!lpd_streq(cli_json_string(report, "version"), LIVEPATCHD_VERSION))
		add_finding(report, "warning", "client", "systemctl restart livepatchd.service",
			    "This is livepatchd " LIVEPATCHD_VERSION ", but %s runs.",
			    cli_json_string(report, "version"));
	r = cli_query_history(cli, bus, HISTORY_LIMIT, &history);
	if (r == CLI_DONE)
		(void)json_object_object_add(report, "history", history);
	return 0;
}

static bool has_installed(json_object *report)
{
	json_object *set = cli_json_get(cli_json_get(report, "facts"), "set");

	if (!set)
		return false;
	json_object_object_foreach(set, name, values) {
		(void)name;
		if (strstr(json_object_get_string(json_object_array_get_idx(values, 0)), "file=/"))
			return true;
	}
	return false;
}

static void judge_unit(json_object *report, json_object *unit)
{
	const char *name = cli_json_string(unit, "unit"), *active = cli_json_string(unit, "active");
	bool loads = lpd_streq(name, "livepatchd-load.service");

	if (lpd_streq(active, "failed"))
		add_finding(report, "error", "unit",
			    loads ? "livepatchd load --all tells why" : "journalctl --unit=livepatchd.service tells why",
			    "%s has failed (%s).", name, cli_json_string(unit, "result"));
	if (cli_json_uint(unit, "restarts") > 0)
		add_finding(report, "warning", "unit", "journalctl --unit=livepatchd.service tells why",
			    "%s had to be restarted %" PRIu64 " times since the boot.", name,
			    cli_json_uint(unit, "restarts"));
	if (loads && lpd_streq(cli_json_string(unit, "enabled"), "disabled") && has_installed(report))
		add_finding(report, "warning", "unit", "systemctl enable livepatchd.service",
			    "Patches are installed, but no boot loads them: %s is disabled.", name);
}

static void ask_systemd(sd_bus *bus, json_object *report)
{
	static const char *const names[] = { "livepatchd.service", "livepatchd-load.service" };
	json_object *units = json_object_new_array();

	for (size_t i = 0; i < ELEMENTSOF(names); i++) {
		json_object *unit = cli_unit_read(bus, names[i]);

		(void)json_object_array_add(units, unit);
		judge_unit(report, unit);
	}
	(void)json_object_object_add(report, "units", units);
}

static void ask_journal(const struct cli *cli, json_object *report)
{
	json_object *journal = NULL;
	int r;

	if (cli->host) {
		add_finding(report, "info", "journal", "run it on that host",
			    "The journal of another host cannot be read over D-Bus.");
		return;
	}
	r = cli_journal_read(JOURNAL_LIMIT, &journal);
	if (r < 0)
		add_finding(report, "info", "journal", "ask as root, or as a member of systemd-journal",
			    "The journal cannot be read: %s.", strerror(-r));
	else if (json_object_array_length(journal) == 0 && geteuid() != 0)
		add_finding(report, "info", "journal", "ask as root, or as a member of systemd-journal",
			    "The journal shows this user nothing of livepatchd.");
	(void)json_object_object_add(report, "journal", journal ?: json_object_new_array());
}

/* ---------------------------------------------------------------- printing */

static void print_findings(json_object *findings)
{
	for (size_t i = 0; i < json_object_array_length(findings); i++) {
		json_object *f = json_object_array_get_idx(findings, i);

		printf("%-8s %-11s %s\n%20s -> %s\n", cli_json_string(f, "severity"), cli_json_string(f, "check"),
		       cli_json_string(f, "message"), "", cli_json_string(f, "way_out"));
	}
	if (json_object_array_length(findings) == 0)
		printf("Nothing is wrong.\n");
}

static void print_facts(json_object *facts)
{
	json_object_object_foreach(facts, section, names) {
		printf("\n[%s]\n", section);
		json_object_object_foreach(names, name, values)
			for (size_t i = 0; i < json_object_array_length(values); i++) {
				const char *value = json_object_get_string(json_object_array_get_idx(values, i));

				printf("%s%s%s\n", name, *value ? ": " : "", value);
			}
	}
}

static void print_units(json_object *units)
{
	printf("\n[units]\n");
	for (size_t i = 0; i < json_object_array_length(units); i++) {
		json_object *u = json_object_array_get_idx(units, i);

		printf("%s: %s (%s), %s, restarted %" PRIu64 " times\n", cli_json_string(u, "unit"),
		       cli_json_string(u, "active"), cli_json_string(u, "sub"), cli_json_string(u, "enabled"),
		       cli_json_uint(u, "restarts"));
	}
}

static void print_history(json_object *history)
{
	char when[64];

	printf("\n[history]\n");
	for (size_t i = 0; i < json_object_array_length(history); i++) {
		json_object *e = json_object_array_get_idx(history, i);

		cli_time_text(when, sizeof(when), cli_json_uint(e, "finished_at"));
		printf("%s: %s of %s %s %s\n", when, cli_json_string(e, "kind"), cli_json_string(e, "subject"),
		       cli_json_string(e, "state"), cli_json_string(e, "message"));
	}
}

static void print_journal(json_object *journal)
{
	char when[64];

	printf("\n[journal]\n");
	for (size_t i = 0; i < json_object_array_length(journal); i++) {
		json_object *e = json_object_array_get_idx(journal, i);

		cli_time_text(when, sizeof(when), cli_json_uint(e, "time"));
		printf("%s: %s\n", when, cli_json_string(e, "message"));
	}
}

static void print_report(json_object *report)
{
	print_findings(cli_json_get(report, "findings"));
	print_facts(cli_json_get(report, "facts"));
	print_units(cli_json_get(report, "units"));
	if (cli_json_get(report, "history"))
		print_history(cli_json_get(report, "history"));
	if (cli_json_get(report, "journal"))
		print_journal(cli_json_get(report, "journal"));
}

static bool has_error(json_object *findings)
{
	for (size_t i = 0; i < json_object_array_length(findings); i++)
		if (lpd_streq(cli_json_string(json_object_array_get_idx(findings, i), "severity"), "error"))
			return true;
	return false;
}

int cli_doctor(struct cli *cli, int argc, char **argv)
{
	static const struct cli_usage usage = {
		.arguments = "",
		.description =
			"Gathers what a bug report needs: what is wrong first, with the way out, then the state of\n"
			"kernel, helper, patches and units, what was done and what the journal has of it. It has no\n"
			"secrets. The exit code is 1 if something is wrong.\n",
	};
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	_cleanup_(json_object_putp) json_object *report = json_object_new_object();
	int r, code = CLI_DONE;

	if (!cli_parse(cli, &usage, NULL, &argc, &argv, &r))
		return r;
	r = cli_connect(cli, &bus);
	if (r != CLI_DONE)
		return r;
	(void)json_object_object_add(report, "time", json_object_new_uint64(lpd_now_realtime()));
	(void)json_object_object_add(report, "client", json_object_new_string(LIVEPATCHD_VERSION));
	(void)json_object_object_add(report, "findings", json_object_new_array());
	(void)json_object_object_add(report, "facts", json_object_new_object());
	/* What does not answer is what the rest has to explain. */
	r = ask_livepatchd(cli, bus, report, &error);
	if (r < 0) {
		code = error.name ? (int)cli_exit_for_error(error.name) : CLI_UNREACHABLE;
		add_finding(report, "error", "service", "systemctl status livepatchd.service tells more",
			    "livepatchd does not answer: %s", error.message ?: strerror(-r));
	}
	ask_systemd(bus, report);
	ask_journal(cli, report);
	if (code == CLI_DONE && has_error(cli_json_get(report, "findings")))
		code = CLI_FAILED;
	if (cli->json)
		cli_print_json(report);
	else
		print_report(report);
	return code;
}
