// SPDX-License-Identifier: GPL-2.0-only
/* The life of an SNP guest as the host sees it. */
#include <string.h>

#include <openssl/evp.h>

#include "cert.h"
#include "test_snp_guest.h"

/* The digest after one more page, by the offsets of the specification. */
static void extend(uint8_t digest[48], const uint8_t *contents, uint8_t type, uint64_t gpa,
		   const uint8_t perms[3])
{
	uint8_t info[0x70] = { 0 };
	unsigned int i;

	memcpy(info, digest, 48);
	if (contents)
		EVP_Digest(contents, 4096, info + 0x30, NULL, EVP_sha384(), NULL);
	info[0x60] = 0x70;
	info[0x62] = type;
	info[0x64] = perms[2];
	info[0x65] = perms[1];
	info[0x66] = perms[0];
	for (i = 0; i < 8; i++)
		info[0x68 + i] = (uint8_t)(gpa >> (8 * i));
	EVP_Digest(info, sizeof(info), digest, NULL, EVP_sha384(), NULL);
}

/* An identity block that fits, signed by the key of a seed, the key by that of another. */
static void put_identity(struct machine *m, const uint8_t digest[48], uint64_t policy)
{
	uint8_t *block = machine_at(m, AT_A), *auth = machine_at(m, AT_B);
	struct ec_key id, author;
	struct ec_sig sig;

	memset(block, 0, 0x60);
	memcpy(block, digest, 48);
	memset(block + 0x30, 0xf1, 16);
	memset(block + 0x40, 0x1d, 16);
	block[0x50] = 1;
	block[0x54] = 7;
	memcpy(block + 0x58, &policy, 8);
	memset(auth, 0, 4096);
	auth[0] = 1;
	auth[4] = 1;
	assert_true(ec_derive(&id, "id", "1", 1) && ec_derive(&author, "author", "1", 1));
	auth[0x240] = 2;
	cert_put_number(auth + 0x244, 72, id.pub.x, EC_SIZE);
	cert_put_number(auth + 0x244 + 72, 72, id.pub.y, EC_SIZE);
	auth[0x880] = 2;
	cert_put_number(auth + 0x884, 72, author.pub.x, EC_SIZE);
	cert_put_number(auth + 0x884 + 72, 72, author.pub.y, EC_SIZE);
	assert_true(ec_sign(&id, HASH_SHA384, block, 0x60, &sig));
	cert_put_number(auth + 0x40, 72, sig.r, EC_SIZE);
	cert_put_number(auth + 0x40 + 72, 72, sig.s, EC_SIZE);
	assert_true(ec_sign(&author, HASH_SHA384, auth + 0x240, 0x404, &sig));
	cert_put_number(auth + 0x680, 72, sig.r, EC_SIZE);
	cert_put_number(auth + 0x680 + 72, 72, sig.s, EC_SIZE);
}

static uint32_t finish(struct machine *m, uint64_t flags)
{
	struct snp_cmd_launch_finish cmd = {
		.gctx_paddr = AT_GCTX, .id_block_paddr = AT_A, .id_auth_paddr = AT_B,
		.flags = flags,
	};

	return run(m, SNP_OP_LAUNCH_FINISH, &cmd, sizeof(cmd));
}

