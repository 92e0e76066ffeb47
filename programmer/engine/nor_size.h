/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How large a die is. */
#ifndef CH341A_BEKEN_NOR_SIZE_H
#define CH341A_BEKEN_NOR_SIZE_H

#include <stdbool.h>
#include <stdint.h>

#include "nor_dies.h"
#include "nor_spi.h"

/* What the last byte of a JEDEC ID tells: 2^N bytes, of 64 KiB to 16 MiB. 0: it
 * is no such number, or has another meaning. */
uint64_t nor_size_of_id(uint32_t jedec_id);

/*
 * Bytes of the die: from the table; else as its own SFDP (JESD216) tells; else,
 * for a die that sits in a Beken chip, as its ID tells. *size is 0 if nothing
 * tells. Asks a die that is in no table, which must be idle. Errors are those of
 * the transport.
 */
int nor_size_find(struct nor_spi *spi, const struct nor_die *die, uint32_t jedec_id, bool in_beken_chip,
		  uint64_t *size) __attribute__((nonnull, warn_unused_result));

#endif
