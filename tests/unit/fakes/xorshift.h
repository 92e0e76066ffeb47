/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random numbers that are the same in every run (Marsaglia, "Xorshift RNGs",
 * 2003, the 64-bit triple 13, 7, 17). */
#ifndef CH341A_BEKEN_XORSHIFT_H
#define CH341A_BEKEN_XORSHIFT_H

#include <stdint.h>

/* state must not be 0. */
static inline uint32_t xorshift(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (uint32_t)(*state >> 32);
}

/* From 0 to n - 1. */
static inline uint32_t xorshift_below(uint64_t *state, uint32_t n)
{
	return xorshift(state) % n;
}

#endif
