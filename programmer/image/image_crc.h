/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Code in the flash of a Beken chip: blocks of 32 bytes, each followed by its CRC-16, high byte first,
 * encrypted or not (tiancj/hid_download_py bkutils; openshwprojects/OpenBK7231T_App docs). The CPU's
 * logical address L is at physical address L / 32 * 34 + L % 32. */
#ifndef CH341A_BEKEN_IMAGE_CRC_H
#define CH341A_BEKEN_IMAGE_CRC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IMAGE_BLOCK_DATA 32
#define IMAGE_BLOCK_SIZE 34

/* CRC-16/CMS: polynomial 0x8005, starts with 0xffff, not reflected. "123456789" gives 0xaee7. */
uint16_t image_crc16(const uint8_t *data, size_t n);

/* Whether the IMAGE_BLOCK_SIZE bytes end with the CRC of the others. A block of 0xff is not good in this
 * sense: it is erased. */
bool image_block_good(const uint8_t *block);

bool image_is_erased(const uint8_t *data, size_t n);

static inline uint32_t image_word(const uint8_t *data)
{
	return data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16 | (uint32_t)data[3] << 24;
}

/* Text of at most n bytes that a NUL may end, into room for size characters with a NUL. What is not
 * printable ASCII becomes '?'. */
static inline void image_text(char *to, size_t size, const uint8_t *from, size_t n)
{
	size_t i = 0;

	for (; i < n && i + 1 < size && from[i]; i++)
		to[i] = from[i] >= ' ' && from[i] < 0x7f ? (char)from[i] : '?';
	to[i] = '\0';
}

/* Offsets are those of the file. All counts are of blocks. */
struct image_code {
	size_t start, end; /* what was looked at */
	size_t used_end;   /* behind the last block of code; start if there is none */
	size_t good, erased;
	size_t bad;		       /* code whose CRC is wrong, and erased blocks with a few bits cleared */
	size_t other;		       /* something that is not code, such as the data of an application */
	size_t first_bad, first_other; /* offsets; only if bad, other are not 0 */
	bool first_bad_is_erased;      /* an erased block, but for those few bits */
	uint16_t stored, computed;     /* the two CRCs of the first bad block */
	size_t cut_off;		       /* bytes of a last block that the file holds only in part, or 0 */
	size_t slip_at;		       /* where bytes came in or were lost; only if slip is not 0 */
	int slip;		       /* bytes that came in, or negative that were lost, behind slip_at */
};

struct image_code_range {
	size_t start, end;
	/* Up to here all that is neither code nor erased is damage; behind it an application keeps data. */
	size_t strict_end;
	bool ends_with_file; /* no partition ends at end, so code that stops there is cut off */
	uint32_t address;    /* of the first byte of data, in the flash */
};

/* Checks the blocks of the range, which lies within data. */
void image_code_check(struct image_code *code, const uint8_t *data, const struct image_code_range *range);

/* Whether most of the first blocks from offset on, up to end, are good. Erased ones do not count. */
bool image_code_starts(const uint8_t *data, size_t offset, size_t end);

/* What the CRCs say about a block of a flash. */
enum image_block_verdict {
	IMAGE_BLOCK_UNKNOWN, /* erased, or data, which has no CRC: nothing tells whether it was read right */
	IMAGE_BLOCK_PROVEN,  /* a good block beside another one: it was read right */
	IMAGE_BLOCK_SUSPECT, /* amid code, but its CRC is wrong; or between two such */
};

/* The verdicts on all n / IMAGE_BLOCK_SIZE whole blocks in n bytes from address 0 of a flash on. Bootloader
 * and application start where a block does. What was read at a wrong address is not taken for proven: such
 * an address is off by a power of two, which is never a multiple of IMAGE_BLOCK_SIZE. */
void image_judge_blocks(const uint8_t *data, size_t n, uint8_t *verdicts) __attribute__((nonnull));

/* A run of blocks, without a judgement on what they are. */
struct code_blocks {
	size_t good, bad, erased;
	size_t first_bad; /* offset in bytes; valid if bad */
};

/* Looks at the whole blocks in n bytes. */
void code_blocks(const uint8_t *data, size_t n, struct code_blocks *result) __attribute__((nonnull));

/* In a few words, such as "120 code blocks, all good". */
void code_blocks_words(const struct code_blocks *blocks, char *text, size_t size) __attribute__((nonnull));

#endif
