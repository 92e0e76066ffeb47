/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "blocks.h"
#include "cipher.h"
#include "content.h"

#define NOISE_STREAM 100	/* any that is not a partition_kind */

/* The header ends where the 8 blocks end that a bootloader reads at a time. Returns where that
 * is, or the end of the code if there is no room. */
static size_t put_header(uint8_t *die, const struct partition *p, const uint8_t *code, size_t n_blocks)
{
	const size_t room = (p->end - p->start) / BLOCK_SIZE / 8 * 8;
	uint8_t header[CONTENT_HEADER_SIZE];

	if (n_blocks + 3 > room)
		return n_blocks * BLOCK_SIZE;
	content_header(header, p->kind == PARTITION_APPLICATION ? "app" : p->name, code, n_blocks * BLOCK_DATA);
	blocks_encode(die + p->start + (room - 3) * BLOCK_SIZE, header, 3);
	return room * BLOCK_SIZE;
}

/* Returns how many bytes of the partition are used. */
static size_t put_code(uint8_t *die, const struct layout *layout, const struct partition *p, size_t n_blocks,
		       struct rng *rng)
{
	const uint32_t address = (uint32_t)(p->start / BLOCK_SIZE * BLOCK_DATA);
	const size_t room = (p->end - p->start) / BLOCK_SIZE;
	const bool is_boot = p->kind == PARTITION_BOOTLOADER;
	uint8_t *code;
	size_t used;

	if (n_blocks > room)
		n_blocks = room;
	code = malloc(n_blocks * BLOCK_DATA + 1);	/* + 1: never 0 */
	if (!code)
		abort();
	content_code(code, n_blocks * BLOCK_DATA, address, rng);
	if (is_boot)
		content_boot_name(code, n_blocks * BLOCK_DATA, layout);
	cipher_apply(code, n_blocks * BLOCK_DATA, address, is_boot ? layout->boot_key : layout->key);
	if (is_boot)
		content_boot_marks(code, n_blocks * BLOCK_DATA, layout);
	blocks_encode(die + p->start, code, n_blocks);
	used = layout->headers ? put_header(die, p, code, n_blocks) : n_blocks * BLOCK_SIZE;
	free(code);
	return used;
}

/* 1826 to 1920 of 2048 blocks: bootloader_bk7231s_1.0.1_crc.bin has 1826, that
 * of Apache02/pico-beken 1920. */
static size_t bootloader_blocks(struct rng *rng)
{
	return 1826 + rng_below(rng, 95);
}

static size_t application_blocks(const struct partition *p, struct rng *rng)
{
	const size_t room = (p->end - p->start) / BLOCK_SIZE;

	return room * 11 / 20 + rng_below(rng, (uint32_t)(room / 5 + 1));
}

static size_t fill(uint8_t *die, const struct layout *layout, const struct partition *p, uint64_t seed)
{
	struct rng rng = rng_new(seed, p->kind);
	const size_t size = p->end - p->start;

	switch (p->kind) {
	case PARTITION_BOOTLOADER:
		return put_code(die, layout, p, bootloader_blocks(&rng), &rng);
	case PARTITION_APPLICATION:
		return put_code(die, layout, p, application_blocks(p, &rng), &rng);
	case PARTITION_DOWNLOAD:
		content_download(die + p->start, size, &rng);
		break;
	case PARTITION_RF:
		content_rf(die + p->start, size, &rng);
		break;
	case PARTITION_KVS:
		content_kvs(die + p->start, size, &rng);
		break;
	case PARTITION_PLAIN:
		break;
	}
	return 0;
}

static void make_noise(uint8_t *die, size_t size, uint64_t seed)
{
	struct rng rng = rng_new(seed, NOISE_STREAM);

	rng_fill(&rng, die, size);
}

static int choose_part(const struct layout *layout, enum image_kind kind, size_t application_used,
		       size_t *start, size_t *end)
{
	const struct partition *application = layout_find(layout, PARTITION_APPLICATION);

	if (kind != IMAGE_QIO && kind != IMAGE_UA)
		return 0;
	if (!application_used)
		return -1;
	*start = kind == IMAGE_UA ? application->start : 0;
	*end = application->start + application_used;
	return 0;
}

int image_make(uint8_t *die, size_t size, const struct layout *layout, enum image_kind kind, uint64_t seed,
	       size_t *start, size_t *end)
{
	size_t application_used = 0;

	memset(die, 0xff, size);
	*start = 0;
	*end = size;
	if (kind == IMAGE_RANDOM)
		make_noise(die, size, seed);
	if (kind == IMAGE_RANDOM || kind == IMAGE_EMPTY)
		return 0;
	for (size_t i = 0; i < layout->n; i++) {
		const size_t used = fill(die, layout, &layout->partitions[i], seed);

		if (layout->partitions[i].kind == PARTITION_APPLICATION)
			application_used = used;
	}
	return choose_part(layout, kind, application_used, start, end);
}
