// SPDX-License-Identifier: GPL-2.0-only
/* 6.16: kvm_amd has the platform initialised when it is loaded, and shut down when it goes */
/* Exported: sev_platform_shutdown */
#include <linux/fs.h>
#include <linux/psp-sev.h>

static inline void probe(void)
{
	void (*shutdown)(void) = sev_platform_shutdown;

	shutdown();
}
