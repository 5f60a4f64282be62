// SPDX-License-Identifier: GPL-2.0-only
/* Every command in every platform state and in every guest state, by a table of its own. */
#include <string.h>

#include "cert.h"
#include "test_owner.h"

#define U	1U	/* UNINIT */
#define I	2U	/* INIT */
#define W	4U	/* WORKING */

static const struct {
	unsigned int id, states;
} platform_rules[] = {
	{ SEV_OP_INIT, U }, { SEV_OP_INIT_EX, U }, { SEV_OP_SHUTDOWN, U | I | W },
	{ SEV_OP_FACTORY_RESET, U }, { SEV_OP_PLATFORM_STATUS, U | I | W },
	{ SEV_OP_PEK_GEN, I }, { SEV_OP_PEK_CSR, I | W }, { SEV_OP_PEK_CERT_IMPORT, I },
	{ SEV_OP_PDH_CERT_EXPORT, I | W }, { SEV_OP_PDH_GEN, I | W },
	{ SEV_OP_DF_FLUSH, I | W }, { SEV_OP_DOWNLOAD_FIRMWARE, U },
	{ SEV_OP_GET_ID, U | I | W }, { SEV_OP_DECOMMISSION, I | W },
	{ SEV_OP_ACTIVATE, I | W }, { SEV_OP_DEACTIVATE, I | W },
	{ SEV_OP_GUEST_STATUS, I | W }, { SEV_OP_LAUNCH_START, I | W },
	{ SEV_OP_LAUNCH_UPDATE_DATA, I | W }, { SEV_OP_LAUNCH_UPDATE_VMSA, I | W },
	{ SEV_OP_LAUNCH_MEASURE, I | W }, { SEV_OP_LAUNCH_UPDATE_SECRET, I | W },
	{ SEV_OP_LAUNCH_FINISH, I | W }, { SEV_OP_ATTESTATION_REPORT, I | W },
	{ SEV_OP_SEND_START, I | W }, { SEV_OP_SEND_UPDATE_DATA, I | W },
	{ SEV_OP_SEND_UPDATE_VMSA, I | W }, { SEV_OP_SEND_FINISH, I | W },
	{ SEV_OP_SEND_CANCEL, I | W }, { SEV_OP_RECEIVE_START, I | W },
	{ SEV_OP_RECEIVE_UPDATE_DATA, I | W }, { SEV_OP_RECEIVE_UPDATE_VMSA, I | W },
	{ SEV_OP_RECEIVE_FINISH, I | W }, { SEV_OP_DBG_DECRYPT, I | W },
	{ SEV_OP_DBG_ENCRYPT, I | W },
};

/* Bits by guest state. */
#define LU	(1U << SEV_GSTATE_LUPDATE)
#define LS	(1U << SEV_GSTATE_LSECRET)
#define RU	(1U << SEV_GSTATE_RUNNING)
#define SU	(1U << SEV_GSTATE_SUPDATE)
#define RC	(1U << SEV_GSTATE_RUPDATE)
#define SE	(1U << SEV_GSTATE_SENT)
#define LIVE	(LU | LS | RU | SU | RC)

static const struct {
	unsigned int id, states;
} guest_rules[] = {
	{ SEV_OP_DECOMMISSION, LIVE | SE }, { SEV_OP_ACTIVATE, LIVE },
	{ SEV_OP_DEACTIVATE, LIVE | SE }, { SEV_OP_GUEST_STATUS, LIVE | SE },
	{ SEV_OP_LAUNCH_UPDATE_DATA, LU }, { SEV_OP_LAUNCH_UPDATE_VMSA, LU },
	{ SEV_OP_LAUNCH_MEASURE, LU }, { SEV_OP_LAUNCH_UPDATE_SECRET, LS },
	{ SEV_OP_LAUNCH_FINISH, LS }, { SEV_OP_ATTESTATION_REPORT, LS | RU | SU | SE },
	{ SEV_OP_SEND_START, RU }, { SEV_OP_SEND_UPDATE_DATA, SU },
	{ SEV_OP_SEND_UPDATE_VMSA, SU }, { SEV_OP_SEND_FINISH, SU },
	{ SEV_OP_SEND_CANCEL, SU }, { SEV_OP_RECEIVE_UPDATE_DATA, RC },
	{ SEV_OP_RECEIVE_UPDATE_VMSA, RC }, { SEV_OP_RECEIVE_FINISH, RC },
	{ SEV_OP_DBG_DECRYPT, LIVE }, { SEV_OP_DBG_ENCRYPT, LIVE },
};

static uint32_t run_zeros(struct machine *m, uint32_t cmd, uint32_t handle)
{
	uint8_t buffer[128] = { 0 };

	memcpy(buffer, &handle, sizeof(handle));
	return run(m, cmd, buffer, sizeof(buffer));
}

static void enter(struct machine *m, unsigned int state)
{
	uint32_t handle;

	fw_reset(m->fw);
	if (state == SEV_PSTATE_UNINIT)
		return;
	bring_up(m);
	if (state == SEV_PSTATE_WORKING)
		assert_int_equal(launch(m, 0, &handle), 0);
}

