/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "bytes.h"
#include "content.h"
#include "crc.h"

#define HEADER_SIZE 96
#define ALGORITHM 0x0102	/* gzip, then AES-256 */

/* Fields: struct bk_rbl_hdr_t in libretiny-eu/libretiny; class OTAAlgorithm in
 * tuya-cloudcutter/bk7231tools. */
static void put_header(uint8_t *out, uint8_t *body, size_t body_size, struct rng *rng)
{
	uint8_t *p = out;

	memset(out, 0, HEADER_SIZE);
	memcpy(p, "RBL", 4);
	p = put_le32(p + 4, ALGORITHM);
	p = put_le32(p, 1600000000 + rng_below(rng, 100000000));
	memcpy(p, "app", 3);
	memcpy(p + 16, "1.0.1", 5);
	memcpy(p + 40, "00010203040506070809", 20);
	p = put_le32(p + 64, crc32_zip(body, body_size));
	p = put_le32(p, (uint32_t)rng_next(rng));	/* hash of the firmware in it */
	p = put_le32(p, (uint32_t)(body_size + body_size / 2));
	p = put_le32(p, (uint32_t)body_size);
	put_le32(p, crc32_zip(out, (size_t)(p - out)));
}

void content_download(uint8_t *out, size_t size, struct rng *rng)
{
	/* Half to three quarters full. */
	size_t body_size = size / 2 + rng_below(rng, (uint32_t)(size / 4 + 1));

	if (size < 2 * HEADER_SIZE)
		return;
	body_size &= ~(size_t)15;
	/* Encrypted data looks like noise. */
	rng_fill(rng, out + HEADER_SIZE, body_size);
	put_header(out, out + HEADER_SIZE, body_size, rng);
}
