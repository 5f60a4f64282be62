// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reports through files: /sys/kernel/config/tsm/report.
 */
#include <linux/cleanup.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <sev/guest-msg.h>
#include <sev/uapi.h>

#include <compat/snp-guest.h>
#include <compat/tsm.h>

#include "guest.h"

#define REPORT_VERSION	1

/* Bytes of the table of certificates: up to the end of the last one. */
static size_t certs_size(struct snp_guest *guest, const void *certs)
{
	size_t i, size = 0;

	for (i = 0; i < SNP_CERTS_MAX / sizeof(struct snp_cert_entry); i++) {
		const struct snp_cert_entry *entry = certs + i * sizeof(*entry);

		if (!memchr_inv(entry, 0, sizeof(*entry)))
			break;
		/* Both are the host's and can be anything; together they need more bits. */
		size = max_t(u64, size, (u64)entry->offset + entry->length);
	}
	if (i && !size)
		dev_warn_ratelimited(guest->dev, "certificate slots conveyed without size\n");
	if (size > SNP_CERTS_MAX) {
		dev_warn_ratelimited(guest->dev,
				     "certificate data truncated (the host's table describes %zu bytes)\n",
				     size);
		size = SNP_CERTS_MAX;
	}
	return size;
}

/* Hands what the firmware and the host gave over to @report. */
static int tsm_take(struct snp_guest *guest, struct tsm_report *report,
		    const struct snp_report_resp *answer, const void *certs)
{
	struct snp_msg_report_answer head;
	void *outblob, *auxblob = NULL;
	size_t size;

	memcpy(&head, answer->data, sizeof(head));
	if (head.status == SEV_RET_INVALID_PARAM || head.status == SEV_RET_INVALID_KEY)
		return -EINVAL;
	if (head.status)
		return -ENXIO;
	if (!head.size || head.size > sizeof(answer->data) - sizeof(head)) {
		dev_err_ratelimited(guest->dev,
				    "the firmware speaks of a report of %u bytes, which can't be\n",
				    head.size);
		return -EBADMSG;
	}

	outblob = snp_blob_dup(answer->data + sizeof(head), head.size);
	if (!outblob)
		return -ENOMEM;
	size = certs_size(guest, certs);
	if (size) {
		auxblob = snp_blob_dup(certs, size);
		if (!auxblob) {
			kvfree(outblob);
			return -ENOMEM;
		}
	}
	report->outblob = outblob;
	report->outblob_len = head.size;
	report->auxblob = auxblob;
	report->auxblob_len = size;
	return 0;
}

/* With private copies of all that comes from outside. */
static int tsm_ask(struct snp_guest *guest, const struct snp_report_req *ask,
		   struct snp_report_resp *answer, void *certs)
{
	struct snp_request req = {
		.version = REPORT_VERSION,
		.extended = true,
		.certs_pages = SNP_CERTS_PAGES,
		.exitinfo2 = 0,
	};
	int ret;

	req.certs = snp_guest_certs_get(guest);
	if (!req.certs)
		return -ENOMEM;
	ret = snp_guest_report(guest, &req, ask, answer);
	if (!ret)
		memcpy(certs, req.certs, SNP_CERTS_MAX);
	snp_guest_certs_put(guest, req.certs);
	if (req.certs_needed)
		dev_err_ratelimited(guest->dev,
				    "the host's certificates take %llu pages, %lu are possible\n",
				    req.certs_needed, SNP_CERTS_PAGES);
	return ret;
}

static int tsm_report_new(struct tsm_report *report, void *data)
{
	struct snp_report_resp *answer __free(kfree) = NULL;
	void *certs __free(kfree) = NULL;
	struct tsm_report_desc *desc = &report->desc;
	const char *service = compat_tsm_service(desc);
	struct snp_guest *guest = data;
	struct snp_report_req ask = {};
	int ret;

	if (desc->inblob_len != sizeof(ask.user_data)) {
		dev_err_ratelimited(guest->dev, "inblob has %zu bytes, a report needs exactly %zu\n",
				    desc->inblob_len, sizeof(ask.user_data));
		return -EINVAL;
	}
	if (service) {
		if (strcmp(service, "svsm"))
			return -EINVAL;
		return snp_svsm_report(guest, report);
	}

	answer = kzalloc(sizeof(*answer), GFP_KERNEL);
	certs = kzalloc(SNP_CERTS_MAX, GFP_KERNEL);
	if (!answer || !certs)
		return -ENOMEM;
	memcpy(ask.user_data, desc->inblob, sizeof(ask.user_data));
	/* A level below that can't be written, so it is the one never written. */
	ask.vmpl = max(desc->privlevel, snp_guest_floor(guest));
	ret = tsm_ask(guest, &ask, answer, certs);
	return ret ?: tsm_take(guest, report, answer, certs);
}

/* What is about a service module is there if one is: below privilege level 0. */
static bool __maybe_unused tsm_attr_visible(int n)
{
	switch (n) {
	case TSM_REPORT_GENERATION:
	case TSM_REPORT_PROVIDER:
	case TSM_REPORT_PRIVLEVEL:
	case TSM_REPORT_PRIVLEVEL_FLOOR:
		return true;
	case TSM_REPORT_SERVICE_PROVIDER:
	case TSM_REPORT_SERVICE_GUID:
	case TSM_REPORT_SERVICE_MANIFEST_VER:
		return compat_snp_vmpl();
	default:
		return false;
	}
}

static bool __maybe_unused tsm_bin_attr_visible(int n)
{
	switch (n) {
	case TSM_REPORT_INBLOB:
	case TSM_REPORT_OUTBLOB:
	case TSM_REPORT_AUXBLOB:
		return true;
	case TSM_REPORT_MANIFESTBLOB:
		return compat_snp_vmpl();
	default:
		return false;
	}
}

/**
 * snp_guest_tsm_register() - offer reports in configfs
 * @guest: the device, which can answer requests by now
 *
 * Without it there is still the device node, so failure is only reported.
 */
void snp_guest_tsm_register(struct snp_guest *guest)
{
	const struct tsm_report_ops ops = {
		.name = "sev_guest",
		.privlevel_floor = snp_guest_floor(guest),
		.report_new = tsm_report_new,
		COMPAT_TSM_VISIBLE(tsm_attr_visible, tsm_bin_attr_visible)
	};
	int ret;

	/* Some kernels let no member be assigned to. */
	memcpy(&guest->tsm, &ops, sizeof(ops));
	ret = tsm_report_register(&guest->tsm, guest);
	if (ret)
		dev_warn(guest->dev,
			 "no reports in /sys/kernel/config/tsm/report (%d): another driver makes them, or old ones are still there: remove those and bind the driver again\n",
			 ret);
	guest->tsm_registered = !ret;
}

/**
 * snp_guest_tsm_unregister() - no more reports in configfs
 * @guest: the device
 *
 * Context: process context; waits for a report in the making
 */
void snp_guest_tsm_unregister(struct snp_guest *guest)
{
	if (guest->tsm_registered)
		tsm_report_unregister(&guest->tsm);
	guest->tsm_registered = false;
}
