// SPDX-License-Identifier: GPL-2.0-only
/* The commands of a launch, as KVM sends them. */
#include "test_snp_guest.h"

/**
 * gctx_create() - GCTX_CREATE on a page that becomes the firmware's
 * @m: machine
 * @gctx: page
 *
 * Return: status.
 */
uint32_t gctx_create(struct machine *m, uint64_t gctx)
{
	struct snp_cmd_gctx cmd = { .gctx_paddr = gctx | CBIT };

	make(m, gctx, PAGE_4K, FW_PAGE_FIRMWARE);
	return run(m, SNP_OP_GCTX_CREATE, &cmd, sizeof(cmd));
}

/**
 * launch_start() - SNP_LAUNCH_START
 * @m: machine
 * @gctx: context
 * @policy: of the guest
 *
 * Return: status.
 */
uint32_t launch_start(struct machine *m, uint64_t gctx, uint64_t policy)
{
	struct snp_cmd_launch_start cmd = { .gctx_paddr = gctx, .policy = policy };

	return run(m, SNP_OP_LAUNCH_START, &cmd, sizeof(cmd));
}

/**
 * snp_activate() - SNP_ACTIVATE
 * @m: machine
 * @gctx: context
 * @asid: ASID
 *
 * Return: status.
 */
uint32_t snp_activate(struct machine *m, uint64_t gctx, uint32_t asid)
{
	struct snp_cmd_activate cmd = { .gctx_paddr = gctx, .asid = asid };

	return run(m, SNP_OP_ACTIVATE, &cmd, sizeof(cmd));
}

/**
 * launch_update() - SNP_LAUNCH_UPDATE
 * @m: machine
 * @gctx: context
 * @page: page, with SNP_PAGE_2M for a large one
 * @type: &enum snp_launch_page
 *
 * Return: status.
 */
uint32_t launch_update(struct machine *m, uint64_t gctx, uint64_t page, uint32_t type)
{
	struct snp_cmd_launch_update cmd = {
		.gctx_paddr = gctx, .page_paddr = page & ~SNP_PAGE_2M,
		.flags = type << SNP_LAUNCH_PAGE_TYPE_SHIFT |
			 (page & SNP_PAGE_2M ? SNP_LAUNCH_PAGE_2M : 0),
	};

	return run(m, SNP_OP_LAUNCH_UPDATE, &cmd, sizeof(cmd));
}

/**
 * launch_finish() - SNP_LAUNCH_FINISH without identity
 * @m: machine
 * @gctx: context
 *
 * Return: status.
 */
uint32_t launch_finish(struct machine *m, uint64_t gctx)
{
	struct snp_cmd_launch_finish cmd = { .gctx_paddr = gctx };

	return run(m, SNP_OP_LAUNCH_FINISH, &cmd, sizeof(cmd));
}

/**
 * decommission() - SNP_DECOMMISSION
 * @m: machine
 * @gctx: context
 *
 * Return: status.
 */
uint32_t decommission(struct machine *m, uint64_t gctx)
{
	struct snp_cmd_gctx cmd = { .gctx_paddr = gctx };

	return run(m, SNP_OP_DECOMMISSION, &cmd, sizeof(cmd));
}

/**
 * start_guest() - A guest at AT_GCTX that takes pages
 * @m: machine
 * @policy: of the guest
 */
void start_guest(struct machine *m, uint64_t policy)
{
	assert_int_equal(gctx_create(m, AT_GCTX), 0);
	assert_int_equal(launch_start(m, AT_GCTX, policy), 0);
	assert_int_equal(snp_activate(m, AT_GCTX, ASID), 0);
}

/**
 * add_page() - Give a page to the guest at AT_GCTX and launch it
 * @m: machine
 * @page: page
 * @gpa: guest-physical address
 * @type: &enum snp_launch_page
 *
 * Return: status.
 */
uint32_t add_page(struct machine *m, uint64_t page, uint64_t gpa, uint32_t type)
{
	give_to_guest(m, page & ~SNP_PAGE_2M, gpa, ASID, page & SNP_PAGE_2M);
	return launch_update(m, AT_GCTX, page, type);
}
