/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image_crc.h"

#include <stdio.h>
#include <string.h>

#include "image_partitions.h"

#define LOOK ((size_t)64 * IMAGE_BLOCK_SIZE) /* of image_code_starts() */
/* One bit that was read wrong, or a few, in a block that should be erased. */
#define FEW_BITS 4
/* So many good blocks in a row do not happen by chance: 2^-16 for each. */
#define PROOF 8
/* Blocks in the 64 KiB that a program reads at once. */
#define LARGEST_GAP 2048

/* Four bits at a time: the table is small, and it is fast enough for any die. */
uint16_t image_crc16(const uint8_t *data, size_t n)
{
	static const uint16_t table[16] = {
		0x0000, 0x8005, 0x800f, 0x000a, 0x801b, 0x001e, 0x0014, 0x8011,
		0x8033, 0x0036, 0x003c, 0x8039, 0x0028, 0x802d, 0x8027, 0x0022,
	};
	uint16_t crc = 0xffff;

	while (n--) {
		crc = (uint16_t)(crc << 4 ^ table[(crc >> 12) ^ (*data >> 4)]);
		crc = (uint16_t)(crc << 4 ^ table[(crc >> 12) ^ (*data++ & 0xf)]);
	}
	return crc;
}

static uint16_t stored_crc(const uint8_t *block)
{
	return (uint16_t)(block[IMAGE_BLOCK_DATA] << 8 | block[IMAGE_BLOCK_DATA + 1]);
}

bool image_block_good(const uint8_t *block)
{
	return stored_crc(block) == image_crc16(block, IMAGE_BLOCK_DATA);
}

bool image_is_erased(const uint8_t *data, size_t n)
{
	return !n || (data[0] == 0xff && !memcmp(data, data + 1, n - 1));
}

static unsigned int cleared_bits(const uint8_t *data, size_t n)
{
	unsigned int bits = 0;

	while (n--)
		bits += (unsigned int)__builtin_popcount(*data++ ^ 0xffu);
	return bits;
}

/* ---- segments: blocks that are not erased, one behind the other ---- */

struct segment {
	size_t start, blocks, good, bad, first_bad;
	bool seam; /* one block of it lies over a seam, see below */
};

/* Where firmware was written over a longer one, its last sector is new, and the next one is old. No sector
 * ends where a block ends, so one block is erased in its first part and old in its second. Or the other way
 * round, where something was erased later. That is no damage. */
static bool is_seam(const uint8_t *data, const struct image_code_range *range, size_t at)
{
	const size_t in_sector = (range->address + at) % IMAGE_SECTOR;
	const size_t before = IMAGE_SECTOR - in_sector;
	const uint8_t *block = data + at;

	if (before >= IMAGE_BLOCK_SIZE || cleared_bits(block, IMAGE_BLOCK_SIZE) <= FEW_BITS)
		return false;
	if (at >= range->start + IMAGE_BLOCK_SIZE &&
	    image_is_erased(block - IMAGE_BLOCK_SIZE, IMAGE_BLOCK_SIZE) && image_is_erased(block, before))
		return true;
	return at + 2 * IMAGE_BLOCK_SIZE <= range->end &&
	       image_is_erased(block + before, 2 * IMAGE_BLOCK_SIZE - before);
}

static void note_bad(struct image_code *code, const uint8_t *data, size_t at, size_t blocks)
{
	if (!code->bad) {
		const uint8_t *block = data + at;

		code->first_bad = at;
		code->first_bad_is_erased = cleared_bits(block, IMAGE_BLOCK_SIZE) <= FEW_BITS;
		code->stored = stored_crc(block);
		code->computed = image_crc16(block, IMAGE_BLOCK_DATA);
	}
	code->bad += blocks;
}

static void note_other(struct image_code *code, size_t at, size_t blocks)
{
	if (!code->other)
		code->first_other = at;
	code->other += blocks;
}

/* Code has many good blocks; other data has one by chance at most. */
static bool is_code(const struct image_code *code, const struct segment *segment)
{
	if (segment->start == code->start && segment->good)
		return true;
	return segment->good * 4 >= segment->blocks;
}

