/* SPDX-License-Identifier: GPL-2.0-only */
/* How two parties protect keys and data between them. */
#ifndef EMU_MODEL_SESSION_H
#define EMU_MODEL_SESSION_H

#include "internal.h"

#define SESSION_PACKET_MAX	16384	/* bytes of guest data per packet */

/* enum session_context - First byte under every MAC, so that none can stand in for another */
enum session_context {
	SESSION_SECRET = 1,
	SESSION_DATA = 2,
	SESSION_VMSA = 3,
	SESSION_MEASURE = 4,
};

/**
 * struct session_packet - Everything under the MAC of a packet
 * @context: what kind of packet
 * @header: flags and IV are covered, the MAC is the result
 * @guest_len: bytes in the guest
 * @trans_len: bytes in transport
 * @data: encrypted bytes, @trans_len of them
 * @measurement: launch measurement, only for SESSION_SECRET
 */
struct session_packet {
	enum session_context context;
	const struct sev_packet_header *header;
	uint32_t guest_len;
	uint32_t trans_len;
	const uint8_t *data;
	const uint8_t *measurement;
};

bool session_new_keys(struct fw_transport *keys);
bool session_wrap(const struct ec_key *own, const struct ec_pub *peer,
		  const struct fw_transport *keys, uint32_t policy, struct sev_session *session);
const char *session_unwrap(const struct ec_key *own, const struct ec_pub *peer,
			   const struct sev_session *session, uint32_t policy,
			   struct fw_transport *keys);
bool session_packet_mac(const struct fw_transport *keys, const struct session_packet *packet,
			uint8_t mac[SHA256_SIZE]);

#endif
