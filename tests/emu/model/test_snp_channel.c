// SPDX-License-Identifier: GPL-2.0-only
/* The guest's side of the message channel, and the vendor's certificates. */
#include <string.h>

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "cert.h"
#include "test_snp_channel.h"

static void crypt(bool encrypt, const uint8_t *key, uint8_t *page, uint8_t *plain)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int size = page[0x36] | page[0x37] << 8, len;
	uint8_t iv[12] = { 0 };

	memcpy(iv, page + 0x20, 8);
	assert_true(EVP_CipherInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, iv, encrypt));
	assert_true(EVP_CipherUpdate(ctx, NULL, &len, page + 0x30, 0x30));
	if (encrypt) {
		assert_true(EVP_CipherUpdate(ctx, page + 0x60, &len, plain, size));
		assert_true(EVP_CipherFinal_ex(ctx, page + 0x60 + len, &len));
		assert_true(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, 16, page));
	} else {
		assert_true(EVP_CipherUpdate(ctx, plain, &len, page + 0x60, size));
		assert_true(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, 16, page));
		assert_int_equal(EVP_CipherFinal_ex(ctx, plain + len, &len), 1);
	}
	EVP_CIPHER_CTX_free(ctx);
}

/**
 * put_request() - Seal a request under the next sequence number
 * @g: guest
 * @vmpck: key
 * @type: of the message
 * @payload: its contents
 * @size: bytes of those
 */
void put_request(struct guest *g, unsigned int vmpck, uint8_t type, const void *payload,
		 uint16_t size)
{
	uint64_t seqno = g->counter[vmpck] + 1;
	uint8_t *h = g->request;

	memset(h, 0, 4096);
	memcpy(h + 0x20, &seqno, 8);
	h[0x30] = 1;
	h[0x31] = 1;
	h[0x32] = 0x60;
	h[0x34] = type;
	h[0x35] = g->version ? g->version : 1;
	memcpy(h + 0x36, &size, 2);
	h[0x3c] = (uint8_t)vmpck;
	crypt(true, g->vmpck[vmpck], h, (uint8_t *)payload);
}

/**
 * deliver() - Hand the request over as it is, by the host or without one
 * @g: guest
 *
 * Return: status.
 */
uint32_t deliver(struct guest *g)
{
	struct snp_cmd_guest_request cmd = {
		.gctx_paddr = AT_GCTX, .request_paddr = AT_A, .response_paddr = AT_B,
	};
	uint32_t status;

	g->m->refused[0] = '\0';
	if (g->lone)
		return fw_guest_request(g->m->fw, g->lone, g->request, g->response);
	machine_put(g->m, AT_A, g->request, 4096);
	make(g->m, AT_B, PAGE_4K, FW_PAGE_FIRMWARE);
	status = run(g->m, SNP_OP_GUEST_REQUEST, &cmd, sizeof(cmd));
	memcpy(g->response, machine_at(g->m, AT_B), 4096);
	assert_state(g->m, AT_B, FIRMWARE);
	return status;
}

static void open_response(struct guest *g, unsigned int vmpck, uint8_t type)
{
	uint64_t seqno;

	memcpy(&seqno, g->response + 0x20, 8);
	assert_int_equal(seqno, g->counter[vmpck] + 2);
	assert_int_equal(g->response[0x34], type + 1);
	assert_int_equal(g->response[0x3c], vmpck);
	crypt(false, g->vmpck[vmpck], g->response, g->answer);
	g->counter[vmpck] += 2;
}

/**
 * ask() - A request, and its answer in &struct guest.answer
 * @g: guest
 * @vmpck: key
 * @type: of the message
 * @payload: its contents
 * @size: bytes of those
 *
 * Return: status; with 0 the answer is authentic.
 */
uint32_t ask(struct guest *g, unsigned int vmpck, uint8_t type, const void *payload,
	     uint16_t size)
{
	uint32_t status;

	put_request(g, vmpck, type, payload, size);
	status = deliver(g);
	if (!status)
		open_response(g, vmpck, type);
	return status;
}

/**
 * ask_report() - Ask for a report
 * @g: guest
 * @vmpck: key
 * @vmpl: privilege level that the report is for
 * @key: who shall sign
 *
 * Return: status in the answer.
 */
uint32_t ask_report(struct guest *g, unsigned int vmpck, uint32_t vmpl, uint32_t key)
{
	uint8_t payload[0x60] = { 0 };
	uint32_t status;

	memset(payload, 0xda, 64);
	memcpy(payload + 0x40, &vmpl, 4);
	memcpy(payload + 0x44, &key, 4);
	assert_int_equal(ask(g, vmpck, REPORT, payload, sizeof(payload)), 0);
	memcpy(&status, g->answer, 4);
	return status;
}

