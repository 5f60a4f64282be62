/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AES-256-GCM with a 16-byte tag, without sleeping and without another processor or
 * device having a part in it.
 *
 * Associated data and text stand next to each other in memory and the text is
 * replaced in place, which all of the kernel's interfaces can do. That memory comes
 * from kmalloc() or the page allocator, never from a stack. The owner of a key
 * serialises its use.
 */
#ifndef COMPAT_AES_GCM_H
#define COMPAT_AES_GCM_H

#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/types.h>

#define COMPAT_GCM_KEY_SIZE	32
#define COMPAT_GCM_TAG_SIZE	16
#define COMPAT_GCM_IV_SIZE	12

#if defined(HAVE_AES_GCM_PREPAREKEY)

#include <crypto/aes-gcm.h>

struct compat_gcm {
	struct aes_gcm_key key;
};

static inline int compat_gcm_init(struct compat_gcm *gcm, const u8 *key)
{
	return aes_gcm_preparekey(&gcm->key, key, COMPAT_GCM_KEY_SIZE, COMPAT_GCM_TAG_SIZE);
}

static inline int compat_gcm_encrypt(struct compat_gcm *gcm, u8 *aad, size_t aad_len,
				     size_t text_len, const u8 *iv, u8 *tag)
{
	aes_gcm_encrypt(aad + aad_len, aad + aad_len, text_len, tag, aad, aad_len, iv, &gcm->key);
	return 0;
}

static inline int compat_gcm_decrypt(struct compat_gcm *gcm, u8 *aad, size_t aad_len,
				     size_t text_len, const u8 *iv, u8 *tag)
{
	return aes_gcm_decrypt(aad + aad_len, aad + aad_len, text_len, tag, aad, aad_len, iv,
			       &gcm->key);
}

static inline void compat_gcm_destroy(struct compat_gcm *gcm)
{
	memzero_explicit(gcm, sizeof(*gcm));
}

#elif defined(HAVE_AESGCM_EXPANDKEY)

#include <crypto/gcm.h>

struct compat_gcm {
	struct aesgcm_ctx ctx;
};

static inline int compat_gcm_init(struct compat_gcm *gcm, const u8 *key)
{
	return aesgcm_expandkey(&gcm->ctx, key, COMPAT_GCM_KEY_SIZE, COMPAT_GCM_TAG_SIZE);
}

static inline int compat_gcm_encrypt(struct compat_gcm *gcm, u8 *aad, size_t aad_len,
				     size_t text_len, const u8 *iv, u8 *tag)
{
	aesgcm_encrypt(&gcm->ctx, aad + aad_len, aad + aad_len, text_len, aad, aad_len, iv, tag);
	return 0;
}

static inline int compat_gcm_decrypt(struct compat_gcm *gcm, u8 *aad, size_t aad_len,
				     size_t text_len, const u8 *iv, u8 *tag)
{
	if (!aesgcm_decrypt(&gcm->ctx, aad + aad_len, aad + aad_len, text_len, aad, aad_len, iv,
			    tag))
		return -EBADMSG;
	return 0;
}

static inline void compat_gcm_destroy(struct compat_gcm *gcm)
{
	memzero_explicit(gcm, sizeof(*gcm));
}

#else

#include <crypto/aead.h>
#include <linux/err.h>
#include <linux/scatterlist.h>

struct compat_gcm {
	struct crypto_aead *tfm;
	struct aead_request *req;
	u8 iv[COMPAT_GCM_IV_SIZE];
};

/* The transform wipes its key schedule when it is freed. */
static inline void compat_gcm_destroy(struct compat_gcm *gcm)
{
	if (gcm->req)
		aead_request_free(gcm->req);
	if (gcm->tfm)
		crypto_free_aead(gcm->tfm);
	gcm->req = NULL;
	gcm->tfm = NULL;
}

static inline int compat_gcm_init(struct compat_gcm *gcm, const u8 *key)
{
	int ret;

	gcm->req = NULL;
	/* Not an asynchronous one: that may belong to a device. */
	gcm->tfm = crypto_alloc_aead("gcm(aes)", 0, CRYPTO_ALG_ASYNC);
	if (IS_ERR(gcm->tfm)) {
		ret = PTR_ERR(gcm->tfm);
		gcm->tfm = NULL;
		return ret;
	}

	ret = crypto_aead_setkey(gcm->tfm, key, COMPAT_GCM_KEY_SIZE);
	if (!ret)
		ret = crypto_aead_setauthsize(gcm->tfm, COMPAT_GCM_TAG_SIZE);
	if (!ret) {
		gcm->req = aead_request_alloc(gcm->tfm, GFP_KERNEL);
		if (!gcm->req)
			ret = -ENOMEM;
	}
	if (ret)
		compat_gcm_destroy(gcm);
	return ret;
}

static inline int compat_gcm_run(struct compat_gcm *gcm, bool encrypt, u8 *aad, size_t aad_len,
				 size_t text_len, const u8 *iv, u8 *tag)
{
	struct scatterlist sg[2];

	memcpy(gcm->iv, iv, sizeof(gcm->iv));
	sg_init_table(sg, ARRAY_SIZE(sg));
	sg_set_buf(&sg[0], aad, aad_len + text_len);
	sg_set_buf(&sg[1], tag, COMPAT_GCM_TAG_SIZE);

	aead_request_set_callback(gcm->req, 0, NULL, NULL);
	aead_request_set_ad(gcm->req, aad_len);
	aead_request_set_crypt(gcm->req, sg, sg,
			       encrypt ? text_len : text_len + COMPAT_GCM_TAG_SIZE, gcm->iv);
	return encrypt ? crypto_aead_encrypt(gcm->req) : crypto_aead_decrypt(gcm->req);
}

static inline int compat_gcm_encrypt(struct compat_gcm *gcm, u8 *aad, size_t aad_len,
				     size_t text_len, const u8 *iv, u8 *tag)
{
	return compat_gcm_run(gcm, true, aad, aad_len, text_len, iv, tag);
}

static inline int compat_gcm_decrypt(struct compat_gcm *gcm, u8 *aad, size_t aad_len,
				     size_t text_len, const u8 *iv, u8 *tag)
{
	return compat_gcm_run(gcm, false, aad, aad_len, text_len, iv, tag);
}

#endif

#endif /* COMPAT_AES_GCM_H */
