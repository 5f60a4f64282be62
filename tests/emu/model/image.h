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
 * @magic: "EMUSEVFW"
 * @length: of the whole image
 * @family: CPU family it is for; each family has its own signing key
 * @major: API version
 * @minor: API version
 * @build: build number
 * @svn: security version
 * @reserved: zero
 *
 * The last bytes of the image are a struct ec_sig (P-384, SHA-384) over everything before it.
 */
struct image_header {
	char magic[8];
	uint32_t length;
	uint32_t family;
	uint8_t major;
	uint8_t minor;
	uint8_t build;
	uint8_t svn;
	uint8_t reserved[12];
};

static_assert(sizeof(struct image_header) == 32, "image header");

/* enum image_verdict - What is to be said about an image */
enum image_verdict {
	IMAGE_GOOD,
	IMAGE_BAD_LENGTH,
	IMAGE_BAD_FORMAT,
	IMAGE_BAD_SIGNATURE,
};

bool image_seal(void *image, const struct image_header *header);
enum image_verdict image_check(const void *image, size_t len, unsigned int family,
			       struct image_header *header);

#endif