static void commands_by_platform_state(void **state)
{
	struct machine *m = machine_new(0x19);
	unsigned int in;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(platform_rules); i++) {
		for (in = SEV_PSTATE_UNINIT; in <= SEV_PSTATE_WORKING; in++) {
			uint32_t status;

			enter(m, in);
			assert_int_equal(status_of(m).state, in);
			status = run_zeros(m, platform_rules[i].id, 0);
			if (platform_rules[i].states & 1U << in)
				assert_int_not_equal(status, SEV_RET_INVALID_PLATFORM_STATE);
			else
				assert_refused(m, SEV_RET_INVALID_PLATFORM_STATE, status);
		}
	}
	machine_free(m);
}

/* Send to and receive from itself, which the certificates do not forbid. */
static void send_to_self(struct machine *m, uint32_t handle)
{
	struct sev_cmd_send_start cmd = {
		.handle = handle, .pdh_paddr = AT_A, .pdh_len = CERT_SIZE,
		.plat_paddr = AT_B, .plat_len = 3 * CERT_SIZE,
		.amd_paddr = AT_C, .amd_len = 2 * ROOT_CERT_SIZE,
		.session_paddr = AT_D, .session_len = 128,
	};
	uint8_t pdh[CERT_SIZE], chain[3 * CERT_SIZE];
	struct amd_chain amd;

	assert_true(amd_chain_build(&amd, false));
	machine_put(m, AT_C, amd.data, amd.len);
	export_certs(m, pdh, chain);
	assert_int_equal(run(m, SEV_OP_SEND_START, &cmd, sizeof(cmd)), 0);
}

static uint32_t receive_from_self(struct machine *m)
{
	struct sev_cmd_guest_start cmd = {
		.policy = SEV_GUEST_POLICY_ES, .pdh_paddr = AT_A, .pdh_len = CERT_SIZE,
		.session_paddr = AT_D, .session_len = 128,
	};

	assert_int_equal(run(m, SEV_OP_RECEIVE_START, &cmd, sizeof(cmd)), 0);
	return cmd.handle;
}

static uint32_t guest_in(struct machine *m, unsigned int state)
{
	struct sev_cmd_guest_blob measure = { .paddr = AT_D, .len = 48 };
	uint32_t handle;

	enter(m, SEV_PSTATE_INIT);
	if (state == SEV_GSTATE_LUPDATE || state == SEV_GSTATE_LSECRET) {
		assert_int_equal(launch(m, SEV_GUEST_POLICY_ES, &handle), 0);
		assert_int_equal(activate(m, handle, 1), 0);
		measure.handle = handle;
		if (state == SEV_GSTATE_LSECRET)
			assert_int_equal(run(m, SEV_OP_LAUNCH_MEASURE, &measure,
					     sizeof(measure)), 0);
		return handle;
	}
	run_guest(m, SEV_GUEST_POLICY_ES, 1, &handle);
	if (state == SEV_GSTATE_RUNNING)
		return handle;
	send_to_self(m, handle);
	if (state == SEV_GSTATE_SENT)
		assert_int_equal(with_handle(m, SEV_OP_SEND_FINISH, handle), 0);
	if (state == SEV_GSTATE_RUPDATE) {
		handle = receive_from_self(m);
		assert_int_equal(activate(m, handle, 2), 0);
	}
	return handle;
}

static void commands_by_guest_state(void **state)
{
	struct machine *m = machine_new(0x19);
	unsigned int in;
	size_t i;

	(void)state;
	for (in = SEV_GSTATE_LUPDATE; in <= SEV_GSTATE_SENT; in++) {
		for (i = 0; i < ARRAY_SIZE(guest_rules); i++) {
			uint32_t handle = guest_in(m, in), status;

			assert_int_equal(guest_state(m, handle), in);
			status = run_zeros(m, guest_rules[i].id, handle);
			if (guest_rules[i].states & 1U << in)
				assert_int_not_equal(status, SEV_RET_INVALID_GUEST_STATE);
			else
				assert_refused(m, SEV_RET_INVALID_GUEST_STATE, status);
		}
	}
	machine_free(m);
}

static void no_command_works_on_no_guest(void **state)
{
	struct machine *m = machine_new(0x19);
	size_t i;

	(void)state;
	enter(m, SEV_PSTATE_WORKING);
	for (i = 0; i < ARRAY_SIZE(guest_rules); i++)
		assert_refused(m, SEV_RET_INVALID_GUEST,
			       run_zeros(m, guest_rules[i].id, 0xdeadbeef));
	machine_free(m);
}

static void refused_commands_leave_their_buffer_alone(void **state)
{
	struct machine *m = machine_new(0x19);
	uint8_t before[128], after[128];
	size_t i;

	(void)state;
	memset(before, 0x5a, sizeof(before));
	for (i = 0; i < ARRAY_SIZE(platform_rules); i++) {
		if (platform_rules[i].states & U)
			continue;
		memcpy(after, before, sizeof(after));
		assert_refused(m, SEV_RET_INVALID_PLATFORM_STATE,
			       run(m, platform_rules[i].id, after, sizeof(after)));
		assert_memory_equal(before, after, sizeof(after));
	}
	machine_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands_by_platform_state),
		cmocka_unit_test(commands_by_guest_state),
		cmocka_unit_test(no_command_works_on_no_guest),
		cmocka_unit_test(refused_commands_leave_their_buffer_alone),
	};

	return cmocka_run_group_tests_name("states", tests, NULL, NULL);
}
