/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image_boot.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "image_cipher.h"
#include "image_crc.h"
#include "image_rbl.h"

/* Logical 0x100; in the file it is not encrypted, whatever the rest is (bootloaders in
 * protectivedad/beken_freertos_sdk tools/beken_packager). */
#define MARK_AT 0x100u
#define MARK_SIZE 8

/* An entry of the table of partitions, which is not encrypted either: RT-Thread's FAL (struct
 * fal_partition), with a CRC-32 behind it that Tuya's bootloaders leave 0. */
#define ENTRY_SIZE 64
#define ENTRY_AT_NAME 4
#define ENTRY_AT_FLASH 28
#define ENTRY_TEXT 24
#define ENTRY_AT_OFFSET 52
#define ENTRY_AT_LENGTH 56
#define ENTRY_AT_CRC 60
#define HIGHEST_ADDRESS 0x4000000u

/* ---- keys ---- */

/* Other chips than those with an ARM9 have vectors that differ from firmware to firmware: a stack in the
 * RAM, then addresses in the flash, odd ones since they are of Thumb code (bekencorp/bk_idk). */
static bool is_cortex_m(const uint8_t *code)
{
	return image_word(code) >> 24 == 0x28 && (image_word(code + 4) & 0xff000001) == 0x02000001;
}

void image_key_find(struct image_key *key, const uint8_t *code, size_t n)
{
	memset(key, 0, sizeof(*key));
	if (n < IMAGE_BLOCK_SIZE || !image_block_good(code) || is_cortex_m(code))
		return;
	/* One block can be right by chance. */
	if (n >= 2 * IMAGE_BLOCK_SIZE && !image_code_starts(code, 0, n))
		return;
	key->known = true;
	for (size_t i = 0; i < IMAGE_VECTORS_WORDS; i++)
		key->words[i] = image_word(code + 4 * (i + 1));
}

/* Whether the same number makes all words of one those of the other. */
static bool differ_by_one(const struct image_key *a, const struct image_key *b)
{
	for (size_t i = 1; i < IMAGE_VECTORS_WORDS; i++) {
		if ((a->words[i] ^ b->words[i]) != (a->words[0] ^ b->words[0]))
			return false;
	}
	return true;
}

bool image_key_differs(const struct image_key *a, const struct image_key *b)
{
	/* "ldr pc, [pc, #24]" in place of "#20". */
	const uint32_t old_sdk = 0x14 ^ 0x18;
	const uint32_t difference = a->words[0] ^ b->words[0];

	return a->known && b->known && ((difference && difference != old_sdk) || !differ_by_one(a, b));
}

/* What a word is XORed with is linear in its address (mildsunrise/bk7231_key_calculator), so between two
 * places the same number comes in for all words, whatever the key. */
bool image_key_is_one(const struct image_key *boot, const struct image_key *application)
{
	const enum image_cipher a = image_vectors_cipher(boot->words, IMAGE_PLACE_BOOTLOADER);
	const enum image_cipher b = image_vectors_cipher(application->words, IMAGE_PLACE_APPLICATION);

	if (!boot->known || !application->known)
		return false;
	if (a != IMAGE_CIPHER_UNKNOWN || b != IMAGE_CIPHER_UNKNOWN)
		return a == b;
	return differ_by_one(boot, application);
}

const char *image_key_name(const struct image_key *key, bool is_boot)
{
	const enum image_place place = is_boot ? IMAGE_PLACE_BOOTLOADER : IMAGE_PLACE_APPLICATION;

	if (!key->known)
		return "no code with right CRCs";
	switch (image_vectors_cipher(key->words, place)) {
	case IMAGE_CIPHER_NONE: return "not encrypted";
	case IMAGE_CIPHER_TUYA: return "Tuya's key";
	case IMAGE_CIPHER_UASCENT: return "Uascent's key";
	default: return "an unknown key";
	}
}

/* ---- marks of the bootloader ---- */

/* "BK7231" and the like, with a letter behind it or not. Returns its length, or 0. */
static size_t chip_length(const uint8_t *text)
{
	if (memcmp(text, "BK7", 3) || !isdigit(text[3]) || !isdigit(text[4]) || !isdigit(text[5]))
		return 0;
	return isalpha(text[6]) ? 7 : 6;
}

static void find_mark(struct image_boot *boot, const uint8_t *data, size_t n)
{
	const size_t at = MARK_AT / IMAGE_BLOCK_DATA * IMAGE_BLOCK_SIZE;

	if (n >= at + MARK_SIZE && chip_length(data + at))
		memcpy(boot->mark, data + at, 6);
}

static void read_version(struct image_boot *boot, const uint8_t *text)
{
	const char *version = (const char *)text + 1;

	if (!boot->version[0] && text[0] == '_' && isdigit(text[1]))
		snprintf(boot->version, sizeof(boot->version), "%.*s", (int)strspn(version, "0123456789."),
			 version);
}

