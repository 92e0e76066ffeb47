/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How code is encrypted, which the first instructions of bootloader and application tell, and what it is
 * without that: as the CPU sees it. */
#ifndef CH341A_BEKEN_IMAGE_CIPHER_H
#define CH341A_BEKEN_IMAGE_CIPHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum image_cipher {
	IMAGE_CIPHER_UNKNOWN, /* no readable vectors: another key, or no code */
	IMAGE_CIPHER_NONE,
	IMAGE_CIPHER_TUYA,    /* the key of Tuya's modules, which OpenBeken uses as well */
	IMAGE_CIPHER_UASCENT, /* the key of Uascent's modules with a BL2028N */
};

enum image_place {
	IMAGE_PLACE_UNKNOWN,
	IMAGE_PLACE_BOOTLOADER,	 /* linked to address 0 */
	IMAGE_PLACE_APPLICATION, /* linked to 0x10000 */
};

struct image_vectors {
	enum image_cipher cipher;
	enum image_place place;
};

/* Looks at code of n bytes; block_size is that of IMAGE_BLOCK_SIZE, or IMAGE_BLOCK_DATA for code without
 * CRCs. A few wrong bits do no harm. */
struct image_vectors image_vectors_find(const uint8_t *code, size_t n, size_t block_size);

#define IMAGE_VECTORS_WORDS 7

/* The key, by words 1 to 7 of the code of this place, all of them right. */
enum image_cipher image_vectors_cipher(const uint32_t words[IMAGE_VECTORS_WORDS], enum image_place place);

/* Code in blocks with CRCs, which are skipped. */
struct image_plain {
	const uint8_t *blocks; /* of IMAGE_BLOCK_SIZE */
	size_t n;	       /* bytes at blocks; of an incomplete block at the end nothing is read */
	uint32_t address;      /* logical, of the first one; it matters to the cipher */
	bool tuya;	       /* encrypted with the key of Tuya's modules */
};

/* Fills out with the bytes from logical offset `at` on; those that are not there are 0. */
void image_plain_read(const struct image_plain *plain, size_t at, uint8_t *out, size_t n)
	__attribute__((nonnull));

#define IMAGE_PLAIN_NOWHERE SIZE_MAX

/* The logical offset, from `at` on, of the next occurrence of text, or IMAGE_PLAIN_NOWHERE. Its case
 * counts. */
size_t image_plain_find(const struct image_plain *plain, size_t at, const char *text) __attribute__((nonnull));

#endif
