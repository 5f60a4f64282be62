// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <unistd.h>

#include "irq.h"
#include "log.h"

static const uint8_t mode_count[][IRQ_KINDS] = {
	[IRQ_MODE_MSIX_MSI] = { [VFU_IRQ_MSI] = IRQ_VECTORS, [VFU_IRQ_MSIX] = IRQ_VECTORS },
	[IRQ_MODE_MSIX] = { [VFU_IRQ_MSIX] = IRQ_VECTORS },
	[IRQ_MODE_MSI] = { [VFU_IRQ_MSI] = IRQ_VECTORS },
	[IRQ_MODE_INTX] = { [VFU_IRQ_INTX] = 1 },
};

/**
 * irqs_init() - start without any vector connected
 * @irqs: state
 * @mode: kinds of interrupts to offer
 */
void irqs_init(struct irqs *irqs, enum irq_mode mode)
{
	*irqs = (struct irqs){ .mode = mode };
	for (unsigned int i = 0; i < IRQ_KINDS; i++)
		for (unsigned int v = 0; v < IRQ_VECTORS; v++)
			irqs->fd[i][v] = -1;
}

/**
 * irqs_count() - how many vectors does an index have?
 * @irqs: state
 * @index: VFU_IRQ_INTX, VFU_IRQ_MSI or VFU_IRQ_MSIX
 *
 * Return: the number.
 */
uint32_t irqs_count(const struct irqs *irqs, uint32_t index)
{
	return mode_count[irqs->mode][index];
}

static void irq_drop(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/**
 * irqs_disconnect() - forget all event descriptors
 * @irqs: state
 */
void irqs_disconnect(struct irqs *irqs)
{
	for (unsigned int i = 0; i < IRQ_KINDS; i++)
		for (unsigned int v = 0; v < IRQ_VECTORS; v++)
			irq_drop(&irqs->fd[i][v]);
	irqs->intx_masked = false;
	irqs->level = false;
}

static void irq_signal(struct irqs *irqs, int fd)
{
	uint64_t one = 1;

	if (fd >= 0 && write(fd, &one, sizeof(one)) == sizeof(one)) {
		irqs->signalled++;
		log_trace("interrupt sent");
	} else {
		irqs->unconnected++;
		log_info("interrupt lost: the guest has no vector enabled");
	}
}

/* The PSP is on vector 0 whatever the kind; vector 1 belongs to the crypto engine. */
static void irqs_edge(struct irqs *irqs)
{
	if (irqs->fd[VFU_IRQ_MSIX][0] >= 0) {
		irq_signal(irqs, irqs->fd[VFU_IRQ_MSIX][0]);
	} else if (irqs->fd[VFU_IRQ_MSI][0] >= 0) {
		irq_signal(irqs, irqs->fd[VFU_IRQ_MSI][0]);
	} else if (!irqs->intx_masked) {
		/* The pin masks itself when it fires, the client unmasks it when it is served. */
		irqs->intx_masked = irqs->fd[VFU_IRQ_INTX][0] >= 0;
		irq_signal(irqs, irqs->fd[VFU_IRQ_INTX][0]);
	}
}

/**
 * irqs_set_level() - the device wants, or no longer wants, an interrupt
 * @irqs: state
 * @level: an enabled interrupt is pending; a rising edge sends a message
 */
void irqs_set_level(struct irqs *irqs, bool level)
{
	bool edge = level && !irqs->level;

	irqs->level = level;
	if (edge)
		irqs_edge(irqs);
}

static int irqs_set_mask(struct irqs *irqs, const struct vfu_irq_set *set, bool mask)
{
	if (set->index != VFU_IRQ_INTX || (set->flags & VFU_IRQ_DATA_EVENTFD))
		return ENOTSUP;
	irqs->intx_masked = mask;
	if (!mask && irqs->level)
		irqs_edge(irqs);
	return 0;
}

static int irqs_set_trigger(struct irqs *irqs, struct vfu_irq_set *set)
{
	int *fd = irqs->fd[set->index];

	if (set->flags & VFU_IRQ_DATA_EVENTFD) {
		for (uint32_t i = 0; i < set->count; i++) {
			irq_drop(&fd[set->start + i]);
			if (set->num_fds) {
				fd[set->start + i] = set->fds[i];
				set->fds[i] = -1;
			}
		}
		return 0;
	}
	if (!(set->flags & VFU_IRQ_DATA_NONE))
		return ENOTSUP;
	if (!set->count)	/* no vectors and no data: switch the whole index off */
		for (unsigned int v = 0; v < IRQ_VECTORS; v++)
			irq_drop(&fd[v]);
	for (uint32_t i = 0; i < set->count; i++)
		irq_signal(irqs, fd[set->start + i]);
	return 0;
}

/**
 * irqs_set() - carry out the client's SET_IRQS
 * @irqs: state
 * @set: request, checked against irqs_count()
 *
 * Return: 0 or a positive errno.
 */
int irqs_set(struct irqs *irqs, struct vfu_irq_set *set)
{
	switch (set->flags & (VFU_IRQ_ACTION_MASK | VFU_IRQ_ACTION_UNMASK |
			      VFU_IRQ_ACTION_TRIGGER)) {
	case VFU_IRQ_ACTION_MASK:
		return irqs_set_mask(irqs, set, true);
	case VFU_IRQ_ACTION_UNMASK:
		return irqs_set_mask(irqs, set, false);
	case VFU_IRQ_ACTION_TRIGGER:
		return irqs_set_trigger(irqs, set);
	default:
		return EINVAL;
	}
}
