// SPDX-License-Identifier: GPL-2.0-only
/* Guest contexts: handles, ASIDs, and the flushes between two users of one. */
#include <string.h>

#include "keys.h"
#include "test_machine.h"

#define ES	SEV_GUEST_POLICY_ES

static void asids_have_ranges(void **state)
{
	struct machine *m = *state;
	uint32_t sev, es;

	assert_int_equal(launch(m, 0, &sev), 0);
	assert_int_equal(launch(m, ES, &es), 0);
	assert_refused(m, SEV_RET_INVALID_ASID, activate(m, sev, 0));
	assert_refused(m, SEV_RET_INVALID_ASID, activate(m, sev, 99));
	assert_refused(m, SEV_RET_INVALID_ASID, activate(m, sev, 510));
	assert_refused(m, SEV_RET_INVALID_ASID, activate(m, sev, 0x10000001));
	assert_refused(m, SEV_RET_INVALID_ASID, activate(m, es, 100));
	assert_refused(m, SEV_RET_INVALID_ASID, activate(m, es, 0));
	assert_int_equal(activate(m, sev, 100), 0);
	assert_int_equal(activate(m, es, 99), 0);
	assert_int_equal(launch(m, 0, &sev), 0);
	assert_int_equal(activate(m, sev, 509), 0);
	assert_refused(m, SEV_RET_ACTIVE, activate(m, sev, 508));
	assert_refused(m, SEV_RET_INVALID_GUEST, activate(m, 4711, 101));
}

static void an_asid_has_one_owner(void **state)
{
	struct machine *m = *state;
	uint32_t a, b;

	assert_int_equal(launch(m, 0, &a), 0);
	assert_int_equal(launch(m, 0, &b), 0);
	assert_int_equal(activate(m, a, 200), 0);
	assert_refused(m, SEV_RET_ASID_OWNED, activate(m, b, 200));
	assert_int_equal(with_handle(m, SEV_OP_DEACTIVATE, a), 0);
	assert_refused(m, SEV_RET_DFFLUSH_REQUIRED, activate(m, b, 200));
	assert_int_equal(activate(m, b, 201), 0);
	assert_int_equal(with_handle(m, SEV_OP_DEACTIVATE, b), 0);
	assert_int_equal(run0(m, SEV_OP_DF_FLUSH), 0);
	assert_int_equal(activate(m, b, 200), 0);
}

static void first_guest_needs_df_flush(void **state)
{
	struct machine *m = machine_new(0x19);
	uint32_t handle;

	(void)state;
	assert_int_equal(init(m, true), 0);
	assert_int_equal(launch(m, 0, &handle), 0);
	assert_refused(m, SEV_RET_DFFLUSH_REQUIRED, activate(m, handle, 100));
	assert_int_equal(run0(m, SEV_OP_DF_FLUSH), 0);
	assert_int_equal(activate(m, handle, 100), 0);
	machine_free(m);
}

static void df_flush_needs_every_cache_written_back(void **state)
{
	struct fw_config cfg;
	struct machine *m;
	uint32_t handle;

	(void)state;
	fw_config_init(&cfg, 0x19);
	cfg.cores = 2;
	m = machine_with(&cfg);
	assert_int_equal(init(m, true), 0);
	assert_refused(m, SEV_RET_WBINVD_REQUIRED, run0(m, SEV_OP_DF_FLUSH));
	fw_note_wbinvd(m->fw, 1);
	assert_refused(m, SEV_RET_WBINVD_REQUIRED, run0(m, SEV_OP_DF_FLUSH));
	fw_note_wbinvd(m->fw, 0);
	fw_note_wbinvd(m->fw, 7);
	assert_int_equal(run0(m, SEV_OP_DF_FLUSH), 0);

	assert_int_equal(launch(m, 0, &handle), 0);
	assert_int_equal(activate(m, handle, 100), 0);
	fw_note_wbinvd(m->fw, 0);
	fw_note_wbinvd(m->fw, 1);
	assert_int_equal(with_handle(m, SEV_OP_DEACTIVATE, handle), 0);
	/* too early does not count */
	assert_refused(m, SEV_RET_WBINVD_REQUIRED, run0(m, SEV_OP_DF_FLUSH));
	machine_free(m);
}

static void deactivate_before_decommission(void **state)
{
	struct machine *m = *state;
	uint32_t handle;

	assert_int_equal(launch(m, 0, &handle), 0);
	assert_refused(m, SEV_RET_INACTIVE, with_handle(m, SEV_OP_DEACTIVATE, handle));
	assert_int_equal(activate(m, handle, 100), 0);
	assert_refused(m, SEV_RET_ACTIVE, with_handle(m, SEV_OP_DECOMMISSION, handle));
	assert_int_equal(with_handle(m, SEV_OP_DEACTIVATE, handle), 0);
	assert_int_equal(with_handle(m, SEV_OP_DECOMMISSION, handle), 0);
	assert_int_equal(status_of(m).state, SEV_PSTATE_INIT);
	assert_refused(m, SEV_RET_INVALID_GUEST, with_handle(m, SEV_OP_DECOMMISSION, handle));
}

