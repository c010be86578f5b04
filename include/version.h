/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_VERSION_H
#define LIVEPATCHD_VERSION_H

/* The one version of daemon, module and packages; the Makefile reads it here. */
#define LIVEPATCHD_VERSION "0.1.0"

#endif
