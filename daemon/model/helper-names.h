/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_HELPER_NAMES_H
#define LIVEPATCHD_HELPER_NAMES_H

#include <stdint.h>

#include "model/tracer-spec.h"

/* The enum lph_backend of a function that is not attached yet. */
#define TRACER_BACKEND_NONE UINT32_MAX

/**
 * tracer_kind_name - a tracer's kind in words, "bpf:LABEL" of a BPF program
 * @text: room for it
 */
const char *tracer_kind_name(char text[TRACER_KIND_LEN], const struct tracer_spec *spec);

/* Names of the protocol's numbers; "unknown" for what a newer helper may say. */
const char *tracer_backend_name(uint32_t backend);
const char *strategy_name(uint32_t strategy);
const char *consistency_name(uint32_t consistency);
const char *function_state_name(uint32_t state);
const char *blocker_reason_name(uint32_t reason);

/* -EINVAL if there is none of that name. */
int tracer_kind_from_name(const char *name, uint32_t *ret);
int strategy_from_name(const char *name, uint32_t *ret);
int consistency_from_name(const char *name, uint32_t *ret);

#endif
