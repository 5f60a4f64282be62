/* SPDX-License-Identifier: GPL-2.0-only */
/* Interrupt vectors of the device: the event descriptors that the client gave us. */
#ifndef EMU_PSP_IRQ_H
#define EMU_PSP_IRQ_H

#include <stdbool.h>
#include <stdint.h>

#include "vfu.h"

#define IRQ_VECTORS	2u
#define IRQ_KINDS	3u

/**
 * enum irq_mode - which kinds of interrupts the device offers
 * @IRQ_MODE_MSIX_MSI: MSI-X and MSI, like the hardware
 * @IRQ_MODE_MSIX: MSI-X only
 * @IRQ_MODE_MSI: MSI only
 * @IRQ_MODE_INTX: a pin only; the in-tree driver refuses this
 */
enum irq_mode { IRQ_MODE_MSIX_MSI, IRQ_MODE_MSIX, IRQ_MODE_MSI, IRQ_MODE_INTX };

/**
 * struct irqs - state of all vectors
 * @mode: what is offered
 * @fd: event descriptor of each vector of each index, or -1
 * @intx_masked: the pin is masked until the client unmasks it
 * @level: level of the pin
 * @signalled: interrupts sent since the start
 * @unconnected: interrupts that no vector was ready for
 */
struct irqs {
	enum irq_mode mode;
	int fd[IRQ_KINDS][IRQ_VECTORS];
	bool intx_masked, level;
	uint64_t signalled, unconnected;
};

void irqs_init(struct irqs *irqs, enum irq_mode mode);
uint32_t irqs_count(const struct irqs *irqs, uint32_t index);
int irqs_set(struct irqs *irqs, struct vfu_irq_set *set);
void irqs_set_level(struct irqs *irqs, bool level);
void irqs_disconnect(struct irqs *irqs);

#endif