static void status_of_a_guest(void **state)
{
	struct sev_cmd_guest_status cmd = { 0 };
	struct machine *m = *state;
	uint32_t handle;

	assert_int_equal(launch(m, SEV_GUEST_POLICY_NODBG, &handle), 0);
	cmd.handle = handle;
	assert_int_equal(run(m, SEV_OP_GUEST_STATUS, &cmd, sizeof(cmd)), 0);
	assert_int_equal(cmd.handle, handle);
	assert_int_equal(cmd.policy, SEV_GUEST_POLICY_NODBG);
	assert_int_equal(cmd.asid, 0);
	assert_int_equal(cmd.state, SEV_GSTATE_LUPDATE);
	assert_int_equal(activate(m, handle, 123), 0);
	assert_int_equal(run(m, SEV_OP_GUEST_STATUS, &cmd, sizeof(cmd)), 0);
	assert_int_equal(cmd.asid, 123);
	cmd.handle = handle + 1;
	assert_refused(m, SEV_RET_INVALID_GUEST,
		       run(m, SEV_OP_GUEST_STATUS, &cmd, sizeof(cmd)));
	cmd.handle = 0;
	assert_refused(m, SEV_RET_INVALID_GUEST,
		       run(m, SEV_OP_GUEST_STATUS, &cmd, sizeof(cmd)));
}

static void handles_are_not_reused(void **state)
{
	struct machine *m = *state;
	uint32_t a, b;

	assert_int_equal(launch(m, 0, &a), 0);
	assert_int_equal(with_handle(m, SEV_OP_DECOMMISSION, a), 0);
	assert_int_equal(launch(m, 0, &b), 0);
	assert_int_not_equal(a, b);
	assert_int_not_equal(b, 0);
}

static void policies_that_cannot_be_kept(void **state)
{
	struct machine *m = *state;
	struct machine *plain = machine_new(0x19);
	uint32_t handle;

	assert_refused(m, SEV_RET_POLICY_FAILURE, launch(m, 1U << 6, &handle));
	assert_refused(m, SEV_RET_POLICY_FAILURE, launch(m, 1U << 15, &handle));
	assert_refused(m, SEV_RET_POLICY_FAILURE, launch(m, 1U << 16 | 56U << 24, &handle));
	assert_refused(m, SEV_RET_POLICY_FAILURE, launch(m, 2U << 16, &handle));
	assert_int_equal(launch(m, 1U << 16 | 55U << 24, &handle), 0);
	assert_int_equal(launch(m, 0U << 16 | 99U << 24, &handle), 0);
	assert_int_equal(init(plain, false), 0);
	assert_refused(plain, SEV_RET_POLICY_FAILURE, launch(plain, ES, &handle));
	machine_free(plain);
}

static uint32_t launch_sharing(struct machine *m, uint32_t policy, uint32_t *handle)
{
	struct sev_cmd_guest_start cmd = { .handle = *handle, .policy = policy };
	uint32_t status = run(m, SEV_OP_LAUNCH_START, &cmd, sizeof(cmd));

	*handle = cmd.handle;
	return status;
}

static void keys_are_shared_only_by_consent(void **state)
{
	struct machine *m = *state;
	uint32_t open, closed, handle;

	assert_int_equal(launch(m, 0, &open), 0);
	assert_int_equal(launch(m, SEV_GUEST_POLICY_NOKS, &closed), 0);
	handle = open;
	assert_int_equal(launch_sharing(m, 0, &handle), 0);
	assert_int_not_equal(handle, open);
	handle = closed;
	assert_refused(m, SEV_RET_POLICY_FAILURE, launch_sharing(m, 0, &handle));
	handle = open;
	assert_refused(m, SEV_RET_POLICY_FAILURE,
		       launch_sharing(m, SEV_GUEST_POLICY_NOKS, &handle));
	handle = 4711;
	assert_refused(m, SEV_RET_INVALID_GUEST, launch_sharing(m, 0, &handle));
	assert_int_equal(status_of(m).guest_count, 3);
}

