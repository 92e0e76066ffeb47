/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of a hardware report. Each says what it does, fills its part, and returns 0
 * or an error: of the connection, or BEKEN_ERR_INTERRUPTED. CEN is high after each.
 */
#ifndef CH341A_BEKEN_REPORT_STEPS_H
#define CH341A_BEKEN_REPORT_STEPS_H

#include "frontend.h"
#include "hardware_report.h"
#include "params.h"
#include "raw_usb.h"

int report_adapter(struct raw_usb *usb, struct report_adapter *adapter) __attribute__((warn_unused_result));

/* Part of it. BEKEN_ERR_TIMEOUT: this adapter does not answer pin reads. */
int report_rise(struct raw_usb *usb, struct report_rise *rise) __attribute__((warn_unused_result));

/* Ends in SPI mode, if the chip has accepted it. */
int report_chip(struct raw_usb *usb, struct report_chip *chip) __attribute__((warn_unused_result));

/* Part of it. */
int report_window(struct raw_usb *usb, bool select, struct report_window *window)
	__attribute__((warn_unused_result));

/* Writes into the sector at scratch->address and erases it, if it was erased before.
 * jedec_id tells how large the flash is. */
int report_scratch(struct raw_usb *usb, uint32_t jedec_id, struct report_scratch *scratch)
	__attribute__((warn_unused_result));

/* Erases the sector if something may be left in it. A signal does not keep it from that. */
int report_scratch_clean(struct raw_usb *usb, struct report_scratch *scratch)
	__attribute__((warn_unused_result));

/* The same pages through the engine's pipeline, which opens the CH341A by itself, and
 * leaves the chip in SPI mode. */
int report_pipeline(const struct frontend *frontend, const struct params *params,
		    struct report_scratch *scratch) __attribute__((warn_unused_result));

/* The computer, and the port that the adapter is plugged into. */
void report_computer(const struct frontend *frontend, struct report_adapter *adapter);

/* What the pages hold: `n` bytes. */
void report_pattern(uint8_t *data, size_t n);

/* A line about a step. */
void report_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
