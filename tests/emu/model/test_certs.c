// SPDX-License-Identifier: GPL-2.0-only
/* Certificates: verified by libcrypto alone, from the PDH up to the self-made root. */
#include <string.h>

#include <openssl/bn.h>
#include <openssl/ec.h>

#include "cert.h"
#include "root.h"
#include "test_owner.h"

struct certs {
	uint8_t pdh[CERT_SIZE];
	uint8_t chain[3 * CERT_SIZE];
};

#define PEK(c)	((c)->chain)
#define OCA(c)	((c)->chain + CERT_SIZE)
#define CEK(c)	((c)->chain + 2 * CERT_SIZE)

static void export_all(struct machine *m, struct certs *c)
{
	export_certs(m, c->pdh, c->chain);
}

static void verify_chain(struct machine *m, bool naples)
{
	EVP_PKEY *pek, *oca, *cek, *ask, *ark;
	const uint8_t *ask_cert, *ark_cert;
	struct amd_chain amd;
	struct certs c;

	export_all(m, &c);
	assert_true(amd_chain_build(&amd, naples));
	ask_cert = amd.data;
	ark_cert = amd.data + root_cert_size(amd.data);
	assert_int_equal(amd.len, 2 * root_cert_size(amd.data));
	pek = cert_key(PEK(&c));
	oca = cert_key(OCA(&c));
	cek = cert_key(CEK(&c));
	ask = root_key(ask_cert);
	ark = root_key(ark_cert);
	assert_int_equal(EVP_PKEY_bits(ask), naples ? 2048 : 4096);

	assert_true(root_signature_good(ark_cert, ark));
	assert_true(root_signature_good(ask_cert, ark));
	assert_false(root_signature_good(ask_cert, ask));
	assert_true(cek_signature_good(CEK(&c), ask));
	assert_true(cert_signature_good(OCA(&c), 0, 0x1001, oca));
	assert_true(cert_signature_good(PEK(&c), 0, 0x1001, oca));
	assert_true(cert_signature_good(PEK(&c), 1, 0x1004, cek));
	assert_true(cert_signature_good(c.pdh, 0, 0x1002, pek));
	assert_false(cert_signature_good(c.pdh, 0, 0x1002, cek));

	EVP_PKEY_free(pek);
	EVP_PKEY_free(oca);
	EVP_PKEY_free(cek);
	EVP_PKEY_free(ask);
	EVP_PKEY_free(ark);
}

static void chain_verifies_up_to_the_root(void **state)
{
	verify_chain(*state, false);
}

static void roots_by_generation(void **state)
{
	static const struct {
		unsigned int family, model;
		bool naples;
	} cases[] = {
		{ 0x17, 0x01, true }, { 0x17, 0x31, false }, { 0x19, 0x11, false },
		{ 0x1a, 0x02, false },
	};
	struct fw_config cfg;
	struct machine *m;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		fw_config_init(&cfg, cases[i].family);
		cfg.model = cases[i].model;
		m = machine_with(&cfg);
		bring_up(m);
		verify_chain(m, cases[i].naples);
		machine_free(m);
	}
}

static void certificates_say_what_they_are(void **state)
{
	static const struct {
		size_t offset;
		uint32_t usage, algo;
	} want[] = {
		{ 0, 0x1002, 2 }, { CERT_SIZE, 0x1001, 2 }, { 2 * CERT_SIZE, 0x1004, 2 },
	};
	struct certs c;
	uint32_t word[4];
	size_t i;

	export_all(*state, &c);
	for (i = 0; i < ARRAY_SIZE(want); i++) {
		memcpy(word, c.chain + want[i].offset, sizeof(word));
		assert_int_equal(word[0], 1);
		assert_int_equal(word[1] & 0xffff, 1 | 55 << 8);
		assert_int_equal(word[2], want[i].usage);
		assert_int_equal(word[3], want[i].algo);
	}
	memcpy(word, c.pdh, sizeof(word));
	assert_int_equal(word[2], 0x1003);
	assert_int_equal(word[3], 3);
}

static void export_tells_the_lengths(void **state)
{
	struct sev_cmd_pdh_cert_export cmd = { 0 };
	struct machine *m = *state;

	assert_refused(m, SEV_RET_INVALID_LEN, run(m, SEV_OP_PDH_CERT_EXPORT, &cmd, sizeof(cmd)));
	assert_int_equal(cmd.pdh_len, CERT_SIZE);
	assert_int_equal(cmd.chain_len, 3 * CERT_SIZE);

	cmd.pdh_paddr = AT_A;
	cmd.chain_paddr = AT_B;
	cmd.chain_len--;
	assert_refused(m, SEV_RET_INVALID_LEN, run(m, SEV_OP_PDH_CERT_EXPORT, &cmd, sizeof(cmd)));
	assert_int_equal(cmd.chain_len, 3 * CERT_SIZE);
	cmd.rsvd = 1;
	assert_refused(m, SEV_RET_INVALID_PARAM,
		       run(m, SEV_OP_PDH_CERT_EXPORT, &cmd, sizeof(cmd)));
	cmd.rsvd = 0;
	cmd.chain_paddr = RAM_BASE + RAM_SIZE - CERT_SIZE;
	assert_refused(m, SEV_RET_INVALID_ADDRESS,
		       run(m, SEV_OP_PDH_CERT_EXPORT, &cmd, sizeof(cmd)));
}

