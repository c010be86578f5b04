/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_DOCTOR_SET_H
#define LIVEPATCHD_DOCTOR_SET_H

struct doctor;

/** doctor_look_at_set - what is installed, on trial and configured */
void doctor_look_at_set(struct doctor *doctor);

#endif