static void whole_life(void **state)
{
	struct snp_cmd_guest_status status = { .gctx_paddr = AT_GCTX, .status_paddr = AT_A };
	struct machine *m = snp_up(0x19);
	uint8_t *out = machine_at(m, AT_A);
	struct fw_info info;

	(void)state;
	assert_int_equal(gctx_create(m, AT_GCTX), 0);
	assert_state(m, AT_GCTX, CONTEXT);
	fw_get_info(m->fw, &info);
	assert_int_equal(info.snp_guests, 1);
	assert_refused(m, SEV_RET_INVALID_GUEST_STATE, snp_activate(m, AT_GCTX, ASID));
	assert_int_equal(launch_start(m, AT_GCTX, POLICY), 0);
	assert_refused(m, SEV_RET_INVALID_GUEST_STATE, launch_start(m, AT_GCTX, POLICY));
	give_to_guest(m, AT_C, 0x1000, ASID, false);
	assert_refused(m, SEV_RET_INACTIVE,
		       launch_update(m, AT_GCTX, AT_C, SNP_LAUNCH_NORMAL));
	assert_int_equal(snp_activate(m, AT_GCTX, ASID), 0);
	assert_refused(m, SEV_RET_ACTIVE, snp_activate(m, AT_GCTX, ASID + 1));
	assert_int_equal(launch_update(m, AT_GCTX, AT_C, SNP_LAUNCH_NORMAL), 0);
	assert_state(m, AT_C, GUEST_VALID);
	assert_int_equal(entry_at(m, AT_C).gpa, 0x1000);
	assert_int_equal(launch_finish(m, AT_GCTX), 0);
	assert_refused(m, SEV_RET_INVALID_GUEST_STATE, launch_finish(m, AT_GCTX));

	assert_refused(m, SEV_RET_INVALID_PAGE_STATE,
		       run(m, SNP_OP_GUEST_STATUS, &status, sizeof(status)));
	make(m, AT_A, PAGE_4K, FW_PAGE_FIRMWARE);
	assert_int_equal(run(m, SNP_OP_GUEST_STATUS, &status, sizeof(status)), 0);
	assert_int_equal(out[2], POLICY >> 16);
	assert_int_equal(out[8], ASID);
	assert_int_equal(out[12], 2);

	assert_refused(m, SEV_RET_INVALID_PAGE_STATE, reclaim(m, AT_GCTX));
	assert_int_equal(decommission(m, AT_GCTX), 0);
	assert_state(m, AT_GCTX, FIRMWARE);
	assert_int_equal(reclaim(m, AT_GCTX), 0);
	take_back(m, AT_GCTX);
	take_back(m, AT_C);
	assert_refused(m, SEV_RET_INVALID_PAGE_STATE, decommission(m, AT_GCTX));
	machine_free(m);
}

static void asids(void **state)
{
	struct machine *m = snp_up(0x19);

	(void)state;
	start_guest(m, POLICY);
	assert_int_equal(gctx_create(m, AT_D), 0);
	assert_int_equal(launch_start(m, AT_D, POLICY), 0);
	assert_refused(m, SEV_RET_INVALID_ASID, snp_activate(m, AT_D, 0));
	assert_refused(m, SEV_RET_INVALID_ASID, snp_activate(m, AT_D, 100));
	assert_refused(m, SEV_RET_ASID_OWNED, snp_activate(m, AT_D, ASID));
	assert_int_equal(decommission(m, AT_GCTX), 0);
	assert_refused(m, SEV_RET_DFFLUSH_REQUIRED, snp_activate(m, AT_D, ASID));
	assert_refused(m, SEV_RET_DFFLUSH_REQUIRED, snp_shutdown(m, 0));
	assert_int_equal(run0(m, SNP_OP_DF_FLUSH), 0);
	assert_int_equal(snp_activate(m, AT_D, ASID), 0);
	/* legacy SEV comes late and leaves the guest alone */
	assert_int_equal(init(m, false), 0);
	assert_int_equal(run0(m, SEV_OP_DF_FLUSH), 0);
	assert_int_equal(run0(m, SEV_OP_SHUTDOWN), 0);
	assert_int_equal(gctx_create(m, AT_GCTX), 0);
	assert_int_equal(launch_start(m, AT_GCTX, POLICY), 0);
	assert_refused(m, SEV_RET_ASID_OWNED, snp_activate(m, AT_GCTX, ASID));
	/* nobody shuts SNP down under a guest that is active, be it that the kernel panics */
	assert_refused(m, SEV_RET_DFFLUSH_REQUIRED, snp_shutdown(m, SNP_SHUTDOWN_IOMMU));
	assert_non_null(strstr(m->refused, "ASID 5 belongs to a guest"));
	assert_int_equal(run0(m, SNP_OP_DF_FLUSH), 0);
	assert_refused(m, SEV_RET_DFFLUSH_REQUIRED, snp_shutdown(m, SNP_SHUTDOWN_IOMMU));
	assert_refused(m, SEV_RET_DFFLUSH_REQUIRED, run0(m, SNP_OP_SHUTDOWN));
	assert_state(m, AT_D, CONTEXT);
	assert_int_equal(decommission(m, AT_D), 0);
	assert_int_equal(run0(m, SNP_OP_DF_FLUSH), 0);
	/* a guest that never was leaves its context behind */
	assert_int_equal(snp_shutdown(m, SNP_SHUTDOWN_IOMMU), 0);
	assert_state(m, AT_GCTX, FIRMWARE);
	machine_free(m);
}

