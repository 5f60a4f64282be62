// SPDX-License-Identifier: GPL-2.0-only
/* Launch with an owner who checks everything from outside. */
#include <string.h>

#include <openssl/sha.h>

#include "keys.h"
#include "test_owner.h"

#define ES	SEV_GUEST_POLICY_ES

static const uint8_t version[] = { 1, 55, 21 };

static void fill_guest(struct machine *m)
{
	uint8_t *guest = machine_at(m, AT_GUEST);
	unsigned int i;

	for (i = 0; i < 0x10000; i++)
		guest[i] = (uint8_t)(i * 7 + i / 256);
}

static uint32_t update(struct machine *m, uint32_t cmd, uint32_t handle, uint64_t pa, uint32_t len)
{
	struct sev_cmd_guest_blob buffer = { .handle = handle, .paddr = pa, .len = len };

	return run(m, cmd, &buffer, sizeof(buffer));
}

static uint32_t measure(struct machine *m, uint32_t handle, uint32_t *len)
{
	struct sev_cmd_guest_blob cmd = { .handle = handle, .paddr = AT_A, .len = *len };
	uint32_t status = run(m, SEV_OP_LAUNCH_MEASURE, &cmd, sizeof(cmd));

	*len = cmd.len;
	return status;
}

static uint32_t secret(struct machine *m, uint32_t handle, uint64_t guest, uint32_t guest_len,
		       uint32_t trans_len)
{
	struct sev_cmd_packet cmd = {
		.handle = handle, .hdr_paddr = AT_B, .hdr_len = 52, .guest_paddr = guest,
		.guest_len = guest_len, .trans_paddr = AT_C, .trans_len = trans_len,
	};

	return run(m, SEV_OP_LAUNCH_UPDATE_SECRET, &cmd, sizeof(cmd));
}

/* A guest with an owner, measured, with what the owner should have got. */
static void measured_guest(struct machine *m, struct owner *o, uint32_t *handle, uint8_t *mac)
{
	uint8_t digest[32], want[32];
	uint32_t len = 48;

	assert_int_equal(owner_launch(m, o, ES, handle), 0);
	assert_int_equal(activate(m, *handle, 1), 0);
	fill_guest(m);
	assert_int_equal(update(m, SEV_OP_LAUNCH_UPDATE_DATA, *handle, AT_GUEST | CBIT, 0x5010), 0);
	assert_int_equal(update(m, SEV_OP_LAUNCH_UPDATE_DATA, *handle, AT_GUEST + 0x6000, 16), 0);
	assert_int_equal(update(m, SEV_OP_LAUNCH_UPDATE_VMSA, *handle, AT_GUEST + 0x7000, 4096), 0);
	assert_int_equal(measure(m, *handle, &len), 0);
	assert_int_equal(len, 48);

	/* the same three pieces, put together by hand */
	memmove(machine_at(m, AT_GUEST + 0x5010), machine_at(m, AT_GUEST + 0x6000), 16);
	memmove(machine_at(m, AT_GUEST + 0x5020), machine_at(m, AT_GUEST + 0x7000), 4096);
	SHA256(machine_at(m, AT_GUEST), 0x5020 + 4096, digest);
	memcpy(mac, machine_at(m, AT_A), 32);
	owner_measurement(o, digest, version, ES, machine_at(m, AT_A + 32), want);
	assert_memory_equal(mac, want, 32);
}

static void measurement_is_what_the_owner_computes(void **state)
{
	struct machine *m = *state;
	struct owner o;
	uint32_t handle;
	uint8_t mac[32];

	owner_new(&o);
	measured_guest(m, &o, &handle, mac);
	assert_int_equal(guest_state(m, handle), SEV_GSTATE_LSECRET);
	owner_free(&o);
}

