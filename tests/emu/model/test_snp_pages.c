// SPDX-License-Identifier: GPL-2.0-only
/* Page states: PAGE_RECLAIM, PAGE_UNSMASH, answers, and legacy commands while SNP is up. */
#include <string.h>

#include "test_snp_machine.h"

#define IN_BUFFER	0x40

static void reclaim_by_state(void **state)
{
	static const struct {
		enum fw_page_state from, to;
		uint32_t status;
	} cases[] = {
		{ FW_PAGE_HYPERVISOR, FW_PAGE_HYPERVISOR, 0 },
		{ FW_PAGE_RECLAIM, FW_PAGE_RECLAIM, 0 },
		{ FW_PAGE_FIRMWARE, FW_PAGE_RECLAIM, 0 },
		{ FW_PAGE_METADATA, FW_PAGE_RECLAIM, 0 },
		{ FW_PAGE_PRE_GUEST, FW_PAGE_GUEST_INVALID, 0 },
		{ FW_PAGE_PRE_SWAP, FW_PAGE_GUEST_VALID, 0 },
		{ FW_PAGE_GUEST_INVALID, FW_PAGE_GUEST_INVALID, 0 },
		{ FW_PAGE_GUEST_VALID, FW_PAGE_GUEST_VALID, 0 },
		{ FW_PAGE_HV_FIXED, FW_PAGE_HV_FIXED, SEV_RET_INVALID_PAGE_STATE },
		{ FW_PAGE_CONTEXT, FW_PAGE_CONTEXT, SEV_RET_INVALID_PAGE_STATE },
	};
	struct machine *m = snp_up(0x19);
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		make(m, AT_B, PAGE_4K, cases[i].from);
		if (cases[i].status)
			assert_refused(m, cases[i].status, reclaim(m, AT_B | CBIT));
		else
			assert_int_equal(reclaim(m, AT_B | CBIT), 0);
		assert_int_equal(state_at(m, AT_B), cases[i].to);
	}
	assert_refused(m, SEV_RET_INVALID_ADDRESS, reclaim(m, AT_B + 16));
	assert_refused(m, SEV_RET_INVALID_PAGE_STATE, reclaim(m, RAM_BASE + RAM_SIZE));
	machine_free(m);
}

static void reclaim_by_size(void **state)
{
	struct machine *m = snp_up(0x19);

	(void)state;
	give_to_guest(m, AT_PAGE, 0x200000, 3, true);
	assert_refused(m, SEV_RET_INVALID_PAGE_SIZE, reclaim(m, AT_PAGE));
	assert_int_equal(reclaim(m, AT_PAGE | SNP_PAGE_2M), 0);
	assert_state(m, AT_PAGE, GUEST_INVALID);
	assert_int_equal(entry_at(m, AT_PAGE).asid, 3);
	assert_int_equal(entry_at(m, AT_PAGE).gpa, 0x200000);
	assert_refused(m, SEV_RET_INVALID_ADDRESS, reclaim(m, AT_B | SNP_PAGE_2M));
	give_to_guest(m, AT_PAGE, 0x200000, 3, false);
	assert_refused(m, SEV_RET_INVALID_PAGE_SIZE, reclaim(m, AT_PAGE | SNP_PAGE_2M));
	machine_free(m);
}

static void unsmash(void **state)
{
	struct snp_cmd_page cmd = { .page_paddr = AT_PAGE };
	struct machine *m = snp_up(0x19);
	unsigned int i;

	(void)state;
	assert_refused(m, SEV_RET_INVALID_PAGE_STATE,
		       run(m, SNP_OP_PAGE_UNSMASH, &cmd, sizeof(cmd)));
	for (i = 0; i < PAGES_PER_2M; i++)
		give_to_guest(m, AT_PAGE + i * PAGE_4K, 0x600000 + i * PAGE_4K, 3, false);
	give_to_guest(m, AT_PAGE + 77 * PAGE_4K, 0x600000 + 77 * PAGE_4K, 4, false);
	assert_refused(m, SEV_RET_INVALID_PAGE_STATE,
		       run(m, SNP_OP_PAGE_UNSMASH, &cmd, sizeof(cmd)));
	assert_non_null(strstr(m->refused, "0x10024d000"));
	give_to_guest(m, AT_PAGE + 77 * PAGE_4K, 0x600000 + 77 * PAGE_4K, 3, false);
	assert_int_equal(run(m, SNP_OP_PAGE_UNSMASH, &cmd, sizeof(cmd)), 0);
	assert_true(entry_at(m, AT_PAGE + 0x5000).huge);
	assert_refused(m, SEV_RET_INVALID_PAGE_SIZE,
		       run(m, SNP_OP_PAGE_UNSMASH, &cmd, sizeof(cmd)));
	cmd.page_paddr = AT_PAGE + 0x1000;
	assert_refused(m, SEV_RET_INVALID_ADDRESS,
		       run(m, SNP_OP_PAGE_UNSMASH, &cmd, sizeof(cmd)));
	machine_free(m);
}

