// SPDX-License-Identifier: GPL-2.0-only
/* Encrypted packets into and out of a guest: secrets, migration, and the debugger's plain ones. */
#include <string.h>

#include "session.h"

#define VMSA_SIZE	4096

static uint32_t check_reserved(const struct fw *fw, const struct sev_cmd_packet *in)
{
	if (in->rsvd1 || in->rsvd2 || in->rsvd3)
		return fw_refuse(fw, SEV_RET_INVALID_PARAM, "reserved fields are %#x, %#x, %#x",
				 in->rsvd1, in->rsvd2, in->rsvd3);
	return 0;
}

static uint32_t check_guest_part(const struct fw *fw, const struct sev_cmd_packet *in,
				 enum session_context context)
{
	if (in->guest_len > SESSION_PACKET_MAX)
		return fw_refuse(fw, SEV_RET_INVALID_LEN, "guest part has %u bytes, at most %u",
				 in->guest_len, SESSION_PACKET_MAX);
	if (context == SESSION_VMSA && in->guest_len != VMSA_SIZE)
		return fw_refuse(fw, SEV_RET_INVALID_LEN, "VMSA has %u bytes, must have %u",
				 in->guest_len, VMSA_SIZE);
	if (context == SESSION_VMSA && in->guest_paddr % VMSA_SIZE)
		return fw_refuse(fw, SEV_RET_INVALID_ADDRESS, "VMSA at %#llx is not page-aligned",
				 (unsigned long long)in->guest_paddr);
	return fw_check_guest_data(fw, in->guest_paddr, in->guest_len);
}

static uint32_t check_es(const struct fw *fw, const struct fw_guest *guest,
			 enum session_context context)
{
	if (context == SESSION_VMSA && !(guest->policy & SEV_GUEST_POLICY_ES))
		return fw_refuse(fw, SEV_RET_POLICY_FAILURE,
				 "guest %u is not a SEV-ES guest and has no VMSA", guest->handle);
	return 0;
}

/* Decrypt a checked packet into the guest. */
static uint32_t open_packet(struct fw *fw, const struct fw_guest *guest,
			    const struct sev_cmd_packet *in, enum session_context context)
{
	uint8_t data[SESSION_PACKET_MAX], mac[SHA256_SIZE];
	struct sev_packet_header header;
	struct session_packet packet = {
		.context = context,
		.header = &header,
		.guest_len = in->guest_len,
		.trans_len = in->trans_len,
		.data = data,
		.measurement = context == SESSION_SECRET ? guest->measurement : NULL,
	};
	uint32_t status;

	status = fw_read(fw, "packet header", in->hdr_paddr, &header, sizeof(header));
	if (!status)
		status = fw_read(fw, "transport buffer", in->trans_paddr, data, in->trans_len);
	if (status)
		return status;
	if (header.flags)
		return fw_refuse(fw, SEV_RET_INVALID_PARAM,
				 "packet flags are %#x, compression is not supported",
				 header.flags);
	if (!session_packet_mac(&guest->transport, &packet, mac))
		return fw_crypto_failed(fw);
	if (!same_bytes(mac, header.mac, sizeof(mac)))
		return fw_refuse(fw, SEV_RET_BAD_MEASUREMENT,
				 "the MAC of the packet does not match");
	if (!aes128_ctr(guest->transport.tek, header.iv, data, data, in->trans_len))
		return fw_crypto_failed(fw);
	return fw_write(fw, "guest memory", in->guest_paddr, data, in->guest_len);
}

static uint32_t packet_in(struct fw *fw, const struct sev_cmd_packet *in, unsigned int states,
			  enum session_context context)
{
	struct fw_guest *guest;
	uint32_t status;

	status = check_reserved(fw, in);
	if (!status)
		status = fw_guest_get(fw, in->handle, states, true, &guest);
	if (!status)
		status = check_es(fw, guest, context);
	if (status)
		return status;
	if (in->hdr_len != sizeof(struct sev_packet_header))
		return fw_refuse(fw, SEV_RET_INVALID_LEN,
				 "packet header has %u bytes, must have %zu", in->hdr_len,
				 sizeof(struct sev_packet_header));
	if (in->trans_len != in->guest_len)
		return fw_refuse(fw, SEV_RET_INVALID_LEN,
				 "transport buffer has %u bytes, guest part %u", in->trans_len,
				 in->guest_len);
	status = check_guest_part(fw, in, context);
	return status ? status : open_packet(fw, guest, in, context);
}

/**
 * fw_launch_secret() - LAUNCH_UPDATE_SECRET
 * @fw: instance
 * @cmd: struct sev_cmd_packet
 *
 * Return: status.
 */
uint32_t fw_launch_secret(struct fw *fw, void *cmd)
{
	return packet_in(fw, cmd, FW_G(LSECRET), SESSION_SECRET);
}

/**
 * fw_receive_update_data() - RECEIVE_UPDATE_DATA
 * @fw: instance
 * @cmd: struct sev_cmd_packet
 *
 * Return: status.
 */
uint32_t fw_receive_update_data(struct fw *fw, void *cmd)
{
	return packet_in(fw, cmd, FW_G(RUPDATE), SESSION_DATA);
}

/**
 * fw_receive_update_vmsa() - RECEIVE_UPDATE_VMSA
 * @fw: instance
 * @cmd: struct sev_cmd_packet
 *
 * Return: status.
 */
