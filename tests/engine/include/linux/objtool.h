/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_LINUX_OBJTOOL_H
#define ENGINE_LINUX_OBJTOOL_H

/* Nobody looks for where indirect branches may go. */
#define ANNOTATE_NOENDBR ""

#endif /* ENGINE_LINUX_OBJTOOL_H */