static void answer_pages(void **state)
{
	struct snp_cmd_platform_status status = { .status_paddr = AT_A };
	struct snp_cmd_feature_info leaf = { .length = sizeof(leaf), .leaf_paddr = AT_A };
	const enum fw_page_state bad[] = {
		FW_PAGE_HYPERVISOR, FW_PAGE_HV_FIXED, FW_PAGE_RECLAIM, FW_PAGE_CONTEXT,
		FW_PAGE_METADATA, FW_PAGE_PRE_GUEST, FW_PAGE_GUEST_VALID,
	};
	struct machine *m = snp_up(0x19);
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		make(m, AT_A, PAGE_4K, bad[i]);
		memset(machine_at(m, AT_A), 0xa5, 32);
		assert_refused(m, SEV_RET_INVALID_PAGE_STATE,
			       run(m, SNP_OP_PLATFORM_STATUS, &status, sizeof(status)));
		assert_refused(m, SEV_RET_INVALID_PAGE_STATE,
			       run(m, SNP_OP_FEATURE_INFO, &leaf, sizeof(leaf)));
		assert_int_equal(*(uint8_t *)machine_at(m, AT_A), 0xa5);
	}
	make(m, AT_A, PAGE_4K, FW_PAGE_FIRMWARE);
	assert_int_equal(run(m, SNP_OP_PLATFORM_STATUS, &status, sizeof(status)), 0);
	assert_state(m, AT_A, FIRMWARE);
	assert_int_equal(run(m, SNP_OP_FEATURE_INFO, &leaf, sizeof(leaf)), 0);
	assert_int_equal(reclaim(m, AT_A), 0);
	take_back(m, AT_A);
	/* a large page is not what the commands take */
	make(m, AT_PAGE, PAGE_4K, FW_PAGE_FIRMWARE);
	m->rmp[(AT_PAGE - RAM_BASE) / PAGE_4K].huge = true;
	status.status_paddr = AT_PAGE + 0x3000;
	assert_refused(m, SEV_RET_INVALID_PAGE_SIZE,
		       run(m, SNP_OP_PLATFORM_STATUS, &status, sizeof(status)));
	machine_free(m);
}

static void legacy_command_buffer(void **state)
{
	struct sev_cmd_platform_status cmd = { 0 };
	struct sev_cmd_blob id = { .paddr = 0, .len = 0 };
	struct sev_cmd_blob csr = { .paddr = 0, .len = 0 };
	struct machine *m = snp_up(0x19);

	(void)state;
	assert_int_equal(run(m, SEV_OP_PLATFORM_STATUS, &cmd, sizeof(cmd)),
			 SEV_RET_INVALID_PAGE_STATE + IN_BUFFER);
	assert_non_null(strstr(m->refused, "Hypervisor"));
	assert_state(m, AT_COMMAND, HYPERVISOR);
	assert_int_equal(cmd.api_major, 0);
	assert_int_equal(run_answering(m, SEV_OP_PLATFORM_STATUS, &cmd, sizeof(cmd)), 0);
	assert_int_equal(cmd.api_major, 1);
	/* refused, but the page was the firmware's for a moment */
	assert_refused(m, SEV_RET_INVALID_PLATFORM_STATE,
		       run_answering(m, SEV_OP_PEK_CSR, &csr, sizeof(csr)));
	/* a length query is answered */
	assert_refused(m, SEV_RET_INVALID_LEN,
		       run_answering(m, SEV_OP_GET_ID, &id, sizeof(id)));
	assert_int_equal(id.len, 64);
	/* a large page */
	make(m, RAM_BASE, PAGE_4K, FW_PAGE_FIRMWARE);
	m->rmp[0].huge = true;
	assert_int_equal(run(m, SEV_OP_PLATFORM_STATUS, &cmd, sizeof(cmd)),
			 SEV_RET_INVALID_PAGE_SIZE + IN_BUFFER);
	m->rmp[0].huge = false;
	/* commands that do not answer take any page */
	assert_int_equal(init(m, false), 0);
	assert_state(m, AT_COMMAND, HYPERVISOR);
	machine_free(m);
}

