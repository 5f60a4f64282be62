// SPDX-License-Identifier: GPL-2.0-only
/* A guest moves from one platform to another. */
#include <string.h>

#include <openssl/ec.h>

#include "cert.h"
#include "test_owner.h"

#define ES		SEV_GUEST_POLICY_ES
#define AT_HEADER	AT_A
#define AT_PACKET	AT_B
#define AT_PDH		AT_C
#define AT_SESSION	AT_D
#define AT_PLAT		(RAM_BASE + 0x50000)
#define AT_AMD		(RAM_BASE + 0x60000)

/* struct pair - Source, target and a guest on the source */
struct pair {
	struct machine *from;
	struct machine *to;
	uint32_t handle;
};

static int pair_up(void **state)
{
	static struct pair p;

	p.from = machine_new(0x19);
	p.to = machine_new(0x1a);
	bring_up(p.from);
	bring_up(p.to);
	*state = &p;
	return 0;
}

static int pair_down(void **state)
{
	struct pair *p = *state;

	machine_free(p->from);
	machine_free(p->to);
	return 0;
}

/* Bring the target's certificates to the source. */
static void introduce(struct pair *p)
{
	uint8_t pdh[CERT_SIZE], chain[3 * CERT_SIZE];
	struct amd_chain amd;

	assert_true(amd_chain_build(&amd, false));
	export_certs(p->to, pdh, chain);
	machine_put(p->from, AT_PDH, pdh, sizeof(pdh));
	machine_put(p->from, AT_PLAT, chain, sizeof(chain));
	machine_put(p->from, AT_AMD, amd.data, amd.len);
}

static struct sev_cmd_send_start send_start_cmd(const struct pair *p)
{
	return (struct sev_cmd_send_start){
		.handle = p->handle,
		.pdh_paddr = AT_PDH, .pdh_len = CERT_SIZE,
		.plat_paddr = AT_PLAT, .plat_len = 3 * CERT_SIZE,
		.amd_paddr = AT_AMD, .amd_len = 2 * ROOT_CERT_SIZE,
		.session_paddr = AT_SESSION, .session_len = 128,
	};
}

static uint32_t send_start(struct pair *p)
{
	struct sev_cmd_send_start cmd = send_start_cmd(p);

	return run(p->from, SEV_OP_SEND_START, &cmd, sizeof(cmd));
}

static void start_moving(struct pair *p, uint32_t policy)
{
	run_guest(p->from, policy, policy & ES ? 7 : 107, &p->handle);
	introduce(p);
	assert_int_equal(send_start(p), 0);
}

/* The hypervisors carry session and PDH over and start to receive. */
static uint32_t receive_start(struct pair *p, uint32_t policy, uint32_t *handle)
{
	struct sev_cmd_guest_start cmd = {
		.policy = policy, .pdh_paddr = AT_PDH, .pdh_len = CERT_SIZE,
		.session_paddr = AT_SESSION, .session_len = 128,
	};
	uint8_t pdh[CERT_SIZE], chain[3 * CERT_SIZE];
	uint8_t session[128];
	uint32_t status;

	memcpy(session, machine_at(p->from, AT_SESSION), sizeof(session));
	export_certs(p->from, pdh, chain);
	machine_put(p->to, AT_PDH, pdh, sizeof(pdh));
	machine_put(p->to, AT_SESSION, session, sizeof(session));
	status = run(p->to, SEV_OP_RECEIVE_START, &cmd, sizeof(cmd));
	*handle = cmd.handle;
	return status;
}

static struct sev_cmd_packet packet(uint32_t handle, uint32_t len)
{
	return (struct sev_cmd_packet){
		.handle = handle, .hdr_paddr = AT_HEADER, .hdr_len = 52,
		.guest_paddr = AT_GUEST, .guest_len = len,
		.trans_paddr = AT_PACKET, .trans_len = len,
	};
}

static uint32_t send(struct pair *p, uint32_t cmd, uint32_t len)
{
	struct sev_cmd_packet buffer = packet(p->handle, len);

	return run(p->from, cmd, &buffer, sizeof(buffer));
}

static uint32_t receive(struct pair *p, uint32_t cmd, uint32_t handle, uint32_t len)
{
	struct sev_cmd_packet buffer = packet(handle, len);

	return run(p->to, cmd, &buffer, sizeof(buffer));
}

static void carry(struct pair *p, uint32_t len)
{
	machine_put(p->to, AT_HEADER, machine_at(p->from, AT_HEADER), 52);
	machine_put(p->to, AT_PACKET, machine_at(p->from, AT_PACKET), len);
}

