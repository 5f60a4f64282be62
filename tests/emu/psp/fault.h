/* SPDX-License-Identifier: GPL-2.0-only */
/* Faults that are injected into the device from outside. README.md describes the text form. */
#ifndef EMU_PSP_FAULT_H
#define EMU_PSP_FAULT_H

#include <stdbool.h>
#include <stdint.h>

/**
 * enum psp_unit - the command interfaces of a PSP
 * @UNIT_SEV: SEV mailbox
 * @UNIT_PSP: PSP mailbox (TEE ring set-up)
 * @UNIT_EXT: sub-commands of the PSP mailbox's extended command
 * @UNIT_PA: platform access mailbox
 * @UNIT_DOORBELL: platform access doorbell
 * @UNIT_TEE: commands in the TEE ring
 * @UNIT_COUNT: number of units
 */
enum psp_unit { UNIT_SEV, UNIT_PSP, UNIT_EXT, UNIT_PA, UNIT_DOORBELL, UNIT_TEE, UNIT_COUNT };

#define FAULT_ANY	0xffffffffu

/**
 * struct fault_action - what happens to one command
 * @has_status: answer with @status
 * @exec: carry the command out all the same before answering with @status
 * @hang: never answer
 * @lost_irq: answer, but forget the interrupt
 * @spurious_irq: one interrupt too many, before the answer
 * @has_garbage: from the command on every register reads as @garbage, until reset
 * @status: status to answer with
 * @garbage: value for reads
 * @delay_ms: how long the answer takes
 * @late_irq_ms: how long after the answer the interrupt comes
 */
struct fault_action {
	bool has_status, exec, hang, lost_irq, spurious_irq, has_garbage;
	uint32_t status, garbage;
	unsigned int delay_ms, late_irq_ms;
};

const char *unit_name(enum psp_unit unit);
const char *command_name(enum psp_unit unit, uint32_t id);
bool command_parse(enum psp_unit unit, const char *text, uint32_t *id);

struct faults;

struct faults *faults_new(void);
void faults_free(struct faults *faults);
int faults_add(struct faults *faults, const char *spec, char *err, unsigned int err_len);
bool faults_remove(struct faults *faults, int number);
void faults_clear(struct faults *faults);
bool faults_match(struct faults *faults, enum psp_unit unit, uint32_t id,
		  struct fault_action *action);
void faults_list(struct faults *faults, void (*emit)(void *arg, const char *line), void *arg);

#endif