static void command_buffer_across_pages(void **state)
{
	const uint64_t at = AT_A + PAGE_4K - 8;
	struct machine *m = snp_up(0x19);

	(void)state;
	make(m, AT_A, PAGE_4K, FW_PAGE_FIRMWARE);
	assert_refused(m, SEV_RET_INVALID_PAGE_STATE,
		       fw_command(m->fw, SEV_OP_PLATFORM_STATUS, at));
	assert_state(m, AT_A, RECLAIM);
	make(m, AT_A, 2 * PAGE_4K, FW_PAGE_FIRMWARE);
	assert_int_equal(fw_command(m->fw, SEV_OP_PLATFORM_STATUS, at), 0);
	assert_state(m, AT_A, RECLAIM);
	assert_state(m, AT_A + PAGE_4K, FIRMWARE);
	machine_free(m);
}

static void legacy_output(void **state)
{
	struct sev_cmd_blob id = { .paddr = AT_A, .len = 64 };
	struct machine *m = snp_up(0x19);

	(void)state;
	assert_refused(m, SEV_RET_INVALID_PAGE_STATE,
		       run_answering(m, SEV_OP_GET_ID, &id, sizeof(id)));
	id.len = 64;
	make(m, AT_A, PAGE_4K, FW_PAGE_FIRMWARE);
	assert_int_equal(run_answering(m, SEV_OP_GET_ID, &id, sizeof(id)), 0);
	assert_state(m, AT_A, FIRMWARE);
	/* an unaligned buffer has a second page */
	id.paddr = AT_A + PAGE_4K - 32;
	assert_refused(m, SEV_RET_INVALID_PAGE_STATE,
		       run_answering(m, SEV_OP_GET_ID, &id, sizeof(id)));
	make(m, AT_A + PAGE_4K, PAGE_4K, FW_PAGE_FIRMWARE);
	id.len = 64;
	assert_int_equal(run_answering(m, SEV_OP_GET_ID, &id, sizeof(id)), 0);
	machine_free(m);
}

static uint32_t init_es(struct machine *m, uint64_t tmr, uint32_t len)
{
	struct sev_cmd_init cmd = { .flags = SEV_INIT_ES, .tmr_paddr = tmr, .tmr_len = len };

	return run(m, SEV_OP_INIT, &cmd, sizeof(cmd));
}

static void trusted_memory(void **state)
{
	struct machine *m = snp_up(0x19);

	(void)state;
	make(m, AT_TMR, PAGE_2M, FW_PAGE_FIRMWARE);
	assert_refused(m, SEV_RET_INVALID_CONFIG, init_es(m, AT_TMR, 1 << 20));
	assert_refused(m, SEV_RET_INVALID_CONFIG, init_es(m, AT_TMR + (1 << 20), PAGE_2M));
	make(m, AT_TMR + 300 * PAGE_4K, PAGE_4K, FW_PAGE_RECLAIM);
	assert_refused(m, SEV_RET_INVALID_PAGE_STATE, init_es(m, AT_TMR, PAGE_2M));
	make(m, AT_TMR + 300 * PAGE_4K, PAGE_4K, FW_PAGE_FIRMWARE);
	assert_int_equal(init_es(m, AT_TMR, PAGE_2M), 0);
	assert_state(m, AT_TMR, FIRMWARE);
	/* it is in use until SHUTDOWN */
	assert_refused(m, SEV_RET_INVALID_PAGE_STATE, reclaim(m, AT_TMR));
	assert_int_equal(run0(m, SEV_OP_SHUTDOWN), 0);
	assert_state(m, AT_TMR, FIRMWARE);
	assert_int_equal(reclaim(m, AT_TMR), 0);
	machine_free(m);
}

static void non_volatile_area(void **state)
{
	struct machine *m = snp_up(0x19);

	(void)state;
	memset(machine_at(m, AT_NV), 0xff, SEV_NV_LEN);
	make(m, AT_NV, SEV_NV_LEN - PAGE_4K, FW_PAGE_FIRMWARE);
	assert_refused(m, SEV_RET_INVALID_PAGE_STATE, init_ex(m, false));
	make(m, AT_NV, SEV_NV_LEN, FW_PAGE_FIRMWARE);
	assert_int_equal(init_ex(m, false), 0);
	assert_int_equal(run0(m, SEV_OP_PDH_GEN), 0);
	assert_state(m, AT_NV, FIRMWARE);
	machine_free(m);
}

