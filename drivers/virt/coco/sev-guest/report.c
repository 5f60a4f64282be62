// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests to the firmware: attestation report, the same with the host's
 * certificates, derived key. For ioctl.c and tsm.c alike.
 */
#include <linux/slab.h>
#include <linux/string.h>

#include <sev/guest-msg.h>

#include "../../../crypto/ccp/sev/status.h"
#include "guest.h"

/* Of reports, and of keys in all firmware before API 1.58. */
#define MSG_VERSION	1
#define MSG_KEY_VERSION	2
#define KEY_V2_MAJOR	1
#define KEY_V2_MINOR	58

/* Requests are sent one at a time; the lock is not held for longer than one takes. */
static int guest_send(struct snp_guest *guest, struct snp_request *req)
{
	int ret;

	if (down_read_killable(&guest->gate))
		return -EINTR;
	ret = guest->gone ? -ENODEV : guest->transport.ops->request(guest->transport.ctx, req);
	up_read(&guest->gate);
	return ret;
}

/* The firmware would answer with a status that says nothing about levels. */
static int guest_check_vmpl(struct snp_guest *guest, u32 vmpl, const char *what)
{
	if (vmpl >= snp_guest_floor(guest))
		return 0;
	if (vmpl < guest->vmpl)
		dev_err_ratelimited(guest->dev,
				    "%s for VMPL %u refused: the guest is running at VMPL %u, ask for that or a higher number\n",
				    what, vmpl, guest->vmpl);
	else
		dev_err_ratelimited(guest->dev,
				    "%s for VMPL %u refused: with VMPCK%u the firmware gives them for VMPL %u and higher numbers only\n",
				    what, vmpl, guest->vmpck, guest->vmpck);
	return -EACCES;
}

/*
 * The firmware refuses a version that it does not know without taking the message,
 * and takes no other under that number: one such request would be the end of the key.
 */
static int guest_check_version(struct snp_guest *guest, u8 version, u8 newest, const char *what)
{
	if (version >= MSG_VERSION && version <= newest)
		return 0;
	dev_err_ratelimited(guest->dev,
			    "%s of message version %u refused: ask for version %u, which is what firmware knows\n",
			    what, version, MSG_VERSION);
	return -EINVAL;
}

/* Callers get the status in the answer; this is for whoever reads the log. */
static void guest_report_status(struct snp_guest *guest, const void *answer, const char *what)
{
	const struct sev_status_text *status;
	u32 code;

	memcpy(&code, answer, sizeof(code));
	if (!code)
		return;
	status = sev_status_find(code);
	dev_warn_ratelimited(guest->dev, "the firmware has refused the %s: %s (%#x): %s\n", what,
			     status->name, code, sev_status_while_running(status));
}

/**
 * snp_guest_certs_get() - borrow shared pages for certificates
 * @guest: the device
 *
 * Sharing pages is slow, so one set is kept.
 *
 * Context: process context, may sleep
 * Return: SNP_CERTS_PAGES zeroed pages for snp_guest_certs_put(), or NULL
 */
void *snp_guest_certs_get(struct snp_guest *guest)
{
	void *certs = xchg(&guest->certs, NULL);

	if (!certs)
		return snp_shared_alloc(guest->dev, SNP_CERTS_PAGES);
	/* What the host does not write reads as no certificates. */
	memset(certs, 0, SNP_CERTS_MAX);
	return certs;
}

/**
 * snp_guest_certs_put() - give pages for certificates back
 * @guest: the device
 * @certs: from snp_guest_certs_get(), or NULL
 */
void snp_guest_certs_put(struct snp_guest *guest, void *certs)
{
	if (certs && cmpxchg(&guest->certs, NULL, certs))
		snp_shared_free(guest->dev, certs, SNP_CERTS_PAGES);
}

/**
 * snp_guest_report() - ask for an attestation report
 * @guest: the device
 * @req: with version, and what concerns certificates; the rest is filled in
 * @report: what the report shall be about, in kernel memory
 * @answer: zeroed
 *
 * Context: process context, may sleep
 * Return: as of snp_channel_request(), -EINVAL for a version that firmware does not
 * know, and -EACCES for a privilege level that is not the guest's or its key's to ask
 * for. The firmware's own status is in @answer.
 */
