/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "beken.h"

#include "clock.h"

/* "D2 00 00 ..." is what every author reports on acceptance; eight zeros are no bit error. */
#define ACCEPTED_ZEROS 8
/* What authors have sent is 2 to 255 bytes. These take 7 ms; no window is so short. */
#define ACCEPTED_SYNC 1024
/* So many 0xD2 in a row are not noise. */
#define ECHO_RUN 4
/* 10 uF through an output of a few mA. */
#define SETTLE_US 20000
/* 10 kOhm and 10 uF rise in 55 ms. */
#define RISE_LIMIT_US 200000
#define LOOK_EVERY_US 1000

/* So many times no ID after acceptance, and there will be none. */
#define DEAD_FLASHES 3
/* So many bytes of a changing level may be caught in the middle of the change. */
#define CHANGES_MAX 8
/* Of random bytes 1 in 32 is a rotated 0xD2. */
#define SYNC_MIN 16
#define SYNC_FRACTION 16

#define FUSED ". Else SPI download mode is disabled in its eFuse."
#define STEADY "Use wires of at most 10 cm, a good GND, and a supply that holds 3.3 V."

/* 0xD2 as read by a master whose first clock is not the chip's first bit (52 D2
 * D2 ... in libretiny discussion 206) may be rotated. */
static bool is_echo(uint8_t byte)
{
	for (unsigned int shift = 0; shift < 8; shift++) {
		if (byte == (uint8_t)(BEKEN_SYNC << shift | BEKEN_SYNC >> (8 - shift)))
			return true;
	}
	return false;
}

static void look_at(struct beken_window *seen, uint8_t byte)
{
	seen->n_bytes++;
	seen->n_high += byte == 0xff;
	seen->n_low += byte == 0x00;
	seen->since_echo++;
	if (byte == 0x00) {
		seen->zeros++;
	} else {
		const bool again = byte == seen->sync && !seen->zeros;

		seen->zeros = 0;
		seen->sync_run = !is_echo(byte) ? 0 : again ? seen->sync_run + 1 : 1;
		seen->sync = byte;
		if (seen->sync_run) {
			seen->since_echo = 0;
			seen->n_sync++;
		}
	}
	/* A chip that hears us at once shows a single 0xD2 before the zeros. If it
	 * does not, MISO may fall to 00 when it boots. */
	if (seen->sync_run && seen->zeros >= ACCEPTED_ZEROS && seen->n_sync <= ACCEPTED_SYNC)
		seen->accepted = true;
	if (seen->sync_run >= ECHO_RUN || seen->accepted)
		seen->echo = true;
}

void beken_window_look(struct beken_window *seen, const uint8_t *miso, size_t n)
{
	for (size_t i = 0; i < n; i++)
		look_at(seen, miso[i]);
}

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

/* ---- CEN: what the line does when D2 lets go of it ---- */

/* Drives CEN to `first`, then for 0.75 us to `then`, lets go of it, and samples the
 * first 50 us in one packet. */
static int let_go(struct ch341a *device, bool first, bool then, uint8_t *samples)
{
	const uint8_t low = CH341A_PINS_IDLE & ~CH341A_PIN_CEN;
	struct ch341a_packet packet;
	struct ch341a_stream stream;
	int error;

	ch341a_stream_init(&stream, &packet, 1);
	ch341a_stream_drive(&stream, first ? CH341A_PINS_IDLE : low, CH341A_PIN_CEN);
	error = ch341a_run(device, &stream, NULL);
	if (error)
		return error;
	beken_sleep_us(SETTLE_US);
	ch341a_stream_init(&stream, &packet, 1);
	ch341a_stream_release_and_sample(&stream, then ? CH341A_PINS_IDLE : low);
	return ch341a_run_once(device, &stream, samples);
}

/* Waits until CEN is at this level, at most for RISE_LIMIT_US. */
static int wait_for(struct ch341a *device, bool level, bool *reached)
{
	const int64_t end = beken_clock_us() + RISE_LIMIT_US;

	for (*reached = false; !*reached && beken_clock_us() < end; beken_sleep_us(LOOK_EVERY_US)) {
		struct ch341a_packet packet;
		struct ch341a_stream stream;
		uint8_t levels;
		int error;

		ch341a_stream_init(&stream, &packet, 1);
		ch341a_stream_read_pins(&stream);
		error = ch341a_run_once(device, &stream, &levels);
		if (error)
			return error;
		*reached = level == !!(levels & CH341A_PIN_CEN);
	}
	return BEKEN_OK;
}

/* It did not rise: is it pulled down? A module without power does that to a line that
 * was high. Else nobody pulls at all, or the pull-up inside D2 at 10 uF. */