static void get_csr(struct machine *m, uint8_t *csr)
{
	struct sev_cmd_blob cmd = { .paddr = AT_A, .len = CERT_SIZE };

	assert_int_equal(run(m, SEV_OP_PEK_CSR, &cmd, sizeof(cmd)), 0);
	assert_int_equal(cmd.len, CERT_SIZE);
	memcpy(csr, machine_at(m, AT_A), CERT_SIZE);
}

static void csr_is_the_unsigned_pek(void **state)
{
	struct sev_cmd_blob cmd = { 0 };
	struct machine *m = *state;
	uint8_t csr[CERT_SIZE];
	struct certs c;
	uint32_t usage;

	assert_refused(m, SEV_RET_INVALID_LEN, run(m, SEV_OP_PEK_CSR, &cmd, sizeof(cmd)));
	assert_int_equal(cmd.len, CERT_SIZE);
	get_csr(m, csr);
	export_all(m, &c);
	assert_memory_equal(csr, PEK(&c), 0x414);
	memcpy(&usage, csr + 0x414, 4);
	assert_int_equal(usage, 0x1000);
	memcpy(&usage, csr + 0x61c, 4);
	assert_int_equal(usage, 0x1000);
}

static uint32_t import(struct machine *m, const uint8_t *pek, const uint8_t *oca)
{
	struct sev_cmd_pek_cert_import cmd = {
		.pek_paddr = AT_A, .pek_len = CERT_SIZE, .oca_paddr = AT_B, .oca_len = CERT_SIZE,
	};

	machine_put(m, AT_A, pek, CERT_SIZE);
	machine_put(m, AT_B, oca, CERT_SIZE);
	return run(m, SEV_OP_PEK_CERT_IMPORT, &cmd, sizeof(cmd));
}

static void owner_takes_the_platform(void **state)
{
	EVP_PKEY *authority = EVP_EC_gen("P-384");
	struct machine *m = *state;
	uint8_t pek[CERT_SIZE], oca[CERT_SIZE];
	struct certs before, after;
	EVP_PKEY *cek;
	unsigned int slot;

	for (slot = 0; slot < 2; slot++) {
		export_all(m, &before);
		assert_false(status_of(m).flags & SEV_STATUS_OWNED);
		get_csr(m, pek);
		make_cert(oca, 0x1001, authority);
		sign_cert(oca, 0, 0x1001, authority);
		sign_cert(pek, slot, 0x1001, authority);
		assert_int_equal(import(m, pek, oca), 0);
		assert_true(status_of(m).flags & SEV_STATUS_OWNED);

		export_all(m, &after);
		cek = cert_key(CEK(&after));
		assert_memory_equal(OCA(&after), oca, CERT_SIZE);
		assert_memory_equal(PEK(&after), PEK(&before), 0x414);
		assert_true(cert_signature_good(PEK(&after), 0, 0x1001, authority));
		assert_true(cert_signature_good(PEK(&after), 1, 0x1004, cek));
		EVP_PKEY_free(cek);
		assert_refused(m, SEV_RET_ALREADY_OWNED, import(m, pek, oca));

		/* owned across a shutdown, and no longer after a new PEK */
		assert_int_equal(run0(m, SEV_OP_SHUTDOWN), 0);
		bring_up(m);
		assert_true(status_of(m).flags & SEV_STATUS_OWNED);
		assert_int_equal(run0(m, SEV_OP_PEK_GEN), 0);
	}
	EVP_PKEY_free(authority);
}

static void import_refuses_forgeries(void **state)
{
	EVP_PKEY *authority = EVP_EC_gen("P-384");
	EVP_PKEY *other = EVP_EC_gen("P-384");
	struct machine *m = *state;
	uint8_t pek[CERT_SIZE], oca[CERT_SIZE], bad[CERT_SIZE];
	struct sev_cmd_pek_cert_import cmd = {
		.pek_paddr = AT_A, .pek_len = CERT_SIZE, .oca_paddr = AT_B,
		.oca_len = CERT_SIZE - 1,
	};
	struct certs before, after;

	export_all(m, &before);
	get_csr(m, pek);
	make_cert(oca, 0x1001, authority);
	sign_cert(oca, 0, 0x1001, authority);
	sign_cert(pek, 0, 0x1001, authority);

	memcpy(bad, pek, CERT_SIZE);
	sign_cert(bad, 0, 0x1001, other);
	assert_refused(m, SEV_RET_BAD_SIGNATURE, import(m, bad, oca));
	memcpy(bad, oca, CERT_SIZE);
	sign_cert(bad, 0, 0x1001, other);
	assert_refused(m, SEV_RET_BAD_SIGNATURE, import(m, pek, bad));
	make_cert(bad, 0x1002, other);
	sign_cert(bad, 0, 0x1001, authority);
	assert_refused(m, SEV_RET_INVALID_CERTIFICATE, import(m, bad, oca));
	assert_refused(m, SEV_RET_INVALID_CERTIFICATE, import(m, oca, pek));
	memcpy(bad, pek, CERT_SIZE);
	bad[0] = 2;
	assert_refused(m, SEV_RET_INVALID_CERTIFICATE, import(m, bad, oca));
	memcpy(bad, oca, CERT_SIZE);
	bad[6] = 1;
	assert_refused(m, SEV_RET_INVALID_CERTIFICATE, import(m, pek, bad));
	assert_refused(m, SEV_RET_INVALID_LEN,
		       run(m, SEV_OP_PEK_CERT_IMPORT, &cmd, sizeof(cmd)));
	cmd.rsvd = 1;
	assert_refused(m, SEV_RET_INVALID_PARAM,
		       run(m, SEV_OP_PEK_CERT_IMPORT, &cmd, sizeof(cmd)));

	export_all(m, &after);
	assert_memory_equal(&before, &after, sizeof(before));
	assert_int_equal(import(m, pek, oca), 0);
	EVP_PKEY_free(authority);
	EVP_PKEY_free(other);
}

