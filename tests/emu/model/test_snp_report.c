// SPDX-License-Identifier: GPL-2.0-only
/* What a guest gets from the firmware: reports with their certificates, derived keys, the clock. */
#include <string.h>

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "internal.h"
#include "test_snp_channel.h"

static void configure(struct fw_config *cfg, unsigned int family, unsigned int minor,
		      unsigned int build)
{
	fw_config_init(cfg, family);
	cfg->api_minor = minor;
	cfg->build = build;
}

/* A guest on a machine with SNP initialised. */
static struct machine *launched_on(struct guest *g, const struct fw_config *cfg, uint32_t init)
{
	struct machine *m = snp_machine_with(cfg);

	assert_int_equal(snp_init(m, SNP_INIT_RMP | init), 0);
	assert_int_equal(run0(m, SNP_OP_DF_FLUSH), 0);
	launched(g, m);
	return m;
}

/* The other end of lone(). */
static void lone_free(struct guest *g, struct machine *m)
{
	fw_lone_guest_free(g->lone);
	machine_free(m);
}

static void assert_issued(X509 *issuer, X509 *subject)
{
	assert_int_equal(X509_verify(subject, X509_get0_pubkey(issuer)), 1);
	assert_int_equal(X509_check_issued(issuer, subject), X509_V_OK);
}

/* The value of an extension begins like this. */
static void assert_extension(X509 *cert, const char *oid, const void *value, size_t len)
{
	assert_memory_equal(ASN1_STRING_get0_data(extension(cert, oid)), value, len);
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
	assert_issued(ark, ark);
	assert_issued(ark, ask);
	assert_issued(ask, vcek);
	assert_true(has_signed(vcek, r));
	assert_extension(vcek, "1.3.6.1.4.1.3704.1.4", r + 0x1a0, 64);
	assert_extension(vcek, "1.3.6.1.4.1.3704.1.3.3", "\x02\x01\x16", 3);
	assert_extension(vcek, "1.3.6.1.4.1.3704.1.3.8", "\x02\x02\x00\xd3", 4);
	g.answer[REPORT_AT + 0x50] ^= 1;
	assert_false(has_signed(vcek, r));
	X509_free(vcek);
	/* another TCB version, another key */
	vcek = certificate(m, FW_CERT_VCEK, tcb - 1);
	g.answer[REPORT_AT + 0x50] ^= 1;
	assert_false(has_signed(vcek, r));
	X509_free(vcek);
	X509_free(ask);
	X509_free(ark);
	machine_free(m);
}

