/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AES-256-GCM with a 16-byte tag, without a device having a part in it. In process
 * context it does not sleep.
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

#include <asm/cpufeature.h>
#include <crypto/aead.h>
#include <linux/err.h>
#include <linux/printk.h>
#include <linux/scatterlist.h>

#define COMPAT_GCM_AEAD

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

/* Takes @tfm over. */
static inline int compat_gcm_init_by(struct compat_gcm *gcm, struct crypto_aead *tfm,
				     const u8 *key)
{
	int ret;

	gcm->tfm = NULL;
	gcm->req = NULL;
	if (IS_ERR(tfm))
		return PTR_ERR(tfm);

	gcm->tfm = tfm;
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

/*
 * The kernel's first choice can be that of a device, which would get to see the text.
 * All of those are asynchronous.
 */
static inline struct crypto_aead *compat_gcm_portable(void)
{
	return crypto_alloc_aead("gcm(aes)", 0, CRYPTO_ALG_ASYNC);
}

/*
 * By the instructions of the processor, which is ten times as fast. This one calls
 * itself asynchronous as well: it puts work off that comes where it can't use vector
 * registers, to a thread of the kernel. So it has to be asked for by its own name.
 */
static inline struct crypto_aead *compat_gcm_fast(void)
{
	return crypto_alloc_aead("generic-gcm-aesni", 0, 0);
}

static inline int compat_gcm_init(struct compat_gcm *gcm, const u8 *key)
{
	struct crypto_aead *tfm = compat_gcm_fast();

	if (IS_ERR(tfm) && PTR_ERR(tfm) == -ENOENT) {
		tfm = compat_gcm_portable();
		if (!IS_ERR(tfm) && boot_cpu_has(X86_FEATURE_AES))
			pr_info("%s: AES-256-GCM by %s, without the processor's help: load the module aesni_intel before this one to change that\n",
				KBUILD_MODNAME, crypto_tfm_alg_driver_name(&tfm->base));
	}
	return compat_gcm_init_by(gcm, tfm, key);
}

static inline int compat_gcm_run(struct compat_gcm *gcm, bool encrypt, u8 *aad, size_t aad_len,
				 size_t text_len, const u8 *iv, u8 *tag)
{
	struct scatterlist sg[2];
	DECLARE_CRYPTO_WAIT(wait);

	memcpy(gcm->iv, iv, sizeof(gcm->iv));
	sg_init_table(sg, ARRAY_SIZE(sg));
	sg_set_buf(&sg[0], aad, aad_len + text_len);
	sg_set_buf(&sg[1], tag, COMPAT_GCM_TAG_SIZE);

	aead_request_set_callback(gcm->req, 0, crypto_req_done, &wait);
	aead_request_set_ad(gcm->req, aad_len);
	aead_request_set_crypt(gcm->req, sg, sg,
			       encrypt ? text_len : text_len + COMPAT_GCM_TAG_SIZE, gcm->iv);
	return crypto_wait_req(encrypt ? crypto_aead_encrypt(gcm->req) :
					 crypto_aead_decrypt(gcm->req), &wait);
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