static void guest_moves(void **state)
{
	struct pair *p = *state;
	uint8_t *guest = machine_at(p->from, AT_GUEST);
	uint32_t handle, i, round;

	start_moving(p, ES);
	assert_int_equal(guest_state(p->from, p->handle), SEV_GSTATE_SUPDATE);
	assert_int_equal(receive_start(p, ES, &handle), 0);
	assert_int_equal(guest_state(p->to, handle), SEV_GSTATE_RUPDATE);
	assert_int_equal(activate(p->to, handle, 9), 0);
	for (round = 0; round < 3; round++) {
		uint32_t len = round ? 4096 : 16384;
		uint32_t out = round == 2 ? SEV_OP_SEND_UPDATE_VMSA : SEV_OP_SEND_UPDATE_DATA;
		uint32_t in = round == 2 ? SEV_OP_RECEIVE_UPDATE_VMSA : SEV_OP_RECEIVE_UPDATE_DATA;

		for (i = 0; i < len; i++)
			guest[i] = (uint8_t)(i * 13 + round);
		assert_int_equal(send(p, out, len), 0);
		assert_memory_not_equal(machine_at(p->from, AT_PACKET), guest, len);
		carry(p, len);
		assert_int_equal(receive(p, in, handle, len), 0);
		assert_memory_equal(machine_at(p->to, AT_GUEST), guest, len);
	}
	assert_int_equal(with_handle(p->from, SEV_OP_SEND_FINISH, p->handle), 0);
	assert_int_equal(with_handle(p->to, SEV_OP_RECEIVE_FINISH, handle), 0);
	assert_int_equal(guest_state(p->from, p->handle), SEV_GSTATE_SENT);
	assert_int_equal(guest_state(p->to, handle), SEV_GSTATE_RUNNING);
	assert_refused(p->from, SEV_RET_INVALID_GUEST_STATE, send_start(p));
}

static void packets_cannot_be_swapped_or_changed(void **state)
{
	const uint64_t bytes[] = { AT_HEADER + 4, AT_HEADER + 20, AT_PACKET, AT_PACKET + 4095 };
	struct pair *p = *state;
	struct sev_cmd_packet cmd;
	uint32_t handle;
	size_t i;

	start_moving(p, ES);
	assert_int_equal(receive_start(p, ES, &handle), 0);
	assert_refused(p->to, SEV_RET_INACTIVE,
		       receive(p, SEV_OP_RECEIVE_UPDATE_DATA, handle, 4096));
	assert_int_equal(activate(p->to, handle, 9), 0);
	assert_int_equal(send(p, SEV_OP_SEND_UPDATE_DATA, 4096), 0);
	carry(p, 4096);
	for (i = 0; i < ARRAY_SIZE(bytes); i++) {
		*(uint8_t *)machine_at(p->to, bytes[i]) ^= 1;
		assert_refused(p->to, SEV_RET_BAD_MEASUREMENT,
			       receive(p, SEV_OP_RECEIVE_UPDATE_DATA, handle, 4096));
		*(uint8_t *)machine_at(p->to, bytes[i]) ^= 1;
	}
	/* data is no VMSA, and a part is not the whole */
	assert_refused(p->to, SEV_RET_BAD_MEASUREMENT,
		       receive(p, SEV_OP_RECEIVE_UPDATE_VMSA, handle, 4096));
	assert_refused(p->to, SEV_RET_BAD_MEASUREMENT,
		       receive(p, SEV_OP_RECEIVE_UPDATE_DATA, handle, 2048));
	cmd = packet(handle, 4096);
	cmd.hdr_len = 51;
	assert_refused(p->to, SEV_RET_INVALID_LEN,
		       run(p->to, SEV_OP_RECEIVE_UPDATE_DATA, &cmd, sizeof(cmd)));
	cmd = packet(handle, 4096);
	cmd.rsvd2 = 1;
	assert_refused(p->to, SEV_RET_INVALID_PARAM,
		       run(p->to, SEV_OP_RECEIVE_UPDATE_DATA, &cmd, sizeof(cmd)));
	assert_int_equal(receive(p, SEV_OP_RECEIVE_UPDATE_DATA, handle, 4096), 0);
}

static void session_fits_one_target_and_policy(void **state)
{
	struct pair *p = *state;
	uint32_t handle;

	start_moving(p, 0);
	assert_refused(p->to, SEV_RET_BAD_MEASUREMENT,
		       receive_start(p, SEV_GUEST_POLICY_NODBG, &handle));
	assert_int_equal(run0(p->to, SEV_OP_PDH_GEN), 0);
	assert_refused(p->to, SEV_RET_BAD_MEASUREMENT, receive_start(p, 0, &handle));
	assert_int_equal(status_of(p->to).guest_count, 0);
}

