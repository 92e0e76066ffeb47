/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The SPI NOR dies that are found in Beken chips. */
#ifndef CH341A_BEKEN_NOR_DIES_H
#define CH341A_BEKEN_NOR_DIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum nor_sr2 {
	NOR_SR2_NONE,	  /* one status register only */
	NOR_SR2_PLAIN,	  /* a second one (35h) without CMP */
	NOR_SR2_WITH_CMP, /* CMP is bit 6 of it */
	/* As before, but a two-byte 01h is refused, so only 31h can write it. */
	NOR_SR2_WITH_CMP_31H,
};

struct nor_die {
	uint32_t jedec_id; /* 0xMMTTCC */
	const char *part;
	uint32_t size;	 /* bytes */
	uint8_t bp_mask; /* block protection bits of SR1 */
	enum nor_sr2 sr2;
};

/* The die with this ID, or NULL. Static data. */
const struct nor_die *nor_die_find(uint32_t jedec_id);

/* What can be assumed of a die that is in no table but sits in a Beken chip. */
const struct nor_die *nor_die_unknown(void);

#endif