/**
 * ask_key() - Ask for a derived key, with VMPCK0
 * @g: guest
 * @root: root key
 * @fields: what goes into it
 * @svn: security version of the guest
 * @tcb: TCB version
 *
 * Return: status in the answer.
 */
uint32_t ask_key(struct guest *g, uint32_t root, uint64_t fields, uint32_t svn, uint64_t tcb)
{
	uint8_t payload[0x20] = { 0 };
	uint32_t status;

	memcpy(payload, &root, 4);
	memcpy(payload + 8, &fields, 8);
	memcpy(payload + 0x14, &svn, 4);
	memcpy(payload + 0x18, &tcb, 8);
	assert_int_equal(ask(g, 0, KEY, payload, sizeof(payload)), 0);
	memcpy(&status, g->answer, 4);
	return status;
}

/**
 * launched() - A guest that was launched, with a look at its secrets page
 * @g: filled in
 * @m: machine that the host is on
 */
void launched(struct guest *g, struct machine *m)
{
	unsigned int i;

	memset(g, 0, sizeof(*g));
	g->m = m;
	start_guest(m, POLICY);
	memset(machine_at(m, AT_D), 0x42, 4096);
	assert_int_equal(add_page(m, AT_D, 0x1000, SNP_LAUNCH_NORMAL), 0);
	assert_int_equal(add_page(m, AT_C, 0x2000, SNP_LAUNCH_SECRETS), 0);
	assert_int_equal(launch_finish(m, AT_GCTX), 0);
	for (i = 0; i < 4; i++)
		memcpy(g->vmpck[i], (uint8_t *)machine_at(m, AT_C) + 0x20 + 32 * i, 32);
}

/**
 * lone() - A guest without host
 * @g: filled in; the caller frees &guest.lone
 * @m: machine
 */
void lone(struct guest *g, struct machine *m)
{
	const struct fw_lone_guest what = {
		.policy = POLICY, .measurement = { 1, 2, 3 }, .host_data = { 4 },
	};
	uint8_t page[4096];
	unsigned int i;

	memset(g, 0, sizeof(*g));
	g->m = m;
	g->lone = fw_lone_guest_new(m->fw, &what);
	assert_non_null(g->lone);
	fw_lone_guest_secrets(m->fw, g->lone, page);
	for (i = 0; i < 4; i++)
		memcpy(g->vmpck[i], page + 0x20 + 32 * i, 32);
}

/**
 * certificate() - A certificate of the vendor
 * @m: machine
 * @which: whose
 * @tcb: TCB version
 *
 * Return: the certificate, to be freed.
 */
X509 *certificate(struct machine *m, enum fw_snp_cert which, uint64_t tcb)
{
	uint8_t der[4096];
	const uint8_t *p = der;
	size_t len = fw_snp_certificate(m->fw, which, tcb, der, sizeof(der));

	assert_true(len && len <= sizeof(der));
	assert_int_equal(fw_snp_certificate(m->fw, which, tcb, der, 10), len);
	return d2i_X509(NULL, &p, (long)len);
}

/**
 * number_at() - A number in memory
 * @p: where
 * @len: its bytes
 *
 * Return: the number.
 */
uint64_t number_at(const uint8_t *p, size_t len)
{
	uint64_t value = 0;

	memcpy(&value, p, len);
	return value;
}

/**
 * has_signed() - Did the key of a certificate sign the report?
 * @cert: certificate
 * @report: report
 *
 * Return: whether the signature is good.
 */
bool has_signed(X509 *cert, const uint8_t *report)
{
	uint8_t point[97];
	size_t len;
	struct ec_pub pub;
	struct ec_sig sig;

	assert_true(EVP_PKEY_get_octet_string_param(X509_get0_pubkey(cert), "pub", point,
						    sizeof(point), &len));
	assert_int_equal(len, sizeof(point));
	memcpy(pub.x, point + 1, EC_SIZE);
	memcpy(pub.y, point + 49, EC_SIZE);
	return cert_get_number(report + 0x2a0, 72, sig.r, EC_SIZE) &&
	       cert_get_number(report + 0x2a0 + 72, 72, sig.s, EC_SIZE) &&
	       ec_verify(&pub, HASH_SHA384, report, 0x2a0, &sig);
}

/**
 * extension() - An extension of a certificate
 * @cert: certificate
 * @oid: which, in numbers
 *
 * Return: its value, or NULL if it is not there.
 */
const ASN1_OCTET_STRING *extension(X509 *cert, const char *oid)
{
	ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
	int at = X509_get_ext_by_OBJ(cert, object, -1);

	ASN1_OBJECT_free(object);
	return at < 0 ? NULL : X509_EXTENSION_get_data(X509_get_ext(cert, at));
}
