// SPDX-License-Identifier: GPL-2.0-only
/*
 * Strategy "emulate": does what the instruction would that bytes 1 to 4 belong
 * to. The writer replaces them in one store, the trap reads them in one load: so
 * it is exactly the old instruction or exactly the new one.
 *
 * Idea: L. Torvalds, "x86/ftrace: Emulate calls from int3", linux-kernel,
 * May 2019.
 */
#include "strategy.h"
#include "text.h"

const struct lph_strategy_ops lph_strategy_emulate = { lph_text_enter, lph_text_call };
