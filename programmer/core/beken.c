/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "beken.h"

#include <stdio.h>

#include "beken_diagnosis.h"
#include "beken_window.h"
#include "clock.h"
#include "nor_command.h"

/* Steps in which a wait looks for Ctrl-C. */
#define SLEEP_STEP_US 10000
#define PAUSE_BETWEEN_ATTEMPTS_US 200000
#define LONGEST_PULSE_MS 1000
/* So many times no ID after acceptance, and there will be none. */
#define DEAD_FLASHES 3
/* "CS high >= 1 ms" after the handshake, bk7252-cam flash_spi_mode.md */
#define CS_HIGH_AFTER_WINDOW_US 1000
#define FLUSH_BYTES 31
/* The die is connected about 40 ms after acceptance (bk7252-cam); authors who
 * read earlier saw nothing for minutes (libretiny discussion 206). */
#define ID_LIMIT_US 1000000
/* A chip in normal operation keeps MISO high. */
#define ID_LIMIT_SILENT_US 100000
#define ID_POLL_US 3000
#define SAME_IDS 3

static int sleep_unless_interrupted(const struct frontend *frontend, unsigned int before, int64_t us)
{
	const int64_t end = clock_us() + us;

	while (frontend_interrupts(frontend) == before) {
		const int64_t left = end - clock_us();

		if (left <= 0)
			return BEKEN_OK;
		clock_sleep_us(left < SLEEP_STEP_US ? left : SLEEP_STEP_US);
	}
	return BEKEN_ERR_INTERRUPTED;
}

static int drive(struct ch341a *device, uint8_t levels, uint8_t outputs)
{
	struct ch341a_packet packet;
	struct ch341a_stream stream;

	ch341a_stream_init(&stream, &packet, 1);
	ch341a_stream_drive(&stream, levels, outputs);
	return ch341a_run(device, &stream, NULL);
}

/* One CS frame of at most 31 bytes. in may be NULL. */
static int frame(struct ch341a *device, const uint8_t *data, uint8_t fill, size_t n, uint8_t *in)
{
	struct ch341a_packet packets[3];
	struct ch341a_stream stream;
	uint8_t unused[CH341A_SPI_PER_PACKET];

	ch341a_stream_init(&stream, packets, 3);
	ch341a_stream_select(&stream);
	ch341a_stream_spi(&stream, data, fill, n);
	ch341a_stream_deselect(&stream);
	return ch341a_run(device, &stream, in ? in : unused);
}

static int read_id(struct ch341a *device, uint32_t *jedec_id)
{
	const uint8_t request[4] = { NOR_RDID };
	uint8_t in[sizeof(request)];
	const int error = frame(device, request, 0, sizeof(request), in);

	if (!error)
		*jedec_id = (uint32_t)in[1] << 16 | (uint32_t)in[2] << 8 | in[3];
	return error;
}

bool beken_plausible_id(uint32_t jedec_id)
{
	const uint8_t manufacturer = jedec_id >> 16 & 0xff, type = jedec_id >> 8 & 0xff,
		      capacity = jedec_id & 0xff;

	if (manufacturer == 0x00 || manufacturer == 0xff || manufacturer == BEKEN_SYNC)
		return false;
	if (type == BEKEN_SYNC || capacity == BEKEN_SYNC)
		return false;
	/* 80 00 00 and the like are the last bits of another answer. */
	return !(type == 0x00 && capacity == 0x00) && !(type == 0xff && capacity == 0xff);
}

static int release_power_down(struct ch341a *device)
{
	const uint8_t request = NOR_RELEASE_POWER_DOWN;

	return frame(device, &request, 0, 1, NULL);
}

/* What the chip still has in its output must not be taken for an ID. */
static int flush_residue(struct ch341a *device)
{
	clock_sleep_us(CS_HIGH_AFTER_WINDOW_US);
	return frame(device, NULL, 0x00, FLUSH_BYTES, NULL);
}

/* Polls for the ID until it is there three times in a row. */
static int wait_for_id(const struct frontend *frontend, unsigned int interrupts, struct ch341a *device,
		       struct beken_attempt *attempt)
{
	const int64_t start = clock_us();
	int64_t silent_since = start;
	unsigned int same = 0;
	uint32_t id = 0;

	for (;;) {
		const uint32_t before = id;
		int64_t now;
		int error = read_id(device, &id);

		if (error)
			return error;
		if (beken_plausible_id(id)) {
			same = id == before ? same + 1 : 1;
			/* If the chip did not accept, its firmware may show anything. */
			if (attempt->window.accepted)
				attempt->stage = BEKEN_STAGE_UNSTABLE;
			if (same == SAME_IDS)
				attempt->stage = BEKEN_STAGE_READY;
		}
		attempt->last_id = id;
		if (attempt->stage == BEKEN_STAGE_READY)
			return BEKEN_OK;
		if (!beken_plausible_id(id))
			same = 0;
		now = clock_us();
		/* A die that is connected in the middle of a request gives FF too. */
		if (id != 0xffffff)
			silent_since = now;
		if (now - start > ID_LIMIT_US || now - silent_since > ID_LIMIT_SILENT_US)
			return BEKEN_OK;
		if (id == 0xffffff)
			error = release_power_down(device);
		else if ((id & 0xff) == BEKEN_SYNC)
			error = frame(device, NULL, BEKEN_SYNC, FLUSH_BYTES, NULL);
		if (!error && !same)
			error = sleep_unless_interrupted(frontend, interrupts, ID_POLL_US);
		if (error)
			return error;
	}
}

