/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Beken's SPI download mode: the way in and out.
 *
 * After a reset through CEN the boot ROM shows 0xD2 on P23 (MISO) for a while.
 * If it receives 0xD2 on P22 (MOSI) in that time, with P21 (CS) low, it falls
 * silent (0x00), connects the flash die to P20..P23, and the die answers like
 * any SPI NOR. Sources: Apache02/bk7252-cam docs/hardware/flash_spi_mode.md,
 * openshwprojects/BK7231_SPI_Flasher, libretiny-eu/ltchiptool-ft232-flasher.
 */
#ifndef CH341A_BEKEN_BEKEN_H
#define CH341A_BEKEN_BEKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "ch341a.h"
#include "frontend.h"

enum beken_enter_mode {
	BEKEN_ENTER_AUTO, /* no reset if the die answers already */
	BEKEN_ENTER_ALWAYS,
	BEKEN_ENTER_NEVER, /* CEN stays high: a plain SPI programmer */
};

struct beken_options {
	enum beken_enter_mode enter;
	unsigned int attempts;	 /* 0: until interrupted */
	unsigned int cen_low_ms; /* reset pulse, longer on later attempts */
	unsigned int window_ms;	 /* how long 0xD2 is streamed */
};

/*
 * Puts the chip into SPI mode and reads the JEDEC ID of its die as 0xMMTTCC
 * (manufacturer, type, capacity). *pulse_ms is how long CEN had to be low for
 * it, 0 if it was not pulsed. With BEKEN_ENTER_NEVER the ID may be anything, also
 * 0xffffff; STEP_ID is unclear then.
 *
 * Returns 0; BEKEN_ERR_NO_CHIP after having said what to check;
 * BEKEN_ERR_INTERRUPTED; or an error of the transport. CEN is high on return,
 * unless the transport failed: then see beken_make_safe(). Tells the steps from
 * STEP_CEN to STEP_ID.
 */
int beken_enter(const struct frontend *frontend, struct ch341a *device, const struct beken_options *options,
		uint32_t *jedec_id, unsigned int *pulse_ms) __attribute__((nonnull, warn_unused_result));

/* Boots the chip: releases the SPI pins, pulses CEN, releases CEN. The die
 * must not be busy. */
int beken_boot(const struct frontend *frontend, struct ch341a *device, unsigned int cen_low_ms)
	__attribute__((nonnull, warn_unused_result));

/* Leaves the chip in SPI mode: CEN and CS stay driven high, all else floats. */
int beken_keep(struct ch341a *device) __attribute__((nonnull, warn_unused_result));

/* Drives all outputs: CEN and CS high, SCK low. */
int beken_drive_pins(struct ch341a *device) __attribute__((nonnull, warn_unused_result));

/* After a failure: ch341a_recover(), then beken_drive_pins(). */
int beken_make_safe(struct ch341a *device) __attribute__((nonnull));

/* All pins float; pull-ups on the board keep CEN and CS high. */
int beken_release_pins(struct ch341a *device) __attribute__((nonnull));

/* Whether a die could have this ID: what floating, shorted or still busy wires
 * give is no ID. */
bool beken_plausible_id(uint32_t jedec_id);

#endif
