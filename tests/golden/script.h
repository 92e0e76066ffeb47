/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A published program that enters SPI mode, as what its SPI master does on the
 * wires, and what its author says that it saw.
 */
#ifndef GOLDEN_SCRIPT_H
#define GOLDEN_SCRIPT_H

#include <stdbool.h>
#include <stdint.h>

enum step_kind {
	END,
	CEN_LOW,
	CEN_HIGH,
	CS_LOW,
	CS_HIGH,
	WAIT,		/* ms */
	CLOCK,		/* n times value; see: MISO of all */
	FRAMES,		/* times { CS low, n times value, CS high, wait ms }; see: of the last */
	COMMAND,	/* CS low, the bytes of text, CS high; see: its MISO */
	RETRY,		/* times { wait ms, COMMAND } until it shows what see says */
	POLL,		/* CLOCK single bytes until MISO is neither 00 nor D2, within ms */
	BUSY,		/* 05 00 frames, ms apart, all 03 until one is 00, at most times */
};

struct step {
	enum step_kind kind;
	double ms;
	unsigned int times, n;
	uint8_t value;
	const char *text;
	const char *see;	/* see expect.h; NULL: its author did not look */
};

#define MAX_STEPS 48

struct script {
	const char *name;
	const char *source;	/* public */
	unsigned int clock_hz, mode;
	struct step steps[MAX_STEPS];
};

/* Runs the script on a bench with the settings ("key=value key=value"). Each
 * look at MISO is a check, and that CEN is high at the end. Returns true if all
 * held. */
bool script_run(const struct script *script, const char *settings);

#endif
