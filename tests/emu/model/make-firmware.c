// SPDX-License-Identifier: GPL-2.0-only
/* Tool: make firmware images for the model, good ones and bad ones. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cert.h"
#include "image.h"

#define DEFAULT_SIZE	(64 * 1024)

static const char usage[] =
	"Usage: make-firmware --family FAMILY --version MAJOR.MINOR.BUILD [OPTION]... FILE\n"
	"       make-firmware [--naples] --root-chain FILE\n"
	"Make a firmware image that the firmware model accepts, or refuses on purpose.\n"
	"\n"
	"  --family FAMILY    CPU family it is for: 17h, 19h or 1ah\n"
	"  --version VERSION  what PLATFORM_STATUS says once it runs, for example 1.55.39;\n"
	"                     below the committed version it is refused as too old\n"
	"  --svn NUMBER       security version, default 22; below the committed one refused\n"
	"  --size BYTES       length of the image, default 65536\n"
	"  --bad-signature    damage it after signing\n"
	"  --root-chain FILE  write the self-made ASK and ARK certificates to FILE instead\n"
	"  --naples           those above a Naples, which are smaller\n";

static int fail(const char *what)
{
	fprintf(stderr, "make-firmware: %s\n%s", what, usage);
	return 2;
}

static int write_file(const char *name, const void *data, size_t len)
{
	FILE *file = fopen(name, "wb");
	int bad;

	if (!file) {
		perror(name);
		return 1;
	}
	bad = fwrite(data, len, 1, file) != 1;
	if (fclose(file) || bad) {
		perror(name);
		return 1;
	}
	return 0;
}

static int write_root_chain(const char *name, bool naples)
{
	struct amd_chain chain;

	if (!amd_chain_build(&chain, naples)) {
		fprintf(stderr, "make-firmware: libcrypto failed\n");
		return 1;
	}
	return write_file(name, chain.data, chain.len);
}

static int write_image(const char *name, const struct image_header *header, int bad_signature)
{
	uint8_t *image = malloc(header->length);
	int ret;

	if (!image) {
		perror("make-firmware");
		return 1;
	}
	if (!key_expand("firmware filling", header, sizeof(*header), image, 64)) {
		free(image);
		return 1;
	}
	/* something that is neither zero nor the same everywhere, so that lost pages show */
	for (size_t i = 64; i < header->length; i++)
		image[i] = (uint8_t)(image[i - 64] + i / 64);
	if (!image_seal(image, header)) {
		fprintf(stderr, "make-firmware: libcrypto failed\n");
		free(image);
		return 1;
	}
	if (bad_signature)
		image[header->length - 1] ^= 1;
	ret = write_file(name, image, header->length);
	free(image);
	return ret;
}

static int parse_version(const char *text, struct image_header *header)
{
	unsigned int major, minor, build;
	char rest;

	if (sscanf(text, "%u.%u.%u%c", &major, &minor, &build, &rest) != 3 || major > 255 ||
	    minor > 255 || build > 255)
		return -1;
	header->major = (uint8_t)major;
	header->minor = (uint8_t)minor;
	header->build = (uint8_t)build;
	return 0;
}

static int parse_family(const char *text, struct image_header *header)
{
	static const unsigned int known[] = { 0x17, 0x19, 0x1a };
	char *end;
	unsigned long family = strtoul(text, &end, 16);

	if (*end == 'h')
		end++;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (!*end && family == known[i]) {
			header->family = known[i];
			return 0;
		}
	}
	return -1;
}

static int parse_number(const char *text, unsigned long min, unsigned long max,
			unsigned long *number)
{
	char *end;

	*number = strtoul(text, &end, 0);
	return *end || end == text || *number < min || *number > max ? -1 : 0;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "family", required_argument, NULL, 'f' },
		{ "version", required_argument, NULL, 'v' },
		{ "svn", required_argument, NULL, 's' },
		{ "size", required_argument, NULL, 'l' },
		{ "bad-signature", no_argument, NULL, 'b' },
		{ "root-chain", required_argument, NULL, 'r' },
		{ "naples", no_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct image_header header = { .length = DEFAULT_SIZE, .svn = 22 };
	int bad_signature = 0, have_version = 0, option;
	bool naples = false;
	unsigned long number;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'f':
			if (parse_family(optarg, &header))
				return fail("--family is 17h, 19h or 1ah");
			break;
		case 'v':
			if (parse_version(optarg, &header))
				return fail("--version is three numbers below 256");
			have_version = 1;
			break;
		case 's':
			if (parse_number(optarg, 0, 255, &number))
				return fail("--svn is a number below 256");
			header.svn = (uint8_t)number;
			break;
		case 'l':
			if (parse_number(optarg, IMAGE_MIN, IMAGE_MAX, &number))
				return fail("--size is out of range");
			header.length = (uint32_t)number;
			break;
		case 'b':
			bad_signature = 1;
			break;
		case 'r':
			return write_root_chain(optarg, naples);
		case 'n':
			naples = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		default:
			return fail("unknown option");
		}
	}
	if (!header.family || !have_version || optind + 1 != argc)
		return fail("family, version and one file are needed");
	return write_image(argv[optind], &header, bad_signature);
}
