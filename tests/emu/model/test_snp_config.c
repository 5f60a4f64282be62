// SPDX-License-Identifier: GPL-2.0-only
/* SNP_CONFIG, SNP_COMMIT, VLEK, firmware update under SNP, mitigations, feature bits. */
#include <string.h>

#include "image.h"
#include "test_snp_machine.h"

static struct snp_platform_status snp_status(struct machine *m)
{
	struct snp_cmd_platform_status cmd = { .status_paddr = AT_A };
	struct snp_platform_status out;

	make(m, AT_A, PAGE_4K, FW_PAGE_FIRMWARE);
	assert_int_equal(run(m, SNP_OP_PLATFORM_STATUS, &cmd, sizeof(cmd)), 0);
	make(m, AT_A, PAGE_4K, FW_PAGE_HYPERVISOR);
	memcpy(&out, machine_at(m, AT_A), sizeof(out));
	return out;
}

static uint32_t config(struct machine *m, uint64_t tcb, uint32_t flags)
{
	struct snp_cmd_config cmd = { .reported_tcb = tcb, .flags = flags };

	return run(m, SNP_OP_CONFIG, &cmd, sizeof(cmd));
}

static uint32_t update(struct machine *m, uint8_t minor, uint8_t build, uint8_t svn, uint32_t flags)
{
	const struct image_header header = {
		.length = 4096, .family = m->cfg.family, .major = 1, .minor = minor,
		.build = build, .svn = svn,
	};
	struct snp_cmd_download_firmware_ex cmd = {
		.length = sizeof(cmd), .fw_paddr = AT_GUEST, .fw_len = 4096, .flags = flags,
	};

	assert_true(image_seal(machine_at(m, AT_GUEST), &header));
	return run(m, SNP_OP_DOWNLOAD_FIRMWARE_EX, &cmd, sizeof(cmd));
}

static uint64_t with_byte(uint64_t tcb, unsigned int byte, int change)
{
	return tcb + ((uint64_t)(int64_t)change << (8 * byte));
}

static void config_is_bounded_by_the_committed(void **state)
{
	/* bytes of the boot loader, the TEE, SNP and the microcode */
	static const struct {
		unsigned int family, bytes[4];
	} families[] = { { 0x19, { 0, 1, 6, 7 } }, { 0x1a, { 1, 2, 3, 7 } } };
	struct snp_cmd_config bad = { 0 };
	unsigned int f, i;

	(void)state;
	for (f = 0; f < 2; f++) {
		struct machine *m = snp_up(families[f].family);
		uint64_t tcb = snp_status(m).reported_tcb;

		for (i = 0; i < 4; i++) {
			unsigned int byte = families[f].bytes[i];

			assert_refused(m, SEV_RET_INVALID_PARAM,
				       config(m, with_byte(tcb, byte, 1), 0));
			if (!(tcb >> (8 * byte) & 0xff))	/* the TEE's on family 19h */
				continue;
			assert_int_equal(config(m, with_byte(tcb, byte, -1), 0), 0);
			assert_int_equal(snp_status(m).reported_tcb, with_byte(tcb, byte, -1));
			assert_int_equal(snp_status(m).current_tcb, tcb);
		}
		/* a lower component does not make up for a higher one */
		assert_refused(m, SEV_RET_INVALID_PARAM,
			       config(m, with_byte(with_byte(tcb, families[f].bytes[2], 1),
						   families[f].bytes[3], -1), 0));
		/* bytes without meaning must be 0 */
		assert_refused(m, SEV_RET_INVALID_PARAM, config(m, with_byte(tcb, 5, 1), 0));
		assert_int_equal(config(m, 0, 3), 0);
		assert_int_equal(snp_status(m).reported_tcb, tcb);
		assert_int_equal(snp_status(m).flags & 7,
				 SNP_STATUS_MASK_CHIP_ID | SNP_STATUS_MASK_CHIP_KEY);
		assert_refused(m, SEV_RET_INVALID_PARAM, config(m, 0, 4));
		bad.rsvd[51] = 1;
		assert_refused(m, SEV_RET_INVALID_PARAM,
			       run(m, SNP_OP_CONFIG, &bad, sizeof(bad)));
		machine_free(m);
	}
}

