/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pins and SPI of a CH341A in the way that no adapter can get wrong: one thing at a
 * time, and its answer is read before the next. All functions return 0 or an error of
 * enum beken_error.
 */
#ifndef CH341A_BEKEN_SINGLE_FRAMES_H
#define CH341A_BEKEN_SINGLE_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "raw_usb.h"

/* Sets the latches of D5..D0, then which of them are outputs. */
int single_pins(struct raw_usb *usb, uint8_t levels, uint8_t outputs) __attribute__((warn_unused_result));

/* D7..D0. BEKEN_ERR_TIMEOUT: this adapter does not answer pin reads. */
int single_read_pins(struct raw_usb *usb, uint8_t *levels) __attribute__((warn_unused_result));

/* A pin packet of n <= 31 steps that holds n_reads reads. */
int single_steps(struct raw_usb *usb, const uint8_t *steps, size_t n, uint8_t *levels, size_t n_reads)
	__attribute__((warn_unused_result));

/* SPI bytes, with chip select as it is. out or in may be NULL: FF is sent, the answer
 * is not kept. *started_us is when the CH341A had the last packet. */
int single_spi(struct raw_usb *usb, const uint8_t *out, uint8_t *in, size_t n, int64_t *started_us)
	__attribute__((warn_unused_result));

/* One chip-select frame: n_out bytes, then n_in. */
int single_frame(struct raw_usb *usb, const uint8_t *out, size_t n_out, uint8_t *in, size_t n_in)
	__attribute__((warn_unused_result));

/* Waits for us, but for a signal only until it comes. */
int single_wait(int64_t us) __attribute__((warn_unused_result));

/* Raises CEN if it is among the outputs, and lets go of all pins. */
int single_release(struct raw_usb *usb, uint8_t outputs) __attribute__((warn_unused_result));

/* Holds CEN low for ms, with no other pin driven, and raises it; chip select is low or
 * high then. CEN is high on return, whatever happens. *raised_us is when it was. */
int single_pulse(struct raw_usb *usb, unsigned int ms, bool select, int64_t *raised_us)
	__attribute__((warn_unused_result));

#endif
