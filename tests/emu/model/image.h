/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Firmware images of the model: header, filling, signature. Nothing in them is executable, they
 * only say which firmware the model shall be from now on.
 */
#ifndef EMU_MODEL_IMAGE_H
#define EMU_MODEL_IMAGE_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "keys.h"

#define IMAGE_MIN	(sizeof(struct image_header) + sizeof(struct ec_sig))
#define IMAGE_MAX	(1024 * 1024)

/**
 * struct image_header - Start of an image
 * @reserved1: zero
 * @magic: "$PS1", as real images have it
 * @signed_length: bytes between header and signature
 * @reserved2: zero
 * @build: build number; from here to @length as in real images, where tools look for it
 * @minor: API version
 * @major: API version
 * @reserved3: zero
 * @length: of the whole image
 * @maker: "EMUSEVFW"; the rest is the model's own
 * @family: CPU family it is for; each family has its own signing key
 * @svn: security version
 * @reserved4: zero
 *
 * The last bytes of the image are a struct ec_sig (P-384, SHA-384) over everything before it.
 */
struct image_header {
	uint8_t reserved1[16];
	char magic[4];
	uint32_t signed_length;
	uint8_t reserved2[72];
	uint8_t build;
	uint8_t minor;
	uint8_t major;
	uint8_t reserved3[9];
	uint32_t length;
	char maker[8];
	uint32_t family;
	uint8_t svn;
	uint8_t reserved4[131];
};

static_assert(sizeof(struct image_header) == 0x100, "image header");
static_assert(offsetof(struct image_header, magic) == 0x10, "image header");
static_assert(offsetof(struct image_header, signed_length) == 0x14, "image header");
static_assert(offsetof(struct image_header, build) == 0x60, "image header");
static_assert(offsetof(struct image_header, length) == 0x6c, "image header");

/* enum image_verdict - What is to be said about an image */
enum image_verdict {
	IMAGE_GOOD,
	IMAGE_BAD_LENGTH,
	IMAGE_BAD_FORMAT,
	IMAGE_BAD_MAKER,
	IMAGE_BAD_SIGNATURE,
};

bool image_seal(void *image, const struct image_header *header);
enum image_verdict image_check(const void *image, size_t len, unsigned int family,
			       struct image_header *header);

#endif
