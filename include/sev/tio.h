/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Command buffers of trusted I/O: devices that may reach the memory of SNP guests.
 */
#ifndef __SEV_TIO_H
#define __SEV_TIO_H

#include "layout.h"

/*
 * A scatter list address: page frame number in bits 12 to 51, bit 0 set for a page
 * that lists further pages, bit 1 set for 2 MiB.
 */
#define TIO_SLA_SCATTER			SEV_BIT64(0)
#define TIO_SLA_2M			SEV_BIT64(1)
#define TIO_SLA_END			0x000ffffffffff000ULL

/**
 * struct tio_spdm - buffers for talking with the device, part of other commands
 * @req_sla: message for the device
 * @resp_sla: its answer
 * @scratch_sla: working memory of the firmware
 * @output_sla: result
 */
struct tio_spdm {
	__u64 req_sla;
	__u64 resp_sla;
	__u64 scratch_sla;
	__u64 output_sla;
} __packed;
SEV_ASSERT_SIZE(struct tio_spdm, 32);
SEV_ASSERT_AT(struct tio_spdm, req_sla, 0);
SEV_ASSERT_AT(struct tio_spdm, resp_sla, 8);
SEV_ASSERT_AT(struct tio_spdm, scratch_sla, 16);
SEV_ASSERT_AT(struct tio_spdm, output_sla, 24);

/**
 * struct tio_cmd_status - TIO_STATUS
 * @length: size of this struct
 * @rsvd: zero
 * @status_paddr: where the status goes
 */
struct tio_cmd_status {
	__u32 length;
	__u8 rsvd[4];
	__u64 status_paddr;
} __packed;
SEV_ASSERT_SIZE(struct tio_cmd_status, 16);
SEV_ASSERT_AT(struct tio_cmd_status, length, 0);
SEV_ASSERT_AT(struct tio_cmd_status, rsvd, 4);
SEV_ASSERT_AT(struct tio_cmd_status, status_paddr, 8);

/**
 * struct tio_cmd_init - TIO_INIT
 * @length: size of this struct
 * @rsvd: zero
 */
struct tio_cmd_init {
	__u32 length;
	__u8 rsvd[12];
} __packed;
SEV_ASSERT_SIZE(struct tio_cmd_init, 16);
SEV_ASSERT_AT(struct tio_cmd_init, length, 0);
SEV_ASSERT_AT(struct tio_cmd_init, rsvd, 4);

/**
 * struct tio_cmd_dev_create - TIO_DEV_CREATE
 * @length: size of this struct
 * @rsvd1: zero
 * @dev_ctx_sla: memory for the device context
 * @device_id: requester id of the device
 * @root_port_id: requester id of its root port
 * @segment_id: PCI segment of both
 * @rsvd2: zero
 */
struct tio_cmd_dev_create {
	__u32 length;
	__u8 rsvd1[4];
	__u64 dev_ctx_sla;
	__u16 device_id;
	__u16 root_port_id;
	__u8 segment_id;
	__u8 rsvd2[11];
} __packed;
SEV_ASSERT_SIZE(struct tio_cmd_dev_create, 32);
SEV_ASSERT_AT(struct tio_cmd_dev_create, length, 0);
SEV_ASSERT_AT(struct tio_cmd_dev_create, rsvd1, 4);
SEV_ASSERT_AT(struct tio_cmd_dev_create, dev_ctx_sla, 8);
SEV_ASSERT_AT(struct tio_cmd_dev_create, device_id, 16);
SEV_ASSERT_AT(struct tio_cmd_dev_create, root_port_id, 18);
SEV_ASSERT_AT(struct tio_cmd_dev_create, segment_id, 20);
SEV_ASSERT_AT(struct tio_cmd_dev_create, rsvd2, 21);

/**
 * struct tio_cmd_dev_reclaim - TIO_DEV_RECLAIM
 * @length: size of this struct
 * @rsvd: zero
 * @dev_ctx_sla: device context
 */
struct tio_cmd_dev_reclaim {
	__u32 length;
	__u8 rsvd[4];
	__u64 dev_ctx_sla;
} __packed;
SEV_ASSERT_SIZE(struct tio_cmd_dev_reclaim, 16);
SEV_ASSERT_AT(struct tio_cmd_dev_reclaim, length, 0);
SEV_ASSERT_AT(struct tio_cmd_dev_reclaim, rsvd, 4);
SEV_ASSERT_AT(struct tio_cmd_dev_reclaim, dev_ctx_sla, 8);

/**
 * struct tio_cmd_dev_connect - TIO_DEV_CONNECT
 * @length: size of this struct
 * @rsvd1: zero
 * @spdm: buffers for talking with the device
 * @rsvd2: zero
 * @dev_ctx_sla: device context
 * @tc_mask: traffic classes to protect, one bit each
 * @cert_slot: certificate slot of the device
 * @rsvd3: zero
 * @ide_stream_id: stream of each traffic class
 * @rsvd4: zero
 */
struct tio_cmd_dev_connect {
	__u32 length;
	__u8 rsvd1[4];
	struct tio_spdm spdm;
	__u8 rsvd2[8];
	__u64 dev_ctx_sla;
	__u8 tc_mask;
	__u8 cert_slot;
	__u8 rsvd3[6];
	__u8 ide_stream_id[8];
	__u8 rsvd4[8];
} __packed;
SEV_ASSERT_SIZE(struct tio_cmd_dev_connect, 80);
SEV_ASSERT_AT(struct tio_cmd_dev_connect, length, 0);
SEV_ASSERT_AT(struct tio_cmd_dev_connect, rsvd1, 4);
SEV_ASSERT_AT(struct tio_cmd_dev_connect, spdm, 8);
SEV_ASSERT_AT(struct tio_cmd_dev_connect, rsvd2, 40);
SEV_ASSERT_AT(struct tio_cmd_dev_connect, dev_ctx_sla, 48);
SEV_ASSERT_AT(struct tio_cmd_dev_connect, tc_mask, 56);
SEV_ASSERT_AT(struct tio_cmd_dev_connect, cert_slot, 57);
SEV_ASSERT_AT(struct tio_cmd_dev_connect, rsvd3, 58);
SEV_ASSERT_AT(struct tio_cmd_dev_connect, ide_stream_id, 64);
SEV_ASSERT_AT(struct tio_cmd_dev_connect, rsvd4, 72);

/* &struct tio_cmd_dev_disconnect.flags */
#define TIO_DISCONNECT_FORCE		SEV_BIT(0)	/* without asking the device */

/**
 * struct tio_cmd_dev_disconnect - TIO_DEV_DISCONNECT
 * @length: size of this struct
 * @flags: TIO_DISCONNECT_FORCE
 * @spdm: buffers for talking with the device
 * @dev_ctx_sla: device context
 */
struct tio_cmd_dev_disconnect {
	__u32 length;
	__u32 flags;
	struct tio_spdm spdm;
	__u64 dev_ctx_sla;
} __packed;
SEV_ASSERT_SIZE(struct tio_cmd_dev_disconnect, 48);
SEV_ASSERT_AT(struct tio_cmd_dev_disconnect, length, 0);
SEV_ASSERT_AT(struct tio_cmd_dev_disconnect, flags, 4);
SEV_ASSERT_AT(struct tio_cmd_dev_disconnect, spdm, 8);
SEV_ASSERT_AT(struct tio_cmd_dev_disconnect, dev_ctx_sla, 40);

#endif /* __SEV_TIO_H */
