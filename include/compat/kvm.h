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
 * Return: true from 6.12 on
 */
static inline bool compat_kvm_announces_guests(void)
{
#ifdef HAVE_SEV_PLATFORM_INIT_ARGS
	return true;
#else
	return false;
#endif
}

#endif /* COMPAT_KVM_H */