static void order_of_updates_matters(void **state)
{
	uint8_t first[32], digest[32], want[32];
	struct machine *m = *state;
	struct owner o;
	uint32_t handle, len = 48;

	owner_new(&o);
	assert_int_equal(owner_launch(m, &o, 0, &handle), 0);
	assert_int_equal(activate(m, handle, 100), 0);
	fill_guest(m);
	assert_int_equal(update(m, SEV_OP_LAUNCH_UPDATE_DATA, handle, AT_GUEST + 16, 16), 0);
	/* a refused update leaves no trace */
	assert_refused(m, SEV_RET_INVALID_ADDRESS,
		       update(m, SEV_OP_LAUNCH_UPDATE_DATA, handle, RAM_BASE + RAM_SIZE - 4096,
			      8192));
	assert_int_equal(update(m, SEV_OP_LAUNCH_UPDATE_DATA, handle, AT_GUEST, 16), 0);
	assert_int_equal(measure(m, handle, &len), 0);
	memcpy(first, machine_at(m, AT_A), 32);

	SHA256(machine_at(m, AT_GUEST), 32, digest);
	owner_measurement(&o, digest, version, 0, machine_at(m, AT_A + 32), want);
	assert_memory_not_equal(first, want, 32);
	memcpy(machine_at(m, AT_GUEST + 32), machine_at(m, AT_GUEST), 16);
	SHA256(machine_at(m, AT_GUEST + 16), 32, digest);
	owner_measurement(&o, digest, version, 0, machine_at(m, AT_A + 32), want);
	assert_memory_equal(first, want, 32);
	owner_free(&o);
}

static void secret_reaches_the_guest(void **state)
{
	const uint8_t plain[64] = "a secret that only owner and guest know";
	struct machine *m = *state;
	struct owner o;
	uint32_t handle;
	uint8_t mac[32];

	owner_new(&o);
	measured_guest(m, &o, &handle, mac);
	owner_secret(&o, mac, plain, sizeof(plain), machine_at(m, AT_B), machine_at(m, AT_C));
	assert_memory_not_equal(machine_at(m, AT_C), plain, sizeof(plain));
	assert_int_equal(secret(m, handle, AT_GUEST + 0x100, 64, 64), 0);
	assert_memory_equal(machine_at(m, AT_GUEST + 0x100), plain, sizeof(plain));
	assert_int_equal(with_handle(m, SEV_OP_LAUNCH_FINISH, handle), 0);
	assert_int_equal(guest_state(m, handle), SEV_GSTATE_RUNNING);
	assert_refused(m, SEV_RET_INVALID_GUEST_STATE, secret(m, handle, AT_GUEST, 64, 64));
	owner_free(&o);
}

static void forged_secrets_are_refused(void **state)
{
	const uint8_t plain[64] = "a secret that only owner and guest know";
	const uint64_t bytes[] = { AT_B + 4, AT_B + 20, AT_B + 51, AT_C, AT_C + 63 };
	uint8_t mac[32], before[64];
	struct machine *m = *state;
	struct owner o;
	uint32_t handle;
	size_t i;

	owner_new(&o);
	measured_guest(m, &o, &handle, mac);
	owner_secret(&o, mac, plain, sizeof(plain), machine_at(m, AT_B), machine_at(m, AT_C));
	memcpy(before, machine_at(m, AT_GUEST), 64);
	for (i = 0; i < ARRAY_SIZE(bytes); i++) {
		*(uint8_t *)machine_at(m, bytes[i]) ^= 1;
		assert_refused(m, SEV_RET_BAD_MEASUREMENT, secret(m, handle, AT_GUEST, 64, 64));
		*(uint8_t *)machine_at(m, bytes[i]) ^= 1;
	}
	/* for another launch, or of another size */
	mac[0] ^= 1;
	owner_secret(&o, mac, plain, sizeof(plain), machine_at(m, AT_B), machine_at(m, AT_C));
	assert_refused(m, SEV_RET_BAD_MEASUREMENT, secret(m, handle, AT_GUEST, 64, 64));
	assert_refused(m, SEV_RET_BAD_MEASUREMENT, secret(m, handle, AT_GUEST, 48, 48));
	assert_refused(m, SEV_RET_INVALID_LEN, secret(m, handle, AT_GUEST, 64, 48));
	assert_refused(m, SEV_RET_INVALID_LEN, secret(m, handle, AT_GUEST, 40, 40));
	assert_refused(m, SEV_RET_INVALID_LEN, secret(m, handle, AT_GUEST, 0, 0));
	assert_refused(m, SEV_RET_INVALID_LEN, secret(m, handle, AT_GUEST, 16400, 16400));
	assert_refused(m, SEV_RET_INVALID_ADDRESS, secret(m, handle, AT_GUEST + 8, 64, 64));
	*(uint8_t *)machine_at(m, AT_B) = 1;	/* compressed */
	assert_refused(m, SEV_RET_INVALID_PARAM, secret(m, handle, AT_GUEST, 64, 64));
	assert_memory_equal(before, machine_at(m, AT_GUEST), 64);
	owner_free(&o);
}

