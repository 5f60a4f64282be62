/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registers of the platform security processor, as seen from x86 through BAR 2.
 *
 * The processors talk through numbered message registers, C2PMSG_n, in two banks.
 * A function of the PSP sits at the same number in every generation; what changes
 * is the bank.
 */
#ifndef __SEV_MAILBOX_H
#define __SEV_MAILBOX_H

#include "layout.h"

#define PSP_BAR				2

#define PSP_C2PMSG_LOW(n)		(0x10500 + 4 * (n))
#define PSP_C2PMSG_HIGH(n)		(0x10900 + 4 * (n))

/* Message register numbers. */
#define PSP_MSG_MBOX_CMD		17	/* PSP mailbox: command and status */
#define PSP_MSG_MBOX_ADDR_LO		18
#define PSP_MSG_MBOX_ADDR_HI		19
#define PSP_MSG_RING_WPTR		20	/* trusted execution environment */
#define PSP_MSG_RING_RPTR		21
#define PSP_MSG_PLATFORM_CMD		28	/* platform access */
#define PSP_MSG_PLATFORM_ADDR_LO	29
#define PSP_MSG_PLATFORM_ADDR_HI	30
#define PSP_MSG_SEV_CMD			32	/* SEV mailbox: command and status */
#define PSP_MSG_SEV_ADDR_LO		56
#define PSP_MSG_SEV_ADDR_HI		57
#define PSP_MSG_TEE_INFO		58	/* version of the TEE firmware */
#define PSP_MSG_BOOTLOADER_INFO		59	/* version of the boot loader */
#define PSP_MSG_CAPABILITY		63	/* what this PSP has */
#define PSP_MSG_DOORBELL_BUTTON		73
#define PSP_MSG_DOORBELL_CMD		80

/* Interrupt enable; the status register follows it. */
#define PSP_INTEN_V1			0x10610	/* 1456 */
#define PSP_INTEN_V2			0x10690	/* 1486, 15DF, 14CA, 15C7, 1649 */
#define PSP_INTEN_V5			0x10510	/* 1134, 17E0, 156E, 17D8, 115A */
#define PSP_INTSTS(inten)		((inten) + 4)

#define PSP_INT_SEV			SEV_BIT(1)	/* a SEV command is done */

/* SEV command register, write. */
#define SEV_MBOX_CMD_MASK		0x07ff0000U	/* &enum sev_op */
#define SEV_MBOX_CMD_SHIFT		16
#define SEV_MBOX_IOC			SEV_BIT(0)	/* interrupt on completion */
/* SEV command register, read. */
#define SEV_MBOX_DONE			SEV_BIT(31)
#define SEV_MBOX_STATUS_MASK		0x0000ffffU	/* SEV_RET_* */

/* PSP mailbox: ring set-up of the TEE, and extended commands. */
#define PSP_MBOX_CMD_MASK		0x000f0000U
#define PSP_MBOX_CMD_SHIFT		16
#define PSP_MBOX_CMD_RING_INIT		1
#define PSP_MBOX_CMD_RING_DESTROY	2
#define PSP_MBOX_CMD_EXTENDED		14
#define PSP_MBOX_STATUS_MASK		0x0000ffffU
#define PSP_MBOX_RECOVERY		SEV_BIT(30)
#define PSP_MBOX_DONE			SEV_BIT(31)

/* Platform access register. Recovery and done bits as above. */
#define PSP_PLATFORM_CMD_MASK		0x00ff0000U
#define PSP_PLATFORM_CMD_SHIFT		16

/* Doorbell. */
#define PSP_DOORBELL_MSG_MASK		0x000000ffU
#define PSP_DOORBELL_READY		SEV_BIT(31)
#define PSP_DOORBELL_RING		SEV_BIT(0)

/* Capability register. */
#define PSP_CAP_SEV			SEV_BIT(0)
#define PSP_CAP_TEE			SEV_BIT(1)
#define PSP_CAP_DBC_EXTENDED		SEV_BIT(2)	/* boost control by PSP mailbox */
#define PSP_CAP_SFS			SEV_BIT(3)
#define PSP_CAP_SECURITY_REPORTING	SEV_BIT(7)	/* the bits below mean something */
#define PSP_CAP_FUSED_PART		SEV_BIT(8)
#define PSP_CAP_BOOT_INTEGRITY		SEV_BIT(9)
#define PSP_CAP_DEBUG_LOCK_ON		SEV_BIT(10)
#define PSP_CAP_TSME			SEV_BIT(13)
#define PSP_CAP_ANTI_ROLLBACK		SEV_BIT(15)
#define PSP_CAP_RPMC_PRODUCTION		SEV_BIT(16)
#define PSP_CAP_RPMC_SPIROM		SEV_BIT(17)
#define PSP_CAP_HSP_TPM			SEV_BIT(18)
#define PSP_CAP_ROM_ARMOR		SEV_BIT(19)
/* All ones: the BIOS hides the registers. */
#define PSP_CAP_BLOCKED			0xffffffffU

SEV_ASSERT_EQ(PSP_C2PMSG_LOW(PSP_MSG_SEV_CMD), 0x10580);
SEV_ASSERT_EQ(PSP_C2PMSG_HIGH(PSP_MSG_SEV_CMD), 0x10980);
SEV_ASSERT_EQ(PSP_C2PMSG_HIGH(PSP_MSG_CAPABILITY), 0x109fc);
SEV_ASSERT_EQ(PSP_C2PMSG_HIGH(PSP_MSG_DOORBELL_CMD), 0x10a40);

#endif /* __SEV_MAILBOX_H */