/* The SPI pins float while CEN is low, so that they do not feed the chip. */
static int hold_in_reset(const struct frontend *frontend, unsigned int interrupts, struct ch341a *device,
			 unsigned int low_ms)
{
	int error = drive(device, CH341A_PINS_IDLE & ~CH341A_PIN_CEN, CH341A_PIN_CEN);
	int raise_error;

	if (error)
		return error;
	error = sleep_unless_interrupted(frontend, interrupts, (int64_t)low_ms * 1000);
	if (!error)
		return BEKEN_OK;
	raise_error = beken_drive_pins(device);
	return raise_error ? raise_error : error;
}

static int attempt_once(const struct frontend *frontend, unsigned int interrupts, struct ch341a *device,
			unsigned int low_ms, unsigned int window_ms, struct beken_attempt *attempt)
{
	int error;

	frontend_hold_signals(frontend, true);
	error = hold_in_reset(frontend, interrupts, device, low_ms);
	if (!error)
		error = beken_stream_window(device, window_ms, &attempt->window);
	frontend_hold_signals(frontend, false);
	if (error)
		return error;
	attempt->stage = beken_stage_of(&attempt->window);
	error = flush_residue(device);
	return error ? error : wait_for_id(frontend, interrupts, device, attempt);
}

/* A chip that was never heard may be on a board whose supply holds for long. */
static const unsigned int longer_pulses_ms[] = { 0, 300, LONGEST_PULSE_MS };

static unsigned int pulse_of_attempt(unsigned int n_silent, unsigned int cen_low_ms)
{
	const unsigned int at_least = longer_pulses_ms[n_silent < 2 ? n_silent : 2];

	return cen_low_ms > at_least ? cen_low_ms : at_least;
}

static void show_attempt(const struct frontend *frontend, unsigned int number, unsigned int attempts,
			 enum beken_stage stage)
{
	char text[128], of_all[16] = "";

	if (attempts)
		snprintf(of_all, sizeof(of_all), " of %u", attempts);
	snprintf(text, sizeof(text), "Attempt %u%s: %s.", number, of_all, beken_stage_words(stage));
	frontend_message(frontend, MESSAGE_DEBUG, "%s", text);
	frontend_attempt(frontend, text);
}

static bool was_heard(const struct beken_attempt *attempt)
{
	return attempt->stage >= BEKEN_STAGE_GARBLED;
}

/* Would more attempts show the same? */
static bool is_static(const struct beken_attempts *attempts, unsigned int pulse_ms)
{
	const struct beken_attempt *const last = &attempts->last;

	if (last->stage == BEKEN_STAGE_ACCEPTED)
		return attempts->n_equal >= DEAD_FLASHES;
	return attempts->n_equal > 1 && !was_heard(last) &&
	       (last->cen == BEKEN_CEN_LOW || pulse_ms >= LONGEST_PULSE_MS);
}

/* Takes down a failed attempt. */
static int note_failed(const struct frontend *frontend, struct ch341a *device,
		       const struct beken_options *options, struct beken_attempts *attempts,
		       struct beken_attempt *attempt)
{
	const struct beken_attempt before = attempts->last;
	int error = BEKEN_OK;

	show_attempt(frontend, ++attempts->n, options->attempts, attempt->stage);
	attempts->n_accepted += attempt->stage > BEKEN_STAGE_ECHO;
	/* Who tries for ever holds wires by hand, and will not be told. */
	if (!was_heard(attempt) && options->attempts && !attempts->no_cen)
		error = beken_measure_cen(frontend, device, &attempt->cen);
	attempts->no_cen = attempts->no_cen || (!was_heard(attempt) && attempt->cen == BEKEN_CEN_UNKNOWN);
	if (attempt->stage != before.stage || attempt->cen != before.cen)
		attempts->n_equal = 0;
	attempts->n_equal++;
	attempts->last = *attempt;
	/* Of equal ones the last: it had the longest pulse. */
	if (attempts->n == 1 || attempt->stage >= attempts->best.stage)
		attempts->best = *attempt;
	return error;
}

/* Once more, frame by frame, before the wires are blamed. */
static bool blame_the_pipeline(struct ch341a *device, int error, const struct beken_attempt *attempt)
{
	const bool no_id = attempt->stage == BEKEN_STAGE_ACCEPTED || attempt->stage == BEKEN_STAGE_UNSTABLE;

	return (error == BEKEN_ERR_PROTOCOL || (!error && no_id)) &&
	       ch341a_fall_back(device, error ? "a wrong reply" : "the chip accepted, but no ID came");
}

