/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number
 * generators", 2014): the same image for the same seed on every machine. */
#ifndef IMAGE_RNG_H
#define IMAGE_RNG_H

#include <stddef.h>
#include <stdint.h>

struct rng {
	uint64_t state;
};

static inline uint64_t rng_next(struct rng *rng)
{
	uint64_t z = rng->state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* Partitions have streams of their own, so that a change in how one of them is
 * made leaves the others as they were. */
static inline struct rng rng_new(uint64_t seed, uint64_t stream)
{
	struct rng rng = { seed };

	rng.state = rng_next(&rng) ^ stream;
	rng_next(&rng);
	return rng;
}

/* Uniform enough for test data: 0 <= result < n. */
static inline uint32_t rng_below(struct rng *rng, uint32_t n)
{
	return (uint32_t)((rng_next(rng) >> 32) * n >> 32);
}

static inline void rng_fill(struct rng *rng, uint8_t *out, size_t n)
{
	while (n--)
		*out++ = (uint8_t)(rng_next(rng) >> 56);
}

#endif
