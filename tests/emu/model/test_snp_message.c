// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest's side of the message channel, by the offsets of the specification, and what it gets:
 * reports with their certificates, derived keys, the clock.
 */
#include <string.h>

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "cert.h"
#include "test_snp_guest.h"

#define REPORT		5
#define KEY		3
#define TSC		17
#define REPORT_AT	0x20

/* struct guest - What a guest knows of its channel */
struct guest {
	struct machine *m;
	struct fw_snp_guest *lone;
	uint8_t vmpck[4][32];
	uint64_t counter[4];
	uint8_t request[4096];
	uint8_t response[4096];
	uint8_t answer[4096];	/* opened payload */
};

static void crypt(bool encrypt, const uint8_t *key, uint8_t *page, uint8_t *plain)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int size = page[0x36] | page[0x37] << 8, len;
	uint8_t iv[12] = { 0 };

	memcpy(iv, page + 0x20, 8);
	assert_true(EVP_CipherInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, iv, encrypt));
	assert_true(EVP_CipherUpdate(ctx, NULL, &len, page + 0x30, 0x30));
	if (encrypt) {
		assert_true(EVP_CipherUpdate(ctx, page + 0x60, &len, plain, size));
		assert_true(EVP_CipherFinal_ex(ctx, page + 0x60 + len, &len));
		assert_true(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, 16, page));
	} else {
		assert_true(EVP_CipherUpdate(ctx, plain, &len, page + 0x60, size));
		assert_true(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, 16, page));
		assert_int_equal(EVP_CipherFinal_ex(ctx, plain + len, &len), 1);
	}
	EVP_CIPHER_CTX_free(ctx);
}

static void put_request(struct guest *g, unsigned int vmpck, uint8_t type, const void *payload,
			uint16_t size)
{
	uint64_t seqno = g->counter[vmpck] + 1;
	uint8_t *h = g->request;

	memset(h, 0, 4096);
	memcpy(h + 0x20, &seqno, 8);
	h[0x30] = 1;
	h[0x31] = 1;
	h[0x32] = 0x60;
	h[0x34] = type;
	h[0x35] = 1;
	memcpy(h + 0x36, &size, 2);
	h[0x3c] = (uint8_t)vmpck;
	crypt(true, g->vmpck[vmpck], h, (uint8_t *)payload);
}

/* Hand the request over as it is, by the host or without one. */
static uint32_t deliver(struct guest *g)
{
	struct snp_cmd_guest_request cmd = {
		.gctx_paddr = AT_GCTX, .request_paddr = AT_A, .response_paddr = AT_B,
	};
	uint32_t status;

	g->m->refused[0] = '\0';
	if (g->lone)
		return fw_guest_request(g->m->fw, g->lone, g->request, g->response);
	machine_put(g->m, AT_A, g->request, 4096);
	make(g->m, AT_B, PAGE_4K, FW_PAGE_FIRMWARE);
	status = run(g->m, SNP_OP_GUEST_REQUEST, &cmd, sizeof(cmd));
	memcpy(g->response, machine_at(g->m, AT_B), 4096);
	assert_state(g->m, AT_B, FIRMWARE);
	return status;
}

static void open_response(struct guest *g, unsigned int vmpck, uint8_t type)
{
	uint64_t seqno;

	memcpy(&seqno, g->response + 0x20, 8);
	assert_int_equal(seqno, g->counter[vmpck] + 2);
	assert_int_equal(g->response[0x34], type + 1);
	assert_int_equal(g->response[0x3c], vmpck);
	crypt(false, g->vmpck[vmpck], g->response, g->answer);
	g->counter[vmpck] += 2;
}

static uint32_t ask(struct guest *g, unsigned int vmpck, uint8_t type, const void *payload,
		    uint16_t size)
{
	uint32_t status;

	put_request(g, vmpck, type, payload, size);
	status = deliver(g);
	if (!status)
		open_response(g, vmpck, type);
	return status;
}

/* Returns the status in the answer. */
static uint32_t ask_report(struct guest *g, unsigned int vmpck, uint32_t vmpl, uint32_t key)
{
	uint8_t payload[0x60] = { 0 };
	uint32_t status;

	memset(payload, 0xda, 64);
	memcpy(payload + 0x40, &vmpl, 4);
	memcpy(payload + 0x44, &key, 4);
	assert_int_equal(ask(g, vmpck, REPORT, payload, sizeof(payload)), 0);
	memcpy(&status, g->answer, 4);
	return status;
}