static int enter_by_reset(const struct frontend *frontend, struct ch341a *device,
			  const struct beken_options *options, struct beken_attempts *attempts,
			  unsigned int *pulse_ms)
{
	const unsigned int interrupts = frontend_interrupts(frontend);
	unsigned int n_silent = 0;

	while (!options->attempts || attempts->n < options->attempts) {
		struct beken_attempt attempt = { 0 };
		int error;

		*pulse_ms = pulse_of_attempt(n_silent, options->cen_low_ms);
		error = attempt_once(frontend, interrupts, device, *pulse_ms, options->window_ms, &attempt);
		if (blame_the_pipeline(device, error, &attempt))
			continue;
		if (!error && attempt.stage == BEKEN_STAGE_READY) {
			attempts->best = attempt;
			return BEKEN_OK;
		}
		if (!error)
			error = note_failed(frontend, device, options, attempts, &attempt);
		if (!error && options->attempts && is_static(attempts, *pulse_ms))
			break;
		n_silent += !was_heard(&attempt);
		if (!error)
			error = sleep_unless_interrupted(frontend, interrupts, PAUSE_BETWEEN_ATTEMPTS_US);
		if (error)
			return error;
	}
	return BEKEN_ERR_NO_CHIP;
}

/* The reason of a failure comes last. */
static int enter_and_report(const struct frontend *frontend, struct ch341a *device,
			    const struct beken_options *options, uint32_t *jedec_id, unsigned int *pulse_ms)
{
	struct beken_attempts attempts = { 0 };
	const int error = enter_by_reset(frontend, device, options, &attempts, pulse_ms);

	*jedec_id = attempts.best.last_id;
	if (attempts.n)
		frontend_message(frontend, MESSAGE_INFO, "%u attempt%s failed: %s.", attempts.n,
				 attempts.n == 1 ? "" : "s", beken_stage_words(attempts.last.stage));
	if (error == BEKEN_ERR_NO_CHIP)
		beken_diagnose(frontend, &attempts);
	else if (!error)
		beken_tell_steps(frontend, OUTCOME_GOOD, OUTCOME_GOOD);
	return error;
}

/* Is there a die that answers already, twice the same? */
static int answers_already(struct ch341a *device, uint32_t *jedec_id, bool *answers)
{
	uint32_t again = 0;
	int error = read_id(device, jedec_id);

	if (!error)
		error = read_id(device, &again);
	*answers = !error && *jedec_id == again && beken_plausible_id(again);
	return error;
}

static int enter_never(const struct frontend *frontend, struct ch341a *device, uint32_t *jedec_id)
{
	int error = release_power_down(device);

	if (!error)
		error = read_id(device, jedec_id);
	if (!error)
		beken_tell_steps(frontend, OUTCOME_SKIPPED,
				 beken_plausible_id(*jedec_id) ? OUTCOME_GOOD : OUTCOME_UNCLEAR);
	return error;
}

int beken_enter(const struct frontend *frontend, struct ch341a *device, const struct beken_options *options,
		uint32_t *jedec_id, unsigned int *pulse_ms)
{
	bool answers;
	int error = beken_drive_pins(device);

	*pulse_ms = 0;
	if (error)
		return error;
	if (options->enter == BEKEN_ENTER_NEVER)
		return enter_never(frontend, device, jedec_id);
	if (options->enter == BEKEN_ENTER_AUTO) {
		error = answers_already(device, jedec_id, &answers);
		if (!error && answers)
			beken_tell_steps(frontend, OUTCOME_SKIPPED, OUTCOME_GOOD);
		if (error || answers)
			return error;
	}
	return enter_and_report(frontend, device, options, jedec_id, pulse_ms);
}

/* 10 uF through an output of a few mA. */
#define CEN_FILL_US 10000

static int pulse_cen(struct ch341a *device, unsigned int cen_low_ms)
{
	int error = drive(device, CH341A_PINS_IDLE & ~CH341A_PIN_CEN, CH341A_PIN_CEN);

	if (error)
		return error;
	clock_sleep_us((int64_t)cen_low_ms * 1000);
	error = drive(device, CH341A_PINS_IDLE, CH341A_PIN_CEN);
	/* A capacitor at CEN fills faster through us than through its pull-up. */
	if (!error)
		clock_sleep_us(CEN_FILL_US);
	return error;
}

int beken_boot(const struct frontend *frontend, struct ch341a *device, unsigned int cen_low_ms)
{
	int error;

	frontend_hold_signals(frontend, true);
	error = pulse_cen(device, cen_low_ms);
	if (!error)
		error = beken_release_pins(device);
	frontend_hold_signals(frontend, false);
	return error;
}

int beken_keep(struct ch341a *device)
{
	return drive(device, CH341A_PINS_IDLE, CH341A_PIN_CEN | CH341A_PIN_CS);
}

int beken_drive_pins(struct ch341a *device)
{
	return drive(device, CH341A_PINS_IDLE, CH341A_PINS_ALL_OUTPUTS);
}

int beken_make_safe(struct ch341a *device)
{
	const int error = ch341a_recover(device);

	return error ? error : beken_drive_pins(device);
}

int beken_release_pins(struct ch341a *device)
{
	return drive(device, CH341A_PINS_IDLE, 0);
}
