/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_UEVENT_H
#define LIVEPATCHD_UEVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <systemd/sd-event.h>

#include "util/util.h"

struct uevent;

/**
 * uevent_new - listen for modules that come and go
 * @module: told of each; the kernel sends it before a module's init, and
 *	after its exit
 *
 * The kernel's own messages, which need no udev.
 */
int uevent_new(sd_event *event, void (*module)(void *userdata), void *userdata, struct uevent **ret);

struct uevent *uevent_free(struct uevent *uevent);
DEFINE_CLEANUP(struct uevent *, uevent_free)

/** uevent_is_module - whether a message, a NUL after each line, is about a module */
bool uevent_is_module(const char *message, size_t size);

#endif
