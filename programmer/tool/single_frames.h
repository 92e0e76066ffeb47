/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pins and SPI of a CH341A in the way that no adapter can get wrong: one thing at a time, and its
 * answer is read before the next. The first error stays, and after it nothing more is done, so
 * that it is enough to look at the end. Only what ends a frame, raises CEN or lets go of pins is
 * tried all the same. */
#ifndef CH341A_BEKEN_SINGLE_FRAMES_H
#define CH341A_BEKEN_SINGLE_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "raw_usb.h"

/* Packets and the steps of pin packets (mCH341A_CMD_* in CH341DLL.H). */
#define SINGLE_SPI 0xa8
#define SINGLE_PINS 0xab
#define SINGLE_STEP_IN 0x00
#define SINGLE_STEP_END 0x20
#define SINGLE_STEP_DIR 0x40
#define SINGLE_STEP_OUT 0x80
#define SINGLE_STEP_DELAY 0xc0

struct single {
	struct raw_usb *usb; /* the caller's */
	int error;	     /* of enum beken_error */
};

/* Keeps an error, if it is the first one. */
void single_keep(struct single *single, int error);

/* Sets the latches of D5..D0, then which of them are outputs. */
void single_pins(struct single *single, uint8_t levels, uint8_t outputs);

/* D7..D0. BEKEN_ERR_TIMEOUT: this adapter does not answer pin reads. */
void single_read_pins(struct single *single, uint8_t *levels);

/* A pin packet of n <= 31 steps that holds n_reads reads. */
void single_steps(struct single *single, const uint8_t *steps, size_t n, uint8_t *levels, size_t n_reads);

/* CS low, or high; all other outputs at their idle levels. */
void single_select(struct single *single);
void single_deselect(struct single *single);

/* SPI bytes, with chip select as it is. out or in may be NULL: FF is sent, the answer
 * is not kept. Returns when the CH341A had the last packet. */
int64_t single_spi(struct single *single, const uint8_t *out, uint8_t *in, size_t n);

/* One chip-select frame: n_out bytes, then n_in. */
void single_frame(struct single *single, const uint8_t *out, size_t n_out, uint8_t *in, size_t n_in);

/* A read of the flash, in one frame. */
void single_read(struct single *single, uint32_t address, uint8_t *data, size_t n);

/* Waits for us, but for a signal (BEKEN_ERR_INTERRUPTED) only until it comes. */
void single_wait(struct single *single, int64_t us);

/* Raises CEN if it is among the outputs, and lets go of all pins. */
void single_release(struct single *single, uint8_t outputs);

/* Holds CEN low for ms, with no other pin driven, and raises it; chip select is low or
 * high then. Returns when CEN was raised. */
int64_t single_pulse(struct single *single, unsigned int ms, bool select);

#endif
