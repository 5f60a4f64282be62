/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The PCI functions that carry a PSP or a CCP engine.
 */
#ifndef CCP_SP_PCI_H
#define CCP_SP_PCI_H

int sp_pci_register(void);
void sp_pci_unregister(void);

#endif /* CCP_SP_PCI_H */