static int measure_fall(struct ch341a *device, enum beken_cen *cen)
{
	uint8_t samples[CH341A_SAMPLES];
	bool falls;
	int error = let_go(device, true, true, samples);

	if (!error)
		error = wait_for(device, false, &falls);
	if (!error)
		*cen = falls ? BEKEN_CEN_LOW : BEKEN_CEN_UNPROVEN;
	return error;
}

static int measure(struct ch341a *device, enum beken_cen *cen)
{
	uint8_t samples[CH341A_SAMPLES] = { 0 };
	bool holds, rises_late, rises = false;
	/* 0.75 us empty a wire, but not a capacitor. */
	int error = let_go(device, true, false, samples);

	holds = samples[0] & CH341A_PIN_CEN;
	if (!error)
		error = let_go(device, false, false, samples);
	rises_late = !(samples[0] & CH341A_PIN_CEN);
	if (!error)
		error = wait_for(device, true, &rises);
	if (!error && !rises)
		return measure_fall(device, cen);
	*cen = holds && rises_late ? BEKEN_CEN_GOOD : BEKEN_CEN_UNPROVEN;
	return error;
}

static int measure_cen(struct beken *beken, enum beken_cen *cen)
{
	int error;

	frontend_hold_signals(beken->frontend, true);
	error = measure(beken->device, cen);
	if (error == BEKEN_ERR_TIMEOUT || error == BEKEN_ERR_PROTOCOL) {
		*cen = BEKEN_CEN_UNKNOWN;
		error = ch341a_recover(beken->device);
	}
	if (!error)
		error = beken_drive_pins(beken->device);
	frontend_hold_signals(beken->frontend, false);
	return error;
}

/* ---- attempts ---- */

static void show_attempt(const struct frontend *frontend, unsigned int number, unsigned int attempts,
			 enum beken_stage stage)
{
	char text[128], of_all[16] = "";

	if (attempts)
		snprintf(of_all, sizeof(of_all), " of %u", attempts);
	snprintf(text, sizeof(text), "Attempt %u%s: %s.", number, of_all, beken_stage_words(stage));
	frontend_message(frontend, MESSAGE_DEBUG, "%s", text);
	if (frontend->attempt)
		frontend->attempt(frontend->arg, text);
}

bool beken_was_heard(const struct beken_attempt *attempt)
{
	return attempt->stage >= BEKEN_STAGE_GARBLED;
}

bool beken_is_static(const struct beken_attempts *attempts, unsigned int pulse_ms)
{
	const struct beken_attempt *const last = &attempts->last;

	if (last->stage == BEKEN_STAGE_ACCEPTED)
		return attempts->n_equal >= DEAD_FLASHES;
	return attempts->n_equal > 1 && !beken_was_heard(last) &&
	       (last->cen == BEKEN_CEN_LOW || pulse_ms >= BEKEN_LONGEST_PULSE_MS);
}

int beken_note_failed(struct beken *beken, struct beken_attempts *attempts, struct beken_attempt *attempt)
{
	const struct beken_attempt before = attempts->last;
	int error = BEKEN_OK;

	show_attempt(beken->frontend, ++attempts->n, beken->options.attempts, attempt->stage);
	attempts->n_accepted += attempt->stage > BEKEN_STAGE_ECHO;
	/* Who tries for ever holds wires by hand, and will not be told. */
	if (!beken_was_heard(attempt) && beken->options.attempts && !attempts->no_cen)
		error = measure_cen(beken, &attempt->cen);
	attempts->no_cen = attempts->no_cen || (!beken_was_heard(attempt) && attempt->cen == BEKEN_CEN_UNKNOWN);
	if (attempt->stage != before.stage || attempt->cen != before.cen)
		attempts->n_equal = 0;
	attempts->n_equal++;
	attempts->last = *attempt;
	/* Of equal ones the last: it had the longest pulse. */
	if (attempts->n == 1 || attempt->stage >= attempts->best.stage)
		attempts->best = *attempt;
	return error;
}

/* ---- advice ---- */

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
		"to P23 (TDO) and SCK to P20 (TCK), which look alike%s" FUSED,
	[BEKEN_CEN_UNPROVEN] =
		"The chip never offered SPI mode; MISO reads %s. Check D2 (pin 17) to CEN first, "
		"then power, MISO to P23 (TDO), SCK to P20 (TCK)%s" FUSED,
};

