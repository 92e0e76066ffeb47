/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image_health.h"

#include <string.h>

#include "image.h"
#include "image_cipher.h"

/* The longest firmware for a flash of 2 MiB or less, and for any. */
#define USUAL_FIRMWARE_END 0x132000u
#define LONGEST_FIRMWARE_END 0x1cb000u

/* ---- header ---- */

static bool read_header(struct image_rbl *rbl, const struct image_part *part, const uint8_t *blocks)
{
	const struct image_plain plain = { .blocks = blocks, .n = IMAGE_RBL_CODED_SIZE };
	uint8_t header[IMAGE_RBL_SIZE];

	if (!image_rbl_coded_for(blocks, strcmp(part->name, "bootloader") ? "app" : part->name))
		return false;
	image_plain_read(&plain, 0, header, sizeof(header));
	image_rbl_read(rbl, header);
	return rbl->header_good;
}

/* A header has the CRC-32 of the code, or after an update only its hash (dumps in
 * openshwprojects/BK7231GUIFlashTool testDumps); both of what is stored, encrypted or not. */
static bool is_header_of(const struct image_rbl *rbl, const struct image_part *part, const uint8_t *data,
			 size_t at)
{
	const struct image_plain plain = { .blocks = data + part->code.start, .n = at - part->code.start };
	uint32_t crc = 0, hash = 0x811c9dc5;
	uint8_t block[IMAGE_BLOCK_DATA];

	if (!rbl->raw_size || rbl->raw_size > plain.n / IMAGE_BLOCK_SIZE * IMAGE_BLOCK_DATA)
		return false;
	for (size_t done = 0; done < rbl->raw_size; done += sizeof(block)) {
		const size_t left = rbl->raw_size - done, n = left < sizeof(block) ? left : sizeof(block);

		image_plain_read(&plain, done, block, n);
		crc = image_crc32(crc, block, n);
		for (size_t i = 0; i < n; i++)
			hash = (hash ^ block[i]) * 0x01000193;
	}
	return crc == rbl->stored_crc || hash == rbl->stored_hash;
}

/* ---- holes ---- */

/* Bytes that are erased, up to at and from there on. */
static size_t gap_around(const uint8_t *data, const struct image_code *code, size_t at, size_t *start)
{
	size_t end = at;

	while (end < code->used_end && data[end] == 0xff)
		end++;
	while (at > code->start && data[at - 1] == 0xff)
		at--;
	*start = at;
	return end - at;
}

/* A sector that was erased and not written, or a piece that was not read. There is none in real firmware,
 * but between its end and a header, or another application. */
static void find_hole(struct image_part *part, const uint8_t *data, size_t header, size_t body_end)
{
	const struct image_code *code = &part->code;
	bool erased = false;

	for (size_t at = code->start; at + IMAGE_BLOCK_SIZE <= code->used_end; at += IMAGE_BLOCK_SIZE) {
		const bool was_erased = erased;
		size_t start, size;

		erased = image_is_erased(data + at, IMAGE_BLOCK_SIZE);
		if (erased || !was_erased)
			continue;
		size = gap_around(data, code, at, &start);
		if (size < IMAGE_SECTOR || start == code->start ||
		    (header == at && start + IMAGE_BLOCK_SIZE >= body_end) ||
		    image_vectors_find(data + at, code->used_end - at, IMAGE_BLOCK_SIZE).cipher !=
			    IMAGE_CIPHER_UNKNOWN)
			continue;
		part->hole_at = start;
		part->hole_size = size;
		return;
	}
}

void image_health_part(struct image_part *part, const uint8_t *data)
{
	const struct image_code *code = &part->code;
	size_t header = 0, body_end = code->start;

	/* An older one can be behind that of this code. */
	for (size_t at = code->start; at + IMAGE_RBL_CODED_SIZE <= code->used_end; at += IMAGE_BLOCK_SIZE) {
		struct image_rbl rbl;

		if (!read_header(&rbl, part, data + at))
			continue;
		part->has_header = true;
		part->header_matches = is_header_of(&rbl, part, data, at);
		/* What its sum covers is whole; behind that there may be older code. */
		if (part->header_matches)
			return;
		header = at;
		body_end = code->start + rbl.raw_size / IMAGE_BLOCK_DATA * IMAGE_BLOCK_SIZE;
	}
	find_hole(part, data, header, body_end);
}

/* ---- the rest of the flash ---- */

void image_health_update(struct image_facts *facts, const uint8_t *data)
{
	for (size_t at = 0; at + IMAGE_RBL_SIZE < facts->size; at += IMAGE_SECTOR) {
		const uint8_t *body = data + at + IMAGE_RBL_SIZE;
		struct image_rbl rbl;

		if (!image_rbl_starts(data + at, IMAGE_RBL_SIZE))
			continue;
		image_rbl_read(&rbl, data + at);
		if (!rbl.header_good || !rbl.size || rbl.size > facts->size - at - IMAGE_RBL_SIZE ||
		    image_crc32(0, body, rbl.size) != rbl.stored_crc)
			continue;
		facts->has_update = true;
		facts->update_address = facts->address + (uint32_t)at;
		facts->update_size = IMAGE_RBL_SIZE + rbl.size;
		return;
	}
}

/* By the bootloader's table; 0: not known. */
static uint32_t end_of(const struct image_facts *facts, const char *partition)
{
	const struct image_boot_partition *found = image_boot_partition(&facts->boot, partition);

	return found ? found->offset + found->length : 0;
}

static uint32_t firmware_end(const struct image_facts *facts)
{
	const uint32_t table = end_of(facts, "app"),
		       family = facts->family ? facts->family->application_end : 0;
	const uint32_t end = table > family ? table : family;

	if (!end)
		return LONGEST_FIRMWARE_END;
	return end > USUAL_FIRMWARE_END ? end : USUAL_FIRMWARE_END;
}

bool image_health_incomplete(const struct image_facts *facts)
{
	const uint32_t end = facts->address + (uint32_t)facts->size, download = end_of(facts, "download");
	uint32_t rf = facts->family ? facts->family->rf : 0;

	if (end <= firmware_end(facts) || image_area_first(facts->areas, facts->n_areas, IMAGE_AREA_RF))
		return false;
	if (download > rf)
		rf = download;
	/* Of a whole die that has lost it. */
	return rf ? end <= rf : facts->kind != IMAGE_FULL;
}
