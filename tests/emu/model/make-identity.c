// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes the identity block of an SNP guest and the page that authenticates it, as the guest's owner
 * would. The owner's keys can be computed by anyone.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "id-block.h"

static const char usage[] =
	"usage: make-identity --digest HEX --policy NUMBER [--svn NUMBER] BLOCK AUTH\n"
	"\n"
	"Writes the files BLOCK (96 bytes) and AUTH (4096 bytes) for LAUNCH_FINISH, with ID key\n"
	"and author key.\n"
	"\n"
	"  --digest HEX      launch digest that the guest must have, 96 digits\n"
	"  --policy NUMBER   policy that the guest must have\n"
	"  --svn NUMBER      security version of the guest; 0 if not said\n"
	"  --help            this text\n";

static bool parse_digest(const char *text, uint8_t digest[ID_DIGEST_SIZE])
{
	unsigned int byte;
	size_t i;
	int n;

	if (strlen(text) != 2 * ID_DIGEST_SIZE)
		return false;
	for (i = 0; i < ID_DIGEST_SIZE; i++) {
		if (sscanf(text + 2 * i, "%2x%n", &byte, &n) != 1 || n != 2)
			return false;
		digest[i] = (uint8_t)byte;
	}
	return true;
}

static bool parse_number(const char *text, uint64_t max, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 0);
	return !errno && end != text && !*end && *value <= max;
}

static void put_key(struct id_key *wire, const struct ec_key *key)
{
	wire->curve = CURVE_P384;
	cert_put_number(wire->x, NUMBER_SIZE, key->pub.x, EC_SIZE);
	cert_put_number(wire->y, NUMBER_SIZE, key->pub.y, EC_SIZE);
}

static bool put_sig(struct id_sig *wire, const struct ec_key *key, const void *data, size_t len)
{
	struct ec_sig sig;

	if (!ec_sign(key, HASH_SHA384, data, len, &sig))
		return false;
	cert_put_number(wire->r, NUMBER_SIZE, sig.r, EC_SIZE);
	cert_put_number(wire->s, NUMBER_SIZE, sig.s, EC_SIZE);
	return true;
}

static bool authenticate(const struct id_block *block, struct id_auth *auth)
{
	struct ec_key id, author;

	if (!ec_derive(&id, "identity of a guest", NULL, 0) ||
	    !ec_derive(&author, "author of identities", NULL, 0))
		return false;
	auth->id_algo = ALGO_P384;
	auth->author_algo = ALGO_P384;
	put_key(&auth->id_key, &id);
	put_key(&auth->author_key, &author);
	return put_sig(&auth->block_sig, &id, block, sizeof(*block)) &&
	       put_sig(&auth->key_sig, &author, &auth->id_key, sizeof(auth->id_key));
}

static bool save(const char *path, const void *data, size_t len)
{
	FILE *file = fopen(path, "wb");
	bool ok = file && fwrite(data, len, 1, file) == 1;

	if (file && fclose(file))
		ok = false;
	if (!ok)
		perror(path);
	return ok;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "digest", required_argument, NULL, 'd' },
		{ "policy", required_argument, NULL, 'p' },
		{ "svn", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct id_block block = { .version = ID_VERSION };
	static struct id_auth auth;
	bool digest = false, policy = false;
	uint64_t number;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		if (option == 'h') {
			fputs(usage, stdout);
			return 0;
		} else if (option == 'd' && parse_digest(optarg, block.digest)) {
			digest = true;
		} else if (option == 'p' && parse_number(optarg, UINT64_MAX, &number)) {
			block.policy = number;
			policy = true;
		} else if (option == 's' && parse_number(optarg, UINT32_MAX, &number)) {
			block.svn = (uint32_t)number;
		} else {
			if (option != '?')
				fprintf(stderr, "make-identity: \"%s\" makes no sense there\n",
					optarg);
			return 2;
		}
	}
	if (!digest || !policy || argc - optind != 2) {
		fputs(usage, stderr);
		return 2;
	}
	if (!authenticate(&block, &auth)) {
		fputs("make-identity: libcrypto failed\n", stderr);
		return 1;
	}
	return save(argv[optind], &block, sizeof(block)) &&
	       save(argv[optind + 1], &auth, sizeof(auth)) ? 0 : 1;
}
