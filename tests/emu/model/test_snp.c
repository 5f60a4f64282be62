// SPDX-License-Identifier: GPL-2.0-only
/* SNP before it is initialised. */
#include <string.h>

#include "image.h"
#include "test_machine.h"

static struct snp_platform_status snp_status(struct machine *m)
{
	struct snp_cmd_platform_status cmd = { .status_paddr = AT_A | CBIT };
	struct snp_platform_status out;

	memset(machine_at(m, AT_A), 0xa5, sizeof(out));
	assert_int_equal(run(m, SNP_OP_PLATFORM_STATUS, &cmd, sizeof(cmd)), 0);
	memcpy(&out, machine_at(m, AT_A), sizeof(out));
	return out;
}

static void status_per_family(void **state)
{
	struct machine *m = machine_new(0x19);
	struct snp_platform_status s = snp_status(m);
	struct snp_tcb_milan milan;
	struct snp_tcb_turin turin;

	(void)state;
	assert_int_equal(s.api_major, 1);
	assert_int_equal(s.api_minor, 55);
	assert_int_equal(s.build, 21);
	assert_int_equal(s.state, SNP_PSTATE_UNINIT);
	assert_int_equal(s.rmp_flags, 0);
	assert_int_equal(s.flags, SNP_STATUS_FEATURE_INFO);
	assert_int_equal(s.guest_count, 0);
	memcpy(&milan, &s.current_tcb, sizeof(milan));
	assert_int_equal(milan.snp, 0x16);
	assert_int_not_equal(milan.boot_loader, 0);
	assert_int_equal(milan.tee, 0);
	assert_int_not_equal(milan.microcode, 0);
	assert_int_equal(s.reported_tcb, s.current_tcb);
	machine_free(m);

	m = machine_new(0x1a);
	s = snp_status(m);
	memcpy(&turin, &s.current_tcb, sizeof(turin));
	assert_int_equal(turin.snp, 3);
	assert_int_not_equal(turin.fmc, 0);
	assert_int_not_equal(turin.microcode, 0);
	assert_int_equal(s.rmp_flags, SNP_STATUS_ALIAS_CHECKED);
	machine_free(m);
}

static void tcb_layout_of_zen_6(void **state)
{
	static const unsigned int models[][2] = {
		{ 0x50, 0x5f }, { 0x80, 0xaf }, { 0xc0, 0xcf }, { 0xd8, 0xef },
	};
	static const unsigned int turin[] = { 0x02, 0x4f, 0x60, 0x7f, 0xb0, 0xbf, 0xd7, 0xf0 };
	struct fw_config cfg;
	struct machine *m;
	size_t i;

	(void)state;
	fw_config_init(&cfg, 0x1a);
	cfg.svn = 7;
	for (i = 0; i < 2 * ARRAY_SIZE(models); i++) {
		cfg.model = models[i / 2][i % 2];
		m = machine_with(&cfg);
		assert_int_equal(snp_status(m).current_tcb >> 16, 7);
		machine_free(m);
	}
	for (i = 0; i < ARRAY_SIZE(turin); i++) {
		cfg.model = turin[i];
		m = machine_with(&cfg);
		assert_int_equal(snp_status(m).current_tcb >> 24 & 0xff, 7);
		machine_free(m);
	}
}

static void alias_check_by_build(void **state)
{
	static const struct {
		unsigned int model, build, flags;
	} cases[] = {
		{ 0x01, 21, 0 }, { 0x01, 22, SNP_STATUS_ALIAS_CHECKED },
		{ 0x11, 37, 0 }, { 0x11, 38, SNP_STATUS_ALIAS_CHECKED },
	};
	struct fw_config cfg;
	struct machine *m;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		fw_config_init(&cfg, 0x19);
		cfg.model = cases[i].model;
		cfg.build = cases[i].build;
		m = machine_with(&cfg);
		assert_int_equal(snp_status(m).rmp_flags, cases[i].flags);
		machine_free(m);
	}
}

