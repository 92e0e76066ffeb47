/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which part of a die the block protection bits lock. */
#ifndef BEKEN_EMU_DIE_PROTECTION_H
#define BEKEN_EMU_DIE_PROTECTION_H

#include <stddef.h>
#include <stdint.h>

#include "settings.h"

struct protect_range {
	size_t start, length;	/* length 0: nothing is locked */
};

struct protect_range protect_decode(enum bp_decode decode, const uint8_t sr[3], size_t size);

/* True when BP bits are set at all, whatever they lock. */
bool protect_any_bp(enum bp_decode decode, uint8_t sr1);

#endif
