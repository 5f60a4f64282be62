/* SPDX-License-Identifier: GPL-2.0-only */
/* Launching SNP guests, for the tests that need one. */
#ifndef EMU_MODEL_TEST_SNP_GUEST_H
#define EMU_MODEL_TEST_SNP_GUEST_H

#include "test_snp_machine.h"

#define POLICY		(SNP_GUEST_POLICY_ONE | SNP_GUEST_POLICY_SMT)
#define ASID		5

uint32_t gctx_create(struct machine *m, uint64_t gctx);
uint32_t launch_start(struct machine *m, uint64_t gctx, uint64_t policy);
uint32_t snp_activate(struct machine *m, uint64_t gctx, uint32_t asid);
uint32_t launch_update(struct machine *m, uint64_t gctx, uint64_t page, uint32_t type);
uint32_t launch_finish(struct machine *m, uint64_t gctx);
uint32_t decommission(struct machine *m, uint64_t gctx);
void start_guest(struct machine *m, uint64_t policy);
uint32_t add_page(struct machine *m, uint64_t page, uint64_t gpa, uint32_t type);

#endif
