/* SPDX-License-Identifier: GPL-2.0-only */
/* The guest's side of the message channel, by the offsets of the specification. */
#ifndef EMU_MODEL_TEST_SNP_CHANNEL_H
#define EMU_MODEL_TEST_SNP_CHANNEL_H

#include <openssl/x509.h>

#include "test_snp_guest.h"

#define REPORT		5
#define KEY		3
#define TSC		17
#define REPORT_AT	0x20

/* struct guest - What a guest knows of its channel */
struct guest {
	struct machine *m;
	struct fw_snp_guest *lone;
	uint8_t vmpck[4][32];
	uint64_t counter[4];
	uint8_t version;	/* of messages, 0 counts as 1 */
	uint8_t request[4096];
	uint8_t response[4096];
	uint8_t answer[4096];	/* opened payload */
};

void put_request(struct guest *g, unsigned int vmpck, uint8_t type, const void *payload,
		 uint16_t size);
uint32_t deliver(struct guest *g);
uint32_t ask(struct guest *g, unsigned int vmpck, uint8_t type, const void *payload,
	     uint16_t size);
uint32_t ask_report(struct guest *g, unsigned int vmpck, uint32_t vmpl, uint32_t key);
uint32_t ask_key(struct guest *g, uint32_t root, uint64_t fields, uint32_t svn, uint64_t tcb);
void launched(struct guest *g, struct machine *m);
void lone(struct guest *g, struct machine *m);
X509 *certificate(struct machine *m, enum fw_snp_cert which, uint64_t tcb);
uint64_t number_at(const uint8_t *p, size_t len);
bool has_signed(X509 *cert, const uint8_t *report);
const ASN1_OCTET_STRING *extension(X509 *cert, const char *oid);

#endif
