/* SPDX-License-Identifier: GPL-2.0-only */
/* What the loop of a process that serves a guest does of KVM's. */
#ifndef LPH_TEST_GUEST_COMPAT_H
#define LPH_TEST_GUEST_COMPAT_H

#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 18, 0)
#include <linux/entry-kvm.h>
#include <linux/kvm_host.h>

/* Return: 0, or -errno: back to user mode. */
static inline int lph_guest_mode_work(void)
{
	/* It is told of signals, and nobody reads what. */
	static struct kvm_run run;
	static struct kvm_vcpu vcpu = { .run = &run };

	return xfer_to_guest_mode_handle_work(&vcpu);
}
#else
#include <linux/entry-virt.h>

static inline int lph_guest_mode_work(void)
{
	return xfer_to_guest_mode_handle_work();
}
#endif

#endif /* LPH_TEST_GUEST_COMPAT_H */
