/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_CHANGES_OBSERVER_H
#define LIVEPATCHD_CHANGES_OBSERVER_H

#include <stdint.h>
#include <sys/queue.h>

#include "model/patch.h"
#include "model/transition.h"

/**
 * struct settlement - how a change of the patches ends
 * @transition: the change
 * @state: as for transition_finish(), like the next two
 * @message: why, NULL: what was said before
 * @at: when
 * @uid: who asked for it, UINT32_MAX: somebody who went past livepatchd
 */
struct settlement {
	struct transition *transition;
	enum transition_state state;
	const char *message;
	uint64_t at;
	uint32_t uid;
};

/**
 * struct changes_observer - told of changes of the patches; each may be NULL
 * @settling: one is about to settle: the patches are as it leaves them, and nobody has been told
 * @settled: it has
 * @looked: the patches of a backend are known as they are now
 */
struct changes_observer {
	void (*settling)(const struct settlement *settlement, void *userdata);
	void (*settled)(const struct settlement *settlement, void *userdata);
	void (*looked)(enum patch_backend_id backend, void *userdata);
};

STAILQ_HEAD(changes_observers, changes_subscription);

/** changes_observers_add - from now on @observer is told, after those that were added before */
int changes_observers_add(struct changes_observers *observers, const struct changes_observer *observer,
			  void *userdata);

void changes_observers_clear(struct changes_observers *observers);

void changes_observers_settling(const struct changes_observers *observers, const struct settlement *settlement);
void changes_observers_settled(const struct changes_observers *observers, const struct settlement *settlement);
void changes_observers_looked(const struct changes_observers *observers, enum patch_backend_id backend);

#endif
