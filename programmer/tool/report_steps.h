/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of a hardware report. Each says what it does and fills its part; single->error
 * tells whether it could. CEN is high after each.
 */
#ifndef CH341A_BEKEN_REPORT_STEPS_H
#define CH341A_BEKEN_REPORT_STEPS_H

#include "frontend.h"
#include "hardware_report.h"
#include "params.h"
#include "single_frames.h"

/* Of an SPI byte at 1.5 MHz; half a packet is the most that this can be wrong by. */
#define REPORT_BYTE_NS 5333

void report_adapter(struct single *single, struct report_adapter *adapter);

/* The computer, and the port that the adapter is plugged into. */
void report_computer(const struct frontend *frontend, struct report_adapter *adapter);

/* Ends in SPI mode, if the chip has accepted it. */
void report_chip(struct single *single, struct report_chip *chip);

/* Writes into the sector at scratch->address and erases it, if it was erased before. */
void report_scratch(struct single *single, const struct report_chip *chip, struct report_scratch *scratch);

/* Writes the same pages through the engine's pipeline, which opens the CH341A by itself,
 * and leaves the chip in SPI mode. Returns 0 or an error. */
int report_pipeline(const struct frontend *frontend, const struct params *params,
		    struct report_scratch *scratch) __attribute__((warn_unused_result));

/* Erases the sector if something may be left in it. Neither a signal nor an error before
 * keeps it from that. */
void report_scratch_clean(struct single *single, struct report_scratch *scratch);

/* Looks for signals, and says what comes next unless an error has ended it all. */
void report_step(struct single *single, const char *text);

void report_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
