// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>

#include "engine/changes/observer.h"

struct changes_subscription {
	STAILQ_ENTRY(changes_subscription) link;
	const struct changes_observer *observer;
	void *userdata;
};

int changes_observers_add(struct changes_observers *observers, const struct changes_observer *observer,
			  void *userdata)
{
	struct changes_subscription *subscription = malloc(sizeof(*subscription));

	if (!subscription)
		return -ENOMEM;
	subscription->observer = observer;
	subscription->userdata = userdata;
	STAILQ_INSERT_TAIL(observers, subscription, link);
	return 0;
}

void changes_observers_clear(struct changes_observers *observers)
{
	struct changes_subscription *subscription;

	while ((subscription = STAILQ_FIRST(observers))) {
		STAILQ_REMOVE_HEAD(observers, link);
		free(subscription);
	}
}

void changes_observers_settling(const struct changes_observers *observers, const struct settlement *settlement)
{
	const struct changes_subscription *subscription;

	STAILQ_FOREACH(subscription, observers, link)
		if (subscription->observer->settling)
			subscription->observer->settling(settlement, subscription->userdata);
}

void changes_observers_settled(const struct changes_observers *observers, const struct settlement *settlement)
{
	const struct changes_subscription *subscription;

	STAILQ_FOREACH(subscription, observers, link)
		if (subscription->observer->settled)
			subscription->observer->settled(settlement, subscription->userdata);
}

void changes_observers_looked(const struct changes_observers *observers, enum patch_backend_id backend)
{
	const struct changes_subscription *subscription;

	STAILQ_FOREACH(subscription, observers, link)
		if (subscription->observer->looked)
			subscription->observer->looked(backend, subscription->userdata);
}
