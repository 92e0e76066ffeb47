/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "bytes.h"
#include "content.h"

#define N_VECTORS 8
#define RAM_ADDRESS 0x00400000
#define VECTORS_SIZE (4 * (2 * N_VECTORS))

static const char *const texts[] = {
	"BK7231_1.0.0", "\r\nprvHeapInit-start addr:0x%x, size:%d\r\n", "[Flash]id:0x%x\r\n",
	"sctrl_sta_ps_init\r\n", "cset:0 0 0 0\r\n", "app_init finished\r\n", "wpa_supplicant",
	"[bk]tx_txdesc_flush\r\n", "0123456789abcdefghijklmnopqrstuvwxyz", "MAC address in flash: ",
};

#define N_TEXTS (sizeof(texts) / sizeof(texts[0]))

/* Instructions and the fields of them that differ from place to place. */
static const struct {
	uint32_t opcode, varies;
} instructions[] = {
	{ 0xe92d4000, 0x00000ff0 },	/* push {..., lr} */
	{ 0xe8bd8000, 0x00000ff0 },	/* pop {..., pc} */
	{ 0xe3a00000, 0x000070ff },	/* mov rd, #imm */
	{ 0xe1a00000, 0x00007007 },	/* mov rd, rm */
	{ 0xe5900000, 0x0007707c },	/* ldr rd, [rn, #imm] */
	{ 0xe5800000, 0x0007707c },	/* str rd, [rn, #imm] */
	{ 0xe59f0000, 0x000070fc },	/* ldr rd, [pc, #imm] */
	{ 0xe2800000, 0x0007707f },	/* add rd, rn, #imm */
	{ 0xe3500000, 0x0007000f },	/* cmp rn, #imm */
	{ 0x0a000000, 0x0000003f },	/* beq */
	{ 0x1a000000, 0x0000003f },	/* bne */
	{ 0xeb000000, 0x00003fff },	/* bl */
	{ 0xebff0000, 0x0000ffff },	/* bl, backwards */
};

#define N_INSTRUCTIONS (sizeof(instructions) / sizeof(instructions[0]))

/* A branch, seven of "ldr pc, [pc, #20]", and the addresses that those load:
 * so does the code of the Beken SDK start (Apache02/pico-beken and
 * tiancj/hid_download_py have such files). */
static void put_vectors(uint8_t *out, uint32_t address, struct rng *rng)
{
	out = put_le32(out, 0xea000000 | (0x100 + rng_below(rng, 0x4000)));
	for (int i = 1; i < N_VECTORS; i++)
		out = put_le32(out, 0xe59ff014);
	for (int i = 1; i < N_VECTORS; i++)
		out = put_le32(out, address + 0x100 + 4 * rng_below(rng, 0x1000));
	put_le32(out, 0);
}

static size_t put_text(uint8_t *out, size_t size, struct rng *rng)
{
	const char *text = texts[rng_below(rng, N_TEXTS)];
	const size_t n = (strlen(text) + 4) & ~(size_t)3;	/* with NUL, to a full word */

	if (n > size)
		return 0;
	memset(out, 0, n);
	memcpy(out, text, strlen(text));
	return n;
}

static size_t put_zeros(uint8_t *out, size_t size, struct rng *rng)
{
	const size_t n = 16 + 4 * rng_below(rng, 60);

	if (n > size)
		return 0;
	memset(out, 0, n);
	return n;
}

static void put_word(uint8_t *out, uint32_t address, struct rng *rng)
{
	const uint32_t kind = rng_below(rng, N_INSTRUCTIONS + 1);

	uint32_t word;

	if (kind < N_INSTRUCTIONS)
		word = instructions[kind].opcode | ((uint32_t)rng_next(rng) & instructions[kind].varies);
	else	/* a literal: an address in the RAM or in the code */
		word = (rng_below(rng, 2) ? RAM_ADDRESS : address) + 4 * rng_below(rng, 0x8000);
	put_le32(out, word);
}

void content_code(uint8_t *out, size_t size, uint32_t address, struct rng *rng)
{
	size_t used = 0;

	if (size >= VECTORS_SIZE) {
		put_vectors(out, address, rng);
		used = VECTORS_SIZE;
	}
	while (size - used >= 4) {
		const uint32_t dice = rng_below(rng, 400);
		size_t n = 0;

		if (dice < 3)
			n = put_text(out + used, size - used, rng);
		else if (dice == 3)
			n = put_zeros(out + used, size - used, rng);
		if (!n) {
			put_word(out + used, address, rng);
			n = 4;
		}
		used += n;
	}
}