static void lengths_are_told(void **state)
{
	struct sev_cmd_send_start start = { 0 };
	struct sev_cmd_packet cmd;
	struct pair *p = *state;

	run_guest(p->from, SEV_GUEST_POLICY_NODBG, 107, &p->handle);
	introduce(p);
	start.handle = p->handle;
	assert_refused(p->from, SEV_RET_INVALID_LEN,
		       run(p->from, SEV_OP_SEND_START, &start, sizeof(start)));
	assert_int_equal(start.session_len, 128);
	assert_int_equal(start.policy, SEV_GUEST_POLICY_NODBG);
	assert_int_equal(guest_state(p->from, p->handle), SEV_GSTATE_RUNNING);
	assert_int_equal(send_start(p), 0);

	cmd = (struct sev_cmd_packet){ .handle = p->handle };
	assert_refused(p->from, SEV_RET_INVALID_LEN,
		       run(p->from, SEV_OP_SEND_UPDATE_DATA, &cmd, sizeof(cmd)));
	assert_int_equal(cmd.hdr_len, 52);
	assert_int_equal(cmd.trans_len, 16384);
	cmd = packet(p->handle, 4096);
	cmd.trans_len = 4095;
	assert_refused(p->from, SEV_RET_INVALID_LEN,
		       run(p->from, SEV_OP_SEND_UPDATE_DATA, &cmd, sizeof(cmd)));
	assert_int_equal(cmd.trans_len, 4096);
	cmd.hdr_len = 51;
	assert_refused(p->from, SEV_RET_INVALID_LEN,
		       run(p->from, SEV_OP_SEND_UPDATE_DATA, &cmd, sizeof(cmd)));
	assert_int_equal(cmd.hdr_len, 52);
	cmd = packet(p->handle, 16400);
	assert_refused(p->from, SEV_RET_INVALID_LEN,
		       run(p->from, SEV_OP_SEND_UPDATE_DATA, &cmd, sizeof(cmd)));
	cmd = packet(p->handle, 4096);
	cmd.guest_paddr += 1;
	assert_refused(p->from, SEV_RET_INVALID_ADDRESS,
		       run(p->from, SEV_OP_SEND_UPDATE_DATA, &cmd, sizeof(cmd)));
	cmd = packet(p->handle, 4096);
	assert_refused(p->from, SEV_RET_POLICY_FAILURE,
		       run(p->from, SEV_OP_SEND_UPDATE_VMSA, &cmd, sizeof(cmd)));
}

static void a_vmsa_is_a_page(void **state)
{
	struct pair *p = *state;
	struct sev_cmd_packet cmd;
	uint32_t handle;

	start_moving(p, ES);
	assert_int_equal(receive_start(p, ES, &handle), 0);
	assert_int_equal(activate(p->to, handle, 9), 0);
	assert_refused(p->from, SEV_RET_INVALID_LEN, send(p, SEV_OP_SEND_UPDATE_VMSA, 2048));
	assert_refused(p->from, SEV_RET_INVALID_LEN, send(p, SEV_OP_SEND_UPDATE_VMSA, 8192));
	assert_refused(p->to, SEV_RET_INVALID_LEN,
		       receive(p, SEV_OP_RECEIVE_UPDATE_VMSA, handle, 2048));
	cmd = packet(p->handle, 4096);
	cmd.guest_paddr += 16;
	assert_refused(p->from, SEV_RET_INVALID_ADDRESS,
		       run(p->from, SEV_OP_SEND_UPDATE_VMSA, &cmd, sizeof(cmd)));
	cmd.handle = handle;
	assert_refused(p->to, SEV_RET_INVALID_ADDRESS,
		       run(p->to, SEV_OP_RECEIVE_UPDATE_VMSA, &cmd, sizeof(cmd)));
}

