// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>

#include "model/helper-names.h"
#include "util/util.h"

static const char *const kinds[] = {
	[LPH_KIND_COUNT] = "count",
	[LPH_KIND_EVENT] = "event",
	[LPH_KIND_BPF] = "bpf",
	[LPH_KIND_LATENCY] = "latency",
};
static const char *const backends[] = {
	[LPH_BACKEND_DIRECT] = "direct",
	[LPH_BACKEND_SHARED] = "shared",
};
static const char *const strategies[] = {
	[LPH_STRATEGY_SLOTS] = "slots",
	[LPH_STRATEGY_EMULATE] = "emulate",
	[LPH_STRATEGY_STUB] = "stub",
	[LPH_STRATEGY_SPIN] = "spin",
};
static const char *const consistencies[] = {
	[LPH_CONSISTENCY_TASK] = "task",
	[LPH_CONSISTENCY_STOP] = "stop",
};
static const char *const blocker_reasons[] = {
	[LPH_BLOCKED_RUNNING] = "running",
	[LPH_BLOCKED_STACK] = "stack",
	[LPH_BLOCKED_UNRELIABLE] = "unreliable",
	[LPH_BLOCKED_CLEAR] = "ready",
};
static const char *const function_states[] = {
	[LPH_FUNCTION_DETACHED] = "detached",
	[LPH_FUNCTION_ATTACHED] = "attached",
	[LPH_FUNCTION_IDLE] = "idle",
};

#define NAME(table, number) ((number) < ELEMENTSOF(table) ? (table)[number] : "unknown")

const char *tracer_kind_name(char text[TRACER_KIND_LEN], const struct tracer_spec *spec)
{
	bool labelled = spec->kind == LPH_KIND_BPF && *spec->label;

	(void)snprintf(text, TRACER_KIND_LEN, "%s%s%s", NAME(kinds, spec->kind), labelled ? ":" : "",
		       labelled ? spec->label : "");
	return text;
}

const char *tracer_backend_name(uint32_t backend)
{
	return backend == TRACER_BACKEND_NONE ? "none" : NAME(backends, backend);
}

const char *strategy_name(uint32_t strategy)
{
	return NAME(strategies, strategy);
}

const char *consistency_name(uint32_t consistency)
{
	return NAME(consistencies, consistency);
}

const char *blocker_reason_name(uint32_t reason)
{
	return NAME(blocker_reasons, reason);
}

const char *function_state_name(uint32_t state)
{
	return NAME(function_states, state);
}

static int number(const char *const *names, size_t n, const char *name, uint32_t *ret)
{
	for (uint32_t i = 0; i < n; i++)
		if (lpd_streq(names[i], name)) {
			*ret = i;
			return 0;
		}
	return -EINVAL;
}

int tracer_kind_from_name(const char *name, uint32_t *ret)
{
	return number(kinds, ELEMENTSOF(kinds), name, ret);
}

int strategy_from_name(const char *name, uint32_t *ret)
{
	return number(strategies, ELEMENTSOF(strategies), name, ret);
}

int consistency_from_name(const char *name, uint32_t *ret)
{
	return number(consistencies, ELEMENTSOF(consistencies), name, ret);
}
