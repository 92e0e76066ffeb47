/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "beken_diagnosis.h"

#include <stdio.h>

/* So many bytes of a changing level may be caught in the middle of the change. */
#define CHANGES_MAX 8
/* Of random bytes 1 in 32 is a rotated 0xD2. */
#define SYNC_MIN 16
#define SYNC_FRACTION 16

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
	if (window->n_high + window->n_low + CHANGES_MAX >= window->n_bytes)
		return BEKEN_STAGE_UNCLOCKED;
	if (window->n_sync >= SYNC_MIN && window->n_sync > window->n_bytes / SYNC_FRACTION)
		return BEKEN_STAGE_GARBLED;
	return BEKEN_STAGE_NOISE;
}

const char *beken_stage_words(enum beken_stage stage)
{
	switch (stage) {
	case BEKEN_STAGE_SILENT: return "no sign of the chip, MISO stays high (FF)";
	case BEKEN_STAGE_STUCK_LOW: return "no sign of the chip, MISO stays low (00)";
	case BEKEN_STAGE_NOISE: return "MISO shows data, but not 0xD2";
	case BEKEN_STAGE_UNCLOCKED: return "MISO changes, but shows no data";
	case BEKEN_STAGE_GARBLED: return "MISO shows 0xD2 with bit errors";
	case BEKEN_STAGE_ECHO: return "0xD2 is seen, but the chip does not hear us";
	case BEKEN_STAGE_ACCEPTED: return "accepted, but the flash does not answer";
	case BEKEN_STAGE_UNSTABLE: return "the JEDEC ID is different each time";
	case BEKEN_STAGE_READY: return "in SPI mode";
	}
	return "?";
}

/* Of the steps from STEP_CEN on, the one that failed, and those before it. */
static void tell_failed_step(const struct frontend *frontend, enum frontend_step failed,
			     enum step_outcome before)
{
	for (enum frontend_step step = STEP_CEN; step < failed; step++)
		frontend_step(frontend, step, before);
	frontend_step(frontend, failed, OUTCOME_FAILED);
}

void beken_tell_steps(const struct frontend *frontend, enum step_outcome way_in, enum step_outcome id)
{
	for (enum frontend_step step = STEP_CEN; step < STEP_ID; step++)
		frontend_step(frontend, step, way_in);
	frontend_step(frontend, STEP_ID, id);
}

/* What to look at if the chip was not heard at all. Where D2 is not proven, it comes
 * first: people solder it by hand, and without it the rest cannot work. */
static const char *const silences[] = {
	[BEKEN_CEN_LOW] =
		"The chip has no power, or CEN is shorted to GND: D2 stays low when released; MISO reads "
		"%s. Check 3.3 V and GND of the module, then CEN (D2 is pin 17 of the CH341A).",
	[BEKEN_CEN_GOOD] =
		"Power and D2 are good, but the chip never offered SPI mode; MISO reads %s. Check MISO "
		"to P23 (TDO) and SCK to P20 (TCK), which look alike%s",
	[BEKEN_CEN_UNPROVEN] =
		"The chip never offered SPI mode; MISO reads %s. Check D2 (pin 17) to CEN first, "
		"then power, MISO to P23 (TDO), SCK to P20 (TCK)%s",
};
/* Its level comes and goes after a reset, but does not follow the clock. */
static const char unclocked[] =
	"MISO changes after a reset, but shows %s, as without a clock. Check SCK to P20 "
	"(TCK), then MISO to P23 (TDO), D2 (pin 17) to CEN%s";

static void diagnose_silence(const struct frontend *frontend, const struct beken_attempt *best)
{
	static const char fused[] = ". Else SPI download mode is disabled in its eFuse.";
	/* What the chip itself drives does not reach a swapped MISO. */
	static const char swapped[] =
		"; MOSI and MISO may be swapped. Else SPI download mode is disabled in its eFuse.";
	static const char noisy[] =
		"; use wires of at most 10 cm. Else SPI download mode is disabled in its eFuse.";
	const enum beken_cen cen = best->cen == BEKEN_CEN_UNKNOWN ? BEKEN_CEN_UNPROVEN : best->cen;
	const char *format = silences[cen], *miso = "noise", *rest = noisy;

	if (best->stage == BEKEN_STAGE_UNCLOCKED && cen != BEKEN_CEN_LOW) {
		format = unclocked;
		miso = "no data";
		rest = fused;
	} else if (best->stage != BEKEN_STAGE_NOISE) {
		miso = best->stage == BEKEN_STAGE_SILENT ? "FF" : "00";
		rest = swapped;
	}
	frontend_message(frontend, MESSAGE_ERROR, format, miso, rest);
	tell_failed_step(frontend, cen == BEKEN_CEN_LOW ? STEP_CEN : STEP_MISO,
			 cen == BEKEN_CEN_GOOD ? OUTCOME_GOOD : OUTCOME_UNCLEAR);
}

static void diagnose_unheard(const struct frontend *frontend)
{
	frontend_message(frontend, MESSAGE_ERROR,
			 "The chip offers SPI mode (0xD2) but never hears the answer; SCK works. Check MOSI to "
			 "P22 (TDI) and CS to P21 (TMS), which look alike; MOSI and MISO may be swapped. "
			 "Else it accepts seldom: attempts=400.");
	tell_failed_step(frontend, STEP_ACCEPTANCE, OUTCOME_GOOD);
}

static void diagnose_flash(const struct frontend *frontend, const struct beken_attempts *attempts)
{
	char seldom[64] = "";

	if (attempts->n_accepted * 2 < attempts->n)
		snprintf(seldom, sizeof(seldom), " Accepted in %u of %u: try attempts=400.",
			 attempts->n_accepted, attempts->n);
	frontend_message(frontend, MESSAGE_ERROR,
			 "The chip accepted SPI mode, but its flash does not answer (ID %06X). Check the "
			 "supply: it must hold 3.3 V. Else the flash die is dead or absent.%s",
			 (unsigned int)attempts->best.last_id, seldom);
	tell_failed_step(frontend, STEP_ID, OUTCOME_GOOD);
}

void beken_diagnose(const struct frontend *frontend, const struct beken_attempts *attempts)
{
	const struct beken_attempt *const best = &attempts->best;

	switch (best->stage) {
	case BEKEN_STAGE_SILENT:
	case BEKEN_STAGE_STUCK_LOW:
	case BEKEN_STAGE_NOISE:
	case BEKEN_STAGE_UNCLOCKED: diagnose_silence(frontend, best); return;
	case BEKEN_STAGE_GARBLED:
		frontend_message(
			frontend, MESSAGE_ERROR,
			"The chip offers SPI mode, but 0xD2 arrives with bit errors. Use wires of at most "
			"10 cm, a good GND, and a supply that holds 3.3 V.");
		tell_failed_step(frontend, STEP_MISO, OUTCOME_GOOD);
		return;
	case BEKEN_STAGE_ECHO: diagnose_unheard(frontend); return;
	case BEKEN_STAGE_ACCEPTED: diagnose_flash(frontend, attempts); return;
	case BEKEN_STAGE_UNSTABLE:
		frontend_message(frontend, MESSAGE_ERROR,
				 "The flash answers, but its JEDEC ID is different each time (last %06X). Use "
				 "wires of at most 10 cm, a good GND, and a supply that holds 3.3 V.",
				 (unsigned int)best->last_id);
		tell_failed_step(frontend, STEP_ID, OUTCOME_GOOD);
		return;
	case BEKEN_STAGE_READY: return;
	}
}