static void context_pages(void **state)
{
	struct snp_cmd_gctx cmd = { .gctx_paddr = AT_GCTX };
	struct machine *m = snp_up(0x19);

	(void)state;
	assert_refused(m, SEV_RET_INVALID_PAGE_STATE,
		       run(m, SNP_OP_GCTX_CREATE, &cmd, sizeof(cmd)));
	assert_int_equal(gctx_create(m, AT_GCTX), 0);
	assert_refused(m, SEV_RET_INVALID_PAGE_STATE,
		       run(m, SNP_OP_GCTX_CREATE, &cmd, sizeof(cmd)));
	cmd.gctx_paddr++;
	assert_refused(m, SEV_RET_INVALID_ADDRESS,
		       run(m, SNP_OP_GCTX_CREATE, &cmd, sizeof(cmd)));
	assert_refused(m, SEV_RET_INVALID_ADDRESS, decommission(m, AT_GCTX + 8));
	/* a page that only looks like a context */
	make(m, AT_D, PAGE_4K, FW_PAGE_CONTEXT);
	assert_refused(m, SEV_RET_INVALID_GUEST, decommission(m, AT_D));
	machine_free(m);
}

static void policies(void **state)
{
	static const uint64_t bad[] = {
		0, SNP_GUEST_POLICY_SMT, POLICY | 1ULL << 26, POLICY | 1ULL << 63,
		POLICY | 2 << 8, POLICY | 1 << 8 | 56, POLICY | SNP_GUEST_POLICY_RAPL_DIS,
		POLICY | SNP_GUEST_POLICY_CIPHERTEXT, POLICY | SNP_GUEST_POLICY_CXL,
		POLICY | SNP_GUEST_POLICY_AES_256_XTS, POLICY | SNP_GUEST_POLICY_NO_SWAP,
	};
	struct snp_cmd_launch_start cmd = { .gctx_paddr = AT_GCTX, .policy = POLICY };
	struct snp_cmd_init_ex init_cmd = {
		.flags = SNP_INIT_RMP | SNP_INIT_RAPL_DIS | SNP_INIT_CIPHERTEXT_HIDING,
		.max_snp_asid = 3,
	};
	struct machine *m = snp_up(0x19);
	struct fw_config cfg;
	size_t i;

	(void)state;
	assert_int_equal(gctx_create(m, AT_GCTX), 0);
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		assert_refused(m, SEV_RET_POLICY_FAILURE, launch_start(m, AT_GCTX, bad[i]));
	cmd.flags = 4;
	assert_refused(m, SEV_RET_INVALID_PARAM,
		       run(m, SNP_OP_LAUNCH_START, &cmd, sizeof(cmd)));
	cmd.flags = SNP_LAUNCH_MA;
	assert_refused(m, SEV_RET_POLICY_FAILURE,
		       run(m, SNP_OP_LAUNCH_START, &cmd, sizeof(cmd)));
	assert_refused(m, SEV_RET_POLICY_FAILURE,
		       launch_start(m, AT_GCTX, SNP_GUEST_POLICY_ONE));
	assert_non_null(strstr(m->refused, "SMT is on"));
	assert_int_equal(launch_start(m, AT_GCTX, POLICY | 1 << 8 | 55), 0);
	machine_free(m);

	/* without SMT a guest may forbid it; ABI 0.31 is what many ask for */
	fw_config_init(&cfg, 0x19);
	cfg.platform_info = 0;
	m = snp_machine_with(&cfg);
	assert_int_equal(snp_init(m, SNP_INIT_RMP), 0);
	assert_int_equal(gctx_create(m, AT_GCTX), 0);
	assert_int_equal(launch_start(m, AT_GCTX, SNP_GUEST_POLICY_ONE), 0);
	assert_int_equal(gctx_create(m, AT_D), 0);
	assert_int_equal(launch_start(m, AT_D, 0x3001f), 0);
	machine_free(m);

	m = snp_machine(0x1a);
	assert_int_equal(run(m, SNP_OP_INIT_EX, &init_cmd, sizeof(init_cmd)), 0);
	assert_int_equal(run0(m, SNP_OP_DF_FLUSH), 0);
	assert_int_equal(gctx_create(m, AT_GCTX), 0);
	assert_int_equal(launch_start(m, AT_GCTX, POLICY | SNP_GUEST_POLICY_RAPL_DIS |
				      SNP_GUEST_POLICY_CIPHERTEXT), 0);
	assert_refused(m, SEV_RET_INVALID_ASID, snp_activate(m, AT_GCTX, 4));
	assert_int_equal(snp_activate(m, AT_GCTX, 3), 0);
	machine_free(m);
}