static void update_under_snp(void **state)
{
	struct snp_cmd_commit commit = { .length = sizeof(commit) };
	struct snp_cmd_download_firmware_ex bad;
	struct machine *m = snp_up(0x19);
	uint64_t old = snp_status(m).current_tcb;
	uint64_t new = with_byte(old, 6, 1);

	(void)state;
	assert_int_equal(update(m, 55, 30, 0x17, 0), 0);
	assert_int_equal(snp_status(m).build, 30);
	assert_int_equal(snp_status(m).state, SNP_PSTATE_INIT);
	assert_int_equal(snp_status(m).current_tcb, new);
	assert_int_equal(snp_status(m).reported_tcb, old);
	assert_refused(m, SEV_RET_INVALID_PARAM, config(m, new, 0));
	/* nothing is committed, so the way back is open */
	assert_int_equal(update(m, 55, 21, 0x16, 0), 0);
	assert_int_equal(update(m, 55, 30, 0x17, 0), 0);
	assert_int_equal(config(m, with_byte(old, 0, -1), 0), 0);
	assert_int_equal(run(m, SNP_OP_COMMIT, &commit, sizeof(commit)), 0);
	assert_int_equal(snp_status(m).reported_tcb, new);
	assert_refused(m, SEV_RET_BAD_SVN, update(m, 55, 21, 0x16, 0));
	assert_refused(m, SEV_RET_BAD_VERSION, update(m, 55, 29, 0x17, 0));
	assert_int_equal(update(m, 56, 1, 0x18, SNP_DOWNLOAD_COMMIT), 0);
	assert_refused(m, SEV_RET_BAD_VERSION, update(m, 55, 30, 0x18, 0));

	bad = (struct snp_cmd_download_firmware_ex){ .length = sizeof(bad), .fw_paddr = AT_A + 8 };
	assert_refused(m, SEV_RET_INVALID_ADDRESS,
		       run(m, SNP_OP_DOWNLOAD_FIRMWARE_EX, &bad, sizeof(bad)));
	bad.rsvd = 1;
	assert_refused(m, SEV_RET_INVALID_PARAM,
		       run(m, SNP_OP_DOWNLOAD_FIRMWARE_EX, &bad, sizeof(bad)));
	bad.rsvd = 0;
	bad.length--;
	assert_refused(m, SEV_RET_INVALID_PARAM,
		       run(m, SNP_OP_DOWNLOAD_FIRMWARE_EX, &bad, sizeof(bad)));
	assert_refused(m, SEV_RET_INVALID_PARAM, update(m, 56, 2, 0x18, 2));
	assert_int_equal(init(m, false), 0);
	assert_refused(m, SEV_RET_INVALID_PLATFORM_STATE, update(m, 56, 2, 0x18, 0));
	machine_free(m);
}

static void no_update_away_from_snp(void **state)
{
	struct fw_config cfg;
	struct machine *m;

	(void)state;
	fw_config_init(&cfg, 0x19);
	cfg.api_minor = 49;
	m = snp_machine_with(&cfg);
	assert_refused(m, SEV_RET_INVALID_COMMAND, update(m, 51, 1, 0x16, 0));
	machine_free(m);
	/* committed 1.49, running 1.51 */
	m = snp_machine_with(&cfg);
	{
		const struct image_header header = {
			.length = 4096, .family = 0x19, .major = 1, .minor = 51, .svn = 0x16,
		};
		struct sev_cmd_blob load = { .paddr = AT_GUEST, .len = 4096 };

		assert_true(image_seal(machine_at(m, AT_GUEST), &header));
		assert_int_equal(run(m, SEV_OP_DOWNLOAD_FIRMWARE, &load, sizeof(load)), 0);
	}
	assert_int_equal(run0(m, SNP_OP_INIT), 0);
	assert_refused(m, SEV_RET_SHUTDOWN_REQUIRED, update(m, 50, 1, 0x16, 0));
	assert_int_equal(run0(m, SNP_OP_DF_FLUSH), 0);
	assert_int_equal(run0(m, SNP_OP_SHUTDOWN), 0);
	assert_int_equal(update(m, 50, 1, 0x16, 0), 0);
	machine_free(m);
}