static void new_keys_replace_what_they_should(void **state)
{
	struct machine *m = *state;
	struct certs first, second, third;

	export_all(m, &first);
	assert_int_equal(run0(m, SEV_OP_PDH_GEN), 0);
	export_all(m, &second);
	assert_memory_not_equal(first.pdh, second.pdh, 0x414);
	assert_memory_equal(first.chain, second.chain, sizeof(first.chain));
	assert_int_equal(run0(m, SEV_OP_PEK_GEN), 0);
	export_all(m, &third);
	assert_memory_not_equal(second.pdh, third.pdh, 0x414);
	assert_memory_not_equal(PEK(&second), PEK(&third), 0x414);
	assert_memory_not_equal(OCA(&second), OCA(&third), 0x414);
	assert_memory_equal(CEK(&second), CEK(&third), CERT_SIZE);
	chain_verifies_up_to_the_root(state);
}

static void break_chain(struct machine *m, bool naples)
{
	struct sev_cert_chain chain;
	struct amd_chain amd;
	struct sev_cert pdh;
	struct certs c;
	size_t i, end;
	uint8_t *links[] = {
		NULL, amd.data, (uint8_t *)&chain.cek, (uint8_t *)&chain.oca,
		(uint8_t *)&chain.pek, (uint8_t *)&pdh,
	};

	export_all(m, &c);
	assert_true(amd_chain_build(&amd, naples));
	links[0] = amd.data + amd.len / 2;
	memcpy(&pdh, c.pdh, sizeof(pdh));
	memcpy(&chain, c.chain, sizeof(chain));
	assert_null(cert_chain_broken(&pdh, &chain, &amd));
	for (i = 0; i < ARRAY_SIZE(links); i++) {
		end = i < 2 ? amd.len / 2 - 0x20 : 0x430;
		links[i][0x20] ^= 0x10;		/* inside the key or its name */
		assert_non_null(cert_chain_broken(&pdh, &chain, &amd));
		links[i][0x20] ^= 0x10;
		links[i][end] ^= 0x10;	/* inside a signature */
		assert_non_null(cert_chain_broken(&pdh, &chain, &amd));
		links[i][end] ^= 0x10;
	}
	assert_null(cert_chain_broken(&pdh, &chain, &amd));
	/* the other generation's root signed nothing here */
	assert_true(amd_chain_build(&amd, !naples));
	assert_non_null(cert_chain_broken(&pdh, &chain, &amd));
}

static void broken_chains_are_named(void **state)
{
	struct machine *m;
	struct fw_config cfg;

	break_chain(*state, false);
	fw_config_init(&cfg, 0x17);
	cfg.model = 1;
	m = machine_with(&cfg);
	bring_up(m);
	break_chain(m, true);
	machine_free(m);
}

static void root_primes_are_the_first_ones(void **state)
{
	BN_CTX *ctx = BN_CTX_new();
	unsigned int i;

	(void)state;
	for (i = 0; i < 10; i++) {
		const struct root_prime *info = root_prime_info(i / 2, i % 2);
		BIGNUM *p = root_prime_start(info->label, root_size(i / 2));
		unsigned int distance = 0;

		while (BN_mod_word(p, 65537) == 1 || BN_check_prime(p, ctx, NULL) != 1) {
			BN_add_word(p, 2);
			distance += 2;
		}
		assert_int_equal(distance, info->distance);
		BN_free(p);
	}
	BN_CTX_free(ctx);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, machine_up, machine_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(chain_verifies_up_to_the_root),
		cmocka_unit_test(roots_by_generation),
		TEST(certificates_say_what_they_are),
		TEST(export_tells_the_lengths),
		TEST(csr_is_the_unsigned_pek),
		TEST(owner_takes_the_platform),
		TEST(import_refuses_forgeries),
		TEST(new_keys_replace_what_they_should),
		TEST(broken_chains_are_named),
		cmocka_unit_test(root_primes_are_the_first_ones),
	};

	return cmocka_run_group_tests_name("certificates", tests, NULL, NULL);
}
