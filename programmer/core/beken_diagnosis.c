/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "beken_diagnosis.h"

#include "clock.h"

/* A pull-up of 10 kOhm without a capacitor lifts the line within a
 * microsecond; a line that nobody pulls keeps its charge for longer. */
#define CEN_RISE_US 2000
/* With the usual 1 uF at CEN a dead supply pulls the line down in 10 ms. */
#define CEN_FALL_US 100000

enum beken_stage beken_stage_of(const struct beken_window *window)
{
	if (window->accepted)
		return BEKEN_STAGE_ACCEPTED;
	if (window->echo)
		return BEKEN_STAGE_ECHO;
	if (window->n_low == window->n_bytes)
		return BEKEN_STAGE_STUCK_LOW;
	if (window->n_high == window->n_bytes)
		return BEKEN_STAGE_SILENT;
	return BEKEN_STAGE_NOISE;
}

const char *beken_stage_words(enum beken_stage stage)
{
	switch (stage) {
	case BEKEN_STAGE_SILENT: return "no sign of the chip, MISO stays high (FF)";
	case BEKEN_STAGE_STUCK_LOW: return "MISO stays low (00)";
	case BEKEN_STAGE_NOISE: return "MISO shows data, but not 0xD2";
	case BEKEN_STAGE_ECHO: return "the chip offers SPI mode (0xD2), but does not hear us";
	case BEKEN_STAGE_ACCEPTED: return "the chip accepted, but the flash does not answer";
	case BEKEN_STAGE_UNSTABLE: return "the JEDEC ID is different each time";
	case BEKEN_STAGE_READY: return "in SPI mode";
	}
	return "?";
}

enum cen_line { CEN_PULLED_UP, CEN_PULLED_DOWN, CEN_FLOATING };

/* Drives CEN, releases it, and reads it back after wait_us. */
static int let_go_of_cen(struct ch341a *device, bool from_high, int64_t wait_us, bool *is_high)
{
	struct ch341a_packet packets[2];
	uint8_t levels;
	const uint8_t latch = from_high ? CH341A_PINS_IDLE : CH341A_PINS_IDLE & ~CH341A_PIN_CEN;
	struct ch341a_stream stream;
	int error;

	ch341a_stream_init(&stream, packets, 2);
	ch341a_stream_drive(&stream, latch, CH341A_PIN_CEN);
	ch341a_stream_drive(&stream, latch, 0);
	error = ch341a_run(device, &stream, NULL);
	if (error)
		return error;
	clock_sleep_us(wait_us);
	ch341a_stream_init(&stream, packets, 2);
	ch341a_stream_read_pins(&stream);
	error = ch341a_run(device, &stream, &levels);
	*is_high = levels & CH341A_PIN_CEN;
	return error;
}

/*
 * Who pulls at the CEN line? The module's pull-up lifts it if the wire is
 * there and the module has power. Without power the same resistor pulls it
 * down. Without the wire it keeps the level that it had.
 */
static int look_at_cen(struct ch341a *device, enum cen_line *line)
{
	bool rises = false, stays_high = false;
	struct ch341a_packet packet;
	struct ch341a_stream stream;
	int error = let_go_of_cen(device, false, CEN_RISE_US, &rises);

	if (!error)
		error = let_go_of_cen(device, true, CEN_FALL_US, &stays_high);
	if (error)
		return error;
	*line = rises ? CEN_PULLED_UP : stays_high ? CEN_FLOATING : CEN_PULLED_DOWN;
	ch341a_stream_init(&stream, &packet, 1);
	ch341a_stream_drive(&stream, CH341A_PINS_IDLE, CH341A_PINS_ALL_OUTPUTS);
	return ch341a_run(device, &stream, NULL);
}

/* Of the steps from STEP_CEN on, the one that failed; those before it are good,
 * or unclear where the chip has shown nothing. */
static void tell_failed_step(const struct frontend *frontend, enum frontend_step failed, bool heard)
{
	for (enum frontend_step step = STEP_CEN; step < failed; step++)
		frontend_step(frontend, step, heard ? OUTCOME_GOOD : OUTCOME_UNCLEAR);
	frontend_step(frontend, failed, OUTCOME_FAILED);
}