static void end_segment(struct image_code *code, const uint8_t *data, const struct image_code_range *range,
			const struct segment *segment)
{
	const size_t bytes = segment->blocks * IMAGE_BLOCK_SIZE;

	if (!segment->blocks)
		return;
	if (is_code(code, segment)) {
		code->good += segment->good;
		if (segment->seam)
			note_other(code, segment->start, 1);
		if (segment->bad)
			note_bad(code, data, segment->first_bad, segment->bad);
		code->used_end = segment->start + bytes;
	} else if (segment->start < range->strict_end &&
		   cleared_bits(data + segment->start, bytes) <= FEW_BITS) {
		note_bad(code, data, segment->start, segment->blocks);
	} else {
		note_other(code, segment->start, segment->blocks);
	}
}

static void add_block(struct segment *segment, const uint8_t *data, const struct image_code_range *range,
		      size_t at)
{
	if (!segment->blocks++)
		segment->start = at;
	if (image_block_good(data + at)) {
		segment->good++;
	} else if (is_seam(data, range, at)) {
		segment->seam = true;
	} else if (!segment->bad++) {
		segment->first_bad = at;
	}
}

/* ---- bytes that came in or were lost ---- */

static bool proof(const uint8_t *data, size_t at, size_t end)
{
	size_t good = 0;

	for (; good < PROOF && at + IMAGE_BLOCK_SIZE <= end; at += IMAGE_BLOCK_SIZE, good++) {
		if (!image_block_good(data + at) || image_is_erased(data + at, IMAGE_BLOCK_SIZE))
			return false;
	}
	return good == PROOF;
}

/* If bytes were lost or inserted while reading, all blocks after that are good, but shifted. */
static void find_slip(struct image_code *code, const uint8_t *data, size_t end)
{
	const size_t behind = code->first_bad + IMAGE_BLOCK_SIZE;

	if (code->bad < PROOF)
		return;
	for (int shift = 1; shift < IMAGE_BLOCK_SIZE; shift++) {
		if (!proof(data, behind + (size_t)shift, end))
			continue;
		code->slip_at = code->first_bad;
		/* The smaller shift is the more likely one. */
		code->slip = shift <= IMAGE_BLOCK_SIZE / 2 ? shift : shift - IMAGE_BLOCK_SIZE;
		return;
	}
}

void image_code_check(struct image_code *code, const uint8_t *data, const struct image_code_range *range)
{
	struct segment segment = { .blocks = 0 };
	size_t at = range->start;

	memset(code, 0, sizeof(*code));
	code->start = code->used_end = range->start;
	code->end = range->end;
	for (; range->end - at >= IMAGE_BLOCK_SIZE; at += IMAGE_BLOCK_SIZE) {
		if (!image_is_erased(data + at, IMAGE_BLOCK_SIZE)) {
			add_block(&segment, data, range, at);
			continue;
		}
		end_segment(code, data, range, &segment);
		segment = (struct segment){ .blocks = 0 };
		code->erased++;
	}
	end_segment(code, data, range, &segment);
	if (range->ends_with_file && code->good && code->used_end == at &&
	    !image_is_erased(data + at, range->end - at))
		code->cut_off = range->end - at;
	find_slip(code, data, range->end);
}

/* ---- a run of blocks ---- */

void code_blocks(const uint8_t *data, size_t n, struct code_blocks *result)
{
	memset(result, 0, sizeof(*result));
	for (size_t at = 0; at + IMAGE_BLOCK_SIZE <= n; at += IMAGE_BLOCK_SIZE) {
		const uint8_t *block = data + at;

		if (image_is_erased(block, IMAGE_BLOCK_SIZE)) {
			result->erased++;
		} else if (image_block_good(block)) {
			result->good++;
		} else {
			if (!result->bad)
				result->first_bad = at;
			result->bad++;
		}
	}
}

