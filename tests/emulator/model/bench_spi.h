/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Another SPI master wired to the chip of a device, in place of its CH341A: a
 * Raspberry Pi, an RP2040, an FT232, a maker's programmer. It drives CEN, CS,
 * SCK and MOSI through the same wires, so all settings of the chip, the die and
 * the wires hold. The CH341A must not be used meanwhile: its pins float.
 */
#ifndef BEKEN_EMU_BENCH_SPI_H
#define BEKEN_EMU_BENCH_SPI_H

#include "bench.h"

struct bench_spi;

/* bench has power and outlives it. CEN and CS are driven high, SCK is at its
 * idle level; mode is the SPI mode, 0 or 3 (others abort). Free with
 * bench_spi_free(), after which the pins float. */
struct bench_spi *bench_spi_new(struct bench *bench, unsigned int dev, unsigned int clock_hz,
				unsigned int mode);
void bench_spi_free(struct bench_spi *spi); /* NULL is fine */

/* Levels change now, in no time. */
void bench_spi_cen(struct bench_spi *spi, bool high);
void bench_spi_select(struct bench_spi *spi, bool low);

/* Clocks n bytes, whatever the level of CS, and moves the time on: 8 clocks for
 * each, without gaps. in takes n bytes, or is NULL. */
void bench_spi_transfer(struct bench_spi *spi, const uint8_t *out, uint8_t *in, size_t n);

/* The master does nothing for so long. */
void bench_spi_wait(struct bench_spi *spi, int64_t ns);

#endif