static void page_rules(void **state)
{
	struct snp_cmd_launch_update cmd = { .gctx_paddr = AT_GCTX, .page_paddr = AT_C };
	const enum fw_page_state bad[] = {
		FW_PAGE_HYPERVISOR, FW_PAGE_HV_FIXED, FW_PAGE_FIRMWARE, FW_PAGE_RECLAIM,
		FW_PAGE_CONTEXT, FW_PAGE_METADATA, FW_PAGE_PRE_SWAP, FW_PAGE_GUEST_INVALID,
		FW_PAGE_GUEST_VALID,
	};
	struct machine *m = snp_up(0x19);
	size_t i;

	(void)state;
	start_guest(m, POLICY);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		make(m, AT_C, PAGE_4K, bad[i]);
		assert_refused(m, SEV_RET_INVALID_PAGE_STATE,
			       launch_update(m, AT_GCTX, AT_C, SNP_LAUNCH_NORMAL));
		assert_int_equal(state_at(m, AT_C), bad[i]);
	}
	give_to_guest(m, AT_C, 0, ASID + 1, false);
	assert_refused(m, SEV_RET_INVALID_PAGE_OWNER,
		       launch_update(m, AT_GCTX, AT_C, SNP_LAUNCH_NORMAL));
	give_to_guest(m, AT_PAGE, 0, ASID, true);
	assert_refused(m, SEV_RET_INVALID_PAGE_SIZE,
		       launch_update(m, AT_GCTX, AT_PAGE, SNP_LAUNCH_NORMAL));
	give_to_guest(m, AT_PAGE, 0, ASID, false);
	assert_refused(m, SEV_RET_INVALID_PAGE_SIZE,
		       launch_update(m, AT_GCTX, AT_PAGE | SNP_PAGE_2M, SNP_LAUNCH_NORMAL));
	assert_refused(m, SEV_RET_INVALID_ADDRESS,
		       launch_update(m, AT_GCTX, AT_C | SNP_PAGE_2M, SNP_LAUNCH_NORMAL));
	assert_refused(m, SEV_RET_INVALID_ADDRESS,
		       launch_update(m, AT_GCTX, AT_C + 16, SNP_LAUNCH_NORMAL));
	assert_refused(m, SEV_RET_INVALID_PARAM, launch_update(m, AT_GCTX, AT_C, 0));
	assert_refused(m, SEV_RET_INVALID_PARAM, launch_update(m, AT_GCTX, AT_C, 7));
	assert_refused(m, SEV_RET_INVALID_PARAM,
		       launch_update(m, AT_GCTX, AT_PAGE | SNP_PAGE_2M, SNP_LAUNCH_VMSA));
	cmd.flags = SNP_LAUNCH_NORMAL << SNP_LAUNCH_PAGE_TYPE_SHIFT | SNP_LAUNCH_PAGE_IMI;
	assert_refused(m, SEV_RET_INVALID_PARAM,
		       run(m, SNP_OP_LAUNCH_UPDATE, &cmd, sizeof(cmd)));
	cmd.flags = SNP_LAUNCH_NORMAL << SNP_LAUNCH_PAGE_TYPE_SHIFT;
	cmd.rsvd3 = 1;
	assert_refused(m, SEV_RET_INVALID_PARAM,
		       run(m, SNP_OP_LAUNCH_UPDATE, &cmd, sizeof(cmd)));
	/* a page that was refused can be had back */
	give_to_guest(m, AT_C, 0x5000, ASID, false);
	assert_int_equal(reclaim(m, AT_C), 0);
	take_back(m, AT_C);
	machine_free(m);
}

