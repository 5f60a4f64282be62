// SPDX-License-Identifier: GPL-2.0-only
/* Firmware images: make and check. */
#include "image.h"

#include <stdio.h>
#include <string.h>

static const char image_magic[4] = { '$', 'P', 'S', '1' };
static const char image_maker[8] = { 'E', 'M', 'U', 'S', 'E', 'V', 'F', 'W' };

/* Anyone can compute the signing key: it keeps accidents out, not attackers. */
static bool signing_key(unsigned int family, struct ec_key *key)
{
	char label[40];

	snprintf(label, sizeof(label), "firmware signing, family %#x", family);
	return ec_derive(key, label, NULL, 0);
}

/**
 * image_seal() - Put header and signature around the filling
 * @image: @header->length bytes, of which those between header and signature are kept
 * @header: version, family and length, which is at least IMAGE_MIN
 *
 * Return: false if libcrypto fails.
 */
bool image_seal(void *image, const struct image_header *header)
{
	struct image_header out = *header;
	struct ec_key key;
	struct ec_sig sig;
	size_t body = header->length - sizeof(sig);

	memcpy(out.magic, image_magic, sizeof(out.magic));
	memcpy(out.maker, image_maker, sizeof(out.maker));
	out.signed_length = (uint32_t)(body - sizeof(out));
	memcpy(image, &out, sizeof(out));
	if (!signing_key(header->family, &key) || !ec_sign(&key, HASH_SHA384, image, body, &sig))
		return false;
	memcpy((uint8_t *)image + body, &sig, sizeof(sig));
	return true;
}

/**
 * image_check() - Judge an image
 * @image: any bytes
 * @len: how many
 * @family: CPU family that wants to run it
 * @header: filled in if the image is good
 *
 * Return: verdict.
 */
enum image_verdict image_check(const void *image, size_t len, unsigned int family,
			       struct image_header *header)
{
	struct ec_key key;
	struct ec_sig sig;
	size_t body;

	if (len < IMAGE_MIN || len > IMAGE_MAX)
		return IMAGE_BAD_LENGTH;
	memcpy(header, image, sizeof(*header));
	if (memcmp(header->magic, image_magic, sizeof(image_magic)))
		return IMAGE_BAD_FORMAT;
	/* real ones have another form after the public fields, and a key that nobody here has */
	if (memcmp(header->maker, image_maker, sizeof(image_maker)))
		return IMAGE_BAD_MAKER;
	if (header->length != len)
		return IMAGE_BAD_LENGTH;
	body = len - sizeof(sig);
	memcpy(&sig, (const uint8_t *)image + body, sizeof(sig));
	if (!signing_key(family, &key) || !ec_verify(&key.pub, HASH_SHA384, image, body, &sig))
		return IMAGE_BAD_SIGNATURE;
	return IMAGE_GOOD;
}