static uint32_t ask_key(struct guest *g, uint32_t root, uint64_t fields, uint32_t svn, uint64_t tcb)
{
	uint8_t payload[0x20] = { 0 };
	uint32_t status;

	memcpy(payload, &root, 4);
	memcpy(payload + 8, &fields, 8);
	memcpy(payload + 0x14, &svn, 4);
	memcpy(payload + 0x18, &tcb, 8);
	assert_int_equal(ask(g, 0, KEY, payload, sizeof(payload)), 0);
	memcpy(&status, g->answer, 4);
	return status;
}

/* A guest that was launched, with a look at its secrets page; the host is on @m. */
static void launched(struct guest *g, struct machine *m)
{
	unsigned int i;

	memset(g, 0, sizeof(*g));
	g->m = m;
	start_guest(m, POLICY);
	memset(machine_at(m, AT_D), 0x42, 4096);
	assert_int_equal(add_page(m, AT_D, 0x1000, SNP_LAUNCH_NORMAL), 0);
	assert_int_equal(add_page(m, AT_C, 0x2000, SNP_LAUNCH_SECRETS), 0);
	assert_int_equal(launch_finish(m, AT_GCTX), 0);
	for (i = 0; i < 4; i++)
		memcpy(g->vmpck[i], (uint8_t *)machine_at(m, AT_C) + 0x20 + 32 * i, 32);
}

static void lone(struct guest *g, struct machine *m)
{
	const struct fw_lone_guest what = {
		.policy = POLICY, .measurement = { 1, 2, 3 }, .host_data = { 4 },
	};
	uint8_t page[4096];
	unsigned int i;

	memset(g, 0, sizeof(*g));
	g->m = m;
	g->lone = fw_lone_guest_new(m->fw, &what);
	assert_non_null(g->lone);
	fw_lone_guest_secrets(m->fw, g->lone, page);
	for (i = 0; i < 4; i++)
		memcpy(g->vmpck[i], page + 0x20 + 32 * i, 32);
}

static X509 *certificate(struct machine *m, enum fw_snp_cert which, uint64_t tcb)
{
	uint8_t der[4096];
	const uint8_t *p = der;
	size_t len = fw_snp_certificate(m->fw, which, tcb, der, sizeof(der));

	assert_true(len && len <= sizeof(der));
	assert_int_equal(fw_snp_certificate(m->fw, which, tcb, der, 10), len);
	return d2i_X509(NULL, &p, (long)len);
}

static uint64_t number_at(const uint8_t *p, size_t len)
{
	uint64_t value = 0;

	memcpy(&value, p, len);
	return value;
}

/* Whether the VCEK of a certificate signed the report. */
static bool vcek_signed(X509 *vcek, const uint8_t *report)
{
	uint8_t point[97];
	size_t len;
	struct ec_pub pub;
	struct ec_sig sig;

	assert_true(EVP_PKEY_get_octet_string_param(X509_get0_pubkey(vcek), "pub", point,
						    sizeof(point), &len));
	assert_int_equal(len, sizeof(point));
	memcpy(pub.x, point + 1, EC_SIZE);
	memcpy(pub.y, point + 49, EC_SIZE);
	return cert_get_number(report + 0x2a0, 72, sig.r, EC_SIZE) &&
	       cert_get_number(report + 0x2a0 + 72, 72, sig.s, EC_SIZE) &&
	       ec_verify(&pub, HASH_SHA384, report, 0x2a0, &sig);
}

/* The value of an extension of the VCEK, NULL if it is not there. */
static const ASN1_OCTET_STRING *extension(X509 *cert, const char *oid)
{
	ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
	int at = X509_get_ext_by_OBJ(cert, object, -1);

	ASN1_OBJECT_free(object);
	return at < 0 ? NULL : X509_EXTENSION_get_data(X509_get_ext(cert, at));
}

