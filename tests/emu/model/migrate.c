// SPDX-License-Identifier: GPL-2.0-only
/* A guest leaves or arrives, and what it can prove about its launch. */
#include <string.h>

#include <openssl/crypto.h>

#include "session.h"

static uint32_t read_blob(const struct fw *fw, const char *what, uint64_t pa, uint32_t len,
			  void *buf, uint32_t want)
{
	if (len != want)
		return fw_refuse(fw, SEV_RET_INVALID_LEN, "%s: %u bytes, must be %u", what, len,
				 want);
	return fw_read(fw, what, pa, buf, want);
}

/* Whether the policy lets a guest go to the platform with these certificates. */
static uint32_t check_target(const struct fw *fw, uint32_t policy, const struct sev_cert *pdh,
			     const struct sev_cert_chain *chain)
{
	unsigned int major = (policy & SEV_GUEST_POLICY_API_MAJOR) >> 16;
	unsigned int minor = (policy & SEV_GUEST_POLICY_API_MINOR) >> 24;

	if (pdh->api_major < major || (pdh->api_major == major && pdh->api_minor < minor))
		return fw_refuse(fw, SEV_RET_POLICY_FAILURE,
				 "policy demands API %u.%u, the target has %u.%u", major, minor,
				 pdh->api_major, pdh->api_minor);
	if ((policy & SEV_GUEST_POLICY_DOMAIN) &&
	    !same_bytes(&chain->oca.ecc, &fw->identity.oca.ecc, sizeof(chain->oca.ecc)))
		return fw_refuse(fw, SEV_RET_POLICY_FAILURE,
				 "policy keeps the guest in its domain, the target has another OCA");
	return 0;
}

static uint32_t read_target(const struct fw *fw, const struct sev_cmd_send_start *in,
			    uint32_t policy, struct ec_pub *peer)
{
	struct amd_chain amd = { .len = in->amd_len };
	struct sev_cert_chain chain;
	struct sev_cert pdh;
	uint32_t status;
	const char *why;

	status = read_blob(fw, "PDH certificate", in->pdh_paddr, in->pdh_len, &pdh, sizeof(pdh));
	if (!status)
		status = read_blob(fw, "platform certificates", in->plat_paddr, in->plat_len,
				   &chain, sizeof(chain));
	if (!status && !amd_chain_fits(amd.len))
		status = fw_refuse(fw, SEV_RET_INVALID_LEN, "ASK and ARK: %u bytes", amd.len);
	if (!status)
		status = fw_read(fw, "ASK and ARK", in->amd_paddr, amd.data, amd.len);
	if (status)
		return status;
	why = cert_chain_broken(&pdh, &chain, &amd);
	if (why)
		return fw_refuse(fw, SEV_RET_INVALID_CERTIFICATE, "%s", why);
	cert_public_key(&pdh, peer);
	return check_target(fw, policy, &pdh, &chain);
}

/**
 * fw_send_start() - SEND_START
 * @fw: instance
 * @cmd: struct sev_cmd_send_start
 *
 * Return: status.
 */
uint32_t fw_send_start(struct fw *fw, void *cmd)
{
	struct sev_cmd_send_start *io = cmd;
	uint32_t room = io->session_len;
	struct fw_transport keys;
	struct sev_session session;
	struct fw_guest *guest;
	struct ec_pub peer;
	uint32_t status;

	if (io->rsvd1 || io->rsvd2 || io->rsvd3)
		return fw_refuse(fw, SEV_RET_INVALID_PARAM, "reserved fields are %#x, %#x, %#x",
				 io->rsvd1, io->rsvd2, io->rsvd3);
	status = fw_guest_get(fw, io->handle, FW_G(RUNNING), false, &guest);
	if (status)
		return status;
	if (guest->policy & SEV_GUEST_POLICY_NOSEND)
		return fw_refuse(fw, SEV_RET_POLICY_FAILURE, "guest %u must not be sent",
				 io->handle);
	io->policy = guest->policy;
	io->session_len = sizeof(session);
	if (room < sizeof(session))
		return fw_refuse(fw, SEV_RET_INVALID_LEN, "room for %u bytes, %zu needed", room,
				 sizeof(session));
	status = read_target(fw, io, guest->policy, &peer);
	if (status)
		return status;
	if (!session_new_keys(&keys) ||
	    !session_wrap(&fw->identity.pdh_key, &peer, &keys, guest->policy, &session))
		return fw_crypto_failed(fw);
	status = fw_write(fw, "session", io->session_paddr, &session, sizeof(session));
	if (!status) {
		guest->transport = keys;
		guest->state = SEV_GSTATE_SUPDATE;
	}
	OPENSSL_cleanse(&keys, sizeof(keys));
	return status;
}

