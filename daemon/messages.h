/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_MESSAGES_H
#define LIVEPATCHD_MESSAGES_H

/*
 * MESSAGE_ID= of what is worth finding in the journal; systemd/livepatchd.catalog
 * explains each.
 */

#define MESSAGE_LOADED "20cdd18684c948cd907ff64aa5a486b1"
#define MESSAGE_UNLOADED "4666dcabdb92432d9dfd8a37e72315a0"
#define MESSAGE_ORDERED "8e9345c8e74a4a9eb40b7c8c4df017ab"
#define MESSAGE_FAILED "4a9fed8f160b42699a04252b7a49a996"
#define MESSAGE_REVERSED "37a4894ba1b849a186cf51a0735fa9d7"
#define MESSAGE_CANCELLED "7d6681664b84415c8471c073b51a63bc"
#define MESSAGE_OVERDUE "91c993c8a5d346a3ac9bc0814c9d948d"
#define MESSAGE_FORCED "bd26d54723404ec48d33b9182ba2548f"
#define MESSAGE_QUARANTINED "231dccea20864661b9b726005993cd06"
#define MESSAGE_GOOD "5fc42bed0e384d2087371ae571768d7d"

/* All of them. */
#define MESSAGE_IDS                                                                                       \
	MESSAGE_LOADED, MESSAGE_UNLOADED, MESSAGE_ORDERED, MESSAGE_FAILED, MESSAGE_REVERSED,              \
		MESSAGE_CANCELLED, MESSAGE_OVERDUE, MESSAGE_FORCED, MESSAGE_QUARANTINED, MESSAGE_GOOD

#endif