static void report_verifies(void **state)
{
	struct machine *m = snp_up(0x19);
	const uint8_t *r;
	struct guest g;
	uint64_t tcb;
	X509 *ark, *ask, *vcek;

	(void)state;
	launched(&g, m);
	assert_int_equal(ask_report(&g, 0, 1, 0), 0);
	assert_int_equal(number_at(g.answer + 4, 4), 0x4a0);
	r = g.answer + REPORT_AT;
	assert_int_equal(number_at(r, 4), 2);
	assert_int_equal(number_at(r + 8, 8), POLICY);
	assert_int_equal(number_at(r + 0x30, 4), 1);
	assert_int_equal(number_at(r + 0x34, 4), 1);
	assert_int_equal(number_at(r + 0x48, 4), 0);
	assert_int_equal(r[0x50], 0xda);
	assert_int_equal(r[0x8f], 0xda);
	assert_int_equal(r[0x160], 0xff);
	tcb = number_at(r + 0x180, 8);
	assert_int_equal(tcb >> 48 & 0xff, 0x16);
	assert_int_equal(number_at(r + 0x38, 8), tcb);
	assert_int_equal(number_at(r + 0x188, 3), 0);
	assert_int_equal(number_at(r + 0x1e8, 3), 0x013715);	/* 1.55.21 */
	assert_int_equal(number_at(r + 0x1f0, 8), tcb);

	ark = certificate(m, FW_CERT_ARK, 0);
	ask = certificate(m, FW_CERT_ASK, 0);
	vcek = certificate(m, FW_CERT_VCEK, tcb);
	assert_int_equal(X509_verify(ark, X509_get0_pubkey(ark)), 1);
	assert_int_equal(X509_verify(ask, X509_get0_pubkey(ark)), 1);
	assert_int_equal(X509_verify(vcek, X509_get0_pubkey(ask)), 1);
	assert_int_equal(X509_check_issued(ark, ask), X509_V_OK);
	assert_int_equal(X509_check_issued(ask, vcek), X509_V_OK);
	assert_true(vcek_signed(vcek, r));
	assert_memory_equal(ASN1_STRING_get0_data(extension(vcek, "1.3.6.1.4.1.3704.1.4")),
			    r + 0x1a0, 64);
	assert_memory_equal(ASN1_STRING_get0_data(extension(vcek, "1.3.6.1.4.1.3704.1.3.3")),
			    "\x02\x01\x16", 3);
	assert_memory_equal(ASN1_STRING_get0_data(extension(vcek, "1.3.6.1.4.1.3704.1.3.8")),
			    "\x02\x02\x00\xd3", 4);
	g.answer[REPORT_AT + 0x50] ^= 1;
	assert_false(vcek_signed(vcek, r));
	X509_free(vcek);
	/* another TCB version, another key */
	vcek = certificate(m, FW_CERT_VCEK, tcb - 1);
	g.answer[REPORT_AT + 0x50] ^= 1;
	assert_false(vcek_signed(vcek, r));
	X509_free(vcek);
	X509_free(ask);
	X509_free(ark);
	machine_free(m);
}

static void report_by_firmware(void **state)
{
	/* RAPL off is in all of them, the check for aliases is not */
	static const struct {
		unsigned int family, minor, version, platform_info;
	} cases[] = {
		{ 0x19, 55, 2, 0x08 }, { 0x19, 56, 3, 0x28 }, { 0x1a, 57, 3, 0x28 },
		{ 0x1a, 58, 5, 0x28 },
	};
	struct snp_cmd_verify_mitigation verify = {
		.length = sizeof(verify), .subcommand = SNP_MITIGATION_VERIFY, .vector = 1,
	};
	struct fw_config cfg;
	struct machine *m;
	struct guest g;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		const uint8_t *r = g.answer + REPORT_AT;

		fw_config_init(&cfg, cases[i].family);
		cfg.api_minor = cases[i].minor;
		m = snp_machine_with(&cfg);
		assert_int_equal(snp_init(m, SNP_INIT_RMP | SNP_INIT_RAPL_DIS), 0);
		assert_int_equal(run0(m, SNP_OP_DF_FLUSH), 0);
		launched(&g, m);
		if (cases[i].version == 5)
			assert_int_equal(run(m, SNP_OP_VERIFY_MITIGATION, &verify,
					     sizeof(verify)), 0);
		assert_int_equal(ask_report(&g, 0, 0, 0), 0);
		assert_int_equal(number_at(r, 4), cases[i].version);
		assert_int_equal(r[0x188], (cases[i].version >= 3) * cases[i].family);
		assert_int_equal(number_at(r + 0x40, 8), cases[i].platform_info);
		assert_int_equal(number_at(r + 0x1f8, 8), 0);
		assert_int_equal(number_at(r + 0x200, 8), cases[i].version == 5);
		machine_free(m);
	}
}

