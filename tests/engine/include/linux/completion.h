/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_LINUX_COMPLETION_H
#define ENGINE_LINUX_COMPLETION_H

/* Of lph_target_sleep(), which nobody calls here: declared, and nowhere defined. */
struct completion;

void complete(struct completion *completion);

#endif /* ENGINE_LINUX_COMPLETION_H */
