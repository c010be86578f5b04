// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "engine/tracing/hit-line.h"
#include "model/function-name.h"
#include "util/util.h"

static const char *const contexts[_HIT_CONTEXT_MAX] = {
	[HIT_TASK] = "task",
	[HIT_SOFTIRQ] = "softirq",
	[HIT_HARDIRQ] = "hardirq",
	[HIT_NMI] = "nmi",
};

/* The longest member: what becomes \u00xx of each of its bytes. */
#define ESCAPED_MAX(length) (6 * (length))

_Static_assert(512 + FUNCTION_NAME_MAX +
			       ESCAPED_MAX(HIT_COMM_LEN + HIT_BODY_LEN + HIT_PARENT_LEN + HIT_FUNCTION_LEN) <
		       HIT_LINE_MAX,
	       "a line holds all that a hit can be");

/* What a task calls itself is any bytes; in JSON they are those of Latin-1. */
static char *put_string(char *to, const char *key, const char *text, size_t max)
{
	to += sprintf(to, "\"%s\":\"", key);
	for (size_t i = 0; i < max && text[i] != '\0'; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c < ' ' || c >= 0x7f || c == '"' || c == '\\')
			to += sprintf(to, "\\u%04x", c);
		else
			*to++ = (char)c;
	}
	return to + sprintf(to, "\",");
}

size_t hit_line(char line[HIT_LINE_MAX], const struct hit *hit, const char *function, __u64 realtime)
{
	const char *context = hit->context < _HIT_CONTEXT_MAX ? contexts[hit->context] : "";
	char *to = line;

	to += sprintf(to, "{\"time\":%" PRIu64 ",\"kind\":\"hit\",\"tracer\":%" PRIu32 ",", (uint64_t)realtime,
		      hit->tracer);
	/* A function's name has nothing to escape, and may be longer than the hit's own. */
	if (function)
		to += sprintf(to, "\"function\":\"%.*s\",", FUNCTION_NAME_MAX, function);
	else
		to = put_string(to, "function", hit->function, sizeof(hit->function));
	to = put_string(to, "body", hit->body, sizeof(hit->body));
	to += sprintf(to, "\"ip\":\"0x%016" PRIx64 "\",", (uint64_t)hit->ip);
	to = put_string(to, "parent", hit->parent, sizeof(hit->parent));
	to += sprintf(to, "\"depth\":%" PRIu32 ",\"context\":\"%s\",\"cpu\":%" PRIu32 ",", hit->depth, context,
		      hit->cpu);
	to += sprintf(to, "\"pid\":%" PRIu32 ",\"tid\":%" PRIu32 ",", hit->pid, hit->tid);
	to = put_string(to, "comm", hit->comm, sizeof(hit->comm));
	/* In place of the last comma. */
	to += sprintf(to - 1, "}\n") - 1;
	return (size_t)(to - line);
}

size_t hit_lost_line(char line[HIT_LINE_MAX], __u64 lost, __u64 realtime)
{
	return (size_t)sprintf(line, "{\"time\":%" PRIu64 ",\"kind\":\"lost\",\"lost\":%" PRIu64 "}\n",
			       (uint64_t)realtime, (uint64_t)lost);
}
