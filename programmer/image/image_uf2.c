/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image_uf2.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image_crc.h"
#include "image_partitions.h"

/* A block: microsoft/uf2 README.md. All numbers have their low byte first. */
#define BLOCK 512
#define AT_FLAGS 8
#define AT_ADDRESS 12
#define AT_LENGTH 16
#define AT_NUMBER 20
#define AT_COUNT 24
#define AT_FAMILY 28
#define AT_DATA 32
#define AT_MD5 484
#define AT_END 508

#define NOT_FLASH 0x1u
#define FILE_CONTAINER 0x1000u
#define HAS_FAMILY 0x2000u
#define HAS_MD5 0x4000u
#define HAS_TAGS 0x8000u

static const uint8_t magic[8] = { 'U', 'F', '2', '\n', 0x57, 0x51, 0x5d, 0x9e };
static const uint8_t end_magic[4] = { 0x30, 0x6f, 0xb1, 0x0a };

/* Tags of LibreTiny: libretiny-eu/ltchiptool uf2tool/models/enums.py */
#define TAG_HEAD 4
#define TAG_BOARD 0xca25c8u
#define TAG_FIRMWARE 0x00de43u
#define TAG_VERSION 0x9fc7bcu
#define TAG_FORMAT_2 0x6c8492u
#define TAG_PARTITIONS 0x8288edu
#define TAG_TARGETS 0xc0ee0cu

struct tag {
	uint32_t type;
	const uint8_t *value;
	size_t size;
};

/* An entry of the table of partitions (uf2tool/models/partition.py). */
#define ENTRY_SIZE 48
#define ENTRY_OFFSET 36
#define ENTRY_LENGTH 40
#define NAME_SIZE 16

struct partition {
	char name[NAME_SIZE + 1];
	uint32_t offset, length;
};

struct file {
	const uint8_t *data;
	size_t n_blocks;
	uint32_t application_size; /* where there is no table */
	bool format_2;
	struct tag table; /* of partitions; no value: there is none */
	struct image_uf2 *uf2;
	/* Of the flash, for its bytes; NULL: they are only looked at. */
	uint8_t *picture;
	size_t picture_size;
};

/* libretiny-eu/libretiny families.json, microsoft/uf2 utils/uf2families.json */
static const struct {
	uint32_t id;
	const char *name;
	uint32_t application_size; /* boards/_base/beken-*.json, the largest; 0: no Beken chip */
} families[] = {
	{ 0x675a40b0, "BK7231T", 0x121000 }, { 0x7b3ef230, "BK7231N", 0x121000 },
	{ 0xafe81d49, "BK7231Q", 0x121000 }, { 0x159ac324, "BK7238", 0x121000 },
	{ 0x6a82cc42, "BK7251", 0x1ba000 },  { 0x9fffd543, "RTL8710A", 0 },
	{ 0x22e0d6fc, "RTL8710B", 0 },	     { 0xe08f7564, "RTL8720C", 0 },
	{ 0x3379cfe2, "RTL8720D", 0 },	     { 0xa38090a8, "LN882H", 0 },
	{ 0xde1270b7, "BL602", 0 },	     { 0x51e903a8, "XR809", 0 },
	{ 0xe48bff56, "RP2040", 0 },	     { 0xe48bff57, "RP2040 or RP2350", 0 },
	{ 0xe48bff59, "RP2350", 0 },	     { 0x7eab61ed, "ESP8266", 0 },
	{ 0x1c5f21b0, "ESP32", 0 },	     { 0xbfdd4eee, "ESP32-S2", 0 },
	{ 0xc47e5767, "ESP32-S3", 0 },	     { 0xd42ba06c, "ESP32-C3", 0 },
	{ 0x2b88d29c, "ESP32-C2", 0 },	     { 0x540ddf62, "ESP32-C6", 0 },
	{ 0xada52840, "nRF52840", 0 },
};

#define N_FAMILIES (sizeof(families) / sizeof(families[0]))

