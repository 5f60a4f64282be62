// SPDX-License-Identifier: GPL-2.0-only
/* The device, which lives as long as a file of it is open. */
#include <linux/device.h>
#include <linux/kref.h>
#include <linux/slab.h>

#include "guest.h"

static void guest_release(struct kref *ref)
{
	struct snp_guest *guest = container_of(ref, struct snp_guest, ref);

	snp_shared_free(guest->dev, guest->certs, SNP_CERTS_PAGES);
	put_device(guest->dev);
	kfree(guest);
}

/**
 * snp_guest_put() - drop a reference
 * @guest: the device
 *
 * Context: process context, may sleep
 */
void snp_guest_put(struct snp_guest *guest)
{
	kref_put(&guest->ref, guest_release);
}
