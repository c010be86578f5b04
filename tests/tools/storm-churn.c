// SPDX-License-Identifier: GPL-2.0-only
/* lph_churn as it comes and goes, and what its counts must be. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "storm-stir.h"

const char *const storm_targets[CHURN_TARGETS] = { "outer", "inner", "tail", "cold", "sleep" };
const char *const storm_owners[CHURN_OWNERS] = { "original", "churn_a", "churn_b", "churn_c" };

struct patch storm_patches[PATCHES] = {
	{ .name = "churn_a", .owner = CHURN_A, .has = 0x1f },
	{ .name = "churn_b", .owner = CHURN_B, .has = 0x0f },
	{ .name = "churn_c", .owner = CHURN_C, .has = 0x13 },
};

static bool read_counts(struct counts *ret)
{
	unsigned long long entered, left;
	char target[16], owner[16];
	FILE *file;
	int t, o;

	file = storm.churn ? fopen(STORM_DIR "/bodies", "re") : NULL;
	if (!file)
		return false;
	while (fscanf(file, "%15s %15s %llu %llu", target, owner, &entered, &left) == 4) {
		t = storm_find(storm_targets, CHURN_TARGETS, target);
		o = storm_find(storm_owners, CHURN_OWNERS, owner);
		if (t < 0 || o < 0)
			continue;
		ret->entered[t][o] = entered;
		ret->left[t][o] = left;
	}
	fclose(file);
	return true;
}

void storm_check_faults(void)
{
	static const char *const what[] = { "mismatch", "mixture" };
	unsigned long long counts[2] = {}, told[2] = { storm.mismatches, storm.mixtures };
	static unsigned long long seen[2];
	char text[256] = "";
	FILE *file;
	int i;

	file = storm.churn ? fopen(STORM_DIR "/faults", "re") : NULL;
	if (!file)
		return;
	if (fscanf(file, "%llu %llu", &counts[0], &counts[1]) != 2)
		storm_violation("%s cannot be read", STORM_DIR "/faults");
	fclose(file);
	file = fopen(STORM_DIR "/fault", "re");
	if (file) {
		if (!fgets(text, sizeof(text), file))
			text[0] = '\0';
		fclose(file);
	}
	text[strcspn(text, "\n")] = '\0';
	for (i = 0; i < 2; i++) {
		if (counts[i] + told[i] > seen[i])
			storm_violation("%s: %s", what[i], text);
		seen[i] = counts[i] + told[i];
	}
}

/* Nobody is in a body of a patch that is not applied; true: so it is. */
bool storm_check_left(const struct patch *patch, const char *when)
{
	struct counts counts = {};
	enum churn_target t;
	bool left = true;
	int64_t in;

	if (!read_counts(&counts))
		return true;
	for (t = 0; t < CHURN_TARGETS; t++) {
		in = (int64_t)(counts.entered[t][patch->owner] - counts.left[t][patch->owner]);
		if (!in)
			continue;
		storm_violation("%s %s, and %" PRId64 " calls are in its body of lph_churn_%s()",
				patch->name, when, in, storm_targets[t]);
		left = false;
	}
	return left;
}

uint64_t storm_entered(const struct patch *patch)
{
	struct counts counts = {};
	enum churn_target t;
	uint64_t sum = 0;

	(void)read_counts(&counts);
	for (t = 0; t < CHURN_TARGETS; t++)
		sum += counts.entered[t][patch->owner];
	return sum;
}

static enum churn_owner winner(enum churn_target target)
{
	int i;

	for (i = PATCHES - 1; i >= 0; i--)
		if (storm.stack[i] && storm.stack[i]->has & 1U << target)
			return storm.stack[i]->owner;
	return CHURN_ORIGINAL;
}

/* From when no transition of a patch is in flight until one is: who wins, is entered alone. */
void storm_begin_calm(void)
{
	storm.has_settled = !storm_patching() && read_counts(&storm.settled);
}

void storm_end_calm(void)
{
	struct counts counts = {};
	enum churn_target t;
	enum churn_owner o;
	uint64_t n;

	if (!storm.has_settled || !read_counts(&counts))
		return;
	storm.has_settled = false;
	for (t = 0; t < CHURN_TARGETS; t++) {
		for (o = 0; o < CHURN_OWNERS; o++) {
			n = counts.entered[t][o] - storm.settled.entered[t][o];
			if (n && o != winner(t))
				storm_violation("%" PRIu64 " calls entered the body of %s for lph_churn_%s(), with that of %s on top",
						n, storm_owners[o], storm_targets[t], storm_owners[winner(t)]);
		}
	}
}

static int write_run(const char *value)
{
	int fd = open(STORM_DIR "/run", O_WRONLY | O_CLOEXEC), r = 0;

	if (fd < 0 || write(fd, value, 1) != 1)
		r = -errno;
	close(fd);
	return r;
}

bool storm_load_churn(void)
{
	int called = (1 << CHURN_TARGETS) - 1, r;
	char args[128];

	if (!storm_has(STORM_TAIL))
		called &= ~(1 << CHURN_TAIL);
	if (!storm_has(STORM_COLD))
		called &= ~(1 << CHURN_COLD);
	snprintf(args, sizeof(args), "threads=%d works=%d irqs=%d targets=%d",
		 storm_has(STORM_KTHREADS) ? 2 : 0, storm_has(STORM_WORKS), storm_has(STORM_IRQS), called);
	storm_doing("insert lph_churn");
	r = storm_insert("lph_churn", args);
	if (!r)
		r = write_run("1");
	if (r) {
		storm_violation("lph_churn cannot be loaded: %s", strerror(-r));
		return false;
	}
	storm.churn = true;
	storm_begin_calm();
	return true;
}

/* All calls end, and what was counted is added up. */
void storm_unload_churn(void)
{
	struct counts counts = {};
	unsigned long long bad[2] = {};
	enum churn_target t;
	enum churn_owner o;
	FILE *file;
	int r;

	storm_doing("end all calls");
	storm_end_calm();
	r = write_run("0");
	if (r)
		storm_violation("%s: %s", STORM_DIR "/run", strerror(-r));
	storm_check_faults();
	(void)read_counts(&counts);
	for (t = 0; t < CHURN_TARGETS; t++) {
		for (o = 0; o < CHURN_OWNERS; o++) {
			storm.calls[t][o] += counts.entered[t][o];
			if (counts.entered[t][o] != counts.left[t][o])
				storm_violation("no call is left, and %" PRId64 " are in the body of %s for lph_churn_%s()",
						(int64_t)(counts.entered[t][o] - counts.left[t][o]), storm_owners[o],
						storm_targets[t]);
		}
	}
	file = fopen(STORM_DIR "/faults", "re");
	if (file) {
		if (fscanf(file, "%llu %llu", &bad[0], &bad[1]) == 2) {
			storm.mismatches += bad[0];
			storm.mixtures += bad[1];
		}
		fclose(file);
	}
	storm.churn = false;
	for (o = 0; o < PATCHES; o++)
		storm_patches[o].entered = 0;
	storm_doing("rmmod lph_churn");
	r = storm_rmmod_soon("lph_churn");
	if (r)
		storm_violation("lph_churn cannot be unloaded: %s", strerror(-r));
	/* Its ops went with it. */
	memset(storm.ops, 0, sizeof(storm.ops));
}
