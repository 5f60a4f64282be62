// SPDX-License-Identifier: GPL-2.0-only
/* Launch of a guest: measured memory, secrets, go. */
#include <string.h>

#include "session.h"

#define VMSA_SIZE	4096

static uint32_t owner_keys(struct fw *fw, const struct sev_cmd_guest_start *in,
			   struct fw_transport *keys)
{
	struct sev_session session;
	struct sev_cert cert;
	struct ec_pub peer;
	uint32_t status;
	const char *why;

	if (in->pdh_len != sizeof(cert))
		return fw_refuse(fw, SEV_RET_INVALID_LEN,
				 "Diffie-Hellman certificate has %u bytes, must have %zu",
				 in->pdh_len, sizeof(cert));
	if (in->session_len != sizeof(session))
		return fw_refuse(fw, SEV_RET_INVALID_LEN, "session has %u bytes, must have %zu",
				 in->session_len, sizeof(session));
	status = fw_read(fw, "Diffie-Hellman certificate", in->pdh_paddr, &cert, sizeof(cert));
	if (!status)
		status = fw_read(fw, "session", in->session_paddr, &session, sizeof(session));
	if (status)
		return status;
	why = cert_malformed(&cert, SEV_USAGE_PDH);
	if (why)
		return fw_refuse(fw, SEV_RET_INVALID_CERTIFICATE,
				 "Diffie-Hellman certificate: %s", why);
	cert_public_key(&cert, &peer);
	why = session_unwrap(&fw->identity.pdh_key, &peer, &session, in->policy, keys);
	if (why)
		return fw_refuse(fw, SEV_RET_BAD_MEASUREMENT, "session: %s", why);
	return 0;
}

/* What LAUNCH_START and RECEIVE_START have in common; the result is not yet a guest. */
static uint32_t start_checks(struct fw *fw, const struct sev_cmd_guest_start *in)
{
	uint32_t status;

	if (in->rsvd)
		return fw_refuse(fw, SEV_RET_INVALID_PARAM, "reserved field is %#x", in->rsvd);
	if ((in->policy & SEV_GUEST_POLICY_ES) && fw->snp.up && fw_es_lost(fw))
		return fw_refuse(fw, SEV_RET_UNSUPPORTED,
				 "security version %#x has no SEV-ES while SNP is initialised",
				 fw->running.svn);
	status = fw_guest_check_policy(fw, in->policy);
	return status ? status : fw_guest_check_sharing(fw, in->handle, in->policy);
}

static uint32_t start_guest(struct fw *fw, struct sev_cmd_guest_start *io, uint8_t state,
			    const struct fw_transport *keys)
{
	struct fw_guest *guest = fw_guest_new(fw);

	if (!guest)
		return fw_refuse(fw, SEV_RET_RESOURCE_LIMIT, "there are %u guests already",
				 fw->guest_count);
	guest->digest = EVP_MD_CTX_new();
	if (!guest->digest || !EVP_DigestInit_ex(guest->digest, EVP_sha256(), NULL)) {
		fw_guest_delete(fw, guest);
		return fw_crypto_failed(fw);
	}
	guest->policy = io->policy;
	guest->shares_key = io->handle;
	guest->transport = *keys;
	guest->state = state;
	io->handle = guest->handle;
	return 0;
}

/**
 * fw_launch_start() - LAUNCH_START
 * @fw: instance
 * @cmd: struct sev_cmd_guest_start; without certificate and session the keys are random, and
 *	nobody outside can verify the measurement
 *
 * Return: status.
 */
uint32_t fw_launch_start(struct fw *fw, void *cmd)
{
	struct sev_cmd_guest_start *io = cmd;
	bool owner = io->pdh_paddr || io->pdh_len || io->session_paddr || io->session_len;
	struct fw_transport keys;
	uint32_t status;

	status = start_checks(fw, io);
	if (status)
		return status;
	if (owner)
		status = owner_keys(fw, io, &keys);
	else if (!session_new_keys(&keys))
		status = fw_crypto_failed(fw);
	return status ? status : start_guest(fw, io, SEV_GSTATE_LUPDATE, &keys);
}

/**
 * fw_receive_start() - RECEIVE_START
 * @fw: instance
 * @cmd: struct sev_cmd_guest_start
 *
 * Return: status.
 */
uint32_t fw_receive_start(struct fw *fw, void *cmd)
{
	struct sev_cmd_guest_start *io = cmd;
	struct fw_transport keys;
	uint32_t status;

	status = start_checks(fw, io);
	if (!status)
		status = owner_keys(fw, io, &keys);
	return status ? status : start_guest(fw, io, SEV_GSTATE_RUPDATE, &keys);
}

/* Add memory to the digest; on failure the digest is what it was. */
static uint32_t measure(struct fw *fw, struct fw_guest *guest, uint64_t pa, uint32_t len)
{
	EVP_MD_CTX *digest = EVP_MD_CTX_new();
	uint8_t chunk[FW_CHUNK];
	uint32_t status = 0;

	if (!digest || !EVP_MD_CTX_copy_ex(digest, guest->digest))
		status = fw_crypto_failed(fw);
	while (!status && len) {
		uint32_t part = len < sizeof(chunk) ? len : sizeof(chunk);

		status = fw_read(fw, "guest memory", pa, chunk, part);
		if (!status && !EVP_DigestUpdate(digest, chunk, part))
			status = fw_crypto_failed(fw);
		pa += part;
		len -= part;
	}
	if (!status && !EVP_MD_CTX_copy_ex(guest->digest, digest))
		status = fw_crypto_failed(fw);
	EVP_MD_CTX_free(digest);
	return status;
}