static void who_may_sign(void **state)
{
	struct machine *m = snp_up(0x19);
	struct snp_cmd_config config = { .flags = SNP_CONFIG_MASK_CHIP_KEY };
	struct snp_cmd_vlek_load load = { .length = sizeof(load), .vlek_paddr = AT_GUEST };
	const uint8_t *r;
	struct guest g;
	uint64_t tcb;

	(void)state;
	launched(&g, m);
	r = g.answer + REPORT_AT;
	assert_int_equal(ask_report(&g, 0, 0, 3), SEV_RET_INVALID_KEY);
	assert_int_equal(ask_report(&g, 0, 0, 2), SEV_RET_INVALID_KEY);
	assert_int_equal(ask_report(&g, 0, 0, 1), 0);
	tcb = number_at(r + 0x180, 8);
	assert_int_equal(run(m, SNP_OP_CONFIG, &config, sizeof(config)), 0);
	assert_int_equal(ask_report(&g, 0, 0, 0), 0);
	assert_int_equal(number_at(r + 0x48, 4), 7 << 2 | 2);
	assert_int_equal(number_at(r + 0x2a0, 8), 0);
	config.flags = SNP_CONFIG_MASK_CHIP_ID;
	assert_int_equal(run(m, SNP_OP_CONFIG, &config, sizeof(config)), 0);
	assert_int_equal(ask_report(&g, 0, 0, 0), 0);
	assert_int_equal(number_at(r + 0x1a0, 8), 0);

	assert_true(fw_vlek_wrap(m->fw, tcb, machine_at(m, AT_GUEST)));
	assert_int_equal(run(m, SNP_OP_VLEK_LOAD, &load, sizeof(load)), 0);
	assert_int_equal(ask_report(&g, 0, 0, 0), 0);
	assert_int_equal(number_at(r + 0x48, 4), 1 << 2);
	assert_int_not_equal(number_at(r + 0x2a0, 8), 0);
	assert_int_equal(ask_report(&g, 0, 0, 1), 0);
	assert_int_equal(number_at(r + 0x48, 4), 0);
	machine_free(m);
}

static void privilege_levels(void **state)
{
	struct machine *m = snp_up(0x19);
	struct guest g;

	(void)state;
	launched(&g, m);
	assert_int_equal(ask_report(&g, 2, 1, 0), SEV_RET_INVALID_PARAM);
	assert_int_equal(ask_report(&g, 2, 2, 0), 0);
	assert_int_equal(ask_report(&g, 2, 3, 0), 0);
	assert_int_equal(ask_report(&g, 2, 4, 0), SEV_RET_INVALID_PARAM);
	/* each key counts for itself */
	assert_int_equal(ask_report(&g, 0, 0, 0), 0);
	assert_int_equal(g.counter[0], 2);
	assert_int_equal(g.counter[2], 8);
	machine_free(m);
}

static void derived_keys(void **state)
{
	struct machine *m = snp_up(0x19);
	uint8_t first[32];
	struct guest g;

	(void)state;
	launched(&g, m);
	assert_int_equal(ask_key(&g, 0, 0x3f, 0, 0), 0);
	memcpy(first, g.answer + 0x20, 32);
	assert_int_equal(ask_key(&g, 0, 0x3f, 0, 0), 0);
	assert_memory_equal(g.answer + 0x20, first, 32);
	assert_int_equal(ask_key(&g, 0, 0x1f, 0, 0), 0);
	assert_memory_not_equal(g.answer + 0x20, first, 32);
	assert_int_equal(ask_key(&g, 0, 0x3f, 0, 1), 0);
	assert_memory_not_equal(g.answer + 0x20, first, 32);
	assert_int_equal(ask_key(&g, 1, 0x3f, 0, 0), 0);
	assert_memory_not_equal(g.answer + 0x20, first, 32);

	assert_int_equal(ask_key(&g, 0, 0x40, 0, 0), SEV_RET_INVALID_PARAM);
	assert_int_equal(ask_key(&g, 8, 0, 0, 0), SEV_RET_INVALID_PARAM);
	assert_int_equal(ask_key(&g, 0, 0, 1, 0), SEV_RET_INVALID_PARAM);
	assert_int_equal(ask_key(&g, 0, 0, 0, 0xff), SEV_RET_INVALID_PARAM);
	assert_int_equal(ask_key(&g, 3 << 1, 0, 0, 0), SEV_RET_INVALID_KEY);
	assert_int_equal(ask_key(&g, 2 << 1, 0, 0, 0), SEV_RET_INVALID_KEY);
	machine_free(m);
}