static void special_pages(void **state)
{
	struct machine *m = snp_up(0x19);
	uint8_t *page = machine_at(m, AT_C);

	(void)state;
	start_guest(m, POLICY);
	memset(page, 0x5a, 4096);
	assert_int_equal(add_page(m, AT_C, 0x1000, SNP_LAUNCH_ZERO), 0);
	assert_int_equal(page[0] | page[4095], 0);
	memset(page, 0x5a, 4096);
	assert_int_equal(add_page(m, AT_C, 0x1000, SNP_LAUNCH_UNMEASURED), 0);
	assert_int_equal(page[100], 0x5a);
	assert_int_equal(add_page(m, AT_C, 0x1000, SNP_LAUNCH_SECRETS), 0);
	assert_int_equal(page[0], 3);
	assert_memory_not_equal(page + 0x20, page + 0x40, 32);
	assert_int_equal(page[0xa0] | page[4095], 0);
	assert_int_equal(add_page(m, AT_D, 0xfffffffff000, SNP_LAUNCH_VMSA), 0);
	assert_true(entry_at(m, AT_D).vmsa);
	assert_false(entry_at(m, AT_C).vmsa);
	machine_free(m);
}

static void cpuid_page(void **state)
{
	struct machine *m = snp_up(0x19);
	uint8_t *page = machine_at(m, AT_C);
	uint32_t leaf = 0x8000001f, ebx = 32;

	(void)state;
	start_guest(m, POLICY);
	memset(page, 0, 4096);
	page[0] = 65;
	assert_refused(m, SEV_RET_INVALID_PARAM, add_page(m, AT_C, 0x1000, SNP_LAUNCH_CPUID));
	page[0] = 2;
	memcpy(page + 16 + 48, &leaf, 4);
	memcpy(page + 16 + 48 + 28, &ebx, 4);
	assert_refused(m, SEV_RET_INVALID_PARAM, add_page(m, AT_C, 0x1000, SNP_LAUNCH_CPUID));
	assert_int_equal(page[16 + 48 + 28], 51);
	assert_state(m, AT_C, PRE_GUEST);
	assert_int_equal(add_page(m, AT_C, 0x1000, SNP_LAUNCH_CPUID), 0);
	assert_state(m, AT_C, GUEST_VALID);
	machine_free(m);
}