static uint32_t launch_update(struct fw *fw, const struct sev_cmd_guest_blob *in, bool vmsa)
{
	struct fw_guest *guest;
	uint32_t status;

	if (in->rsvd)
		return fw_refuse(fw, SEV_RET_INVALID_PARAM, "reserved field is %#x", in->rsvd);
	status = fw_guest_get(fw, in->handle, FW_G(LUPDATE), true, &guest);
	if (status)
		return status;
	if (vmsa && !(guest->policy & SEV_GUEST_POLICY_ES))
		return fw_refuse(fw, SEV_RET_POLICY_FAILURE,
				 "guest %u is not a SEV-ES guest and has no VMSA", in->handle);
	if (vmsa && in->len != VMSA_SIZE)
		return fw_refuse(fw, SEV_RET_INVALID_LEN, "VMSA has %u bytes, must have %u",
				 in->len, VMSA_SIZE);
	if (vmsa && in->paddr % VMSA_SIZE)
		return fw_refuse(fw, SEV_RET_INVALID_ADDRESS, "VMSA at %#llx is not page-aligned",
				 (unsigned long long)in->paddr);
	status = fw_check_guest_data(fw, in->paddr, in->len);
	if (!status)	/* it is encrypted in place */
		status = fw_pages_writable(fw, "guest memory", in->paddr, in->len);
	return status ? status : measure(fw, guest, in->paddr, in->len);
}

/**
 * fw_launch_update_data() - LAUNCH_UPDATE_DATA
 * @fw: instance
 * @cmd: struct sev_cmd_guest_blob
 *
 * Return: status.
 */
uint32_t fw_launch_update_data(struct fw *fw, void *cmd)
{
	return launch_update(fw, cmd, false);
}

/**
 * fw_launch_update_vmsa() - LAUNCH_UPDATE_VMSA
 * @fw: instance
 * @cmd: struct sev_cmd_guest_blob
 *
 * Return: status.
 */
uint32_t fw_launch_update_vmsa(struct fw *fw, void *cmd)
{
	return launch_update(fw, cmd, true);
}

/* struct measure_input - What the launch measurement covers */
struct measure_input {
	uint8_t context;
	uint8_t api_major;
	uint8_t api_minor;
	uint8_t build;
	uint32_t policy;
	uint8_t digest[SHA256_SIZE];
	uint8_t mnonce[16];
} __packed;

static bool compute_measurement(const struct fw *fw, const struct fw_guest *guest,
				struct measure_input *input, struct sev_measurement *out)
{
	EVP_MD_CTX *digest = EVP_MD_CTX_new();
	bool ok;

	*input = (struct measure_input){
		.context = SESSION_MEASURE,
		.api_major = fw->running.major,
		.api_minor = fw->running.minor,
		.build = fw->running.build,
		.policy = guest->policy,
	};
	ok = digest && EVP_MD_CTX_copy_ex(digest, guest->digest) &&
	     EVP_DigestFinal_ex(digest, input->digest, NULL) &&
	     key_random(input->mnonce, sizeof(input->mnonce)) &&
	     hmac_sha256(guest->transport.tik, sizeof(guest->transport.tik), input,
			 sizeof(*input), out->measure);
	memcpy(out->mnonce, input->mnonce, sizeof(out->mnonce));
	EVP_MD_CTX_free(digest);
	return ok;
}

/**
 * fw_launch_measure() - LAUNCH_MEASURE: no more memory, now the owner may look
 * @fw: instance
 * @cmd: struct sev_cmd_guest_blob
 *
 * Return: status.
 */
uint32_t fw_launch_measure(struct fw *fw, void *cmd)
{
	struct sev_cmd_guest_blob *io = cmd;
	struct sev_measurement out;
	struct measure_input input;
	struct fw_guest *guest;
	uint32_t room = io->len;
	uint32_t status;

	if (io->rsvd)
		return fw_refuse(fw, SEV_RET_INVALID_PARAM, "reserved field is %#x", io->rsvd);
	status = fw_guest_get(fw, io->handle, FW_G(LUPDATE), false, &guest);
	if (status)
		return status;
	io->len = sizeof(out);
	if (room < sizeof(out))
		return fw_refuse(fw, SEV_RET_INVALID_LEN, "room for %u bytes, %zu needed", room,
				 sizeof(out));
	if (!compute_measurement(fw, guest, &input, &out))
		return fw_crypto_failed(fw);
	status = fw_write(fw, "measurement", io->paddr, &out, sizeof(out));
	if (status)
		return status;
	memcpy(guest->launch_digest, input.digest, sizeof(guest->launch_digest));
	memcpy(guest->measurement, out.measure, sizeof(guest->measurement));
	guest->state = SEV_GSTATE_LSECRET;
	return 0;
}

/**
 * fw_launch_finish() - LAUNCH_FINISH
 * @fw: instance
 * @cmd: struct sev_cmd_handle
 *
 * Return: status.
 */
uint32_t fw_launch_finish(struct fw *fw, void *cmd)
{
	const struct sev_cmd_handle *in = cmd;
	struct fw_guest *guest;
	uint32_t status;

	status = fw_guest_get(fw, in->handle, FW_G(LSECRET), false, &guest);
	if (!status)
		guest->state = SEV_GSTATE_RUNNING;
	return status;
}