uint32_t fw_receive_update_vmsa(struct fw *fw, void *cmd)
{
	return packet_in(fw, cmd, FW_G(RUPDATE), SESSION_VMSA);
}

/* Encrypt guest memory into a packet; the lengths were checked. */
static uint32_t seal_packet(struct fw *fw, const struct fw_guest *guest,
			    const struct sev_cmd_packet *io, enum session_context context)
{
	uint8_t data[SESSION_PACKET_MAX];
	struct sev_packet_header header = { 0 };
	struct session_packet packet = {
		.context = context,
		.header = &header,
		.guest_len = io->guest_len,
		.trans_len = io->guest_len,
		.data = data,
	};
	uint32_t status;

	status = fw_read(fw, "guest memory", io->guest_paddr, data, io->guest_len);
	if (status)
		return status;
	if (!key_random(header.iv, sizeof(header.iv)) ||
	    !aes128_ctr(guest->transport.tek, header.iv, data, data, io->guest_len) ||
	    !session_packet_mac(&guest->transport, &packet, header.mac))
		return fw_crypto_failed(fw);
	status = fw_write(fw, "packet header", io->hdr_paddr, &header, sizeof(header));
	if (!status)
		status = fw_write(fw, "transport buffer", io->trans_paddr, data, io->guest_len);
	return status;
}

static uint32_t packet_out(struct fw *fw, struct sev_cmd_packet *io, enum session_context context)
{
	uint32_t hdr_room = io->hdr_len;
	uint32_t trans_room = io->trans_len;
	struct fw_guest *guest;
	uint32_t status;

	status = check_reserved(fw, io);
	if (!status)
		status = fw_guest_get(fw, io->handle, FW_G(SUPDATE), true, &guest);
	if (!status)
		status = check_es(fw, guest, context);
	if (status)
		return status;
	/* A query may come without a guest length; then the answer fits every packet. */
	io->hdr_len = sizeof(struct sev_packet_header);
	io->trans_len = io->guest_len ? io->guest_len : SESSION_PACKET_MAX;
	if (hdr_room < io->hdr_len || trans_room < io->trans_len)
		return fw_refuse(fw, SEV_RET_INVALID_LEN,
				 "room for %u and %u bytes, %u and %u needed", hdr_room,
				 trans_room, io->hdr_len, io->trans_len);
	status = check_guest_part(fw, io, context);
	return status ? status : seal_packet(fw, guest, io, context);
}

/**
 * fw_send_update_data() - SEND_UPDATE_DATA
 * @fw: instance
 * @cmd: struct sev_cmd_packet
 *
 * Return: status.
 */
uint32_t fw_send_update_data(struct fw *fw, void *cmd)
{
	return packet_out(fw, cmd, SESSION_DATA);
}

/**
 * fw_send_update_vmsa() - SEND_UPDATE_VMSA
 * @fw: instance
 * @cmd: struct sev_cmd_packet: the firmware expects the padding after the handle that the
 *	kernel's struct for this command lacks
 *
 * Return: status.
 */
uint32_t fw_send_update_vmsa(struct fw *fw, void *cmd)
{
	return packet_out(fw, cmd, SESSION_VMSA);
}

static uint32_t debug_copy(struct fw *fw, const struct sev_cmd_dbg *in)
{
	const unsigned int states = FW_G(LUPDATE) | FW_G(LSECRET) | FW_G(RUNNING) |
				    FW_G(SUPDATE) | FW_G(RUPDATE);
	uint8_t chunk[FW_CHUNK];
	struct fw_guest *guest;
	uint32_t status, done;

	if (in->rsvd)
		return fw_refuse(fw, SEV_RET_INVALID_PARAM, "reserved field is %#x", in->rsvd);
	status = fw_guest_get(fw, in->handle, states, true, &guest);
	if (status)
		return status;
	if (guest->policy & SEV_GUEST_POLICY_NODBG)
		return fw_refuse(fw, SEV_RET_POLICY_FAILURE, "guest %u must not be debugged",
				 in->handle);
	status = fw_check_guest_data(fw, in->src_paddr, in->len);
	if (!status)
		status = fw_check_guest_data(fw, in->dst_paddr, in->len);
	for (done = 0; !status && done < in->len; done += sizeof(chunk)) {
		uint32_t left = in->len - done;
		uint32_t part = left < sizeof(chunk) ? left : (uint32_t)sizeof(chunk);

		status = fw_read(fw, "source", in->src_paddr + done, chunk, part);
		if (!status)
			status = fw_write(fw, "destination", in->dst_paddr + done, chunk, part);
	}
	return status;
}

/**
 * fw_dbg_decrypt() - DBG_DECRYPT, a copy as memory is not encrypted here
 * @fw: instance
 * @cmd: struct sev_cmd_dbg
 *
 * Return: status.
 */
uint32_t fw_dbg_decrypt(struct fw *fw, void *cmd)
{
	return debug_copy(fw, cmd);
}

/**
 * fw_dbg_encrypt() - DBG_ENCRYPT, likewise
 * @fw: instance
 * @cmd: struct sev_cmd_dbg
 *
 * Return: status.
 */
uint32_t fw_dbg_encrypt(struct fw *fw, void *cmd)
{
	return debug_copy(fw, cmd);
}