static void legacy_init_beside_snp(void **state)
{
	struct machine *m = snp_machine(0x19);

	(void)state;
	/* CPUs with SNP on and nobody who set the table up */
	assert_refused(m, SEV_RET_INVALID_PLATFORM_STATE, init(m, false));
	assert_int_equal(snp_init(m, SNP_INIT_RMP), 0);
	assert_int_equal(init(m, false), 0);
	assert_refused(m, SEV_RET_INVALID_PLATFORM_STATE, snp_init(m, SNP_INIT_RMP));
	assert_int_equal(run0(m, SEV_OP_DF_FLUSH), 0);
	assert_int_equal(run0(m, SEV_OP_SHUTDOWN), 0);
	assert_int_equal(snp_shutdown(m, SNP_SHUTDOWN_IOMMU), 0);
	assert_int_equal(init(m, false), 0);
	machine_free(m);
}

static void es_guests_are_given_up(void **state)
{
	static const struct {
		unsigned int family, model, svn;
		bool lost;
	} cases[] = {
		{ 0x19, 0x01, 0x1a, false }, { 0x19, 0x01, 0x1b, true },
		{ 0x19, 0x11, 0x1a, false }, { 0x19, 0x11, 0x1c, true },
		{ 0x1a, 0x02, 3, false }, { 0x1a, 0x02, 4, true },
		{ 0x1a, 0x50, 0x30, false },
	};
	static const uint32_t ops[] = { SEV_OP_LAUNCH_START, SEV_OP_RECEIVE_START };
	struct sev_cmd_guest_start start = { .policy = SEV_GUEST_POLICY_ES };
	struct sev_cmd_guest_start plain;
	struct fw_config cfg;
	uint32_t want;
	struct machine *m;
	size_t i, k;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		fw_config_init(&cfg, cases[i].family);
		cfg.model = cases[i].model;
		cfg.svn = cases[i].svn;
		m = snp_machine_with(&cfg);
		assert_int_equal(snp_init(m, SNP_INIT_RMP), 0);
		assert_int_equal(init(m, false), 0);
		/* INIT asked for no SEV-ES: what comes first shows in the status */
		want = SEV_RET_POLICY_FAILURE;
		if (cases[i].lost)
			want = SEV_RET_UNSUPPORTED;
		for (k = 0; k < ARRAY_SIZE(ops); k++)
			assert_refused(m, want, run_answering(m, ops[k], &start, sizeof(start)));
		plain = (struct sev_cmd_guest_start){ .policy = 0 };
		assert_int_equal(run_answering(m, SEV_OP_LAUNCH_START, &plain, sizeof(plain)), 0);
		machine_free(m);
	}

	/* without SNP they go on */
	fw_config_init(&cfg, 0x19);
	cfg.svn = 0x1b;
	m = machine_with(&cfg);
	assert_int_equal(init(m, true), 0);
	assert_int_equal(run(m, SEV_OP_LAUNCH_START, &start, sizeof(start)), 0);
	machine_free(m);
}

static void guest_memory_is_encrypted_in_place(void **state)
{
	struct sev_cmd_guest_start start = { .policy = 0 };
	struct sev_cmd_guest_blob data = { .paddr = AT_GUEST, .len = 0x1010 };
	struct machine *m = snp_up(0x19);

	(void)state;
	assert_int_equal(init(m, false), 0);
	assert_int_equal(run0(m, SEV_OP_DF_FLUSH), 0);
	assert_int_equal(run_answering(m, SEV_OP_LAUNCH_START, &start, sizeof(start)), 0);
	assert_int_equal(activate(m, start.handle, 100), 0);
	data.handle = start.handle;
	make(m, AT_GUEST, PAGE_4K, FW_PAGE_FIRMWARE);
	assert_refused(m, SEV_RET_INVALID_PAGE_STATE,
		       run(m, SEV_OP_LAUNCH_UPDATE_DATA, &data, sizeof(data)));
	make(m, AT_GUEST, 2 * PAGE_4K, FW_PAGE_FIRMWARE);
	assert_int_equal(run(m, SEV_OP_LAUNCH_UPDATE_DATA, &data, sizeof(data)), 0);
	assert_state(m, AT_GUEST, FIRMWARE);
	machine_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reclaim_by_state),
		cmocka_unit_test(reclaim_by_size),
		cmocka_unit_test(unsmash),
		cmocka_unit_test(answer_pages),
		cmocka_unit_test(legacy_command_buffer),
		cmocka_unit_test(command_buffer_across_pages),
		cmocka_unit_test(legacy_output),
		cmocka_unit_test(trusted_memory),
		cmocka_unit_test(non_volatile_area),
		cmocka_unit_test(legacy_init_beside_snp),
		cmocka_unit_test(es_guests_are_given_up),
		cmocka_unit_test(guest_memory_is_encrypted_in_place),
	};

	return cmocka_run_group_tests_name("page states", tests, NULL, NULL);
}
