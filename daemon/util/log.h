/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_LOG_H
#define LIVEPATCHD_LOG_H

#include <stdint.h>
#include <syslog.h>

#include "util/util.h"

/**
 * lpd_log_set_level - what is logged
 * @level: LOG_ERR .. LOG_DEBUG; messages of a higher number are dropped
 */
void lpd_log_set_level(int level);

/**
 * lpd_log - one message for the journal, or for stderr where there is none
 * @level: LOG_ERR .. LOG_DEBUG
 */
void lpd_log(int level, const char *format, ...) _printf_(2, 3);

/**
 * lpd_log_event - a message that others look for: with MESSAGE_ID= and REQUESTED_BY= too
 * @level: LOG_ERR .. LOG_DEBUG
 * @id: the message's, one of messages.h
 * @patch: as for lpd_log_about(), as the next
 * @transition: likewise
 * @uid: the user who asked, UINT32_MAX: nobody did
 */
void lpd_log_event(int level, const char *id, const char *patch, uint64_t transition, uint32_t uid,
		   const char *format, ...) _printf_(6, 7);

/**
 * lpd_log_about - a message with the fields PATCH= and TRANSITION_ID=
 * @level: LOG_ERR .. LOG_DEBUG
 * @patch: the patch it is about, NULL: none
 * @transition: the transition's id, 0: none
 */
void lpd_log_about(int level, const char *patch, uint64_t transition, const char *format, ...)
	_printf_(4, 5);

#endif
