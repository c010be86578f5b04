/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_CLI_JOURNAL_H
#define LIVEPATCHD_CLI_JOURNAL_H

#include <json-c/json.h>

/**
 * cli_journal_read - what livepatchd has told the journal of this machine, with a MESSAGE_ID
 * @limit: that many, the latest ones
 * @ret: array of {time, priority, message, message_id, patch}, the oldest first; only what the user may read
 *
 * Return: 0 or a negative errno.
 */
int cli_journal_read(unsigned int limit, json_object **ret);

#endif
