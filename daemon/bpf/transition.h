/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_BPF_TRANSITION_H
#define LIVEPATCHD_BPF_TRANSITION_H

/*
 * What the BPF programs tell the daemon of the kernel's livepatch transitions, an
 * unsigned int each. It says that something has happened; how things stand, the
 * daemon reads from the kernel.
 */
enum transition_news {
	TRANSITION_NEWS_UNDER_WAY,	/* the kernel looks which tasks can change over, from the first time on */
	TRANSITION_NEWS_REVERSED,	/* it is being turned back */
	TRANSITION_NEWS_SWITCHED,	/* tasks have changed over since this was told last */
	TRANSITION_NEWS_COMPLETED,
};

/* Bytes of the ring buffer that it is told by. */
#define TRANSITION_NEWS_SIZE 4096

#endif
