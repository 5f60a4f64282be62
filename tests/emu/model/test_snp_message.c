// SPDX-License-Identifier: GPL-2.0-only
/* Messages of a guest: headers, sequence numbers, the pages that carry them. */
#include <string.h>

#include "test_snp_channel.h"

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
		cmocka_unit_test(bad_headers),
		cmocka_unit_test(sequence_numbers),
		cmocka_unit_test(number_used_twice),
		cmocka_unit_test(request_pages),
	};

	return cmocka_run_group_tests_name("guest messages", tests, NULL, NULL);
}
