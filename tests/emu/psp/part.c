// SPDX-License-Identifier: GPL-2.0-only
#include <stddef.h>

#include "part.h"

/* Groups of registers that come as one block in several generations. */
#define COMMON_V2_4 \
	.feature = 0x109fc, .inten = 0x10690, .intsts = 0x10694, .bootloader = 0x109ec
#define COMMON_V5_7 \
	.feature = 0x109fc, .inten = 0x10510, .intsts = 0x10514, .bootloader = 0x109ec
#define SEV_V2		.sev_cmd = 0x10980, .sev_lo = 0x109e0, .sev_hi = 0x109e4
#define MBOX_V1		.mbox_cmd = 0x10544, .mbox_lo = 0x10548, .mbox_hi = 0x1054c
#define MBOX_V2		.mbox_cmd = 0x10944, .mbox_lo = 0x10948, .mbox_hi = 0x1094c
#define TEE_V1		.tee_wptr = 0x10550, .tee_rptr = 0x10554, .tee_info = 0x109e8
#define TEE_V2		.tee_wptr = 0x10950, .tee_rptr = 0x10954, .tee_info = 0x109e8
#define PA_MAILBOX	.pa_cmd = 0x10570, .pa_lo = 0x10574, .pa_hi = 0x10578
#define DOORBELL	.db_button = 0x10a24, .db_cmd = 0x10a40

static const struct psp_regs pspv1 = {
	.feature = 0x105fc, .inten = 0x10610, .intsts = 0x10614, .bootloader = 0x105ec,
	.sev_cmd = 0x10580, .sev_lo = 0x105e0, .sev_hi = 0x105e4,
};

static const struct psp_regs pspv2 = { COMMON_V2_4, SEV_V2, PA_MAILBOX, DOORBELL };
static const struct psp_regs pspv3 = { COMMON_V2_4, MBOX_V1, TEE_V1, PA_MAILBOX, DOORBELL };
static const struct psp_regs pspv4 = { COMMON_V2_4, SEV_V2, MBOX_V1, TEE_V1 };
static const struct psp_regs pspv5 = { COMMON_V5_7, MBOX_V2, TEE_V2, DOORBELL };
static const struct psp_regs pspv6 = { COMMON_V5_7, SEV_V2, MBOX_V2, TEE_V2 };
static const struct psp_regs pspv7 = { COMMON_V5_7, MBOX_V2, TEE_V2 };

#define CAP_SECURE	(PSP_CAP_SECURITY_REPORTING | PSP_CAP_FUSED_PART | PSP_CAP_DEBUG_LOCK_ON)
#define CAP_SERVER	(PSP_CAP_SEV | CAP_SECURE)
#define CAP_SERVER_TEE	(CAP_SERVER | PSP_CAP_TEE)
#define CAP_CLIENT	(PSP_CAP_TEE | CAP_SECURE)

static const struct psp_part parts[] = {
	{ 0x1537, "none", NULL, 0, 0x16, 0x30, 0x2000c, false },
	{ 0x1456, "pspv1", &pspv1, PSP_CAP_SEV, 0x17, 0x01, 0x0c, false },
	{ 0x1468, "none", NULL, 0, 0x17, 0x01, 0x0c, true },
	{ 0x1486, "pspv2", &pspv2, CAP_SERVER, 0x19, 0x01, 0x0c, false },
	{ 0x15df, "pspv3", &pspv3, CAP_CLIENT, 0x17, 0x18, 0x0c, false },
	{ 0x14ca, "pspv4", &pspv4, CAP_SERVER_TEE, 0x19, 0x11, 0, false },
	/* Client parts of this kind answer the security question only by mailbox. */
	{ 0x15c7, "pspv3", &pspv3, PSP_CAP_TEE, 0x19, 0x44, 0, false },
	{ 0x1649, "pspv3", &pspv3, PSP_CAP_TEE, 0x19, 0x61, 0, false },
	{ 0x1134, "pspv5", &pspv5, CAP_CLIENT, 0x1a, 0x24, 0, false },
	{ 0x17e0, "pspv5", &pspv5, CAP_CLIENT, 0x1a, 0x44, 0, false },
	{ 0x156e, "pspv6", &pspv6, CAP_SERVER_TEE | PSP_CAP_SFS, 0x1a, 0x02, 0, false },
	{ 0x17d8, "pspv6", &pspv6, CAP_SERVER_TEE | PSP_CAP_SFS, 0x1a, 0x50, 0, false },
	{ 0x115a, "pspv7", &pspv7, CAP_CLIENT | PSP_CAP_DBC_THRU_EXT, 0x1a, 0x60, 0, false },
};

/**
 * psp_part_table() - all parts
 * @count: set to the number of entries
 *
 * Return: the table.
 */
const struct psp_part *psp_part_table(unsigned int *count)
{
	*count = sizeof(parts) / sizeof(parts[0]);
	return parts;
}

/**
 * psp_part_find() - look a part up
 * @pci_id: PCI device id
 *
 * Return: the part, or NULL when no such part is known.
 */
const struct psp_part *psp_part_find(unsigned int pci_id)
{
	for (unsigned int i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (parts[i].pci_id == pci_id)
			return &parts[i];
	return NULL;
}