static void diagnose_silence(const struct frontend *frontend, const struct beken_attempt *best)
{
	/* Its level comes and goes after a reset, but does not follow the clock. */
	static const char unclocked[] =
		"MISO changes after a reset, but shows %s, as without a clock. Check SCK to P20 "
		"(TCK), then MISO to P23 (TDO), D2 (pin 17) to CEN%s" FUSED;
	const enum beken_cen cen = best->cen == BEKEN_CEN_UNKNOWN ? BEKEN_CEN_UNPROVEN : best->cen;
	const char *format = silences[cen], *miso = "noise", *rest = "; use wires of at most 10 cm";

	if (best->stage == BEKEN_STAGE_UNCLOCKED && cen != BEKEN_CEN_LOW) {
		format = unclocked;
		miso = "no data";
		rest = "";
	} else if (best->stage != BEKEN_STAGE_NOISE) {
		/* What the chip itself drives does not reach a swapped MISO. */
		miso = best->stage == BEKEN_STAGE_SILENT ? "FF" : "00";
		rest = "; MOSI and MISO may be swapped";
	}
	frontend_message(frontend, MESSAGE_ERROR, format, miso, rest);
}

static void say_why(const struct frontend *frontend, const struct beken_attempts *attempts)
{
	const struct beken_attempt *const best = &attempts->best;
	char seldom[64] = "";

	if (attempts->n_accepted * 2 < attempts->n)
		snprintf(seldom, sizeof(seldom), " Accepted in %u of %u: try attempts=400.",
			 attempts->n_accepted, attempts->n);
	switch (best->stage) {
	case BEKEN_STAGE_GARBLED:
		frontend_message(frontend, MESSAGE_ERROR,
				 "The chip offers SPI mode, but 0xD2 arrives with bit errors. " STEADY);
		break;
	case BEKEN_STAGE_ECHO:
		frontend_message(
			frontend, MESSAGE_ERROR,
			"The chip offers SPI mode (0xD2) but never hears the answer; SCK works. Check "
			"MOSI to P22 (TDI) and CS to P21 (TMS), which look alike; MOSI and MISO may be "
			"swapped. Else it accepts seldom: attempts=400.");
		break;
	case BEKEN_STAGE_ACCEPTED:
		frontend_message(
			frontend, MESSAGE_ERROR,
			"The chip accepted SPI mode, but its flash does not answer (ID %06X). Check the "
			"supply: it must hold 3.3 V. Else the flash die is dead or absent.%s",
			(unsigned int)best->last_id, seldom);
		break;
	case BEKEN_STAGE_UNSTABLE:
		frontend_message(
			frontend, MESSAGE_ERROR,
			"The flash answers, but its JEDEC ID is different each time (last %06X). " STEADY,
			(unsigned int)best->last_id);
		break;
	default: diagnose_silence(frontend, best);
	}
}

void beken_diagnose(const struct frontend *frontend, const struct beken_attempts *attempts)
{
	const struct beken_attempt *const best = &attempts->best;
	enum step_outcome before = OUTCOME_GOOD;
	enum frontend_step failed = STEP_ID;

	if (best->stage <= BEKEN_STAGE_GARBLED)
		failed = STEP_MISO;
	else if (best->stage == BEKEN_STAGE_ECHO)
		failed = STEP_ACCEPTANCE;
	if (!beken_was_heard(best) && best->cen == BEKEN_CEN_LOW)
		failed = STEP_CEN;
	if (!beken_was_heard(best) && best->cen != BEKEN_CEN_GOOD)
		before = OUTCOME_UNCLEAR;
	say_why(frontend, attempts);
	for (enum frontend_step step = STEP_CEN; step < failed; step++)
		frontend_step(frontend, step, before);
	frontend_step(frontend, failed, OUTCOME_FAILED);
}

void beken_report(const struct frontend *frontend, const struct ch341a *device, int error)
{
	const bool pipelined = device && ch341a_is_pipelined(device);

	switch (error) {
	case BEKEN_ERR_GONE:
		frontend_message(
			frontend, MESSAGE_ERROR,
			"The CH341A was unplugged or reset itself. Check the USB cable and the supply, then "
			"start again.");
		break;
	case BEKEN_ERR_TIMEOUT:
	case BEKEN_ERR_USB:
	case BEKEN_ERR_PROTOCOL:
		frontend_message(frontend, MESSAGE_ERROR,
				 "The connection to the CH341A failed (%s). Try %sanother USB port or cable, "
				 "without a hub.",
				 beken_strerror(error),
				 error == BEKEN_ERR_PROTOCOL && pipelined ? "again with pipeline=no, then "
									  : "");
		break;
	case BEKEN_ERR_MEMORY: frontend_message(frontend, MESSAGE_ERROR, "Out of memory."); break;
	case BEKEN_ERR_INTERRUPTED: frontend_message(frontend, MESSAGE_WARNING, "Interrupted."); break;
	}
}