void beken_tell_steps(const struct frontend *frontend, enum step_outcome way_in, enum step_outcome id)
{
	for (enum frontend_step step = STEP_CEN; step < STEP_ID; step++)
		frontend_step(frontend, step, way_in);
	frontend_step(frontend, STEP_ID, id);
}

static const char *const silences[] = {
	[CEN_PULLED_DOWN] = "The chip has no power: MISO reads FF, and CEN is pulled low when released. Check "
			    "3.3 V and GND of the module, and that CEN is not shorted to GND.",
	[CEN_FLOATING] = "D2 is not connected to CEN: MISO reads FF, and nothing pulls at D2 (CH341A pin 17). "
			 "Check the wire from D2 to CEN (CE, EN, RST), then power and GND.",
	[CEN_PULLED_UP] =
		"The chip never offered SPI mode: CEN is pulled up, but MISO reads FF. Check the wires "
		"from MISO to P23 (TDO) and SCK to P20 (TCK), then D2 to CEN. If all are good, this "
		"chip has SPI download mode disabled in its eFuse, or is of a type without it.",
};

static int diagnose_silence(const struct frontend *frontend, struct ch341a *device)
{
	enum cen_line line;
	int error;

	frontend_hold_signals(frontend, true);
	error = look_at_cen(device, &line);
	frontend_hold_signals(frontend, false);
	if (error)
		return error;
	frontend_message(frontend, MESSAGE_ERROR, "%s", silences[line]);
	/* Some CH341A pull at D2 themselves, so a high line does not prove the wire. */
	tell_failed_step(frontend, line == CEN_PULLED_UP ? STEP_MISO : STEP_CEN, false);
	return BEKEN_OK;
}

int beken_diagnose(const struct frontend *frontend, struct ch341a *device, const struct beken_attempt *best)
{
	enum frontend_step failed = STEP_ID;

	switch (best->stage) {
	case BEKEN_STAGE_READY: return BEKEN_OK;
	case BEKEN_STAGE_SILENT: return diagnose_silence(frontend, device);
	case BEKEN_STAGE_STUCK_LOW:
		failed = STEP_MISO;
		frontend_message(
			frontend, MESSAGE_ERROR,
			"MISO is stuck low (00): it is shorted to GND, or wired to a wrong pin. MISO goes "
			"to P23 (TDO). Check also that the module has power.");
		break;
	case BEKEN_STAGE_NOISE:
		failed = STEP_MISO;
		frontend_message(
			frontend, MESSAGE_ERROR,
			"MISO shows data, but not the 0xD2 of a chip in reset. Check that MISO goes to "
			"P23 (TDO), that D2 goes to CEN, and GND; use wires of at most 10 cm.");
		break;
	case BEKEN_STAGE_ECHO:
		failed = STEP_ACCEPTANCE;
		frontend_message(
			frontend, MESSAGE_ERROR,
			"The chip offers SPI mode (0xD2) but never hears the answer: power, CEN and MISO "
			"are good. Check MOSI to P22 (TDI), CS to P21 (TMS) and SCK to P20 (TCK).");
		break;
	case BEKEN_STAGE_ACCEPTED:
		frontend_message(
			frontend, MESSAGE_ERROR,
			"The chip accepted SPI mode, but its flash does not answer (ID %06X). Check the "
			"supply: it must hold 3.3 V. If it does, the flash die is dead or absent.",
			(unsigned int)best->last_id);
		break;
	case BEKEN_STAGE_UNSTABLE:
		frontend_message(frontend, MESSAGE_ERROR,
				 "The flash answers, but its JEDEC ID is different each time (last %06X). Use "
				 "wires of at most 10 cm, a good GND, and a supply that holds 3.3 V.",
				 (unsigned int)best->last_id);
		break;
	}
	tell_failed_step(frontend, failed, failed != STEP_MISO);
	return BEKEN_OK;
}
