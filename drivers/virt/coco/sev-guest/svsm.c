// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reports that a secure VM service module makes about itself and its services. It
 * runs at privilege level 0 of the same guest, so memory for it stays private.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <compat/snp-guest.h>

#include "guest.h"

/* It says how much room it needs; more often than this it makes no sense. */
#define SVSM_TRIES	4
#define SVSM_BLOB_MAX	SZ_1M

/**
 * struct svsm_buffers - room for what the module answers, and its question
 * @memory: all of it, whole pages next to each other
 * @size: bytes of it
 * @report_len: bytes for the report, a multiple of a page like the following
 * @manifest_len: bytes for the manifest
 * @certs_len: bytes for certificates
 *
 * A page for the nonce comes first.
 */
struct svsm_buffers {
	void *memory;
	size_t size;
	u32 report_len;
	u32 manifest_len;
	u32 certs_len;
};

static void *svsm_report_of(const struct svsm_buffers *buffers)
{
	return buffers->memory + PAGE_SIZE;
}

static void *svsm_manifest_of(const struct svsm_buffers *buffers)
{
	return svsm_report_of(buffers) + buffers->report_len;
}

static void *svsm_certs_of(const struct svsm_buffers *buffers)
{
	return svsm_manifest_of(buffers) + buffers->manifest_len;
}

static void svsm_location(struct svsm_loc_entry *entry, const void *memory, u32 len)
{
	entry->pa = __pa(memory);
	entry->len = len;
}

/* Takes over a length that the module asks for. */
static bool svsm_grow(u32 *have, u32 wanted)
{
	if (wanted <= *have || wanted > SVSM_BLOB_MAX)
		return false;
	*have = PAGE_ALIGN(wanted);
	return true;
}

static int svsm_call_once(struct svsm_buffers *buffers, const struct tsm_report_desc *desc,
			  struct svsm_attest_call *attest, u64 *result)
{
	struct svsm_call call = {};
	u64 code = SVSM_ATTEST_CALL(SVSM_ATTEST_SERVICES);
	int ret;

	buffers->size = PAGE_SIZE + buffers->report_len + buffers->manifest_len +
			buffers->certs_len;
	buffers->memory = alloc_pages_exact(buffers->size, GFP_KERNEL | __GFP_ZERO);
	if (!buffers->memory)
		return -ENOMEM;

	memset(attest, 0, sizeof(*attest));
	memcpy(buffers->memory, desc->inblob, desc->inblob_len);
	svsm_location(&attest->nonce, buffers->memory, desc->inblob_len);
	svsm_location(&attest->report_buf, svsm_report_of(buffers), buffers->report_len);
	svsm_location(&attest->manifest_buf, svsm_manifest_of(buffers), buffers->manifest_len);
	svsm_location(&attest->certificates_buf, svsm_certs_of(buffers), buffers->certs_len);
	if (!guid_is_null(&desc->service_guid)) {
		code = SVSM_ATTEST_CALL(SVSM_ATTEST_SINGLE_SERVICE);
		export_guid(attest->service_guid, &desc->service_guid);
		attest->service_manifest_ver = desc->service_manifest_version;
	}
	ret = snp_issue_svsm_attest_req(code, &call, attest);
	*result = call.rax_out;
	return ret ? -EIO : 0;
}

static void svsm_free(struct svsm_buffers *buffers)
{
	if (buffers->memory)
		free_pages_exact(buffers->memory, buffers->size);
	buffers->memory = NULL;
}

/* Asks until there is room enough. */
static int svsm_ask(struct snp_guest *guest, struct svsm_buffers *buffers,
		    const struct tsm_report_desc *desc, struct svsm_attest_call *attest)
{
	unsigned int tries;
	u64 result = 0;
	int ret = -EINVAL;

	for (tries = 0; tries < SVSM_TRIES; tries++) {
		bool grown;

		ret = svsm_call_once(buffers, desc, attest, &result);
		if (ret != -EIO)
			return ret;
		svsm_free(buffers);
		if (result != SVSM_ERR_INVALID_PARAMETER)
			break;
		grown = svsm_grow(&buffers->report_len, attest->report_buf.len);
		grown |= svsm_grow(&buffers->manifest_len, attest->manifest_buf.len);
		grown |= svsm_grow(&buffers->certs_len, attest->certificates_buf.len);
		if (!grown)
			break;
	}
	dev_err_ratelimited(guest->dev, "SVSM attestation request failed (%d / 0x%llx)\n", ret,
			    result);
	return -EINVAL;
}

/* Copies what is as long as the module says, if it can be. */
static int svsm_take(void *from, u32 len, u32 room, u8 **blob, size_t *blob_len)
{
	if (len > room)
		return -EBADMSG;
	if (!len)
		return 0;
	*blob = snp_blob_dup(from, len);
	if (!*blob)
		return -ENOMEM;
	*blob_len = len;
	return 0;
}

/**
 * snp_svsm_report() - a report by the service module
 * @guest: the device
 * @report: what it shall be about; the blobs are filled in
 *
 * Context: process context, may sleep
 * Return: 0, -EINVAL if there is no module or it refuses, or -ENOMEM
 */
int snp_svsm_report(struct snp_guest *guest, struct tsm_report *report)
{
	struct svsm_buffers buffers = {
		.report_len = SZ_4K,
		.manifest_len = SZ_4K,
		.certs_len = SNP_CERTS_MAX,
	};
	struct svsm_attest_call attest;
	int ret;

	if (!guest->vmpl) {
		dev_err_ratelimited(guest->dev,
				    "there is no service module (SVSM): the guest is running at VMPL 0\n");
		return -EINVAL;
	}
	ret = svsm_ask(guest, &buffers, &report->desc, &attest);
	if (!ret)
		ret = svsm_take(svsm_report_of(&buffers), attest.report_buf.len,
				buffers.report_len, &report->outblob, &report->outblob_len);
	if (!ret)
		ret = svsm_take(svsm_manifest_of(&buffers), attest.manifest_buf.len,
				buffers.manifest_len, &report->manifestblob,
				&report->manifestblob_len);
	if (!ret)
		ret = svsm_take(svsm_certs_of(&buffers), attest.certificates_buf.len,
				buffers.certs_len, &report->auxblob, &report->auxblob_len);
	svsm_free(&buffers);
	return ret;
}