void code_blocks_words(const struct code_blocks *blocks, char *text, size_t size)
{
	if (!blocks->good && !blocks->bad)
		snprintf(text, size, "%s", blocks->erased ? "erased" : "not read");
	else if (!blocks->good)
		snprintf(text, size, "not code of a Beken chip (no block has a good CRC)");
	else if (blocks->bad)
		snprintf(text, size, "damaged, %zu of %zu code blocks bad, the first at 0x%zx", blocks->bad,
			 blocks->good + blocks->bad, blocks->first_bad);
	else
		snprintf(text, size, "%zu code blocks, all good", blocks->good);
}

bool image_code_starts(const uint8_t *data, size_t offset, size_t end)
{
	const size_t n = offset < end ? end - offset : 0;
	struct code_blocks first;

	code_blocks(data + offset, n < LOOK ? n : LOOK, &first);
	return first.good > 1 && first.good > first.bad;
}

/* ---- a verdict on each block ---- */

static void clear(uint8_t *verdicts, size_t start, size_t end)
{
	for (size_t i = start; i < end; i++) {
		if (verdicts[i] == IMAGE_BLOCK_SUSPECT)
			verdicts[i] = IMAGE_BLOCK_UNKNOWN;
	}
}

static bool is_pair(const uint8_t *verdicts, size_t i, size_t end)
{
	return i + 1 < end && verdicts[i] == IMAGE_BLOCK_PROVEN && verdicts[i + 1] == IMAGE_BLOCK_PROVEN;
}

/* Blocks that are not erased, one behind the other. What is between pairs of good ones is code; what is
 * before and behind them is only if there is little of it. */
static void judge_segment(uint8_t *verdicts, size_t start, size_t end)
{
	size_t first = end, last = end, good = 0;

	for (size_t i = start; i < end; i++) {
		good += verdicts[i] == IMAGE_BLOCK_PROVEN;
		if (!is_pair(verdicts, i, end))
			continue;
		first = first == end ? i : first;
		last = i + 2;
	}
	if (first == end || (first - start) * 4 > good)
		clear(verdicts, start, first);
	if ((end - last) * 4 > good)
		clear(verdicts, last, end);
}

/* A good block alone may be one by chance. */
static void judge_block(uint8_t *verdicts, size_t n, const uint8_t *data, size_t i)
{
	const struct image_code_range all = { .end = n };
	const size_t blocks = n / IMAGE_BLOCK_SIZE;

	if (verdicts[i] == IMAGE_BLOCK_PROVEN && !is_pair(verdicts, i, blocks) &&
	    !(i && is_pair(verdicts, i - 1, blocks)))
		verdicts[i] = IMAGE_BLOCK_UNKNOWN;
	else if (verdicts[i] == IMAGE_BLOCK_SUSPECT && is_seam(data, &all, i * IMAGE_BLOCK_SIZE))
		verdicts[i] = IMAGE_BLOCK_UNKNOWN;
}

/* Where code is lost, the blocks at both ends of the gap are bad, and those in it look erased. */
static void join(uint8_t *verdicts, size_t blocks)
{
	size_t last = blocks;

	for (size_t i = 0; i < blocks; i++) {
		if (verdicts[i] != IMAGE_BLOCK_SUSPECT)
			continue;
		for (size_t j = last + 1; i - last <= LARGEST_GAP && j < i; j++) {
			if (verdicts[j] == IMAGE_BLOCK_UNKNOWN)
				verdicts[j] = IMAGE_BLOCK_SUSPECT;
		}
		last = i;
	}
}

void image_judge_blocks(const uint8_t *data, size_t n, uint8_t *verdicts)
{
	const size_t blocks = n / IMAGE_BLOCK_SIZE;
	size_t start = 0;

	for (size_t i = 0; i <= blocks; i++) {
		const uint8_t *block = data + i * IMAGE_BLOCK_SIZE;

		if (i < blocks && !image_is_erased(block, IMAGE_BLOCK_SIZE)) {
			verdicts[i] = image_block_good(block) ? IMAGE_BLOCK_PROVEN : IMAGE_BLOCK_SUSPECT;
			continue;
		}
		if (i < blocks)
			verdicts[i] = IMAGE_BLOCK_UNKNOWN;
		judge_segment(verdicts, start, i);
		start = i + 1;
	}
	for (size_t i = 0; i < blocks; i++)
		judge_block(verdicts, n, data, i);
	join(verdicts, blocks);
}