/* These two write down a problem, and return -1. */
__attribute__((format(printf, 2, 3))) static int refuse(struct image_uf2 *uf2, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(uf2->problem, sizeof(uf2->problem), format, args);
	va_end(args);
	return -1;
}

#define damaged(uf2, format, ...) refuse(uf2, format ": download or build it again.", __VA_ARGS__)

/* ---- blocks and tags ---- */

static const uint8_t *block_at(const struct file *file, size_t i)
{
	return file->data + i * BLOCK;
}

static uint32_t flags_of(const uint8_t *block)
{
	return image_word(block + AT_FLAGS);
}

/* Behind what data and tags may take. */
static size_t room_end(const uint8_t *block)
{
	return flags_of(block) & HAS_MD5 ? AT_MD5 : AT_END;
}

static size_t tags_start(const uint8_t *block)
{
	return flags_of(block) & HAS_TAGS ? AT_DATA + image_word(block + AT_LENGTH) : AT_END;
}

/* Takes the tag at *at and moves on. Returns 1, 0 if there is none left, or -1 if it is no tag. */
static int next_tag(const uint8_t *block, size_t *at, struct tag *tag)
{
	const size_t end = room_end(block), size = *at < end ? block[*at] : 0;

	if (!size)
		return 0;
	if (size < TAG_HEAD || size > end - *at)
		return -1;
	tag->type = image_word(block + *at) >> 8;
	tag->value = block + *at + TAG_HEAD;
	tag->size = size - TAG_HEAD;
	*at += (size + 3) & ~(size_t)3;
	return 1;
}

static bool find_tag(const uint8_t *block, uint32_t type, struct tag *tag)
{
	size_t at = tags_start(block);

	while (next_tag(block, &at, tag) > 0) {
		if (tag->type == type)
			return true;
	}
	return false;
}

static int note_tags(struct file *file, size_t i)
{
	struct image_uf2 *uf2 = file->uf2;
	size_t at = tags_start(block_at(file, i));
	struct tag tag;
	int more;

	while ((more = next_tag(block_at(file, i), &at, &tag)) > 0) {
		switch (tag.type) {
		case TAG_BOARD: image_text(uf2->board, sizeof(uf2->board), tag.value, tag.size); break;
		case TAG_FIRMWARE: image_text(uf2->firmware, sizeof(uf2->firmware), tag.value, tag.size); break;
		case TAG_VERSION: image_text(uf2->version, sizeof(uf2->version), tag.value, tag.size); break;
		case TAG_FORMAT_2: file->format_2 = tag.size && tag.value[0] == 2; break;
		case TAG_PARTITIONS: file->table = tag; break;
		}
	}
	return more ? damaged(uf2, "The tags of block %zu are damaged", i) : 0;
}

/* ---- checks of all blocks ---- */

static bool has_family(const uint8_t *block)
{
	return (flags_of(block) & (HAS_FAMILY | FILE_CONTAINER)) == HAS_FAMILY;
}

static int check_family(struct file *file)
{
	struct image_uf2 *uf2 = file->uf2;
	size_t i = 0;

	if (!has_family(file->data))
		return refuse(uf2, "The UF2 file does not say which chip it is for.");
	uf2->family = image_word(file->data + AT_FAMILY);
	while (i < N_FAMILIES && families[i].id != uf2->family)
		i++;
	if (i == N_FAMILIES)
		return refuse(uf2, "The UF2 file is for chips of the family 0x%08x, which are no Beken chips.",
			      uf2->family);
	if (!families[i].application_size)
		return refuse(uf2, "The UF2 file is for the %s, which is no Beken chip.", families[i].name);
	uf2->chip = families[i].name;
	file->application_size = families[i].application_size;
	return 0;
}

