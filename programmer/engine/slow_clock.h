/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPI without the CH341A's SPI clock, which cannot be changed: pin packets (AB) make each edge,
 * and read MISO. About 95 kHz in place of 1.5 MHz, for wires that are bad at speed. It takes an
 * adapter that answers pin reads. */
#ifndef CH341A_BEKEN_SLOW_CLOCK_H
#define CH341A_BEKEN_SLOW_CLOCK_H

#include <stdint.h>

#include "ch341a.h"
#include "frontend.h"
#include "nor_spi.h"

struct slow_clock {
	uint8_t levels; /* of the pins, as last set */
};

/* All SPI bytes of the device go this way from now on. clock and frontend must outlive
 * the device. BEKEN_ERR_PARAMETER, said already: this adapter does not answer pin reads. */
int slow_clock_use(struct slow_clock *clock, const struct frontend *frontend,
		   struct ch341a *device) BEKEN_CHECKED;

/* Says how long a read of a whole flash of `size` bytes takes; 0: not known. */
int slow_clock_announce(const struct frontend *frontend, struct nor_spi *spi, uint64_t size) BEKEN_CHECKED;

/* Largest read that leaves a caller responsive. */
#define SLOW_CLOCK_MAX_READ 4096

/* Carries out one stream this way. */
int slow_clock_run(struct slow_clock *clock, struct ch341a *device, const struct ch341a_stream *stream,
		   uint8_t *in) BEKEN_CHECKED;

/* After a chip has accepted SPI mode but no stable ID was read: asks for the ID slowly, and says
 * whether that is the wires or not. Opens the CH341A by itself (selector as of ch341a_open()) and
 * lets go of the pins; does not reset the chip. Says nothing if it cannot ask. */
void slow_clock_second_opinion(const struct frontend *frontend, const char *selector);

#endif
