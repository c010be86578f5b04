// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/lib/fail.h"
#include "cli/lib/json.h"
#include "util/util.h"

static const char bus_broke[] = "the connection to the system bus broke";

static const struct {
	const char *name;
	enum cli_exit code;
	/* The short name for JSON, where the D-Bus error's last word will not do. */
	const char *as;
	/* What to say instead of the message. */
	const char *message;
} errors[] = {
	{ "org.livepatchd1.Error.InvalidArgument", CLI_USAGE, NULL, NULL },
	{ "org.livepatchd1.Error.NoSuchFile", CLI_NOT_FOUND, NULL, NULL },
	{ "org.livepatchd1.Error.NoSuchPatch", CLI_NOT_FOUND, NULL, NULL },
	{ "org.livepatchd1.Error.NoSuchTracer", CLI_NOT_FOUND, NULL, NULL },
	{ "org.livepatchd1.Error.NoSuchFunction", CLI_NOT_FOUND, NULL, NULL },
	{ "org.livepatchd1.Error.RefusedFunction", CLI_REFUSED, NULL, NULL },
	{ "org.livepatchd1.Error.RefusedPatch", CLI_REFUSED, NULL, NULL },
	{ "org.livepatchd1.Error.Conflict", CLI_CONFLICT, NULL, NULL },
	{ "org.livepatchd1.Error.HelperMissing", CLI_HELPER_MISSING, NULL, NULL },
	{ "org.livepatchd1.Error.Stopping", CLI_UNREACHABLE, NULL, NULL },
	{ SD_BUS_ERROR_ACCESS_DENIED, CLI_REFUSED, NULL, NULL },
	{ SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED, CLI_REFUSED, "AccessDenied",
	  "you are not authorized; ask as root, or from a terminal where polkit can ask you" },
	{ SD_BUS_ERROR_SERVICE_UNKNOWN, CLI_UNREACHABLE, "Unreachable",
	  "livepatchd is not running; start it with: systemctl start livepatchd" },
	{ SD_BUS_ERROR_NAME_HAS_NO_OWNER, CLI_UNREACHABLE, "Unreachable",
	  "livepatchd is not running; start it with: systemctl start livepatchd" },
	{ SD_BUS_ERROR_NO_REPLY, CLI_UNREACHABLE, "Unreachable",
	  "livepatchd went away, or gives no answer; see: systemctl status livepatchd" },
	{ SD_BUS_ERROR_TIMEOUT, CLI_UNREACHABLE, "Unreachable",
	  "livepatchd gives no answer; see: systemctl status livepatchd" },
	{ SD_BUS_ERROR_DISCONNECTED, CLI_UNREACHABLE, "Unreachable", bus_broke },
	{ "System.Error.ENOTCONN", CLI_UNREACHABLE, "Unreachable", bus_broke },
	{ "System.Error.ECONNRESET", CLI_UNREACHABLE, "Unreachable", bus_broke },
	{ "System.Error.EPIPE", CLI_UNREACHABLE, "Unreachable", bus_broke },
	{ "System.Error.ESHUTDOWN", CLI_UNREACHABLE, "Unreachable", bus_broke },
};

static int find_error(const char *name)
{
	for (size_t i = 0; i < ELEMENTSOF(errors); i++)
		if (lpd_streq(errors[i].name, name))
			return i;
	return -ENOENT;
}

/* The service manager could not start livepatchd: each cause has a name of its own. */
static bool is_activation_error(const char *name)
{
	return !strncmp(name, "org.freedesktop.DBus.Error.Spawn.", 33) ||
	       !strncmp(name, "org.freedesktop.systemd1.", 25);
}

enum cli_exit cli_exit_for_error(const char *name)
{
	int i = find_error(name);

	if (i >= 0)
		return errors[i].code;
	return is_activation_error(name) ? CLI_UNREACHABLE : CLI_FAILED;
}

int cli_fail_with(const struct cli *cli, enum cli_exit code, const char *name, const char *message,
		  const char *key, json_object *object)
{
	_cleanup_(json_object_putp) json_object *o = NULL;

	if (!cli->json) {
		(void)fprintf(stderr, "livepatchd: %s\n", message);
		return code;
	}

	o = json_object_new_object();
	json_object_object_add(o, "error", json_object_new_string(name));
	json_object_object_add(o, "message", json_object_new_string(message));
	if (key)
		json_object_object_add(o, key, json_object_get(object));
	cli_print_json(o);
	return code;
}

int cli_fail_memory(const struct cli *cli)
{
	return cli_fail_with(cli, CLI_FAILED, "NoMemory", "out of memory", NULL, NULL);
}

int cli_fail(const struct cli *cli, enum cli_exit code, const char *name, const char *format, ...)
{
	_cleanup_free_ char *message = NULL;
	va_list ap;
	int r;

	va_start(ap, format);
	r = vasprintf(&message, format, ap);
	va_end(ap);
	if (r < 0) {
		message = NULL;
		return cli_fail_memory(cli);
	}

	return cli_fail_with(cli, code, name, message, NULL, NULL);
}

int cli_fail_bus(const struct cli *cli, const sd_bus_error *error, int r, const char *format, ...)
{
	_cleanup_(sd_bus_error_free) sd_bus_error from_errno = SD_BUS_ERROR_NULL;
	_cleanup_free_ char *what = NULL;
	const char *name, *why, *short_name;
	va_list ap;
	int i, n;

	va_start(ap, format);
	n = vasprintf(&what, format, ap);
	va_end(ap);
	if (n < 0) {
		what = NULL;
		return cli_fail_memory(cli);
	}

	if (!error || !sd_bus_error_is_set(error)) {
		(void)sd_bus_error_set_errno(&from_errno, r);
		error = &from_errno;
	}

	name = error->name;
	short_name = strrchr(name, '.') ? strrchr(name, '.') + 1 : name;
	why = error->message && *error->message ? error->message : short_name;

	i = find_error(name);
	if (i >= 0 && errors[i].as)
		short_name = errors[i].as;
	if (i >= 0 && errors[i].message)
		why = errors[i].message;

	return cli_fail(cli, cli_exit_for_error(name), short_name, "%s: %s",
			what, why);
}
