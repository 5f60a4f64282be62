// SPDX-License-Identifier: GPL-2.0-only
/*
 * The service module's protocol for attestation: a report of the firmware for privilege level 0,
 * whose data is the SHA-512 of a nonce and of a manifest that tells which services there are. Here
 * it is one, which does nothing.
 */
#include <string.h>

#include <openssl/evp.h>

#include "guest.h"
#include "model/fw.h"

#define CALL_ALL		0u
#define CALL_SINGLE		1u

#define NONCE_MAX		GUEST_PAGE
#define SERVICE_VERSION		1u

/* struct location - Where something is, and how long */
struct location {
	uint64_t pa;
	uint32_t len;
	uint32_t rsvd;
};

/* struct attest_call - Question, and room for what comes back */
struct attest_call {
	struct location report, nonce, manifest, certs;
	uint8_t service[16];	/* these are for a single one */
	uint32_t version;
	uint32_t rsvd;
};

#define CALL_ALL_LEN		offsetof(struct attest_call, service)

_Static_assert(sizeof(struct location) == 16, "location");
_Static_assert(sizeof(struct attest_call) == 88, "attestation call");

/* struct manifest - Of all services; what they say about themselves follows */
struct manifest {
	uint8_t guid[16];
	uint32_t len, count;
	struct {
		uint8_t guid[16];
		uint32_t offset, len;
	} entry;
	char text[24];
} __attribute__((packed));

/* 63849ebb-3d92-4670-a1ff-58f9c94b87bb, which begins a manifest, and our service's own */
#define GUID_MANIFEST	{ 0xbb, 0x9e, 0x84, 0x63, 0x92, 0x3d, 0x70, 0x46, \
			  0xa1, 0xff, 0x58, 0xf9, 0xc9, 0x4b, 0x87, 0xbb }
#define GUID_SERVICE	{ 0x6e, 0x75, 0x6c, 0x6c, 0x73, 0x65, 0x72, 0x46, \
			  0x80, 0x00, 0x65, 0x6d, 0x75, 0x6c, 0x00, 0x01 }

static const struct manifest manifest = {
	GUID_MANIFEST, sizeof(manifest), 1,
	{ GUID_SERVICE, offsetof(struct manifest, text), sizeof(manifest.text) },
	"emulated, does nothing",
};

/* struct blob - Something that goes to the guest */
struct blob {
	const void *data;
	size_t len;
};

static bool is_private(const struct location *where)
{
	if (where->pa + where->len < where->pa)
		return false;
	for (uint64_t at = where->pa & ~(GUEST_PAGE - 1); at < where->pa + where->len;
	     at += GUEST_PAGE)
		if (!guest_page_private(at))
			return false;
	return true;
}

static bool is_buffer(const struct location *where)
{
	return !(where->pa % GUEST_PAGE) && is_private(where);
}

static uint64_t read_call(uint64_t at, bool single, struct attest_call *call)
{
	struct location where = { .pa = at, .len = single ? sizeof(*call) : CALL_ALL_LEN };

	memset(call, 0, sizeof(*call));
	if (at % sizeof(uint64_t) || !is_private(&where) || guest_read(at, call, where.len))
		return SVSM_INVALID_ADDRESS;
	if (call->report.rsvd || call->nonce.rsvd || call->manifest.rsvd || call->certs.rsvd ||
	    call->rsvd)
		return SVSM_INVALID_FORMAT;
	if (!is_buffer(&call->report) || !is_buffer(&call->manifest) || !is_buffer(&call->certs) ||
	    !is_private(&call->nonce))
		return SVSM_INVALID_ADDRESS;
	return call->nonce.len && call->nonce.len <= NONCE_MAX ? SVSM_SUCCESS :
	       SVSM_INVALID_PARAMETER;
}

static bool choose_manifest(const struct attest_call *call, bool single, struct blob *out)
{
	*out = (struct blob){ &manifest, sizeof(manifest) };
	if (!single)
		return true;
	*out = (struct blob){ manifest.text, sizeof(manifest.text) };
	return !memcmp(call->service, manifest.entry.guid, sizeof(call->service)) &&
	       call->version <= SERVICE_VERSION;
}

/* SHA-512 over nonce and manifest is what the report is about. */
static bool make_report(const struct location *nonce, const struct blob *about, uint8_t *report)
{
	uint8_t bytes[NONCE_MAX], digest[64];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok;

	ok = ctx && !guest_read(nonce->pa, bytes, nonce->len) &&
	     EVP_DigestInit_ex(ctx, EVP_sha512(), NULL) &&
	     EVP_DigestUpdate(ctx, bytes, nonce->len) &&
	     EVP_DigestUpdate(ctx, about->data, about->len) &&
	     EVP_DigestFinal_ex(ctx, digest, NULL);
	EVP_MD_CTX_free(ctx);
	return ok && guest_firmware_report(digest, report);
}

/**
 * guest_svsm_attest() - a call of the attestation protocol
 * @regs: registers of the call; lengths go back in RCX, RDX and R8
 *
 * Return: result code.
 */
uint64_t guest_svsm_attest(struct guest_svsm_regs *regs)
{
	bool single = (regs->rax & 0xffffffff) == CALL_SINGLE;
	uint8_t report[FW_REPORT_LEN];
	struct attest_call call;
	struct blob about, certs;
	uint64_t result;

	if (!single && (regs->rax & 0xffffffff) != CALL_ALL)
		return SVSM_UNSUPPORTED_CALL;
	result = read_call(regs->rcx, single, &call);
	if (result)
		return result;
	if (!choose_manifest(&call, single, &about))
		return SVSM_INVALID_PARAMETER;
	certs.data = guest_firmware_certs(&certs.len);
	regs->rcx = about.len;
	regs->rdx = call.certs.len ? certs.len : 0;
	regs->r8 = sizeof(report);
	if (call.report.len < sizeof(report) || call.manifest.len < about.len ||
	    call.certs.len < regs->rdx)
		return SVSM_INVALID_PARAMETER;
	if (!make_report(&call.nonce, &about, report))
		guest_fatal("the firmware makes no report for the service module");
	guest_write(call.report.pa, report, sizeof(report));
	guest_write(call.manifest.pa, about.data, about.len);
	if (regs->rdx)
		guest_write(call.certs.pa, certs.data, certs.len);
	return SVSM_SUCCESS;
}