/* Tuya's have "BK7231N_1.0.1". Beken's have the name in 8 bytes, then "_1.0.11", or that comes behind the
 * mark instead. "BK7231" alone says nothing: that may be a T, an N, or an S. */
static void read_name(struct image_boot *boot, const uint8_t *text)
{
	const size_t length = chip_length(text);
	size_t end = length;

	if (!length || (text[length] && text[length] != '_'))
		return;
	while (end < MARK_SIZE && !text[end])
		end++;
	read_version(boot, text + end);
	if (boot->chip[0] || (length == 6 && !memcmp(text, "BK7231", 6)))
		return;
	for (size_t i = 0; i < length; i++)
		boot->chip[i] = (char)toupper(text[i]);
}

static void find_name(struct image_boot *boot, const struct image_plain *plain)
{
	uint8_t text[MARK_SIZE + sizeof(boot->version) + 1] = { 0 };
	const size_t n = sizeof(text) - 1; /* a NUL ends it */

	for (size_t at = 0; (at = image_plain_find(plain, at, "BK7")) != IMAGE_PLAIN_NOWHERE; at++) {
		image_plain_read(plain, at, text, n);
		if (at != MARK_AT)
			read_name(boot, text);
	}
	image_plain_read(plain, MARK_AT + MARK_SIZE, text, n);
	if (boot->mark[0])
		read_version(boot, text);
}

/* ---- table of partitions ---- */

/* Text that fills its room with zeros. Returns -1 if it is none. */
static int copy_text(char *to, const uint8_t *from)
{
	const size_t n = strnlen((const char *)from, ENTRY_TEXT);

	for (size_t i = 0; i < ENTRY_TEXT; i++) {
		if (i < n ? !isgraph(from[i]) : from[i])
			return -1;
		to[i] = (char)from[i];
	}
	to[ENTRY_TEXT] = '\0';
	return n ? 0 : -1;
}

static uint32_t physical(uint32_t logical)
{
	return logical / IMAGE_BLOCK_DATA * IMAGE_BLOCK_SIZE + logical % IMAGE_BLOCK_DATA;
}

/* Of a partition with CRCs, the table has addresses as the CPU sees them. */
static bool is_with_crcs(const char *flash)
{
	const size_t n = strlen(flash);

	return n > 4 && !strcmp(flash + n - 4, "_crc");
}

static void read_entry(struct image_boot *boot, const uint8_t *entry)
{
	struct image_boot_partition partition;
	const uint32_t crc = image_word(entry + ENTRY_AT_CRC);

	if (boot->n_partitions == IMAGE_BOOT_PARTITIONS ||
	    (crc && crc != image_crc32(0, entry, ENTRY_AT_CRC)) ||
	    copy_text(partition.name, entry + ENTRY_AT_NAME) ||
	    copy_text(partition.flash, entry + ENTRY_AT_FLASH))
		return;
	partition.offset = image_word(entry + ENTRY_AT_OFFSET);
	partition.length = image_word(entry + ENTRY_AT_LENGTH);
	if (partition.offset >= HIGHEST_ADDRESS || !partition.length || partition.length > HIGHEST_ADDRESS)
		return;
	if (is_with_crcs(partition.flash)) {
		partition.length = physical(partition.offset + partition.length) - physical(partition.offset);
		partition.offset = physical(partition.offset);
	}
	boot->partitions[boot->n_partitions++] = partition;
}

static void find_partitions(struct image_boot *boot, const uint8_t *data, size_t n)
{
	const struct image_plain stored = { .blocks = data, .n = n };
	uint8_t entry[ENTRY_SIZE];

	for (size_t at = 0; (at = image_plain_find(&stored, at, "01PE")) != IMAGE_PLAIN_NOWHERE; at++) {
		image_plain_read(&stored, at, entry, sizeof(entry));
		read_entry(boot, entry);
	}
}

/* ---- all of it ---- */

void image_boot_find(struct image_boot *boot, const uint8_t *data, size_t n)
{
	struct image_plain plain = { .blocks = data };

	memset(boot, 0, sizeof(*boot));
	plain.n = n < IMAGE_BOOT_SIZE ? n : IMAGE_BOOT_SIZE;
	boot->blank = plain.n && (data[0] == 0x00 || data[0] == 0xff) && !memcmp(data, data + 1, plain.n - 1);
	boot->present = image_code_starts(data, 0, plain.n);
	if (!boot->present)
		return;
	image_key_find(&boot->key, data, plain.n);
	plain.tuya = boot->key.known &&
		     image_vectors_cipher(boot->key.words, IMAGE_PLACE_BOOTLOADER) == IMAGE_CIPHER_TUYA;
	find_mark(boot, data, plain.n);
	find_name(boot, &plain);
	find_partitions(boot, data, plain.n);
}

const struct image_boot_partition *image_boot_partition(const struct image_boot *boot, const char *name)
{
	for (size_t i = 0; i < boot->n_partitions; i++) {
		if (!strcmp(boot->partitions[i].name, name))
			return &boot->partitions[i];
	}
	return NULL;
}
