/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the code in a flash says about its chip: the key that it is encrypted with, and marks in the
 * bootloader. The same for a file and for the bytes of a die. */
#ifndef CH341A_BEKEN_IMAGE_BOOT_H
#define CH341A_BEKEN_IMAGE_BOOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image_cipher.h"
#include "image_partitions.h"

/* A bootloader ends before the application starts. */
#define IMAGE_BOOT_SIZE IMAGE_APPLICATION
#define IMAGE_BOOT_PARTITIONS 8

/* Words 1 to 7 of a bootloader or an application are the same instruction in all Beken code, and the cipher
 * XORs each word with a number that depends on key and address. So two keys can be compared without knowing
 * either, where both are of the same place: words of a bootloader with those of a bootloader. */
struct image_key {
	bool known; /* there is code with right CRCs */
	uint32_t words[IMAGE_VECTORS_WORDS];
};

/* n bytes from where a bootloader or an application starts, in blocks with CRCs. */
void image_key_find(struct image_key *key, const uint8_t *code, size_t n) __attribute__((nonnull));

/* Whether two of the same place are known, and not the same. Old SDKs of the BK7252 have another offset in
 * that instruction, which is no other key. */
bool image_key_differs(const struct image_key *a, const struct image_key *b) __attribute__((nonnull));

/* Whether a bootloader and an application have the same key: certain of keys that are known here, very
 * probable of others. False if one of the two has none. */
bool image_key_is_one(const struct image_key *boot, const struct image_key *application)
	__attribute__((nonnull));

/* "not encrypted", "Tuya's key", "an unknown key", ...; is_boot: of a bootloader */
const char *image_key_name(const struct image_key *key, bool is_boot) __attribute__((nonnull));

/* Addresses in the flash, also where the table has those that the CPU sees. */
struct image_boot_partition {
	char name[25], flash[25];
	uint32_t offset, length;
};

struct image_boot {
	bool present; /* code with CRCs from address 0 on */
	bool blank;   /* nothing but FF, or nothing but 00 */
	struct image_key key;
	/* The plain word at 0x110, which the ROM of some chips looks for: "BK7231", "BK7238", "BK7271",
	 * "BK7236"; "": none, as on chips without such a ROM. */
	char mark[9];
	/* The chip that it names in its text: "BK7231N", "BK7231S", "BK7231U", "BK7251", "BK7238",
	 * "BK7252N"; "": none was found. */
	char chip[9];
	char version[9]; /* "1.0.1"; "": not known */
	/* Its table of partitions, where it has one. */
	size_t n_partitions;
	struct image_boot_partition partitions[IMAGE_BOOT_PARTITIONS];
};

/* n bytes from address 0 of a flash on; what is behind IMAGE_BOOT_SIZE is not looked at. */
void image_boot_find(struct image_boot *boot, const uint8_t *data, size_t n) __attribute__((nonnull));

/* The one of this name in its table, or NULL. */
const struct image_boot_partition *image_boot_partition(const struct image_boot *boot, const char *name)
	__attribute__((nonnull));

#endif