static int check_block(const struct file *file, size_t i)
{
	const uint8_t *block = block_at(file, i);
	const uint32_t number = image_word(block + AT_NUMBER), count = image_word(block + AT_COUNT);

	if (memcmp(block, magic, sizeof(magic)) || memcmp(block + AT_END, end_magic, sizeof(end_magic)))
		return damaged(file->uf2, "Block %zu of the UF2 file, at 0x%zx, is damaged", i, i * BLOCK);
	if (number != i)
		return damaged(file->uf2, "Block %u is where block %zu belongs, so blocks are %s", number, i,
			       number > i ? "missing" : "repeated or mixed up");
	if (count != file->n_blocks)
		return damaged(file->uf2, "The UF2 file has %zu blocks where there should be %u",
			       file->n_blocks, count);
	if (!has_family(block) || image_word(block + AT_FAMILY) != file->uf2->family)
		return refuse(file->uf2, "The UF2 file is for several chips: take a file for one.");
	if (image_word(block + AT_LENGTH) > room_end(block) - AT_DATA)
		return damaged(file->uf2, "Block %zu has more bytes than fit into it", i);
	return 0;
}

static int check_blocks(struct file *file, size_t rest)
{
	for (size_t i = 0; i < file->n_blocks; i++) {
		if (check_block(file, i) || note_tags(file, i))
			return -1;
	}
	if (rest)
		return damaged(file->uf2, "The UF2 file ends in the middle of block %zu", file->n_blocks);
	if (!file->format_2)
		return refuse(file->uf2,
			      "The UF2 file is of an old format (ltchiptool 3.0.0 and before): build it "
			      "again with a current release of ESPHome or LibreTiny.");
	return 0;
}

static int open_file(struct file *file, struct image_uf2 *uf2, const uint8_t *data, size_t n)
{
	memset(uf2, 0, sizeof(*uf2));
	*file = (struct file){ .data = data, .n_blocks = n / BLOCK, .uf2 = uf2 };
	if (!file->n_blocks)
		return damaged(uf2, "The UF2 file ends in the middle of block %d", 0);
	return check_family(file) || check_blocks(file, n % BLOCK) ? -1 : 0;
}

/* ---- where data belong ---- */

/* A file without a table is for a board of LibreTiny, which all have the application at one place. */
static int find_partition(const struct file *file, struct partition *partition)
{
	const struct tag *table = &file->table;
	const bool is_application = !strcmp(partition->name, "app");

	partition->offset = IMAGE_APPLICATION;
	partition->length = is_application && !table->value ? file->application_size : 0;
	for (size_t at = 0; at + ENTRY_SIZE <= table->size; at += ENTRY_SIZE) {
		const uint8_t *entry = table->value + at;

		if (memcmp(entry, "01PE", 4) || strncmp((const char *)entry + 4, partition->name, NAME_SIZE))
			continue;
		partition->offset = image_word(entry + ENTRY_OFFSET);
		partition->length = image_word(entry + ENTRY_LENGTH);
	}
	if (!partition->length)
		return damaged(file->uf2, "The UF2 file does not tell where its partition \"%s\" is",
			       partition->name);
	if (is_application && partition->offset != IMAGE_APPLICATION)
		return refuse(file->uf2,
			      "The UF2 file puts the application at 0x%x; Beken chips have it at 0x%x.",
			      partition->offset, IMAGE_APPLICATION);
	return 0;
}

/* A tag before the data of each image names their partitions: six numbers of four bits for a device, a
 * device with two applications (two numbers), a flasher, and again two; 0: none, n: the n-th of the names
 * behind. */
#define TARGET_NAMES 3
#define FLASHER_NIBBLE(value) ((value)[1] & 0xfu)

/* Leaves the name empty if the data are not for a programmer. */
static int read_target(const struct file *file, const struct tag *tag, struct partition *partition)
{
	const unsigned int number = tag->size < TARGET_NAMES ? 1 : FLASHER_NIBBLE(tag->value);
	unsigned int left = number;
	size_t at = TARGET_NAMES;

	partition->name[0] = '\0';
	if (!left)
		return 0;
	while (at < tag->size) {
		if (tag->value[at] && !--left)
			image_text(partition->name, sizeof(partition->name), tag->value + at, tag->size - at);
		at += strnlen((const char *)tag->value + at, tag->size - at) + 1;
	}
	if (!partition->name[0])
		return damaged(file->uf2, "The UF2 file does not name the partition that is number %u", number);
	return find_partition(file, partition);
}