static void clock_scale(void **state)
{
	struct machine *m = snp_up(0x19);
	uint8_t payload[128] = { 0 };
	struct guest g;

	(void)state;
	launched(&g, m);
	assert_int_equal(ask(&g, 0, TSC, payload, sizeof(payload)), 0);
	assert_int_equal(number_at(g.answer, 4), 0);
	assert_int_equal(number_at(g.answer + 8, 8), 1ULL << 32);
	payload[127] = 1;
	assert_int_equal(ask(&g, 0, TSC, payload, sizeof(payload)), 0);
	assert_int_equal(number_at(g.answer, 4), SEV_RET_INVALID_PARAM);
	machine_free(m);
}

static void bad_headers(void **state)
{
	static const struct {
		unsigned int offset;
		uint8_t value;
	} faults[] = {
		{ 0x1f, 1 }, { 0x28, 1 }, { 0x30, 0 }, { 0x30, 2 }, { 0x31, 2 }, { 0x32, 0x61 },
		{ 0x36, 0 }, { 0x36, 8 }, { 0x37, 0x10 }, { 0x38, 1 }, { 0x3c, 4 }, { 0x3d, 1 },
		{ 0x5f, 1 }, { 0x00, 0 }, { 0x34, 3 }, { 0x60, 0 },
	};
	uint8_t payload[0x60] = { 0 };
	struct machine *m = snp_up(0x19);
	struct guest g;
	size_t i;

	(void)state;
	launched(&g, m);
	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		put_request(&g, 0, REPORT, payload, sizeof(payload));
		if (g.request[faults[i].offset] == faults[i].value)
			g.request[faults[i].offset]++;
		else
			g.request[faults[i].offset] = faults[i].value;
		assert_refused(m, SEV_RET_INVALID_PARAM, deliver(&g));
	}
	/* sealed well, but nothing that is understood */
	put_request(&g, 0, 99, payload, sizeof(payload));
	assert_refused(m, SEV_RET_INVALID_PARAM, deliver(&g));
	assert_int_equal(m->fatal, 0);
	machine_free(m);
}

static void sequence_numbers(void **state)
{
	struct snp_cmd_guest_request bad_host = {
		.gctx_paddr = AT_GCTX, .request_paddr = AT_A, .response_paddr = AT_B,
	};
	struct machine *m = snp_up(0x19);
	uint8_t payload[0x60] = { 0 };
	uint8_t kept[4096];
	struct guest g;

	(void)state;
	launched(&g, m);
	/* the host's fault, before the firmware looks: sending the same bytes again is fine */
	put_request(&g, 0, REPORT, payload, sizeof(payload));
	memcpy(kept, g.request, sizeof(kept));
	machine_put(m, AT_A, g.request, 4096);
	assert_refused(m, SEV_RET_INVALID_PAGE_STATE,
		       run(m, SNP_OP_GUEST_REQUEST, &bad_host, sizeof(bad_host)));
	assert_int_equal(deliver(&g), 0);
	/* the host loses the answer: the firmware has moved on */
	memcpy(g.request, kept, sizeof(kept));
	assert_refused(m, SEV_RET_AEAD_OFLOW, deliver(&g));
	g.counter[0] = 2;
	assert_int_equal(ask(&g, 0, REPORT, payload, sizeof(payload)), 0);
	/* a gap */
	g.counter[0] = 6;
	assert_refused(m, SEV_RET_AEAD_OFLOW, ask(&g, 0, REPORT, payload, sizeof(payload)));
	/* a wrong tag under a wrong number: the number is looked at first */
	g.request[0] ^= 1;
	assert_refused(m, SEV_RET_AEAD_OFLOW, deliver(&g));
	assert_int_equal(m->fatal, 0);
	assert_int_equal(m->errors, 0);
	machine_free(m);
}

static void number_used_twice(void **state)
{
	struct machine *m = snp_up(0x19);
	uint8_t payload[0x60] = { 0 };
	struct guest g;

	(void)state;
	launched(&g, m);
	assert_int_equal(ask(&g, 0, REPORT, payload, sizeof(payload)), 0);
	/* the guest forgets that it asked */
	g.counter[0] = 0;
	payload[0] = 1;
	assert_refused(m, SEV_RET_AEAD_OFLOW, ask(&g, 0, REPORT, payload, sizeof(payload)));
	assert_int_equal(m->fatal, 1);
	/* or takes the number that the answer had */
	g.counter[0] = 1;
	assert_refused(m, SEV_RET_AEAD_OFLOW, ask(&g, 0, REPORT, payload, sizeof(payload)));
	assert_int_equal(m->fatal, 2);
	machine_free(m);

	/* a number that only the host saw counts, too */
	m = machine_new(0x19);
	lone(&g, m);
	put_request(&g, 1, REPORT, payload, sizeof(payload));
	fw_guest_request_lost(m->fw, g.lone, g.request);
	assert_int_equal(deliver(&g), 0);
	assert_int_equal(m->fatal, 0);
	g.counter[1] = 2;
	put_request(&g, 1, REPORT, payload, sizeof(payload));
	fw_guest_request_lost(m->fw, g.lone, g.request);
	payload[0] ^= 1;
	put_request(&g, 1, REPORT, payload, sizeof(payload));
	assert_int_equal(deliver(&g), 0);
	assert_int_equal(m->fatal, 1);
	fw_lone_guest_free(g.lone);
	machine_free(m);
}

