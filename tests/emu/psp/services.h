/* SPDX-License-Identifier: GPL-2.0-only */
/* Small services behind the PSP mailbox's extended command and the platform access mailbox. */
#ifndef EMU_PSP_SERVICES_H
#define EMU_PSP_SERVICES_H

#include <stdbool.h>
#include <stdint.h>

#include "fault.h"

#define DBC_NONCE_LEN	16u
#define DBC_UID_LEN	16u
#define DBC_SIG_LEN	32u
#define DBC_PARAMS	16u

struct psp;

/**
 * struct services - their state
 * @dbc_nonce: last nonce that was given out
 * @dbc_has_nonce: one was given out and is not used up
 * @dbc_authenticated: a user id was accepted since reset
 * @dbc_value: dynamic boost parameters, by number
 * @i2c_taken: the x86 side owns the I2C bus
 * @sfs_level: patch level, raised by each update
 */
struct services {
	uint8_t dbc_nonce[DBC_NONCE_LEN];
	bool dbc_has_nonce, dbc_authenticated;
	uint32_t dbc_value[DBC_PARAMS];
	bool i2c_taken;
	uint32_t sfs_level;
};

void services_reset(struct psp *psp);
void ext_resolve(struct psp *psp, uint64_t addr, enum psp_unit *unit, uint32_t *id);
uint32_t ext_execute(struct psp *psp, uint64_t addr);
uint32_t pa_execute(struct psp *psp, uint32_t id, uint64_t addr);
uint32_t doorbell_execute(struct psp *psp, uint32_t message, uint64_t addr);
uint32_t dbc_execute(struct psp *psp, uint32_t id, uint64_t payload, uint32_t len);
uint32_t sfs_execute(struct psp *psp, uint32_t id, uint64_t buffer, uint32_t len);

#endif