/* ---- ranges ---- */

static uint32_t end_of(const struct image_uf2_range *range)
{
	return range->address + range->length;
}

/* In the order of the file, which nearly always is that of the addresses. */
static int add_range(struct image_uf2 *uf2, const struct image_uf2_range *range)
{
	struct image_uf2_range *next = &uf2->ranges[uf2->n_ranges];

	if (uf2->n_ranges && end_of(next - 1) == range->address) {
		next[-1].length += range->length;
		return 0;
	}
	if (uf2->n_ranges == IMAGE_UF2_RANGES)
		return damaged(uf2, "The UF2 file has data for more than %d places", IMAGE_UF2_RANGES);
	*next = *range;
	uf2->n_ranges++;
	return 0;
}

static int by_address(const void *a, const void *b)
{
	const struct image_uf2_range *first = a, *second = b;

	return (first->address > second->address) - (first->address < second->address);
}

static void sort_ranges(struct image_uf2 *uf2)
{
	struct image_uf2_range *last = uf2->ranges;

	qsort(uf2->ranges, uf2->n_ranges, sizeof(*last), by_address);
	for (size_t i = 1; i < uf2->n_ranges; i++) {
		const struct image_uf2_range range = uf2->ranges[i];

		if (end_of(last) > range.address)
			damaged(uf2, "The UF2 file has two sets of bytes for 0x%06x", range.address);
		if (end_of(last) == range.address)
			last->length += range.length;
		else
			*++last = range;
	}
	uf2->n_ranges = (size_t)(last - uf2->ranges) + 1;
}

/* ---- all together ---- */

/* Into the picture, or else into the ranges. */
static int put_block(const struct file *file, size_t i, const struct partition *partition)
{
	const uint8_t *block = block_at(file, i);
	const uint32_t length = image_word(block + AT_LENGTH);
	const uint64_t in_partition = image_word(block + AT_ADDRESS),
		       address = partition->offset + in_partition;

	if (in_partition + length > partition->length)
		return damaged(file->uf2, "Block %zu of the UF2 file ends behind its partition \"%s\"", i,
			       partition->name);
	if (address + length > IMAGE_MAX_SIZE)
		return damaged(file->uf2, "Block %zu of the UF2 file belongs behind the end of any flash", i);
	if (!file->picture)
		return add_range(file->uf2, &(struct image_uf2_range){ (uint32_t)address, length });
	if (address + length > file->picture_size)
		return -1;
	memcpy(file->picture + address, block + AT_DATA, length);
	return 0;
}

/* What is for a programmer, block by block. */
static int put_blocks(const struct file *file)
{
	struct partition partition = { .name = "" };
	struct tag tag;

	for (size_t i = 0; i < file->n_blocks; i++) {
		const uint8_t *block = block_at(file, i);

		if (flags_of(block) & NOT_FLASH || !image_word(block + AT_LENGTH))
			continue;
		if (find_tag(block, TAG_TARGETS, &tag) && read_target(file, &tag, &partition))
			return -1;
		if (partition.name[0] && put_block(file, i, &partition))
			return -1;
	}
	return 0;
}

bool image_uf2_starts(const uint8_t *data, size_t n)
{
	return n >= sizeof(magic) && !memcmp(data, magic, sizeof(magic));
}

void image_uf2_read(struct image_uf2 *uf2, const uint8_t *data, size_t n)
{
	struct file file;

	if (!open_file(&file, uf2, data, n) && !put_blocks(&file)) {
		if (uf2->n_ranges)
			sort_ranges(uf2);
		else
			refuse(uf2, "The UF2 file has nothing for a programmer: it updates a running device.");
	}
	if (*uf2->problem)
		uf2->n_ranges = 0;
}

int image_uf2_place(const uint8_t *data, size_t n, uint8_t *picture, size_t size)
{
	struct image_uf2 uf2;
	struct file file;

	if (open_file(&file, &uf2, data, n))
		return -1;
	file.picture = picture;
	file.picture_size = size;
	return put_blocks(&file);
}
