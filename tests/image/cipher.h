/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How these chips encrypt code, written after tuya-cloudcutter/bk7231tools crypto/code.py. */
#ifndef IMAGE_CIPHER_H
#define IMAGE_CIPHER_H

#include <stddef.h>
#include <stdint.h>

struct cipher_key {
	const char *name;
	uint32_t words[4];	/* all 0: no encryption */
};

/* "none", "tuya", "uascent"; NULL if there is no such key. */
const struct cipher_key *cipher_key_named(const char *name);

/* Encrypts, or decrypts, n bytes from a logical address on; both multiples of 4. */
void cipher_apply(uint8_t *code, size_t n, uint32_t address, const struct cipher_key *key);

#endif