static uint32_t load_vlek(struct machine *m, uint64_t tcb)
{
	struct snp_cmd_vlek_load cmd = { .length = sizeof(cmd), .vlek_paddr = AT_B };

	assert_true(fw_vlek_wrap(m->fw, tcb, machine_at(m, AT_B)));
	return run(m, SNP_OP_VLEK_LOAD, &cmd, sizeof(cmd));
}

static void vlek(void **state)
{
	struct snp_cmd_vlek_load cmd = { .length = sizeof(cmd), .vlek_paddr = AT_B };
	struct machine *m = snp_up(0x19);
	uint64_t tcb = snp_status(m).reported_tcb;

	(void)state;
	assert_refused(m, SEV_RET_INVALID_PARAM, load_vlek(m, tcb - 1));
	assert_int_equal(load_vlek(m, tcb), 0);
	assert_true(snp_status(m).flags & SNP_STATUS_VLEK_EN);
	/* another TCB version, another VLEK */
	assert_int_equal(config(m, with_byte(tcb, 0, -1), 0), 0);
	assert_false(snp_status(m).flags & SNP_STATUS_VLEK_EN);
	assert_int_equal(load_vlek(m, with_byte(tcb, 0, -1)), 0);

	*(uint8_t *)machine_at(m, AT_B + 20) ^= 1;
	assert_refused(m, SEV_RET_INVALID_KEY, run(m, SNP_OP_VLEK_LOAD, &cmd, sizeof(cmd)));
	cmd.version = 1;
	assert_refused(m, SEV_RET_INVALID_PARAM, run(m, SNP_OP_VLEK_LOAD, &cmd, sizeof(cmd)));
	cmd.version = 0;
	cmd.length = 8;
	assert_refused(m, SEV_RET_INVALID_PARAM, run(m, SNP_OP_VLEK_LOAD, &cmd, sizeof(cmd)));
	machine_free(m);
}

static void mitigations(void **state)
{
	struct snp_cmd_verify_mitigation good = {
		.length = sizeof(good), .flags = SNP_MITIGATION_DST, .dst_paddr = AT_A,
	};
	struct snp_cmd_verify_mitigation cmd = good;
	struct snp_mitigation_result *out;
	struct fw_config cfg;
	struct machine *m = snp_machine(0x19);

	(void)state;
	assert_refused(m, SEV_RET_INVALID_COMMAND,
		       run(m, SNP_OP_VERIFY_MITIGATION, &cmd, sizeof(cmd)));
	machine_free(m);

	fw_config_init(&cfg, 0x19);
	cfg.api_minor = 58;
	m = snp_machine_with(&cfg);
	assert_int_equal(snp_init(m, SNP_INIT_RMP), 0);
	out = machine_at(m, AT_A);
	assert_refused(m, SEV_RET_INVALID_PAGE_STATE,
		       run(m, SNP_OP_VERIFY_MITIGATION, &cmd, sizeof(cmd)));
	make(m, AT_A, PAGE_4K, FW_PAGE_FIRMWARE);
	assert_int_equal(run(m, SNP_OP_VERIFY_MITIGATION, &cmd, sizeof(cmd)), 0);
	assert_int_equal(out->supported, 3);
	assert_int_equal(out->verified, 0);
	cmd.subcommand = SNP_MITIGATION_VERIFY;
	assert_refused(m, SEV_RET_INVALID_PARAM,
		       run(m, SNP_OP_VERIFY_MITIGATION, &cmd, sizeof(cmd)));
	cmd.vector = 3;
	assert_refused(m, SEV_RET_INVALID_PARAM,
		       run(m, SNP_OP_VERIFY_MITIGATION, &cmd, sizeof(cmd)));
	cmd.vector = 4;
	assert_refused(m, SEV_RET_INVALID_PARAM,
		       run(m, SNP_OP_VERIFY_MITIGATION, &cmd, sizeof(cmd)));
	cmd.vector = 1;
	assert_int_equal(run(m, SNP_OP_VERIFY_MITIGATION, &cmd, sizeof(cmd)), 0);
	assert_int_equal(out->verified, 1);
	assert_int_equal(out->failure, 0);
	cmd.vector = 2;
	assert_int_equal(run(m, SNP_OP_VERIFY_MITIGATION, &cmd, sizeof(cmd)), 0);
	assert_int_equal(out->verified, 1);
	assert_int_equal(out->failure, 1);
	cmd.dst_paddr = AT_A + PAGE_4K - 8;
	assert_refused(m, SEV_RET_INVALID_ADDRESS,
		       run(m, SNP_OP_VERIFY_MITIGATION, &cmd, sizeof(cmd)));
	cmd = good;
	cmd.rsvd3[23] = 1;
	assert_refused(m, SEV_RET_INVALID_PARAM,
		       run(m, SNP_OP_VERIFY_MITIGATION, &cmd, sizeof(cmd)));
	machine_free(m);
}

