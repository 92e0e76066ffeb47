/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench_spi.h"

#include <assert.h>
#include <stdlib.h>

#include "bench_parts.h"

#define OUTPUTS (PIN_CS0 | PIN_CEN | PIN_SCK | PIN_MOSI)

struct bench_spi {
	struct bench *bench;
	struct bench_parts parts;
	unsigned int clock_hz, mode;
	uint8_t levels;
};

static void drive(struct bench_spi *spi, uint8_t pin, bool high)
{
	spi->levels = (uint8_t)(high ? spi->levels | pin : spi->levels & ~pin);
	wires_set(spi->parts.wires, bench_now(spi->bench), spi->levels, OUTPUTS);
}

struct bench_spi *bench_spi_new(struct bench *bench, unsigned int dev, unsigned int clock_hz,
				unsigned int mode)
{
	struct bench_spi *spi = calloc(1, sizeof(*spi));

	assert(clock_hz && (mode == 0 || mode == 3));
	if (!spi)
		abort();
	spi->bench = bench;
	spi->parts = bench_parts(bench, dev);
	spi->clock_hz = clock_hz;
	spi->mode = mode;
	/* Before SCK is an output, so that its level is no clock. */
	spi->levels = mode == 3 ? PIN_SCK : 0;
	drive(spi, PIN_CS0 | PIN_CEN, true);
	return spi;
}

void bench_spi_free(struct bench_spi *spi)
{
	if (!spi)
		return;
	wires_set(spi->parts.wires, bench_now(spi->bench), 0, 0);
	free(spi);
}

void bench_spi_cen(struct bench_spi *spi, bool high)
{
	drive(spi, PIN_CEN, high);
}

void bench_spi_select(struct bench_spi *spi, bool low)
{
	drive(spi, PIN_CS0, !low);
}

/* A die takes modes 0 and 3 alike (every data sheet says so). Of the boot ROM
 * three authors report that it does, one that it does not. */
static bool is_heard(const struct bench_spi *spi)
{
	return spi->mode == 0 || !spi->parts.set->spi_mode3_ignored || !soc_in_window(spi->parts.soc);
}

void bench_spi_transfer(struct bench_spi *spi, const uint8_t *out, uint8_t *in, size_t n)
{
	/* The clock rarely divides a second: the rounding must not add up. */
	const int64_t start = bench_now(spi->bench);

	for (size_t i = 0; i < n; i++) {
		const int64_t from = start + (int64_t)i * 8000000000 / spi->clock_hz;
		const int64_t to = start + ((int64_t)i + 1) * 8000000000 / spi->clock_hz;
		uint8_t byte;

		bench_run_until(spi->bench, from);
		byte = wires_byte(spi->parts.wires, from, to, is_heard(spi) ? out[i] : 0xff);
		if (in)
			in[i] = byte;
		bench_run_until(spi->bench, to);
	}
}

void bench_spi_wait(struct bench_spi *spi, int64_t ns)
{
	bench_run_until(spi->bench, bench_now(spi->bench) + ns);
}
