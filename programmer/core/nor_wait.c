/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nor_wait.h"

#include <stdbool.h>

#include "clock.h"
#include "nor_opcodes.h"

/* The rest of a packet after the opcode: the die repeats its status. */
#define STATUS_BYTES (CH341A_SPI_PER_PACKET - 1)
/* A page is polled without a pause. Erases take 40 ms and more: sleeps grow
 * with the time waited, so that they add at most 6 %. */
#define POLL_WITHOUT_SLEEP_US 2000
#define SLEEP_MIN_US 500
#define SLEEP_FRACTION 16
#define SLEEP_MAX_US 20000

static int64_t pause_after(int64_t waited_us)
{
	const int64_t pause = waited_us / SLEEP_FRACTION;

	if (waited_us < POLL_WITHOUT_SLEEP_US)
		return 0;
	if (pause < SLEEP_MIN_US)
		return SLEEP_MIN_US;
	return pause < SLEEP_MAX_US ? pause : SLEEP_MAX_US;
}

int nor_wait_idle(const struct frontend *frontend, struct nor_spi *spi, int64_t limit_ms,
		  unsigned int interrupts)
{
	const int64_t start = clock_us();

	for (;;) {
		const uint8_t opcode = NOR_RDSR;
		uint8_t status[STATUS_BYTES];
		/* Looked at before the poll: a host that was asleep gets one
		 * more look at the die. */
		const int64_t waited = clock_us() - start;
		const bool expired = waited > limit_ms * 1000;
		const int error = nor_spi_command(spi, &opcode, 1, status, sizeof(status));

		if (error)
			return error;
		if (!(status[STATUS_BYTES - 1] & NOR_SR1_WIP))
			return BEKEN_OK;
		if (expired)
			return BEKEN_ERR_BUSY;
		if (frontend_interrupts(frontend) > interrupts)
			return BEKEN_ERR_INTERRUPTED;
		clock_sleep_us(pause_after(waited));
	}
}
