// SPDX-License-Identifier: GPL-2.0-only
/* 6.2: AES-GCM as a library */
/* Exported: aesgcm_expandkey */
#include <crypto/gcm.h>

static inline int probe(struct aesgcm_ctx *ctx, const u8 *raw)
{
	return aesgcm_expandkey(ctx, raw, 32, 16);
}