static void guest_without_host(void **state)
{
	struct machine *m = machine_new(0x1a);
	const uint8_t *r;
	struct guest g;
	X509 *vcek;

	(void)state;
	lone(&g, m);
	assert_int_equal(ask_report(&g, 0, 0, 0), 0);
	r = g.answer + REPORT_AT;
	assert_memory_equal(r + 0x90, "\1\2\3\0", 4);
	assert_int_equal(r[0xc0], 4);
	vcek = certificate(m, FW_CERT_VCEK, number_at(r + 0x180, 8));
	assert_true(vcek_signed(vcek, r));
	assert_memory_equal(ASN1_STRING_get0_data(extension(vcek, "1.3.6.1.4.1.3704.1.3.3")),
			    "\x02\x01\x03", 3);
	assert_non_null(extension(vcek, "1.3.6.1.4.1.3704.1.3.9"));
	X509_free(vcek);
	fw_lone_guest_free(g.lone);
	machine_free(m);
}

static void request_pages(void **state)
{
	struct snp_cmd_guest_request good = {
		.gctx_paddr = AT_GCTX, .request_paddr = AT_A, .response_paddr = AT_B,
	};
	struct snp_cmd_guest_request cmd = good;
	struct machine *m = snp_up(0x19);
	struct guest g;

	(void)state;
	start_guest(m, POLICY);
	assert_refused(m, SEV_RET_INVALID_GUEST_STATE,
		       run(m, SNP_OP_GUEST_REQUEST, &cmd, sizeof(cmd)));
	assert_int_equal(decommission(m, AT_GCTX), 0);
	assert_int_equal(run0(m, SNP_OP_DF_FLUSH), 0);
	launched(&g, m);
	make(m, AT_B, PAGE_4K, FW_PAGE_HYPERVISOR);
	assert_refused(m, SEV_RET_INVALID_PAGE_STATE,
		       run(m, SNP_OP_GUEST_REQUEST, &cmd, sizeof(cmd)));
	make(m, AT_B, PAGE_4K, FW_PAGE_FIRMWARE);
	make(m, AT_A, PAGE_4K, FW_PAGE_GUEST_VALID);
	assert_refused(m, SEV_RET_INVALID_PAGE_STATE,
		       run(m, SNP_OP_GUEST_REQUEST, &cmd, sizeof(cmd)));
	make(m, AT_A, PAGE_4K, FW_PAGE_HYPERVISOR);
	cmd.request_paddr += 16;
	assert_refused(m, SEV_RET_INVALID_ADDRESS,
		       run(m, SNP_OP_GUEST_REQUEST, &cmd, sizeof(cmd)));
	cmd = good;
	cmd.response_paddr += 16;
	assert_refused(m, SEV_RET_INVALID_ADDRESS,
		       run(m, SNP_OP_GUEST_REQUEST, &cmd, sizeof(cmd)));
	cmd = good;
	cmd.request_paddr = cmd.response_paddr | CBIT;
	assert_refused(m, SEV_RET_INVALID_ADDRESS,
		       run(m, SNP_OP_GUEST_REQUEST, &cmd, sizeof(cmd)));
	machine_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(report_verifies),
		cmocka_unit_test(report_by_firmware),
		cmocka_unit_test(who_may_sign),
		cmocka_unit_test(privilege_levels),
		cmocka_unit_test(derived_keys),
		cmocka_unit_test(clock_scale),
		cmocka_unit_test(bad_headers),
		cmocka_unit_test(sequence_numbers),
		cmocka_unit_test(number_used_twice),
		cmocka_unit_test(guest_without_host),
		cmocka_unit_test(request_pages),
	};

	return cmocka_run_group_tests_name("guest messages", tests, NULL, NULL);
}
