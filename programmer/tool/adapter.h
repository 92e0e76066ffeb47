/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The CH341A alone: its pins and its SPI, whatever is connected to them. */
#ifndef CH341A_BEKEN_ADAPTER_H
#define CH341A_BEKEN_ADAPTER_H

#include <stddef.h>
#include <stdint.h>

#include "ch341a.h"

/* Levels of D5..D0, and which of them are driven. */
int adapter_drive(struct ch341a *device, uint8_t levels, uint8_t outputs)
	__attribute__((nonnull, warn_unused_result));

/* n <= 31 bytes in one packet; chip select stays as it is. */
int adapter_spi(struct ch341a *device, const uint8_t *out, uint8_t *in, size_t n)
	__attribute__((nonnull, warn_unused_result));

/* Raises CEN if this has driven it, and lets go of all pins; after an error, too. */
int adapter_release(struct ch341a *device, uint8_t outputs) __attribute__((nonnull));

/* Says why the connection failed. */
void adapter_report(int error);

#endif