static void report_by_firmware(void **state)
{
	/* as real ones of these builds report, and what is next to them */
	static const struct {
		unsigned int family, model, minor, build, version, platform_info;
	} cases[] = {
		{ 0x19, 0x01, 55, 21, 2, 0x01 }, { 0x19, 0x01, 55, 28, 2, 0x25 },
		{ 0x19, 0x01, 55, 29, 3, 0x25 }, { 0x19, 0x01, 57, 1, 3, 0x25 },
		{ 0x19, 0x01, 58, 1, 5, 0x25 },
		{ 0x19, 0x11, 55, 21, 2, 0x01 }, { 0x19, 0x11, 55, 39, 2, 0x25 },
		{ 0x19, 0x11, 55, 40, 3, 0x25 }, { 0x19, 0x11, 58, 0, 5, 0x25 },
		{ 0x1a, 0x02, 55, 21, 2, 0x65 }, { 0x1a, 0x02, 55, 65, 5, 0x65 },
		{ 0x1a, 0x02, 58, 1, 5, 0x65 }, { 0x1a, 0x50, 58, 1, 5, 0x65 },
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

		configure(&cfg, cases[i].family, cases[i].minor, cases[i].build);
		cfg.model = cases[i].model;
		m = launched_on(&g, &cfg, 0);
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

static void platform_info_by_choice(void **state)
{
	static const struct {
		unsigned int chosen, init, info;
	} cases[] = {
		{ 0, 0, 0x20 }, { FW_INFO_SMT | FW_INFO_TSME | FW_INFO_ECC, 0, 0x27 },
		{ FW_INFO_SMT, SNP_INIT_RAPL_DIS, 0x29 }, { FW_INFO_BIT6, 0, 0x60 },
	};
	struct fw_config cfg;
	struct machine *m;
	struct guest g;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		fw_config_init(&cfg, 0x19);
		cfg.build = 29;
		cfg.platform_info = cases[i].chosen;
		m = launched_on(&g, &cfg, cases[i].init);
		assert_int_equal(ask_report(&g, 0, 0, 0), 0);
		assert_int_equal(number_at(g.answer + REPORT_AT + 0x40, 8), cases[i].info);
		machine_free(m);
	}
}

static void three_tcb_versions(void **state)
{
	struct snp_cmd_config config = { 0 };
	struct fw_config cfg;
	struct machine *m;
	const uint8_t *r;
	struct guest g;
	X509 *vcek;

	(void)state;
	fw_config_init(&cfg, 0x1a);
	cfg.svn = 9;
	cfg.committed_svn = 8;
	m = launched_on(&g, &cfg, 0);
	r = g.answer + REPORT_AT;
	config.reported_tcb = fw_tcb(m->fw, 7);
	assert_int_equal(run(m, SNP_OP_CONFIG, &config, sizeof(config)), 0);
	assert_int_equal(ask_report(&g, 0, 0, 0), 0);
	assert_int_equal(r[0x38 + 3], 9);
	assert_int_equal(r[0x180 + 3], 7);
	assert_int_equal(r[0x1e0 + 3], 8);
	assert_int_equal(r[0x1f0 + 3], 9);
	vcek = certificate(m, FW_CERT_VCEK, config.reported_tcb);
	assert_true(has_signed(vcek, r));
	X509_free(vcek);
	/* a guest's keys are bounded by what is committed */
	assert_int_equal(ask_key(&g, 0, 0x3f, 0, fw_tcb(m->fw, 8)), 0);
	assert_int_equal(ask_key(&g, 0, 0x3f, 0, fw_tcb(m->fw, 9)), SEV_RET_INVALID_PARAM);
	machine_free(m);
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

static void report_by_vlek_verifies(void **state)
{
	static const unsigned int families[] = { 0x19, 0x1a };
	static const uint8_t cloud[] = "\026\026CN=cc-emulated.example";
	X509 *ark, *asvk, *vlek, *vcek;
	const ASN1_OCTET_STRING *owner;
	const uint8_t *r;
	struct guest g;
	size_t i;

	(void)state;
	r = g.answer + REPORT_AT;
	for (i = 0; i < ARRAY_SIZE(families); i++) {
		struct machine *m = machine_new(families[i]);
		uint64_t tcb;

		lone(&g, m);
		assert_int_equal(ask_report(&g, 0, 0, 2), SEV_RET_INVALID_KEY);
		assert_true(fw_lone_vlek_load(m->fw));
		assert_int_equal(ask_report(&g, 0, 0, 0), 0);
		assert_int_equal(number_at(r + 0x48, 4), 1 << 2);
		assert_int_equal(number_at(r + 0x1a0, 8), 0);
		tcb = number_at(r + 0x180, 8);
		ark = certificate(m, FW_CERT_ARK, 0);
		asvk = certificate(m, FW_CERT_ASVK, 0);
		vlek = certificate(m, FW_CERT_VLEK, tcb);
		vcek = certificate(m, FW_CERT_VCEK, tcb);
		assert_issued(ark, asvk);
		assert_issued(asvk, vlek);
		assert_true(has_signed(vlek, r));
		assert_false(has_signed(vcek, r));
		assert_null(extension(vlek, "1.3.6.1.4.1.3704.1.4"));
		owner = extension(vlek, "1.3.6.1.4.1.3704.1.5");
		assert_int_equal(ASN1_STRING_length(owner), sizeof(cloud) - 1);
		assert_memory_equal(ASN1_STRING_get0_data(owner), cloud, sizeof(cloud) - 1);
		assert_non_null(extension(vlek, "1.3.6.1.4.1.3704.1.3.3"));
		assert_int_equal(ask_report(&g, 0, 0, 2), 0);
		assert_true(has_signed(vlek, r));
		assert_int_equal(ask_report(&g, 0, 0, 1), 0);
		assert_int_equal(number_at(r + 0x48, 4), 0);
		assert_true(has_signed(vcek, r));
		X509_free(vcek);
		X509_free(vlek);
		X509_free(asvk);
		X509_free(ark);
		lone_free(&g, m);
	}
}

static void privilege_levels(void **state)
{
	static const uint32_t statuses[] = {
		SEV_RET_INVALID_PARAM, SEV_RET_INVALID_PARAM, 0, 0, SEV_RET_INVALID_PARAM,
	};
	struct machine *m = snp_up(0x19);
	struct guest g;
	uint32_t vmpl;

	(void)state;
	launched(&g, m);
	for (vmpl = 0; vmpl < ARRAY_SIZE(statuses); vmpl++)
		assert_int_equal(ask_report(&g, 2, vmpl, 0), statuses[vmpl]);
	/* each key counts for itself */
	assert_int_equal(ask_report(&g, 0, 0, 0), 0);
	assert_int_equal(g.counter[0], 2);
	assert_int_equal(g.counter[2], 2 * ARRAY_SIZE(statuses));
	machine_free(m);
}

static void derived_keys(void **state)
{
	static const struct {
		uint32_t root;
		uint64_t fields;
		uint32_t svn;
		uint64_t tcb;
		uint32_t status;
		bool same;
	} cases[] = {
		{ .fields = 0x3f, .same = true }, { .fields = 0x3f, .same = true },
		{ .fields = 0x1f }, { .fields = 0x3f, .tcb = 1 }, { .root = 1, .fields = 0x3f },
		{ .fields = 0x40, .status = SEV_RET_INVALID_PARAM },
		{ .root = 8, .status = SEV_RET_INVALID_PARAM },
		{ .svn = 1, .status = SEV_RET_INVALID_PARAM },
		{ .tcb = 0xff, .status = SEV_RET_INVALID_PARAM },
		{ .root = 3 << 1, .status = SEV_RET_INVALID_KEY },
		{ .root = 2 << 1, .status = SEV_RET_INVALID_KEY },
	};
	struct machine *m = snp_up(0x19);
	uint8_t first[32];
	struct guest g;
	size_t i;

	(void)state;
	launched(&g, m);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(ask_key(&g, cases[i].root, cases[i].fields, cases[i].svn,
					 cases[i].tcb), cases[i].status);
		if (!i)
			memcpy(first, g.answer + 0x20, 32);
		if (!cases[i].status)
			assert_int_equal(!memcmp(g.answer + 0x20, first, 32), cases[i].same);
	}
	machine_free(m);
}

static uint32_t ask_key_v2(struct guest *g, uint64_t fields, uint64_t mitigations, uint16_t size)
{
	uint8_t payload[0x210] = { 0 };

	memcpy(payload + 8, &fields, 8);
	memcpy(payload + 0x20, &mitigations, 8);
	return ask(g, 0, KEY, payload, size);
}

static void key_requests_of_version_2(void **state)
{
	static const struct {
		unsigned int family, minor, build;
	} old[] = { { 0x19, 55, 21 }, { 0x19, 55, 40 }, { 0x1a, 55, 65 }, { 0x1a, 57, 1 } };
	uint8_t first[32];
	struct fw_config cfg;
	struct machine *m;
	struct guest g;
	size_t i;

	(void)state;
	/* not known: the number stays free, which helps nobody who encrypts something else now */
	for (i = 0; i < ARRAY_SIZE(old); i++) {
		configure(&cfg, old[i].family, old[i].minor, old[i].build);
		m = machine_with(&cfg);
		lone(&g, m);
		g.version = 2;
		assert_refused(m, SEV_RET_INVALID_PARAM, ask_key_v2(&g, 0, 0, 0x20));
		assert_refused(m, SEV_RET_INVALID_PARAM, deliver(&g));
		assert_int_equal(m->fatal, 0);
		g.version = 1;
		assert_int_equal(ask_key(&g, 0, 0x3f, 0, 0), 0);
		assert_int_equal(m->fatal, 1);
		lone_free(&g, m);
	}

	fw_config_init(&cfg, 0x19);
	cfg.api_minor = 58;
	m = machine_with(&cfg);
	lone(&g, m);
	assert_int_equal(ask_key(&g, 0, 0x3f, 0, 0), 0);
	memcpy(first, g.answer + 0x20, 32);
	assert_int_equal(ask_key(&g, 0, 0x40, 0, 0), SEV_RET_INVALID_PARAM);
	g.version = 2;
	/* as kernels send it, and with room for the mitigations: no mitigations, the same key */
	assert_int_equal(ask_key_v2(&g, 0x3f, 0, 0x20), 0);
	assert_int_equal(g.response[0x35], 2);
	assert_memory_equal(g.answer + 0x20, first, 32);
	assert_int_equal(ask_key_v2(&g, 0x3f, 0, 0x30), 0);
	assert_memory_equal(g.answer + 0x20, first, 32);
	assert_int_equal(ask_key_v2(&g, 0x3f, 1, 0x200), 0);
	assert_memory_equal(g.answer + 0x20, first, 32);
	assert_int_equal(ask_key_v2(&g, 0x7f, 1, 0x30), 0);
	assert_memory_not_equal(g.answer + 0x20, first, 32);
	memcpy(first, g.answer + 0x20, 32);
	assert_int_equal(ask_key_v2(&g, 0x7f, 2, 0x30), 0);
	assert_memory_not_equal(g.answer + 0x20, first, 32);
	assert_int_equal(ask_key_v2(&g, 0x80, 0, 0x30), 0);
	assert_int_equal(number_at(g.answer, 4), SEV_RET_INVALID_PARAM);
	assert_refused(m, SEV_RET_INVALID_PARAM, ask_key_v2(&g, 0, 0, 0x210));
	assert_int_equal(m->fatal, 0);
	lone_free(&g, m);
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

static void mitigations_of_a_guest_without_host(void **state)
{
	static const struct {
		unsigned int family, minor, build;
		uint64_t verified;
	} cases[] = { { 0x1a, 55, 65, 0x3f }, { 0x1a, 55, 21, 0 }, { 0x19, 58, 1, 1 } };
	struct fw_config cfg;
	struct machine *m;
	struct guest g;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		configure(&cfg, cases[i].family, cases[i].minor, cases[i].build);
		m = machine_with(&cfg);
		lone(&g, m);
		assert_int_equal(ask_report(&g, 0, 0, 0), 0);
		assert_int_equal(number_at(g.answer + REPORT_AT + 0x1f8, 8), cases[i].verified);
		assert_int_equal(number_at(g.answer + REPORT_AT + 0x200, 8), cases[i].verified);
		assert_false(fw_lone_report(m->fw, cfg.svn + 1));
		assert_true(fw_lone_report(m->fw, cfg.svn - 1));
		assert_int_equal(ask_report(&g, 0, 0, 0), 0);
		assert_int_equal(number_at(g.answer + REPORT_AT + 0x180, 8),
				 fw_tcb(m->fw, (uint8_t)(cfg.svn - 1)));
		lone_free(&g, m);
	}
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
	assert_true(has_signed(vcek, r));
	assert_extension(vcek, "1.3.6.1.4.1.3704.1.3.3", "\x02\x01\x03", 3);
	assert_non_null(extension(vcek, "1.3.6.1.4.1.3704.1.3.9"));
	X509_free(vcek);
	lone_free(&g, m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(report_verifies),
		cmocka_unit_test(report_by_firmware),
		cmocka_unit_test(platform_info_by_choice),
		cmocka_unit_test(three_tcb_versions),
		cmocka_unit_test(who_may_sign),
		cmocka_unit_test(report_by_vlek_verifies),
		cmocka_unit_test(privilege_levels),
		cmocka_unit_test(derived_keys),
		cmocka_unit_test(key_requests_of_version_2),
		cmocka_unit_test(clock_scale),
		cmocka_unit_test(mitigations_of_a_guest_without_host),
		cmocka_unit_test(guest_without_host),
	};

	return cmocka_run_group_tests_name("guest reports", tests, NULL, NULL);
}
