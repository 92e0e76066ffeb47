/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The JESD216 table that a die answers to 5A. */
#ifndef BEKEN_EMU_DIE_SFDP_H
#define BEKEN_EMU_DIE_SFDP_H

#include <stddef.h>
#include <stdint.h>

#define SFDP_SIZE (0x30 + 9 * 4)

void sfdp_make(uint8_t table[SFDP_SIZE], size_t die_size);

#endif
