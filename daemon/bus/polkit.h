/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_POLKIT_H
#define LIVEPATCHD_POLKIT_H

#include <stdint.h>
#include <systemd/sd-bus.h>

#include "util/util.h"

#define POLKIT_INSPECT "org.livepatchd1.inspect"
#define POLKIT_TRACE "org.livepatchd1.trace"
#define POLKIT_LOAD "org.livepatchd1.load"
#define POLKIT_UNLOAD "org.livepatchd1.unload"
#define POLKIT_FORCE "org.livepatchd1.force"

struct polkit_check;

/**
 * polkit_decided_t - told whether a caller may do what it asks for
 * @error: D-Bus error to answer with; NULL: it may
 * @uid: the caller's user, where it may
 */
typedef void (*polkit_decided_t)(const sd_bus_error *error, uint32_t uid, void *userdata);

/**
 * polkit_check_new - find out whether the sender of @call may do @action
 * @call: the method call; its flag says whether the user may be asked
 * @action: the polkit action
 * @decided: told later, once; never from inside this call
 * @userdata: for @decided
 * @ret: to be freed in or after @decided; earlier, nobody is told
 *
 * Root may. Where there is no polkit, nobody else does.
 */
int polkit_check_new(sd_bus_message *call, const char *action, polkit_decided_t decided, void *userdata,
		     struct polkit_check **ret);

struct polkit_check *polkit_check_free(struct polkit_check *check);
DEFINE_CLEANUP(struct polkit_check *, polkit_check_free)

#endif
