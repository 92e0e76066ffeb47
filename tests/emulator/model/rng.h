/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Repeatable chance: the same seed gives the same run. */
#ifndef BEKEN_EMU_RNG_H
#define BEKEN_EMU_RNG_H

#include <stdint.h>

struct rng {
	uint64_t state;
};

/* splitmix64, Sebastiano Vigna, public domain: https://prng.di.unimi.it/splitmix64.c */
static inline uint64_t rng_next(struct rng *rng)
{
	uint64_t z = rng->state += 0x9E3779B97F4A7C15u;

	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
	z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
	return z ^ (z >> 31);
}

/* Independent streams for one seed: one for each device and purpose. */
static inline struct rng rng_make(uint64_t seed, unsigned int dev, unsigned int purpose)
{
	struct rng rng = { seed ^ ((uint64_t)dev << 32) ^ ((uint64_t)purpose << 48) };

	rng_next(&rng);
	return rng;
}

/* In [0, 1). */
static inline double rng_unit(struct rng *rng)
{
	return (double)(rng_next(rng) >> 11) * 0x1p-53;
}

#endif
