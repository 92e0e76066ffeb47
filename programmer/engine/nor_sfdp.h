/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SFDP (JESD216): answered on behalf of dies without it, and read for the size of
 * a die that is in no table. */
#ifndef CH341A_BEKEN_NOR_SFDP_H
#define CH341A_BEKEN_NOR_SFDP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nor_dies.h"
#include "nor_spi.h"

/* What the die would answer if it had SFDP: n bytes from address. Beyond the tables it is FF. */
void nor_sfdp_read(const struct nor_die *die, uint32_t address, uint8_t *data, size_t n);

/* The size that the last byte of a JEDEC ID stands for: 2^N bytes, of 64 KiB to
 * 16 MiB. 0: it is no such number, or has another meaning. */
uint64_t nor_size_of_id(uint32_t jedec_id);

/* Bytes of the die: from the table; else from its own SFDP; else, for a die in a Beken chip, from
 * its ID. *size is 0 if none of them has it. Asks a die that is in no table, which must be idle.
 * Errors are those of the transport. */
int nor_size_find(struct nor_spi *spi, const struct nor_die *die, uint32_t jedec_id, bool in_beken_chip,
		  uint64_t *size) BEKEN_CHECKED;

#endif
