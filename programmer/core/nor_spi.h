/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPI commands, each a chip-select frame of its own, over the CH341A. */
#ifndef CH341A_BEKEN_NOR_SPI_H
#define CH341A_BEKEN_NOR_SPI_H

#include <stddef.h>
#include <stdint.h>

#include "ch341a.h"

struct nor_spi;

/* NULL: out of memory. The device stays the caller's and must outlive it. */
struct nor_spi *nor_spi_new(struct ch341a *device);
void nor_spi_free(struct nor_spi *spi); /* NULL is fine */

struct ch341a *nor_spi_device(struct nor_spi *spi);

/* Sends out_length bytes, then clocks in in_length bytes, and raises CS. */
int nor_spi_command(struct nor_spi *spi, const uint8_t *out, size_t out_length, uint8_t *in, size_t in_length)
	__attribute__((nonnull(1), warn_unused_result));

/* The one-byte command `first` (WREN and the like) in a frame of its own, then
 * the command, without a pause of the host in between. */
int nor_spi_command_after(struct nor_spi *spi, uint8_t first, const uint8_t *out, size_t out_length)
	__attribute__((nonnull, warn_unused_result));

#endif