static void forged_targets_are_refused(void **state)
{
	const uint64_t bytes[] = {
		AT_PDH + 0x20, AT_PDH + 0x430,
		AT_PLAT + 0x20, AT_PLAT + 0x430, AT_PLAT + 0x630,
		AT_PLAT + CERT_SIZE + 0x20, AT_PLAT + CERT_SIZE + 0x430,
		AT_PLAT + 2 * CERT_SIZE + 0x20, AT_PLAT + 2 * CERT_SIZE + 0x430,
		AT_AMD + 0x300, AT_AMD + 0x450,
		AT_AMD + ROOT_CERT_SIZE + 0x300, AT_AMD + ROOT_CERT_SIZE + 0x450,
	};
	struct pair *p = *state;
	struct sev_cmd_send_start cmd;
	size_t i;

	run_guest(p->from, 0, 107, &p->handle);
	introduce(p);
	for (i = 0; i < ARRAY_SIZE(bytes); i++) {
		*(uint8_t *)machine_at(p->from, bytes[i]) ^= 1;
		assert_refused(p->from, SEV_RET_INVALID_CERTIFICATE, send_start(p));
		*(uint8_t *)machine_at(p->from, bytes[i]) ^= 1;
	}
#define REFUSED_WITH(status, change) \
	do { \
		cmd = send_start_cmd(p); \
		cmd.change; \
		assert_refused(p->from, status, \
			       run(p->from, SEV_OP_SEND_START, &cmd, sizeof(cmd))); \
	} while (0)
	REFUSED_WITH(SEV_RET_INVALID_LEN, session_len = 127);
	REFUSED_WITH(SEV_RET_INVALID_LEN, pdh_len--);
	REFUSED_WITH(SEV_RET_INVALID_LEN, plat_len--);
	REFUSED_WITH(SEV_RET_INVALID_LEN, amd_len++);
	REFUSED_WITH(SEV_RET_INVALID_PARAM, rsvd1 = 1);
	REFUSED_WITH(SEV_RET_INVALID_PARAM, rsvd2 = 1);
	REFUSED_WITH(SEV_RET_INVALID_PARAM, rsvd3 = 1);
	REFUSED_WITH(SEV_RET_INVALID_ADDRESS, amd_paddr = 0);
	REFUSED_WITH(SEV_RET_INVALID_GUEST, handle = 0);
#undef REFUSED_WITH
	assert_int_equal(send_start(p), 0);
}

static void take_over(struct machine *m, EVP_PKEY *authority)
{
	struct sev_cmd_blob csr = { .paddr = AT_A, .len = CERT_SIZE };
	struct sev_cmd_pek_cert_import cmd = {
		.pek_paddr = AT_A, .pek_len = CERT_SIZE, .oca_paddr = AT_B, .oca_len = CERT_SIZE,
	};

	assert_int_equal(run(m, SEV_OP_PEK_CSR, &csr, sizeof(csr)), 0);
	make_cert(machine_at(m, AT_B), 0x1001, authority);
	sign_cert(machine_at(m, AT_B), 0, 0x1001, authority);
	sign_cert(machine_at(m, AT_A), 0, 0x1001, authority);
	assert_int_equal(run(m, SEV_OP_PEK_CERT_IMPORT, &cmd, sizeof(cmd)), 0);
}

static void policies_hold_guests_back(void **state)
{
	EVP_PKEY *authority = EVP_EC_gen("P-384");
	struct pair *p = *state;
	uint32_t handle;

	run_guest(p->from, SEV_GUEST_POLICY_NOSEND, 107, &p->handle);
	introduce(p);
	assert_refused(p->from, SEV_RET_POLICY_FAILURE, send_start(p));
	run_guest(p->from, SEV_GUEST_POLICY_DOMAIN, 108, &p->handle);
	assert_refused(p->from, SEV_RET_POLICY_FAILURE, send_start(p));
	assert_int_equal(run0(p->from, SEV_OP_SHUTDOWN), 0);

	/* the same owner on both sides makes a domain */
	bring_up(p->from);
	take_over(p->from, authority);
	take_over(p->to, authority);
	run_guest(p->from, SEV_GUEST_POLICY_DOMAIN, 108, &p->handle);
	introduce(p);
	assert_int_equal(send_start(p), 0);
	assert_int_equal(receive_start(p, SEV_GUEST_POLICY_DOMAIN, &handle), 0);
	EVP_PKEY_free(authority);
}

static void target_may_be_too_old(void **state)
{
	const uint32_t policy = 1U << 16 | 50U << 24;
	struct pair *p = *state;
	struct fw_config cfg = p->to->cfg;

	machine_free(p->to);
	cfg.api_minor = 49;
	p->to = machine_with(&cfg);
	bring_up(p->to);
	run_guest(p->from, policy, 107, &p->handle);
	introduce(p);
	assert_refused(p->from, SEV_RET_POLICY_FAILURE, send_start(p));
}

static void sending_can_be_cancelled(void **state)
{
	struct pair *p = *state;

	start_moving(p, 0);
	assert_int_equal(with_handle(p->from, SEV_OP_SEND_CANCEL, p->handle), 0);
	assert_int_equal(guest_state(p->from, p->handle), SEV_GSTATE_RUNNING);
	assert_refused(p->from, SEV_RET_INVALID_GUEST_STATE,
		       send(p, SEV_OP_SEND_UPDATE_DATA, 4096));
	assert_int_equal(send_start(p), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, pair_up, pair_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(guest_moves),
		TEST(packets_cannot_be_swapped_or_changed),
		TEST(session_fits_one_target_and_policy),
		TEST(lengths_are_told),
		TEST(a_vmsa_is_a_page),
		TEST(forged_targets_are_refused),
		TEST(policies_hold_guests_back),
		TEST(target_may_be_too_old),
		TEST(sending_can_be_cancelled),
	};

	return cmocka_run_group_tests_name("migration", tests, NULL, NULL);
}