static void no_snp_on_old_chips_and_firmware(void **state)
{
	const unsigned int ids[] = { SNP_OP_PLATFORM_STATUS, SNP_OP_COMMIT, SNP_OP_INIT,
				     SNP_OP_DF_FLUSH, SNP_OP_GCTX_CREATE };
	struct machine *m = machine_new(0x17);
	struct fw_config cfg;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(ids); i++)
		assert_refused(m, SEV_RET_INVALID_COMMAND, run0(m, ids[i]));
	machine_free(m);
	/* neither the firmware alone ... */
	fw_config_init(&cfg, 0x17);
	cfg.api_major = 1;
	cfg.api_minor = 55;
	m = machine_with(&cfg);
	for (i = 0; i < ARRAY_SIZE(ids); i++)
		assert_refused(m, SEV_RET_INVALID_COMMAND, run0(m, ids[i]));
	machine_free(m);
	/* ... nor the chip alone */
	fw_config_init(&cfg, 0x19);
	cfg.api_minor = 50;
	m = machine_with(&cfg);
	for (i = 0; i < ARRAY_SIZE(ids); i++)
		assert_refused(m, SEV_RET_INVALID_COMMAND, run0(m, ids[i]));
	machine_free(m);
}

static void commit_raises_the_reported_tcb(void **state)
{
	const struct image_header header = {
		.length = 4096, .family = 0x19, .major = 1, .minor = 51, .build = 3, .svn = 0x17,
	};
	struct sev_cmd_blob load = { .paddr = AT_GUEST, .len = 4096 };
	struct snp_cmd_commit cmd = { .length = 8 };
	struct fw_config cfg;
	struct machine *m;
	struct fw_info info;

	(void)state;
	fw_config_init(&cfg, 0x19);
	cfg.api_minor = 49;
	m = machine_with(&cfg);
	assert_true(image_seal(machine_at(m, AT_GUEST), &header));
	assert_int_equal(run(m, SEV_OP_DOWNLOAD_FIRMWARE, &load, sizeof(load)), 0);
	assert_int_equal(snp_status(m).reported_tcb >> 48 & 0xff, 0x16);
	assert_int_equal(snp_status(m).current_tcb >> 48 & 0xff, 0x17);
	assert_refused(m, SEV_RET_INVALID_PARAM, run(m, SNP_OP_COMMIT, &cmd, sizeof(cmd)));
	cmd.length = sizeof(cmd);
	assert_int_equal(run(m, SNP_OP_COMMIT, &cmd, sizeof(cmd)), 0);
	assert_int_equal(snp_status(m).reported_tcb >> 48 & 0xff, 0x17);
	fw_get_info(m->fw, &info);
	assert_int_equal(info.committed_minor, 51);
	machine_free(m);
}

static void feature_info(void **state)
{
	struct snp_cmd_feature_info good = { .length = sizeof(good), .leaf_paddr = AT_A };
	struct snp_cmd_feature_info cmd;
	struct snp_feature_leaf leaf;
	struct fw_config cfg;
	struct machine *m = machine_new(0x19);

	(void)state;
	cmd = good;
	assert_int_equal(run(m, SNP_OP_FEATURE_INFO, &cmd, sizeof(cmd)), 0);
	memcpy(&leaf, machine_at(m, AT_A), sizeof(leaf));
	assert_int_equal(leaf.eax, 1);
	assert_int_equal(leaf.ebx, SNP_FEAT_EBX_LEGACY_SEV);
	assert_int_equal(leaf.ecx, SNP_FEAT_ECX_RAPL_DIS | SNP_FEAT_ECX_VLEK);
	cmd = good;
	cmd.length = 8;
	assert_refused(m, SEV_RET_INVALID_PARAM, run(m, SNP_OP_FEATURE_INFO, &cmd, sizeof(cmd)));
	cmd = good;
	cmd.ecx_in = 1;
	assert_int_equal(run(m, SNP_OP_FEATURE_INFO, &cmd, sizeof(cmd)), 0);
	memcpy(&leaf, machine_at(m, AT_A), sizeof(leaf));
	assert_int_equal(leaf.eax, 0x106);	/* keys, reports, clock */
	cmd.ecx_in = 2;
	assert_refused(m, SEV_RET_INVALID_PARAM, run(m, SNP_OP_FEATURE_INFO, &cmd, sizeof(cmd)));
	cmd = good;
	cmd.leaf_paddr = AT_A + 4096 - 8;
	assert_refused(m, SEV_RET_INVALID_ADDRESS,
		       run(m, SNP_OP_FEATURE_INFO, &cmd, sizeof(cmd)));
	machine_free(m);

	fw_config_init(&cfg, 0x19);
	cfg.api_minor = 54;
	m = machine_with(&cfg);
	assert_int_equal(snp_status(m).flags, 0);
	cmd = good;
	assert_refused(m, SEV_RET_INVALID_COMMAND,
		       run(m, SNP_OP_FEATURE_INFO, &cmd, sizeof(cmd)));
	machine_free(m);
}