static uint32_t change_state(struct fw *fw, const struct sev_cmd_handle *in, unsigned int from,
			     uint8_t to)
{
	struct fw_guest *guest;
	uint32_t status;

	status = fw_guest_get(fw, in->handle, from, false, &guest);
	if (status)
		return status;
	OPENSSL_cleanse(&guest->transport, sizeof(guest->transport));
	guest->state = to;
	return 0;
}

/**
 * fw_send_finish() - SEND_FINISH
 * @fw: instance
 * @cmd: struct sev_cmd_handle
 *
 * Return: status.
 */
uint32_t fw_send_finish(struct fw *fw, void *cmd)
{
	return change_state(fw, cmd, FW_G(SUPDATE), SEV_GSTATE_SENT);
}

/**
 * fw_send_cancel() - SEND_CANCEL: the guest stays after all
 * @fw: instance
 * @cmd: struct sev_cmd_handle
 *
 * Return: status.
 */
uint32_t fw_send_cancel(struct fw *fw, void *cmd)
{
	return change_state(fw, cmd, FW_G(SUPDATE), SEV_GSTATE_RUNNING);
}

/**
 * fw_receive_finish() - RECEIVE_FINISH
 * @fw: instance
 * @cmd: struct sev_cmd_handle
 *
 * Return: status.
 */
uint32_t fw_receive_finish(struct fw *fw, void *cmd)
{
	return change_state(fw, cmd, FW_G(RUPDATE), SEV_GSTATE_RUNNING);
}

/**
 * fw_attestation_report() - ATTESTATION_REPORT: the launch digest, signed by the PEK
 * @fw: instance
 * @cmd: struct sev_cmd_attestation_report
 *
 * Return: status.
 */
uint32_t fw_attestation_report(struct fw *fw, void *cmd)
{
	struct sev_cmd_attestation_report *io = cmd;
	struct sev_attestation report = { 0 };
	uint32_t room = io->report_len;
	struct fw_guest *guest;
	struct ec_sig sig;
	uint32_t status;

	if (io->rsvd)
		return fw_refuse(fw, SEV_RET_INVALID_PARAM, "reserved field is %#x", io->rsvd);
	status = fw_guest_get(fw, io->handle,
			      FW_G(LSECRET) | FW_G(RUNNING) | FW_G(SUPDATE) | FW_G(SENT), false,
			      &guest);
	if (status)
		return status;
	io->report_len = sizeof(report);
	if (room < sizeof(report))
		return fw_refuse(fw, SEV_RET_INVALID_LEN, "room for %u bytes, %zu needed", room,
				 sizeof(report));
	memcpy(report.mnonce, io->mnonce, sizeof(report.mnonce));
	memcpy(report.launch_digest, guest->launch_digest, sizeof(report.launch_digest));
	report.policy = guest->policy;
	report.sig_usage = SEV_USAGE_PEK;
	report.sig_algo = SEV_ALGO_ECDSA_SHA256;
	if (!ec_sign(&fw->identity.pek_key, HASH_SHA256, &report,
		     offsetof(struct sev_attestation, sig_usage), &sig))
		return fw_crypto_failed(fw);
	cert_put_number(report.r, sizeof(report.r), sig.r, EC_SIZE);
	cert_put_number(report.s, sizeof(report.s), sig.s, EC_SIZE);
	return fw_write(fw, "report", io->report_paddr, &report, sizeof(report));
}