static void guests_are_limited(void **state)
{
	struct machine *m = *state;
	uint32_t handle, count = 0, status;

	do
		status = launch(m, 0, &handle);
	while (!status && ++count < 100000);
	assert_refused(m, SEV_RET_RESOURCE_LIMIT, status);
	assert_int_equal(status_of(m).guest_count, count);
	assert_true(count >= 509);
	assert_int_equal(run0(m, SEV_OP_SHUTDOWN), 0);
	assert_int_equal(status_of(m).guest_count, 0);
}

static void shutdown_takes_guests_along(void **state)
{
	struct machine *m = *state;
	uint32_t handle;

	run_guest(m, 0, 100, &handle);
	assert_int_equal(run0(m, SEV_OP_SHUTDOWN), 0);
	bring_up(m);
	assert_refused(m, SEV_RET_INVALID_GUEST, with_handle(m, SEV_OP_DEACTIVATE, handle));
	assert_int_equal(launch(m, 0, &handle), 0);
	assert_int_equal(activate(m, handle, 100), 0);
}

/* Both directions have the same rules. */
static uint32_t debug_both(struct machine *m, struct sev_cmd_dbg *cmd)
{
	uint32_t status = run(m, SEV_OP_DBG_DECRYPT, cmd, sizeof(*cmd));

	assert_int_equal(run(m, SEV_OP_DBG_ENCRYPT, cmd, sizeof(*cmd)), status);
	return status;
}

static void debugging_by_consent(void **state)
{
	struct machine *m = *state;
	struct sev_cmd_dbg good, cmd;
	uint32_t handle, closed;

	run_guest(m, 0, 100, &handle);
	run_guest(m, SEV_GUEST_POLICY_NODBG, 101, &closed);
	memset(machine_at(m, AT_GUEST), 0x42, 8192);
	good = (struct sev_cmd_dbg){
		.handle = handle, .src_paddr = AT_GUEST | CBIT, .dst_paddr = AT_D, .len = 5008,
	};
	cmd = good;
	assert_int_equal(run(m, SEV_OP_DBG_DECRYPT, &cmd, sizeof(cmd)), 0);
	assert_memory_equal(machine_at(m, AT_D), machine_at(m, AT_GUEST), 5008);
	assert_int_equal(*(uint8_t *)machine_at(m, AT_D + 5008), 0);
#define REFUSED_WITH(status, change) \
	do { \
		cmd = good; \
		cmd.change; \
		assert_refused(m, status, debug_both(m, &cmd)); \
	} while (0)
	REFUSED_WITH(SEV_RET_POLICY_FAILURE, handle = closed);
	REFUSED_WITH(SEV_RET_INVALID_GUEST, handle = 99);
	REFUSED_WITH(SEV_RET_INVALID_PARAM, rsvd = 1);
	REFUSED_WITH(SEV_RET_INVALID_LEN, len = 0);
	REFUSED_WITH(SEV_RET_INVALID_LEN, len = 15);
	REFUSED_WITH(SEV_RET_INVALID_ADDRESS, src_paddr += 1);
	REFUSED_WITH(SEV_RET_INVALID_ADDRESS, dst_paddr += 8);
	REFUSED_WITH(SEV_RET_INVALID_ADDRESS, src_paddr = RAM_BASE + RAM_SIZE - 16);
	REFUSED_WITH(SEV_RET_INVALID_ADDRESS, dst_paddr = RAM_BASE + RAM_SIZE - 16);
	REFUSED_WITH(SEV_RET_INVALID_ADDRESS, dst_paddr = AT_TMR);
	REFUSED_WITH(SEV_RET_INVALID_ADDRESS, len = 0xfffffff0);
	/* nothing is copied if not everything can be */
	REFUSED_WITH(SEV_RET_INVALID_ADDRESS, dst_paddr = RAM_BASE + RAM_SIZE - 4096);
	assert_int_equal(*(uint8_t *)machine_at(m, RAM_BASE + RAM_SIZE - 4096), 0);
#undef REFUSED_WITH
	assert_int_equal(with_handle(m, SEV_OP_DEACTIVATE, handle), 0);
	cmd = good;
	assert_refused(m, SEV_RET_INACTIVE, run(m, SEV_OP_DBG_ENCRYPT, &cmd, sizeof(cmd)));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, machine_up, machine_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(asids_have_ranges),
		TEST(an_asid_has_one_owner),
		cmocka_unit_test(first_guest_needs_df_flush),
		cmocka_unit_test(df_flush_needs_every_cache_written_back),
		TEST(deactivate_before_decommission),
		TEST(status_of_a_guest),
		TEST(handles_are_not_reused),
		TEST(policies_that_cannot_be_kept),
		TEST(keys_are_shared_only_by_consent),
		TEST(guests_are_limited),
		TEST(shutdown_takes_guests_along),
		TEST(debugging_by_consent),
	};

	return cmocka_run_group_tests_name("guests", tests, NULL, NULL);
}