static void session_must_be_genuine(void **state)
{
	const uint64_t bytes[] = { AT_D, AT_D + 16, AT_D + 48, AT_D + 64, AT_D + 96 };
	struct sev_cmd_guest_start good = {
		.pdh_paddr = AT_C, .pdh_len = CERT_SIZE, .session_paddr = AT_D,
		.session_len = 128,
	};
	struct sev_cmd_guest_start cmd;
	struct machine *m = *state;
	struct owner o;
	uint32_t handle;
	size_t i;

	owner_new(&o);
	assert_int_equal(owner_launch(m, &o, 0, &handle), 0);
	assert_int_equal(status_of(m).guest_count, 1);
#define REFUSED_WITH(status, change) \
	do { \
		cmd = good; \
		cmd.change; \
		assert_refused(m, status, run(m, SEV_OP_LAUNCH_START, &cmd, sizeof(cmd))); \
	} while (0)
	for (i = 0; i < ARRAY_SIZE(bytes); i++) {
		*(uint8_t *)machine_at(m, bytes[i]) ^= 1;
		REFUSED_WITH(SEV_RET_BAD_MEASUREMENT, policy = 0);
		*(uint8_t *)machine_at(m, bytes[i]) ^= 1;
	}
	REFUSED_WITH(SEV_RET_BAD_MEASUREMENT, policy = SEV_GUEST_POLICY_NODBG);
	REFUSED_WITH(SEV_RET_INVALID_LEN, pdh_len = CERT_SIZE - 1);
	REFUSED_WITH(SEV_RET_INVALID_LEN, pdh_len = 0);
	REFUSED_WITH(SEV_RET_INVALID_LEN, session_len = 127);
	REFUSED_WITH(SEV_RET_INVALID_LEN, session_len = 0);
	REFUSED_WITH(SEV_RET_INVALID_PARAM, rsvd = 1);
	REFUSED_WITH(SEV_RET_INVALID_ADDRESS, session_paddr = 0);
	REFUSED_WITH(SEV_RET_INVALID_ADDRESS, pdh_paddr = 0);
	REFUSED_WITH(SEV_RET_INVALID_CERTIFICATE, pdh_paddr = AT_B);	/* this is a PEK */
	*(uint8_t *)machine_at(m, AT_C + 0x20) ^= 1;	/* not a point of the curve any more */
	REFUSED_WITH(SEV_RET_BAD_MEASUREMENT, policy = 0);
	*(uint8_t *)machine_at(m, AT_C + 0x20) ^= 1;
	REFUSED_WITH(SEV_RET_INVALID_GUEST, handle = 77);
#undef REFUSED_WITH
	/* with a new PDH, nobody knows the session's keys any more */
	assert_int_equal(run0(m, SEV_OP_PDH_GEN), 0);
	cmd = good;
	assert_refused(m, SEV_RET_BAD_MEASUREMENT,
		       run(m, SEV_OP_LAUNCH_START, &cmd, sizeof(cmd)));
	assert_int_equal(status_of(m).guest_count, 1);
	owner_free(&o);
}

static void updates_check_their_buffer(void **state)
{
	struct sev_cmd_guest_blob cmd = { .rsvd = 1, .paddr = AT_GUEST, .len = 16 };
	const uint32_t data = SEV_OP_LAUNCH_UPDATE_DATA;
	const uint32_t vmsa = SEV_OP_LAUNCH_UPDATE_VMSA;
	struct machine *m = *state;
	uint32_t sev, es;

	assert_int_equal(launch(m, 0, &sev), 0);
	assert_int_equal(launch(m, ES, &es), 0);
	assert_refused(m, SEV_RET_INACTIVE, update(m, data, sev, AT_GUEST, 16));
	assert_refused(m, SEV_RET_INACTIVE, update(m, vmsa, es, AT_GUEST, 4096));
	assert_int_equal(activate(m, sev, 100), 0);
	assert_int_equal(activate(m, es, 1), 0);
	cmd.handle = sev;
	assert_refused(m, SEV_RET_INVALID_PARAM, run(m, data, &cmd, sizeof(cmd)));
	cmd.len = 48;
	assert_refused(m, SEV_RET_INVALID_PARAM,
		       run(m, SEV_OP_LAUNCH_MEASURE, &cmd, sizeof(cmd)));
	assert_refused(m, SEV_RET_INVALID_GUEST, update(m, data, 99, AT_GUEST, 16));
	assert_refused(m, SEV_RET_INVALID_LEN, update(m, data, sev, AT_GUEST, 0));
	assert_refused(m, SEV_RET_INVALID_LEN, update(m, data, sev, AT_GUEST, 17));
	assert_refused(m, SEV_RET_INVALID_ADDRESS, update(m, data, sev, AT_GUEST + 4, 16));
	assert_refused(m, SEV_RET_INVALID_ADDRESS, update(m, data, sev, 0, 16));
	assert_refused(m, SEV_RET_INVALID_ADDRESS, update(m, data, sev, AT_TMR, 16));
	assert_refused(m, SEV_RET_INVALID_ADDRESS,
		       update(m, data, sev, 0xfffffffffffffff0ULL, 32));
	assert_refused(m, SEV_RET_POLICY_FAILURE, update(m, vmsa, sev, AT_GUEST, 4096));
	assert_refused(m, SEV_RET_INVALID_LEN, update(m, vmsa, es, AT_GUEST, 4080));
	assert_refused(m, SEV_RET_INVALID_LEN, update(m, vmsa, es, AT_GUEST, 8192));
	assert_refused(m, SEV_RET_INVALID_ADDRESS, update(m, vmsa, es, AT_GUEST + 16, 4096));
	assert_int_equal(update(m, vmsa, es, AT_GUEST, 4096), 0);
}

