/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPI commands, each a chip-select frame of its own, over the CH341A. */
#ifndef CH341A_BEKEN_NOR_SPI_H
#define CH341A_BEKEN_NOR_SPI_H

#include <stddef.h>
#include <stdint.h>

#include "ch341a.h"
#include "frontend.h"

struct nor_spi;

/* NULL: out of memory. The device stays the caller's and must outlive it. */
struct nor_spi *nor_spi_new(struct ch341a *device);
void nor_spi_free(struct nor_spi *spi); /* NULL is fine */

/* Sends out_length bytes, then clocks in in_length bytes, and raises CS. */
int nor_spi_command(struct nor_spi *spi, const uint8_t *out, size_t out_length, uint8_t *in, size_t in_length)
	__attribute__((nonnull(1), warn_unused_result));

/* n bytes of content from a 24-bit address. */
int nor_spi_read(struct nor_spi *spi, uint32_t address, uint8_t *data, size_t n)
	__attribute__((nonnull, warn_unused_result));

/* The one-byte command `first` (WREN and the like) in a frame of its own, then
 * the command, without a pause of the host in between. */
int nor_spi_command_after(struct nor_spi *spi, uint8_t first, const uint8_t *out, size_t out_length)
	__attribute__((nonnull, warn_unused_result));

/*
 * Polls the status register until WIP is clear. Returns 0;
 * BEKEN_ERR_BUSY after limit_ms; BEKEN_ERR_INTERRUPTED if frontend_interrupts()
 * goes above `interrupts`, while the die is still busy; or a transport error.
 */
int nor_wait_idle(const struct frontend *frontend, struct nor_spi *spi, int64_t limit_ms,
		  unsigned int interrupts) __attribute__((nonnull, warn_unused_result));

#endif
