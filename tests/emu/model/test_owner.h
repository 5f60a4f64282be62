/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The other side: a guest owner's tool, written against libcrypto and byte offsets of the
 * specification only. It shares no code with the model, so the two check each other.
 */
#ifndef EMU_MODEL_TEST_OWNER_H
#define EMU_MODEL_TEST_OWNER_H

#include <openssl/evp.h>

#include "test_machine.h"

#define CERT_SIZE	0x824
#define ROOT_CERT_SIZE	0x640

/* struct owner - Keys of a guest owner */
struct owner {
	EVP_PKEY *key;
	uint8_t tek[16];
	uint8_t tik[16];
};

EVP_PKEY *cert_key(const uint8_t *cert);
bool ecdsa_good(const uint8_t *data, size_t len, const uint8_t *r, const uint8_t *s,
		EVP_PKEY *signer);
bool cert_signature_good(const uint8_t *cert, unsigned int slot, uint32_t usage, EVP_PKEY *signer);
EVP_PKEY *root_key(const uint8_t *cert);
uint32_t root_cert_size(const uint8_t *cert);
bool root_signature_good(const uint8_t *cert, EVP_PKEY *signer);
bool cek_signature_good(const uint8_t *cert, EVP_PKEY *ask);
void make_cert(uint8_t *cert, uint32_t usage, EVP_PKEY *key);
void sign_cert(uint8_t *cert, unsigned int slot, uint32_t usage, EVP_PKEY *signer);

void owner_new(struct owner *o);
void owner_free(struct owner *o);
void owner_session(struct owner *o, const uint8_t *pdh, uint32_t policy, uint8_t *cert,
		   uint8_t *session);
void owner_measurement(const struct owner *o, const uint8_t *digest, const uint8_t *version,
		       uint32_t policy, const uint8_t *mnonce, uint8_t *mac);
void owner_secret(const struct owner *o, const uint8_t *measurement, const uint8_t *plain,
		  uint32_t len, uint8_t *header, uint8_t *packet);

uint32_t owner_launch(struct machine *m, struct owner *o, uint32_t policy, uint32_t *handle);
void export_certs(struct machine *m, uint8_t *pdh, uint8_t *chain);

#endif