static void measure_tells_its_length(void **state)
{
	struct machine *m = *state;
	uint32_t handle, len = 0;

	assert_int_equal(launch(m, 0, &handle), 0);
	assert_refused(m, SEV_RET_INVALID_LEN, measure(m, handle, &len));
	assert_int_equal(len, 48);
	len = 47;
	assert_refused(m, SEV_RET_INVALID_LEN, measure(m, handle, &len));
	assert_int_equal(guest_state(m, handle), SEV_GSTATE_LUPDATE);
	len = 4096;
	assert_int_equal(measure(m, handle, &len), 0);
	assert_int_equal(len, 48);
	assert_refused(m, SEV_RET_INVALID_GUEST_STATE, measure(m, handle, &len));
}

static void report_is_signed_by_the_pek(void **state)
{
	struct sev_cmd_attestation_report cmd = { .mnonce = "sixteen bytes..." };
	uint8_t pdh[CERT_SIZE], chain[3 * CERT_SIZE], digest[32];
	struct machine *m = *state;
	struct sev_attestation r;
	EVP_PKEY *pek;
	uint32_t handle, len = 48;

	assert_int_equal(launch(m, SEV_GUEST_POLICY_NOKS, &handle), 0);
	assert_int_equal(activate(m, handle, 100), 0);
	fill_guest(m);
	assert_int_equal(update(m, SEV_OP_LAUNCH_UPDATE_DATA, handle, AT_GUEST, 4096), 0);
	cmd.handle = handle;
	assert_refused(m, SEV_RET_INVALID_GUEST_STATE,
		       run(m, SEV_OP_ATTESTATION_REPORT, &cmd, sizeof(cmd)));
	assert_int_equal(measure(m, handle, &len), 0);
	assert_refused(m, SEV_RET_INVALID_LEN,
		       run(m, SEV_OP_ATTESTATION_REPORT, &cmd, sizeof(cmd)));
	assert_int_equal(cmd.report_len, sizeof(r));
	cmd.report_paddr = AT_D;
	cmd.rsvd = 1;
	assert_refused(m, SEV_RET_INVALID_PARAM,
		       run(m, SEV_OP_ATTESTATION_REPORT, &cmd, sizeof(cmd)));
	cmd.rsvd = 0;
	assert_int_equal(run(m, SEV_OP_ATTESTATION_REPORT, &cmd, sizeof(cmd)), 0);
	memcpy(&r, machine_at(m, AT_D), sizeof(r));

	SHA256(machine_at(m, AT_GUEST), 4096, digest);
	assert_memory_equal(r.mnonce, cmd.mnonce, 16);
	assert_memory_equal(r.launch_digest, digest, 32);
	assert_int_equal(r.policy, SEV_GUEST_POLICY_NOKS);
	assert_int_equal(r.sig_usage, 0x1002);
	assert_int_equal(r.sig_algo, 2);

	export_certs(m, pdh, chain);
	pek = cert_key(chain);
	assert_true(ecdsa_good((const uint8_t *)&r, 52, r.r, r.s, pek));
	EVP_PKEY_free(pek);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, machine_up, machine_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(measurement_is_what_the_owner_computes),
		TEST(order_of_updates_matters),
		TEST(secret_reaches_the_guest),
		TEST(forged_secrets_are_refused),
		TEST(session_must_be_genuine),
		TEST(updates_check_their_buffer),
		TEST(measure_tells_its_length),
		TEST(report_is_signed_by_the_pek),
	};

	return cmocka_run_group_tests_name("launch", tests, NULL, NULL);
}
