/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The driver of an SNP guest: what its files share.
 */
#ifndef SEV_GUEST_GUEST_H
#define SEV_GUEST_GUEST_H

#include <linux/kref.h>
#include <linux/minmax.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/rwsem.h>
#include <linux/string.h>
#include <linux/tsm.h>

#include <uapi/linux/sev-guest.h>

#include "channel.h"

/* Certificates that a caller can ask for, in bytes. */
#define SNP_CERTS_MAX		0x4000
#define SNP_CERTS_PAGES		(SNP_CERTS_MAX / PAGE_SIZE)

/**
 * struct snp_transport - the way to the firmware
 * @ops: what can be done with it
 * @ctx: first argument of @ops
 *
 * There are two: a channel of our own, and that of the kernel.
 */
struct snp_transport {
	const struct snp_transport_ops *ops;
	void *ctx;
};

/**
 * struct snp_transport_ops - what can be done with a transport
 * @request: see snp_channel_request()
 * @alive: has it its key?
 * @keys_alive: bit mask of the keys that the guest has
 * @unanswered: see snp_channel_unanswered(), or NULL if nobody knows
 * @stats: see snp_channel_stats()
 * @close: no more requests, those that wait end
 * @settle: the same, and no message to the firmware stays open, if the host lets it;
 *	for a kernel that ends
 * @destroy: give it back; no caller uses it any more
 */
struct snp_transport_ops {
	int (*request)(void *ctx, struct snp_request *req);
	bool (*alive)(void *ctx);
	unsigned int (*keys_alive)(void *ctx);
	unsigned int (*unanswered)(void *ctx);
	void (*stats)(void *ctx, struct snp_channel_stats *stats);
	void (*close)(void *ctx);
	void (*settle)(void *ctx);
	void (*destroy)(void *ctx);
};

/**
 * struct snp_guest - the driver's device
 * @ref: held by the bound driver and by each open file
 * @dev: the platform device, with a reference
 * @misc: /dev/sev-guest
 * @transport: the way to the firmware; gone with @gone
 * @gate: read: a request is on its way; write: the transport goes
 * @gone: the driver is unbound
 * @vmpl: privilege level of the guest
 * @vmpck: number of the key in use
 * @keys_v2: the firmware takes key requests of version 2, and always will
 * @certs: shared pages for certificates that nobody uses at the moment, or NULL
 * @tsm: how reports are made for configfs
 * @tsm_registered: configfs knows
 */
struct snp_guest {
	struct kref ref;
	struct device *dev;
	struct miscdevice misc;
	struct snp_transport transport;
	struct rw_semaphore gate;
	bool gone;
	unsigned int vmpl;
	unsigned int vmpck;
	bool keys_v2;
	void *certs;
	struct tsm_report_ops tsm;
	bool tsm_registered;
};

extern const struct file_operations snp_guest_fops;
extern const struct attribute_group *snp_guest_groups[];

/**
 * snp_blob_dup() - copy what a report is made of
 * @from: what
 * @len: bytes of it, not 0
 *
 * Return: the copy, for kvfree(), or NULL
 */
static inline void *snp_blob_dup(const void *from, size_t len)
{
	void *blob = kvmalloc(len, GFP_KERNEL);

	if (blob)
		memcpy(blob, from, len);
	return blob;
}

/**
 * snp_guest_floor() - the lowest level that can be asked for
 * @guest: the device
 *
 * The firmware sees the number of the key and not what level the guest is at: it
 * refuses what is for a level below that number. The guest does not ask for more than
 * its own level may have.
 *
 * Return: privilege level, of the guest or of its key
 */
static inline unsigned int snp_guest_floor(const struct snp_guest *guest)
{
	return max(guest->vmpl, guest->vmpck);
}

int snp_transport_open(struct snp_guest *guest, int vmpck);
void snp_guest_put(struct snp_guest *guest);

void *snp_shared_alloc(struct device *dev, unsigned int pages);
void snp_shared_free(struct device *dev, void *memory, unsigned int pages);

void *snp_guest_certs_get(struct snp_guest *guest);
void snp_guest_certs_put(struct snp_guest *guest, void *certs);
int snp_guest_report(struct snp_guest *guest, struct snp_request *req,
		     const struct snp_report_req *report, struct snp_report_resp *answer);
int snp_guest_derived_key(struct snp_guest *guest, struct snp_request *req,
			  const struct snp_derived_key_req *key,
			  struct snp_derived_key_resp *answer);

void snp_guest_tsm_register(struct snp_guest *guest);
void snp_guest_tsm_unregister(struct snp_guest *guest);
int snp_svsm_report(struct snp_guest *guest, struct tsm_report *report);

void snp_guest_explain_absence(void);

#endif /* SEV_GUEST_GUEST_H */
