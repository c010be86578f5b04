// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "bus/polkit.h"
#include "util/log.h"
#include "util/time-util.h"

/* A user who is asked for a password needs time to find it. */
#define ASK_USEC (120 * USEC_PER_SEC)

enum { ALLOW_USER_INTERACTION = 1 };

struct polkit_check {
	sd_bus_message *call;
	const char *action;
	polkit_decided_t decided;
	void *userdata;
	uint32_t uid;
	sd_bus_slot *slot;
};

struct polkit_check *polkit_check_free(struct polkit_check *check)
{
	sd_bus_slot_unref(check->slot);
	sd_bus_message_unref(check->call);
	free(check);
	return NULL;
}

static void deny(struct polkit_check *check, const char *name, const char *message)
{
	const sd_bus_error error = SD_BUS_ERROR_MAKE_CONST(name, message);

	check->decided(&error, 0, check->userdata);
}

static bool is_absent(const sd_bus_error *error)
{
	static const char *const names[] = {
		SD_BUS_ERROR_SERVICE_UNKNOWN,
		SD_BUS_ERROR_NAME_HAS_NO_OWNER,
		"org.freedesktop.DBus.Error.Spawn.ServiceNotFound",
		"org.freedesktop.systemd1.NoSuchUnit",
		"org.freedesktop.systemd1.UnitMasked",
	};

	for (size_t i = 0; i < ELEMENTSOF(names); i++)
		if (sd_bus_error_has_name(error, names[i]))
			return true;
	return false;
}

static int on_polkit(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error)
{
	struct polkit_check *check = userdata;
	const sd_bus_error *error = sd_bus_message_get_error(reply);
	int authorized = 0, challenge = 0, r;

	(void)ret_error;
	if (error) {
		if (!is_absent(error))
			lpd_log(LOG_WARNING, "polkit does not decide on %s: %s", check->action, error->message);
		deny(check, SD_BUS_ERROR_ACCESS_DENIED,
		     is_absent(error) ? "Only root may do this: there is no polkit here to ask." :
					"polkit does not decide whether you may do this.");
		return 0;
	}
	r = sd_bus_message_enter_container(reply, 'r', "bba{ss}");
	if (r > 0)
		r = sd_bus_message_read(reply, "bb", &authorized, &challenge);
	if (r < 0)
		deny(check, SD_BUS_ERROR_ACCESS_DENIED, "polkit gave an answer that makes no sense.");
	else if (authorized)
		check->decided(NULL, check->uid, check->userdata);
	else if (challenge)
		deny(check, SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED,
		     "This needs an administrator's authorization: ask interactively, or as root.");
	else
		deny(check, SD_BUS_ERROR_ACCESS_DENIED, "polkit does not let you do this.");
	return 0;
}

static int ask_polkit(struct polkit_check *check)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *ask = NULL;
	sd_bus *bus = sd_bus_message_get_bus(check->call);
	uint32_t flags = 0;
	int r;

	if (sd_bus_message_get_allow_interactive_authorization(check->call) > 0)
		flags |= ALLOW_USER_INTERACTION;
	r = sd_bus_message_new_method_call(bus, &ask, "org.freedesktop.PolicyKit1",
					   "/org/freedesktop/PolicyKit1/Authority",
					   "org.freedesktop.PolicyKit1.Authority", "CheckAuthorization");
	if (r < 0)
		return r;
	r = sd_bus_message_append(ask, "(sa{sv})sa{ss}us", "system-bus-name", 1, "name", "s",
				  sd_bus_message_get_sender(check->call), check->action, 0, flags, "");
	if (r < 0)
		return r;
	check->slot = sd_bus_slot_unref(check->slot);
	return sd_bus_call_async(bus, &check->slot, ask, on_polkit, check, ASK_USEC);
}

static int on_user(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error)
{
	struct polkit_check *check = userdata;

	(void)ret_error;
	if (sd_bus_message_is_method_error(reply, NULL) || sd_bus_message_read(reply, "u", &check->uid) < 0) {
		deny(check, SD_BUS_ERROR_ACCESS_DENIED, "The bus does not say who you are.");
		return 0;
	}
	if (check->uid == 0) {
		check->decided(NULL, 0, check->userdata);
		return 0;
	}
	if (ask_polkit(check) < 0)
		deny(check, SD_BUS_ERROR_ACCESS_DENIED, "polkit cannot be asked.");
	return 0;
}

int polkit_check_new(sd_bus_message *call, const char *action, polkit_decided_t decided, void *userdata,
		     struct polkit_check **ret)
{
	_cleanup_(polkit_check_freep) struct polkit_check *check = calloc(1, sizeof(*check));
	int r;

	if (!check)
		return -ENOMEM;
	check->call = sd_bus_message_ref(call);
	check->action = action;
	check->decided = decided;
	check->userdata = userdata;
	/* sd-bus would wait for the answer; others have their turn meanwhile. */
	r = sd_bus_call_method_async(sd_bus_message_get_bus(call), &check->slot, "org.freedesktop.DBus",
				     "/org/freedesktop/DBus", "org.freedesktop.DBus", "GetConnectionUnixUser", on_user,
				     check, "s", sd_bus_message_get_sender(call));
	if (r < 0)
		return r;
	*ret = TAKE_PTR(check);
	return 0;
}
