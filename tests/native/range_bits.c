/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the patch of writeprotect.c adds, alone: the bits of a range come back as they were. */
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define MAX_BP_BITS 4

struct wp_bits {
	uint8_t srp, cmp, sec, tb;
	size_t bp_bit_count;
	uint8_t bp[MAX_BP_BITS];
};

/* The lines that the patch adds; test_protection_patches.py takes them out. */
#include "added.c"

static void check(unsigned int value, size_t n_bp)
{
	struct wp_bits before = { .cmp = value & 1, .sec = value >> 1 & 1, .tb = value >> 2 & 1,
				  .bp_bit_count = n_bp };
	struct wp_bits after = { .srp = 1, .bp_bit_count = n_bp };

	for (size_t i = 0; i < n_bp; i++)
		before.bp[i] = value >> (3 + i) & 1;
	unpack_range_bits(&after, pack_range_bits(&before));
	assert(after.srp == 1);
	after.srp = before.srp;
	assert(memcmp(&before, &after, sizeof(before)) == 0);
}

int main(void)
{
	for (size_t n_bp = 0; n_bp <= MAX_BP_BITS; n_bp++) {
		for (unsigned int value = 0; value < 8u << n_bp; value++)
			check(value, n_bp);
	}
	return 0;
}