int snp_guest_report(struct snp_guest *guest, struct snp_request *req,
		     const struct snp_report_req *report, struct snp_report_resp *answer)
{
	int ret = guest_check_version(guest, req->version, MSG_VERSION, "report") ?:
		  guest_check_vmpl(guest, report->vmpl, "report");

	if (ret)
		return ret;
	req->type = SNP_MSG_REPORT;
	req->payload = report;
	req->size = sizeof(*report);
	req->answer = answer->data;
	req->answer_max = sizeof(answer->data);
	ret = guest_send(guest, req);
	if (!ret)
		guest_report_status(guest, answer->data, "report");
	return ret;
}

static bool firmware_takes_keys_v2(const struct snp_report_build *build)
{
	return build->major > KEY_V2_MAJOR ||
	       (build->major == KEY_V2_MAJOR && build->minor >= KEY_V2_MINOR);
}

/*
 * Asks the firmware what it is: a report says so, and nobody else could have sealed it.
 * The host can go back to firmware that it has not committed yet, so that only the
 * committed version holds for good.
 */
static int guest_ask_for_keys_v2(struct snp_guest *guest, struct snp_request *key_req)
{
	struct snp_report_resp *answer __free(kfree) = kzalloc(sizeof(*answer), GFP_KERNEL_ACCOUNT);
	struct snp_report_req report = { .vmpl = snp_guest_floor(guest) };
	struct snp_request req = {
		.version = MSG_VERSION,
		.exitinfo2 = key_req->exitinfo2,
		.deadline = key_req->deadline,
	};
	struct snp_report_build current_build, committed_build;
	struct snp_msg_report_answer head;
	const u8 *body;
	int ret;

	if (!answer)
		return -ENOMEM;
	ret = snp_guest_report(guest, &req, &report, answer);
	if (ret) {
		key_req->exitinfo2 = req.exitinfo2;
		return ret;
	}
	/* The firmware may have refused; the log says so already. */
	memcpy(&head, answer->data, sizeof(head));
	if (head.status)
		return -EIO;
	/* Zeros, which are no such version, if there is no report. */
	body = answer->data + sizeof(head);
	memcpy(&current_build, body + SNP_REPORT_CURRENT_BUILD, sizeof(current_build));
	memcpy(&committed_build, body + SNP_REPORT_COMMITTED_BUILD, sizeof(committed_build));
	if (firmware_takes_keys_v2(&current_build)) {
		WRITE_ONCE(guest->keys_v2, firmware_takes_keys_v2(&committed_build));
		return 0;
	}
	dev_err_ratelimited(guest->dev,
			    "key of message version %u refused: firmware %u.%u does not know it, %u.%u was the first; ask for version %u\n",
			    MSG_KEY_VERSION, current_build.major, current_build.minor,
			    KEY_V2_MAJOR, KEY_V2_MINOR, MSG_VERSION);
	return -EINVAL;
}

static int guest_check_key_version(struct snp_guest *guest, struct snp_request *req)
{
	if (req->version != MSG_KEY_VERSION || READ_ONCE(guest->keys_v2))
		return 0;
	/* For who asks it is one request, whatever it takes. */
	req->deadline = snp_deadline(SNP_CHANNEL_BUSY_LIMIT_MS);
	return guest_ask_for_keys_v2(guest, req);
}

/**
 * snp_guest_derived_key() - ask for a key
 * @guest: the device
 * @req: with version; the rest is filled in
 * @key: what the key shall be made of, in kernel memory
 * @answer: zeroed; the caller wipes it
 *
 * Version 2 is only sent to firmware that is known to take it, which may cost a report.
 *
 * Context: process context, may sleep
 * Return: as of snp_guest_report()
 */
int snp_guest_derived_key(struct snp_guest *guest, struct snp_request *req,
			  const struct snp_derived_key_req *key,
			  struct snp_derived_key_resp *answer)
{
	int ret = guest_check_version(guest, req->version, MSG_KEY_VERSION, "key") ?:
		  guest_check_vmpl(guest, key->vmpl, "key") ?:
		  guest_check_key_version(guest, req);

	if (ret)
		return ret;
	req->type = SNP_MSG_KEY;
	req->payload = key;
	req->size = sizeof(*key);
	req->answer = answer->data;
	req->answer_max = sizeof(answer->data);
	ret = guest_send(guest, req);
	if (!ret)
		guest_report_status(guest, answer->data, "derived key");
	return ret;
}
