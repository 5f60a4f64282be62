/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How the kernel's kvm_amd behaves, as far as the driver has to make up for it.
 */
#ifndef COMPAT_KVM_H
#define COMPAT_KVM_H

#include <linux/types.h>

/**
 * compat_kvm_announces_guests() - does kvm_amd have the platform initialised when it
 * loads, and not only for the first guest?
 *
 * One that does also has it shut down when it goes, by a function that ccp did not have
 * before.  The struct that sev_platform_init() takes is older and says nothing about it.
 *
 * Return: true from 6.16 on, and in some series from a certain release on
 */
static inline bool compat_kvm_announces_guests(void)
{
#ifdef HAVE_SEV_PLATFORM_SHUTDOWN
	return true;
#else
	return false;
#endif
}

#endif /* COMPAT_KVM_H */
