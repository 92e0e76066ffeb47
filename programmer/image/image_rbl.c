/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image_rbl.h"

#include <string.h>

#include "image_crc.h"

/* Fields: tuya-cloudcutter/bk7231tools analysis/rbl.py, class Header. */
#define AT_ALGORITHM 4
#define AT_NAME 12
#define AT_VERSION 28
#define AT_CRC 76
#define AT_HASH 80
#define AT_RAW_SIZE 84
#define AT_SIZE 88
#define AT_HEADER_CRC 92

#define NAME_SIZE 16
#define VERSION_SIZE 24

static const char *const compressions[] = { "none", "gzip", "quicklz", "fastlz" };
static const char *const encryptions[] = { "none", "xor", "aes256" };

static const uint8_t magic[4] = { 'R', 'B', 'L', 0 };

uint32_t image_crc32(uint32_t crc, const uint8_t *data, size_t n)
{
	static const uint32_t table[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
		0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};
	crc = ~crc;
	while (n--) {
		crc ^= *data++;
		crc = crc >> 4 ^ table[crc & 0xf];
		crc = crc >> 4 ^ table[crc & 0xf];
	}
	return ~crc;
}

static const char *name_of(const char *const *names, size_t n, uint32_t number)
{
	return number < n ? names[number] : "unknown";
}

bool image_rbl_starts(const uint8_t *data, size_t n)
{
	return n >= sizeof(magic) && !memcmp(data, magic, sizeof(magic));
}

void image_rbl_read(struct image_rbl *rbl, const uint8_t *data)
{
	image_text(rbl->name, sizeof(rbl->name), data + AT_NAME, NAME_SIZE);
	image_text(rbl->version, sizeof(rbl->version), data + AT_VERSION, VERSION_SIZE);
	rbl->compression = name_of(compressions, 4, image_word(data + AT_ALGORITHM) >> 8);
	rbl->encryption = name_of(encryptions, 3, image_word(data + AT_ALGORITHM) & 0xff);
	rbl->size = image_word(data + AT_SIZE);
	rbl->raw_size = image_word(data + AT_RAW_SIZE);
	rbl->stored_hash = image_word(data + AT_HASH);
	rbl->stored_crc = image_word(data + AT_CRC);
	rbl->header_good = image_word(data + AT_HEADER_CRC) == image_crc32(0, data, AT_HEADER_CRC);
}

bool image_rbl_coded_for(const uint8_t *blocks, const char *name)
{
	const size_t n = strlen(name) + 1; /* with its NUL */

	return image_rbl_starts(blocks, IMAGE_BLOCK_SIZE) && AT_NAME + n <= IMAGE_BLOCK_DATA &&
	       !memcmp(blocks + AT_NAME, name, n);
}
