/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The time after a reset in which the chip can be put into SPI mode. */
#ifndef CH341A_BEKEN_BEKEN_WINDOW_H
#define CH341A_BEKEN_BEKEN_WINDOW_H

#include <stdbool.h>
#include <stddef.h>

#include "ch341a.h"

#define BEKEN_SYNC 0xd2

/* What MISO has shown while 0xD2 was streamed. */
struct beken_window {
	bool echo;		       /* 0xD2 was seen: power, CEN and MISO are good */
	bool accepted;		       /* and then only 0x00: MOSI, CS, SCK are good too */
	size_t n_bytes, n_high, n_low; /* all; those that were FF; 00 */
	size_t n_sync;		       /* that were 0xD2 */
	size_t since_echo;	       /* bytes since the last 0xD2 */
	size_t zeros;		       /* length of the current run of 00 */
	uint8_t sync;		       /* the last byte before it, if that was 0xD2 */
	size_t sync_run;	       /* and how often in a row */
};

/* Raises CEN and streams 0xD2 with CS low, without a pause, until
 * the chip accepts, falls silent, or window_ms have passed. CS is high after. */
int beken_stream_window(struct ch341a *device, unsigned int window_ms, struct beken_window *seen)
	__attribute__((nonnull, warn_unused_result));

/* Takes in bytes from MISO; for beken_stream_window() and its tests. */
void beken_window_look(struct beken_window *seen, const uint8_t *miso, size_t n);

#endif
