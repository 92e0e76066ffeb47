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
			/* Without a 0xD2 before it, this is not the chip's answer. */
			if (attempt->window.echo)
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

/* Boards with a large capacitor at CEN need a longer pulse. */
static unsigned int pulse_of_attempt(unsigned int attempt, unsigned int cen_low_ms)
{
	const unsigned int at_least = attempt < 3 ? 0 : attempt < 5 ? 300 : attempt < 7 ? 500 : 1000;

	return cen_low_ms > at_least ? cen_low_ms : at_least;
}

static void report_attempt(const struct frontend *frontend, unsigned int number, unsigned int attempts,
			   enum beken_stage stage)
{
	char of_all[16] = "";

	if (attempts)
		snprintf(of_all, sizeof(of_all), " of %u", attempts);
	frontend_message(frontend, MESSAGE_INFO, "Attempt %u%s: %s.", number, of_all, beken_stage_words(stage));
}

static int enter_by_reset(const struct frontend *frontend, struct ch341a *device,
			  const struct beken_options *options, uint32_t *jedec_id, unsigned int *pulse_ms)
{
	const unsigned int interrupts = frontend_interrupts(frontend);
	struct beken_attempt best = { .stage = BEKEN_STAGE_SILENT };
	int error;

	for (unsigned int number = 1; !options->attempts || number <= options->attempts; number++) {
		struct beken_attempt attempt = { 0 };

		*pulse_ms = pulse_of_attempt(number, options->cen_low_ms);
		error = attempt_once(frontend, interrupts, device, *pulse_ms, options->window_ms, &attempt);
		if (error)
			return error;
		if (attempt.stage == BEKEN_STAGE_READY) {
			frontend_message(frontend, MESSAGE_DEBUG, "SPI mode entered at attempt %u.", number);
			*jedec_id = attempt.last_id;
			return BEKEN_OK;
		}
		report_attempt(frontend, number, options->attempts, attempt.stage);
		if (number == 1 || attempt.stage > best.stage)
			best = attempt;
		error = sleep_unless_interrupted(frontend, interrupts, PAUSE_BETWEEN_ATTEMPTS_US);
		if (error)
			return error;
	}
	error = beken_diagnose(frontend, device, &best);
	return error ? error : BEKEN_ERR_NO_CHIP;
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
	error = enter_by_reset(frontend, device, options, jedec_id, pulse_ms);
	if (!error)
		beken_tell_steps(frontend, OUTCOME_GOOD, OUTCOME_GOOD);
	return error;
}

static int pulse_cen(struct ch341a *device, unsigned int cen_low_ms)
{
	const int error = drive(device, CH341A_PINS_IDLE & ~CH341A_PIN_CEN, CH341A_PIN_CEN);

	if (error)
		return error;
	clock_sleep_us((int64_t)cen_low_ms * 1000);
	return drive(device, CH341A_PINS_IDLE, CH341A_PIN_CEN);
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