static void digest_is_computable(void **state)
{
	static const uint8_t none[3], some[3] = { 1, 3, 7 };
	struct snp_cmd_launch_update perms = {
		.gctx_paddr = AT_GCTX, .page_paddr = AT_D, .vmpl_perms = { 1, 3, 7 },
		.flags = SNP_LAUNCH_NORMAL << SNP_LAUNCH_PAGE_TYPE_SHIFT,
	};
	struct machine *m = snp_up(0x19);
	uint8_t digest[48] = { 0 };
	unsigned int i;

	(void)state;
	start_guest(m, POLICY);
	for (i = 0; i < 1 << 21; i += 8)
		memcpy(machine_at(m, AT_PAGE + i), &i, sizeof(i));
	memset(machine_at(m, AT_C), 0x11, 4096);
	memset(machine_at(m, AT_D), 0x22, 4096);
	extend(digest, machine_at(m, AT_C), SNP_LAUNCH_NORMAL, 0xfffff000, none);
	assert_int_equal(add_page(m, AT_C, 0xfffff000, SNP_LAUNCH_NORMAL), 0);
	for (i = 0; i < 512; i++)
		extend(digest, machine_at(m, AT_PAGE + i * 4096), SNP_LAUNCH_NORMAL,
		       0x200000 + i * 4096, none);
	assert_int_equal(add_page(m, AT_PAGE | SNP_PAGE_2M, 0x200000, SNP_LAUNCH_NORMAL), 0);
	assert_true(entry_at(m, AT_PAGE).validated);
	extend(digest, machine_at(m, AT_D), SNP_LAUNCH_NORMAL, 0x3000, some);
	give_to_guest(m, AT_D, 0x3000, ASID, false);
	assert_int_equal(run(m, SNP_OP_LAUNCH_UPDATE, &perms, sizeof(perms)), 0);
	extend(digest, NULL, SNP_LAUNCH_ZERO, 0x4000, none);
	assert_int_equal(add_page(m, AT_C, 0x4000, SNP_LAUNCH_ZERO), 0);
	extend(digest, NULL, SNP_LAUNCH_SECRETS, 0x5000, none);
	assert_int_equal(add_page(m, AT_C, 0x5000, SNP_LAUNCH_SECRETS), 0);
	memset(machine_at(m, AT_C), 0, 4096);
	extend(digest, NULL, SNP_LAUNCH_CPUID, 0x6000, none);
	assert_int_equal(add_page(m, AT_C, 0x6000, SNP_LAUNCH_CPUID), 0);
	extend(digest, machine_at(m, AT_D), SNP_LAUNCH_VMSA, 0xfffffffff000, none);
	assert_int_equal(add_page(m, AT_D, 0xfffffffff000, SNP_LAUNCH_VMSA), 0);
	/* a page that is refused adds nothing */
	assert_refused(m, SEV_RET_INVALID_PAGE_STATE,
		       launch_update(m, AT_GCTX, AT_D, SNP_LAUNCH_NORMAL));
	put_identity(m, digest, POLICY);
	assert_int_equal(finish(m, SNP_FINISH_ID_BLOCK), 0);
	machine_free(m);
}

static void identity(void **state)
{
	static const uint8_t none[3];
	struct machine *m = snp_up(0x19);
	uint8_t digest[48] = { 0 };
	uint8_t *block = machine_at(m, AT_A), *auth = machine_at(m, AT_B);

	(void)state;
	start_guest(m, POLICY);
	extend(digest, NULL, SNP_LAUNCH_ZERO, 0x4000, none);
	assert_int_equal(add_page(m, AT_C, 0x4000, SNP_LAUNCH_ZERO), 0);
	put_identity(m, digest, POLICY | SNP_GUEST_POLICY_DEBUG);
	assert_refused(m, SEV_RET_POLICY_FAILURE, finish(m, SNP_FINISH_ID_BLOCK));
	digest[0] ^= 1;
	put_identity(m, digest, POLICY);
	assert_refused(m, SEV_RET_BAD_MEASUREMENT, finish(m, SNP_FINISH_ID_BLOCK));
	digest[0] ^= 1;
	put_identity(m, digest, POLICY);
	block[0x54] ^= 1;
	assert_refused(m, SEV_RET_BAD_SIGNATURE, finish(m, SNP_FINISH_ID_BLOCK));
	put_identity(m, digest, POLICY);
	auth[0x680] ^= 1;
	assert_refused(m, SEV_RET_BAD_SIGNATURE,
		       finish(m, SNP_FINISH_ID_BLOCK | SNP_FINISH_AUTHOR_KEY));
	auth[0x680] ^= 1;
	auth[4] = 2;
	assert_refused(m, SEV_RET_INVALID_PARAM,
		       finish(m, SNP_FINISH_ID_BLOCK | SNP_FINISH_AUTHOR_KEY));
	auth[4] = 1;
	assert_refused(m, SEV_RET_INVALID_PARAM, finish(m, SNP_FINISH_AUTHOR_KEY));
	assert_refused(m, SEV_RET_INVALID_PARAM, finish(m, 8));
	assert_int_equal(finish(m, SNP_FINISH_ID_BLOCK | SNP_FINISH_AUTHOR_KEY), 0);
	machine_free(m);
}

/* Without a host: takes the identity at AT_A and AT_B, or is not made. */
static bool lone_guest_is_made(struct machine *m, const uint8_t digest[48], bool author)
{
	struct fw_lone_guest what = {
		.policy = POLICY, .id_block = machine_at(m, AT_A), .id_auth = machine_at(m, AT_B),
		.author_key = author,
	};
	struct fw_snp_guest *guest;

	memcpy(what.measurement, digest, sizeof(what.measurement));
	guest = fw_lone_guest_new(m->fw, &what);
	fw_lone_guest_free(guest);
	return guest;
}