static void init_and_shutdown(void **state)
{
	struct snp_cmd_shutdown_ex cmd = { .length = sizeof(cmd), .flags = SNP_SHUTDOWN_IOMMU };
	struct snp_cmd_init_ex init_cmd = { .flags = SNP_INIT_RMP };
	struct machine *m = machine_new(0x19);

	(void)state;
	assert_refused(m, SEV_RET_INVALID_CONFIG,
		       run(m, SNP_OP_INIT_EX, &init_cmd, sizeof(init_cmd)));
	assert_refused(m, SEV_RET_INVALID_CONFIG, run0(m, SNP_OP_INIT));
	assert_int_equal(run(m, SNP_OP_SHUTDOWN_EX, &cmd, sizeof(cmd)), 0);
	cmd.flags = 4;
	assert_refused(m, SEV_RET_INVALID_PARAM, run(m, SNP_OP_SHUTDOWN_EX, &cmd, sizeof(cmd)));
	cmd.flags = 0;
	cmd.length = 4;
	assert_refused(m, SEV_RET_INVALID_PARAM, run(m, SNP_OP_SHUTDOWN_EX, &cmd, sizeof(cmd)));
	bring_up(m);
	assert_refused(m, SEV_RET_INVALID_PLATFORM_STATE,
		       run(m, SNP_OP_INIT_EX, &init_cmd, sizeof(init_cmd)));
	assert_refused(m, SEV_RET_INVALID_PLATFORM_STATE, run0(m, SNP_OP_SHUTDOWN));
	machine_free(m);
}

static void everything_else_needs_init(void **state)
{
	const unsigned int ids[] = {
		SNP_OP_DF_FLUSH, SNP_OP_DECOMMISSION, SNP_OP_ACTIVATE, SNP_OP_GUEST_STATUS,
		SNP_OP_GCTX_CREATE, SNP_OP_GUEST_REQUEST, SNP_OP_ACTIVATE_EX,
		SNP_OP_LAUNCH_START, SNP_OP_LAUNCH_UPDATE, SNP_OP_LAUNCH_FINISH,
		SNP_OP_DBG_DECRYPT, SNP_OP_DBG_ENCRYPT, SNP_OP_PAGE_SWAP_OUT,
		SNP_OP_PAGE_SWAP_IN, SNP_OP_PAGE_MOVE, SNP_OP_PAGE_MD_INIT,
		SNP_OP_PAGE_SET_STATE, SNP_OP_PAGE_RECLAIM, SNP_OP_PAGE_UNSMASH, SNP_OP_CONFIG,
		SNP_OP_VLEK_LOAD,
	};
	struct machine *m = machine_new(0x19);
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(ids); i++)
		assert_refused(m, SEV_RET_INVALID_PLATFORM_STATE, run0(m, ids[i]));
	assert_refused(m, SEV_RET_INVALID_COMMAND, run0(m, TIO_OP_STATUS));
	machine_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(status_per_family),
		cmocka_unit_test(tcb_layout_of_zen_6),
		cmocka_unit_test(alias_check_by_build),
		cmocka_unit_test(no_snp_on_old_chips_and_firmware),
		cmocka_unit_test(commit_raises_the_reported_tcb),
		cmocka_unit_test(feature_info),
		cmocka_unit_test(init_and_shutdown),
		cmocka_unit_test(everything_else_needs_init),
	};

	return cmocka_run_group_tests_name("SNP before SNP_INIT", tests, NULL, NULL);
}
