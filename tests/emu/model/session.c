// SPDX-License-Identifier: GPL-2.0-only
/*
 * Transport keys: a Diffie-Hellman secret and a nonce give a key encryption key and a key integrity
 * key (SP 800-108, counter mode, HMAC-SHA-256, all numbers little-endian), and these wrap TEK and
 * TIK.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "session.h"

#define KDF_MAX		96	/* longest input of one round */

/* struct session_kek - Keys that wrap keys */
struct session_kek {
	uint8_t kek[AES128_SIZE];
	uint8_t kik[AES128_SIZE];
};

/* One round is enough: no derived key is longer than the hash. */
static bool kdf(const void *key, size_t key_len, const char *label, const void *context,
		size_t context_len, uint8_t out[AES128_SIZE])
{
	const uint32_t round = 1, bits = AES128_SIZE * 8;
	uint8_t input[KDF_MAX], mac[SHA256_SIZE];
	uint8_t *p = input;
	bool ok;

	memcpy(p, &round, sizeof(round));
	p += sizeof(round);
	memcpy(p, label, strlen(label) + 1);	/* its NUL is the separator */
	p += strlen(label) + 1;
	if (context_len) {
		memcpy(p, context, context_len);
		p += context_len;
	}
	memcpy(p, &bits, sizeof(bits));
	p += sizeof(bits);
	ok = hmac_sha256(key, key_len, input, (size_t)(p - input), mac);
	if (ok)
		memcpy(out, mac, AES128_SIZE);
	OPENSSL_cleanse(mac, sizeof(mac));
	return ok;
}

static bool session_kek(const struct ec_key *own, const struct ec_pub *peer,
			const uint8_t nonce[16], struct session_kek *keys)
{
	uint8_t z[EC_SIZE], master[AES128_SIZE];
	bool ok;

	ok = ec_shared_secret(own, peer, z) &&
	     kdf(z, sizeof(z), "sev-master-secret", nonce, 16, master) &&
	     kdf(master, sizeof(master), "sev-kek", NULL, 0, keys->kek) &&
	     kdf(master, sizeof(master), "sev-kik", NULL, 0, keys->kik);
	OPENSSL_cleanse(z, sizeof(z));
	OPENSSL_cleanse(master, sizeof(master));
	return ok;
}

static bool session_macs(const struct session_kek *kek, const struct fw_transport *keys,
			 uint32_t policy, const struct sev_session *session,
			 uint8_t wrap_mac[SHA256_SIZE], uint8_t policy_mac[SHA256_SIZE])
{
	return hmac_sha256(kek->kik, sizeof(kek->kik), session->wrap_tk, sizeof(session->wrap_tk),
			   wrap_mac) &&
	       hmac_sha256(keys->tik, sizeof(keys->tik), &policy, sizeof(policy), policy_mac);
}

/**
 * session_new_keys() - Fresh TEK and TIK
 * @keys: filled in
 *
 * Return: false if there is no randomness.
 */
bool session_new_keys(struct fw_transport *keys)
{
	return key_random(keys, sizeof(*keys));
}

/**
 * session_wrap() - Hand keys to another platform
 * @own: own key pair
 * @peer: the platform's PDH
 * @keys: TEK and TIK
 * @policy: of the guest, authenticated along
 * @session: filled in
 *
 * Return: false if @peer is not a usable key or libcrypto fails.
 */
bool session_wrap(const struct ec_key *own, const struct ec_pub *peer,
		  const struct fw_transport *keys, uint32_t policy, struct sev_session *session)
{
	struct session_kek kek;
	bool ok;

	ok = key_random(session->nonce, sizeof(session->nonce)) &&
	     key_random(session->wrap_iv, sizeof(session->wrap_iv)) &&
	     session_kek(own, peer, session->nonce, &kek) &&
	     aes128_ctr(kek.kek, session->wrap_iv, keys, session->wrap_tk, sizeof(*keys)) &&
	     session_macs(&kek, keys, policy, session, session->wrap_mac, session->policy_mac);
	OPENSSL_cleanse(&kek, sizeof(kek));
	return ok;
}

/**
 * session_unwrap() - Take keys from a guest owner or another platform
 * @own: own key pair
 * @peer: public key of the other side
 * @session: any bytes
 * @policy: of the guest, checked along
 * @keys: filled in on success
 *
 * Return: NULL, or what is wrong.
 */
const char *session_unwrap(const struct ec_key *own, const struct ec_pub *peer,
			   const struct sev_session *session, uint32_t policy,
			   struct fw_transport *keys)
{
	uint8_t wrap_mac[SHA256_SIZE], policy_mac[SHA256_SIZE];
	struct session_kek kek;
	struct fw_transport plain;
	const char *why = NULL;

	if (!session_kek(own, peer, session->nonce, &kek))
		why = "the other side's key is not usable";
	else if (!aes128_ctr(kek.kek, session->wrap_iv, session->wrap_tk, &plain, sizeof(plain)) ||
		 !session_macs(&kek, &plain, policy, session, wrap_mac, policy_mac))
		why = "libcrypto failed";
	else if (!same_bytes(wrap_mac, session->wrap_mac, sizeof(wrap_mac)))
		why = "the MAC of the wrapped keys does not match";
	else if (!same_bytes(policy_mac, session->policy_mac, sizeof(policy_mac)))
		why = "the MAC of the policy does not match";
	else
		*keys = plain;
	OPENSSL_cleanse(&kek, sizeof(kek));
	OPENSSL_cleanse(&plain, sizeof(plain));
	return why;
}

/**
 * session_packet_mac() - MAC of a packet
 * @keys: whose TIK is used
 * @packet: what it covers
 * @mac: filled in
 *
 * Return: false if memory is short or libcrypto fails.
 */
bool session_packet_mac(const struct fw_transport *keys, const struct session_packet *packet,
			uint8_t mac[SHA256_SIZE])
{
	size_t measured = packet->measurement ? SHA256_SIZE : 0;
	size_t len = 1 + 4 + 16 + 4 + 4 + packet->trans_len + measured;
	uint8_t *input = malloc(len);
	uint8_t *p = input;
	bool ok;

	if (!input)
		return false;
	*p++ = (uint8_t)packet->context;
	memcpy(p, &packet->header->flags, 4);
	p += 4;
	memcpy(p, packet->header->iv, 16);
	p += 16;
	memcpy(p, &packet->guest_len, 4);
	p += 4;
	memcpy(p, &packet->trans_len, 4);
	p += 4;
	memcpy(p, packet->data, packet->trans_len);
	p += packet->trans_len;
	if (measured)
		memcpy(p, packet->measurement, measured);
	ok = hmac_sha256(keys->tik, sizeof(keys->tik), input, len, mac);
	free(input);
	return ok;
}
