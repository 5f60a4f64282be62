/* SPDX-License-Identifier: GPL-2.0-only */
/* How the root keys come about; only root.c and its test care. */
#ifndef EMU_MODEL_ROOT_H
#define EMU_MODEL_ROOT_H

#include <openssl/bn.h>

#include "keys.h"

/* struct root_prime - A prime as the distance from a number that follows from a label */
struct root_prime {
	const char *label;
	unsigned int distance;
};

const struct root_prime *root_prime_info(enum root root, unsigned int index);
BIGNUM *root_prime_start(const char *label, size_t size);

#endif