static void identity_without_host(void **state)
{
	struct machine *m = machine_new(0x19);
	uint8_t digest[48] = { 0x11 }, *auth = machine_at(m, AT_B);

	(void)state;
	put_identity(m, digest, POLICY);
	assert_true(lone_guest_is_made(m, digest, false));
	assert_true(lone_guest_is_made(m, digest, true));
	digest[47] ^= 1;
	assert_false(lone_guest_is_made(m, digest, true));
	digest[47] ^= 1;
	put_identity(m, digest, POLICY | SNP_GUEST_POLICY_DEBUG);
	assert_false(lone_guest_is_made(m, digest, true));
	put_identity(m, digest, POLICY);
	auth[0x680] ^= 1;
	assert_false(lone_guest_is_made(m, digest, true));
	assert_true(lone_guest_is_made(m, digest, false));
	machine_free(m);
}

static void debugging(void **state)
{
	struct snp_cmd_dbg cmd = {
		.gctx_paddr = AT_GCTX, .src_paddr = AT_C, .dst_paddr = AT_A,
	};
	struct machine *m = snp_up(0x19);
	uint8_t *out = machine_at(m, AT_A);

	(void)state;
	start_guest(m, POLICY);
	assert_refused(m, SEV_RET_POLICY_FAILURE,
		       run(m, SNP_OP_DBG_DECRYPT, &cmd, sizeof(cmd)));
	assert_int_equal(decommission(m, AT_GCTX), 0);
	assert_int_equal(run0(m, SNP_OP_DF_FLUSH), 0);
	start_guest(m, POLICY | SNP_GUEST_POLICY_DEBUG);
	memset(machine_at(m, AT_C), 0x77, 4096);
	assert_refused(m, SEV_RET_INVALID_PAGE_STATE,
		       run(m, SNP_OP_DBG_DECRYPT, &cmd, sizeof(cmd)));
	assert_int_equal(add_page(m, AT_C, 0x1000, SNP_LAUNCH_VMSA), 0);
	assert_refused(m, SEV_RET_INVALID_PAGE_STATE,
		       run(m, SNP_OP_DBG_DECRYPT, &cmd, sizeof(cmd)));
	make(m, AT_A, PAGE_4K, FW_PAGE_FIRMWARE);
	assert_int_equal(run(m, SNP_OP_DBG_DECRYPT, &cmd, sizeof(cmd)), 0);
	assert_int_equal(out[4095], 0x77);
	give_to_guest(m, AT_D, 0x1000, ASID + 1, false);
	cmd.src_paddr = AT_D;
	assert_refused(m, SEV_RET_INVALID_PAGE_OWNER,
		       run(m, SNP_OP_DBG_DECRYPT, &cmd, sizeof(cmd)));
	cmd.src_paddr = AT_A;
	cmd.dst_paddr = AT_D;
	assert_refused(m, SEV_RET_INVALID_PAGE_OWNER,
		       run(m, SNP_OP_DBG_ENCRYPT, &cmd, sizeof(cmd)));
	give_to_guest(m, AT_D, 0x1000, ASID, false);
	assert_int_equal(run(m, SNP_OP_DBG_ENCRYPT, &cmd, sizeof(cmd)), 0);
	cmd.src_paddr++;
	assert_refused(m, SEV_RET_INVALID_ADDRESS,
		       run(m, SNP_OP_DBG_ENCRYPT, &cmd, sizeof(cmd)));
	machine_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_life),
		cmocka_unit_test(asids),
		cmocka_unit_test(context_pages),
		cmocka_unit_test(policies),
		cmocka_unit_test(page_rules),
		cmocka_unit_test(special_pages),
		cmocka_unit_test(cpuid_page),
		cmocka_unit_test(digest_is_computable),
		cmocka_unit_test(identity),
		cmocka_unit_test(identity_without_host),
		cmocka_unit_test(debugging),
	};

	return cmocka_run_group_tests_name("SNP guests", tests, NULL, NULL);
}