static uint32_t feature_bits(struct machine *m)
{
	struct snp_cmd_feature_info cmd = { .length = sizeof(cmd), .leaf_paddr = AT_B };

	assert_int_equal(run(m, SNP_OP_FEATURE_INFO, &cmd, sizeof(cmd)), 0);
	return ((struct snp_feature_leaf *)machine_at(m, AT_B))->ecx;
}

static void mitigations_by_firmware(void **state)
{
	static const struct {
		unsigned int family, model, minor, build;
		uint64_t known;
	} cases[] = {
		{ 0x19, 0x01, 55, 255, 0 }, { 0x19, 0x01, 57, 0, 0 }, { 0x19, 0x01, 58, 0, 3 },
		{ 0x19, 0x11, 57, 255, 0 }, { 0x19, 0x11, 58, 1, 3 },
		{ 0x1a, 0x02, 55, 64, 0 }, { 0x1a, 0x02, 55, 65, 0x3f },
		{ 0x1a, 0x02, 58, 3, 0x3f }, { 0x1a, 0xa0, 58, 3, 0x3f },
	};
	struct snp_cmd_verify_mitigation cmd = {
		.length = sizeof(cmd), .flags = SNP_MITIGATION_DST, .dst_paddr = AT_A,
	};
	const struct snp_mitigation_result *out;
	struct fw_config cfg;
	struct machine *m;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		fw_config_init(&cfg, cases[i].family);
		cfg.model = cases[i].model;
		cfg.api_minor = cases[i].minor;
		cfg.build = cases[i].build;
		m = snp_machine_with(&cfg);
		out = machine_at(m, AT_A);
		assert_int_equal(!!(feature_bits(m) & SEV_BIT(13)), !!cases[i].known);
		if (!cases[i].known) {
			assert_refused(m, SEV_RET_INVALID_COMMAND,
				       run(m, SNP_OP_VERIFY_MITIGATION, &cmd, sizeof(cmd)));
		} else {
			assert_int_equal(run(m, SNP_OP_VERIFY_MITIGATION, &cmd, sizeof(cmd)), 0);
			assert_int_equal(out->supported, cases[i].known);
		}
		machine_free(m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(config_is_bounded_by_the_committed),
		cmocka_unit_test(update_under_snp),
		cmocka_unit_test(no_update_away_from_snp),
		cmocka_unit_test(vlek),
		cmocka_unit_test(mitigations),
		cmocka_unit_test(mitigations_by_firmware),
	};

	return cmocka_run_group_tests_name("SNP configuration", tests, NULL, NULL);
}
