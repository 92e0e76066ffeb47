/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "beken.h"

#include <string.h>

#include "clock.h"

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
/* Of a status register in one frame; a die repeats it. */
#define STATUS_BYTES 16
/* What a chip erase of the largest usual die, 4 MiB, may take. */
#define MAX_BUSY_MS (4 * NOR_MAX_ERASE_CHIP_MS_PER_MIB)
/* 10 uF through an output of a few mA. */
#define CEN_FILL_US 10000

/* 8 packets are 248 bytes and last 1.8 ms. Three bursts in flight hide pauses
 * of the PC of 3 ms; a larger burst would only stop later. */
#define PACKETS_PER_BURST 8
#define BURST_SIZE (PACKETS_PER_BURST * CH341A_SPI_PER_PACKET)
#define N_BURSTS 3
/* The chip shows 0xD2 without gaps, so a packet without one ends it. */
#define SILENCE CH341A_SPI_PER_PACKET

static int sleep_unless_interrupted(const struct beken *beken, int64_t us)
{
	const int64_t end = beken_clock_us() + us;

	while (frontend_interrupts(beken->frontend) == beken->interrupts) {
		const int64_t left = end - beken_clock_us();

		if (left <= 0)
			return BEKEN_OK;
		beken_sleep_us(left < SLEEP_STEP_US ? left : SLEEP_STEP_US);
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

static int read_id(const struct beken *beken, uint32_t *jedec_id)
{
	const uint8_t opcode = NOR_RDID;
	uint8_t in[3];
	const int error = ch341a_nor_command(beken->spi, &opcode, 1, in, sizeof(in));

	if (!error)
		*jedec_id = (uint32_t)in[0] << 16 | (uint32_t)in[1] << 8 | in[2];
	return error;
}

bool beken_plausible_id(uint32_t jedec_id)
{
	const uint8_t manufacturer = jedec_id >> 16 & 0xff, type = jedec_id >> 8 & 0xff,
		      capacity = jedec_id & 0xff;

	if (manufacturer == 0x00 || manufacturer == 0xff || manufacturer == BEKEN_SYNC || type == BEKEN_SYNC ||
	    capacity == BEKEN_SYNC)
		return false;
	/* 80 00 00 and the like are the last bits of another answer. */
	return !(type == 0x00 && capacity == 0x00) && !(type == 0xff && capacity == 0xff);
}

/* What changes nothing in a die may be sent twice. */
static int send_harmless(const struct beken *beken, const uint8_t *out, size_t n)
{
	const int error = ch341a_nor_command(beken->spi, out, n, NULL, 0);

	if (error == BEKEN_ERR_PROTOCOL && ch341a_fall_back(beken->device, "a wrong reply"))
		return ch341a_nor_command(beken->spi, out, n, NULL, 0);
	return error;
}

static int release_power_down(const struct beken *beken)
{
	const uint8_t opcode = NOR_RELEASE_POWER_DOWN;

	return send_harmless(beken, &opcode, 1);
}

/* What the chip still has in its output must not be taken for an ID. */
static int flush_residue(const struct beken *beken, uint8_t byte)
{
	uint8_t out[FLUSH_BYTES];

	memset(out, byte, sizeof(out));
	return send_harmless(beken, out, sizeof(out));
}

/* Polls for the ID until it is there three times in a row. */
static int wait_for_id(const struct beken *beken, struct beken_attempt *attempt)
{
	const int64_t start = beken_clock_us();
	int64_t silent_since = start;
	unsigned int same = 0;
	uint32_t id = 0;

	for (;;) {
		const uint32_t before = id;
		int64_t now;
		int error = read_id(beken, &id);

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
		now = beken_clock_us();
		/* A die that is connected in the middle of a request gives FF too. */
		if (id != 0xffffff)
			silent_since = now;
		if (now - start > ID_LIMIT_US || now - silent_since > ID_LIMIT_SILENT_US)
			return BEKEN_OK;
		if (id == 0xffffff)
			error = release_power_down(beken);
		else if ((id & 0xff) == BEKEN_SYNC)
			error = flush_residue(beken, BEKEN_SYNC);
		if (!error && !same)
			error = sleep_unless_interrupted(beken, ID_POLL_US);
		if (error)
			return error;
	}
}

/* ---- the reset and the window after it ---- */

struct burst {
	struct ch341a_job job;
	struct ch341a_stream stream;
	struct ch341a_packet packets[PACKETS_PER_BURST + 2];
	uint8_t in[BURST_SIZE];
	bool in_flight;
};

static void build_burst(struct burst *burst, bool first)
{
	static const uint8_t cen_up_then_select[] = { CH341A_PINS_IDLE, CH341A_PINS_IDLE & ~CH341A_PIN_CS };

	ch341a_stream_init(&burst->stream, burst->packets, PACKETS_PER_BURST + 2);
	if (first) {
		ch341a_stream_drive(&burst->stream, CH341A_PINS_IDLE, CH341A_PINS_ALL_OUTPUTS);
		ch341a_stream_levels(&burst->stream, cen_up_then_select, sizeof(cen_up_then_select));
	}
	ch341a_stream_spi(&burst->stream, NULL, BEKEN_SYNC, BURST_SIZE);
	burst->job = (struct ch341a_job){ .stream = &burst->stream, .in = burst->in };
}

static bool over(const struct beken_window *seen, int64_t end_us)
{
	return seen->accepted || (seen->echo && seen->since_echo >= SILENCE) || beken_clock_us() >= end_us;
}

static int stream_bursts(struct ch341a *device, struct burst *bursts, int64_t end_us, struct beken_window *seen)
{
	bool first = true;

	for (unsigned int i = 0;; i = (i + 1) % N_BURSTS) {
		struct burst *burst = &bursts[i];
		int error;

		if (burst->in_flight) {
			burst->in_flight = false;
			error = ch341a_wait(device, &burst->job);
			if (error)
				return error;
			beken_window_look(seen, burst->in, BURST_SIZE);
		}
		if (over(seen, end_us))
			return BEKEN_OK;
		build_burst(burst, first);
		first = false;
		error = ch341a_submit(device, &burst->job);
		if (error)
			return error;
		burst->in_flight = true;
	}
}

/* Raises CEN and streams 0xD2 with CS low, without a pause, until the chip accepts, falls
 * silent, or window_ms have passed. CS is high after. */
static int stream_window(struct ch341a *device, unsigned int window_ms, struct beken_window *seen)
{
	struct burst bursts[N_BURSTS] = { 0 };
	const int64_t end_us = beken_clock_us() + (int64_t)window_ms * 1000;
	const int error = stream_bursts(device, bursts, end_us, seen);

	/* The bursts are on this stack, so all of them must have ended. */
	for (unsigned int i = 0; i < N_BURSTS; i++) {
		if (bursts[i].in_flight && ch341a_wait(device, &bursts[i].job) == BEKEN_OK)
			beken_window_look(seen, bursts[i].in, BURST_SIZE);
	}
	return error ? error : drive(device, CH341A_PINS_IDLE, CH341A_PINS_ALL_OUTPUTS);
}

/* The SPI pins float while CEN is low, so that they do not feed the chip. */
static int hold_in_reset(const struct beken *beken, unsigned int low_ms)
{
	int error = drive(beken->device, CH341A_PINS_IDLE & ~CH341A_PIN_CEN, CH341A_PIN_CEN);
	int raise_error;

	if (!error)
		error = sleep_unless_interrupted(beken, (int64_t)low_ms * 1000);
	if (error != BEKEN_ERR_INTERRUPTED)
		return error;
	raise_error = beken_drive_pins(beken->device);
	return raise_error ? raise_error : error;
}

static int attempt_once(const struct beken *beken, unsigned int low_ms, struct beken_attempt *attempt)
{
	int error;

	frontend_hold_signals(beken->frontend, true);
	error = hold_in_reset(beken, low_ms);
	if (!error)
		error = stream_window(beken->device, beken->options.window_ms, &attempt->window);
	frontend_hold_signals(beken->frontend, false);
	if (error)
		return error;
	attempt->stage = beken_stage_of(&attempt->window);
	beken_sleep_us(CS_HIGH_AFTER_WINDOW_US);
	error = flush_residue(beken, 0x00);
	return error ? error : wait_for_id(beken, attempt);
}

/* A chip that was never heard may be on a board whose supply holds for long. */
static const unsigned int longer_pulses_ms[] = { 0, 300, BEKEN_LONGEST_PULSE_MS };

static unsigned int pulse_of_attempt(unsigned int n_silent, unsigned int cen_low_ms)
{
	const unsigned int at_least = longer_pulses_ms[n_silent < 2 ? n_silent : 2];

	return cen_low_ms > at_least ? cen_low_ms : at_least;
}

/* Once more, frame by frame, before the wires are blamed. */
static bool blame_the_pipeline(struct ch341a *device, int error, const struct beken_attempt *attempt)
{
	const bool no_id = attempt->stage == BEKEN_STAGE_ACCEPTED || attempt->stage == BEKEN_STAGE_UNSTABLE;

	return (error == BEKEN_ERR_PROTOCOL || (!error && no_id)) &&
	       ch341a_fall_back(device, error ? "a wrong reply" : "the chip accepted, but no ID came");
}

static int enter_by_reset(struct beken *beken, struct beken_attempts *attempts)
{
	const unsigned int most = beken->options.attempts;
	unsigned int n_silent = 0;

	while (!most || attempts->n < most) {
		const unsigned int pulse_ms = pulse_of_attempt(n_silent, beken->options.cen_low_ms);
		struct beken_attempt attempt = { 0 };
		int error = attempt_once(beken, pulse_ms, &attempt);

		beken->pulse_ms = pulse_ms;
		if (blame_the_pipeline(beken->device, error, &attempt))
			continue;
		if (!error && attempt.stage == BEKEN_STAGE_READY) {
			attempts->best = attempt;
			return BEKEN_OK;
		}
		if (!error)
			error = beken_note_failed(beken, attempts, &attempt);
		if (!error && most && beken_is_static(attempts, pulse_ms))
			break;
		n_silent += !beken_was_heard(&attempt);
		if (!error)
			error = sleep_unless_interrupted(beken, PAUSE_BETWEEN_ATTEMPTS_US);
		if (error)
			return error;
	}
	return BEKEN_ERR_NO_CHIP;
}

/* The reason of a failure comes last. */
static int enter_and_report(struct beken *beken)
{
	const struct frontend *const frontend = beken->frontend;
	struct beken_attempts attempts = { 0 };
	const int error = enter_by_reset(beken, &attempts);

	beken->jedec_id = attempts.best.last_id;
	if (attempts.n)
		frontend_message(frontend, MESSAGE_INFO, "%u attempt%s failed: %s.", attempts.n,
				 attempts.n == 1 ? "" : "s", beken_stage_words(attempts.last.stage));
	if (error == BEKEN_ERR_NO_CHIP)
		beken_diagnose(frontend, &attempts);
	if (error)
		return error;
	beken_tell_steps(frontend, OUTCOME_GOOD, OUTCOME_GOOD);
	frontend_message(frontend, MESSAGE_INFO, "Chip in SPI mode.");
	return BEKEN_OK;
}

/* Is there a die that answers already, twice the same? */
static int answers_already(struct beken *beken, bool *answers)
{
	uint32_t again = 0;
	int error = read_id(beken, &beken->jedec_id);

	if (!error)
		error = read_id(beken, &again);
	*answers = !error && beken->jedec_id == again && beken_plausible_id(again);
	if (!*answers)
		return error;
	beken_tell_steps(beken->frontend, OUTCOME_SKIPPED, OUTCOME_GOOD);
	frontend_message(beken->frontend, MESSAGE_INFO,
			 "A flash answers already, so the chip was not reset (enter=auto).");
	return BEKEN_OK;
}

static int enter_never(struct beken *beken)
{
	int error = beken_drive_pins(beken->device);

	if (!error)
		error = release_power_down(beken);
	if (!error)
		error = read_id(beken, &beken->jedec_id);
	if (!error)
		beken_tell_steps(beken->frontend, OUTCOME_SKIPPED,
				 beken_plausible_id(beken->jedec_id) ? OUTCOME_GOOD : OUTCOME_UNCLEAR);
	return error;
}

int beken_enter(struct beken *beken)
{
	bool answers = false;
	int error;

	beken->interrupts = frontend_interrupts(beken->frontend);
	if (beken->options.enter == BEKEN_ENTER_NEVER)
		return enter_never(beken);
	error = beken_wait_if_busy(beken);
	if (!error && beken->options.enter == BEKEN_ENTER_AUTO)
		error = answers_already(beken, &answers);
	return error || answers ? error : enter_and_report(beken);
}

/* While a die is busy it answers nothing but this, not even a request for its
 * ID. Firmware that runs on the chip may send anything. */
static int answers_busy(struct nor_spi *spi, bool *busy)
{
	const uint8_t opcode = NOR_RDSR;
	uint8_t status[STATUS_BYTES];
	const int error = ch341a_nor_command(spi, &opcode, 1, status, sizeof(status));

	*busy = !error && status[0] & NOR_SR1_WIP && status[0] != 0xff;
	for (size_t i = 1; i < sizeof(status); i++)
		*busy = *busy && status[i] == status[0];
	return error;
}

void beken_report_still_busy(const struct frontend *frontend)
{
	frontend_message(frontend, MESSAGE_WARNING,
			 "The flash is still busy, so the chip is not reset. Power it off and "
			 "on when the flash had time to finish.");
}

int beken_wait_if_busy(struct beken *beken)
{
	bool busy = false;
	int error = beken_drive_pins(beken->device);

	if (!error)
		error = answers_busy(beken->spi, &busy);
	if (!busy)
		return error;
	frontend_message(beken->frontend, MESSAGE_INFO, "The flash is busy; waiting until it has finished.");
	error = ch341a_nor_wait_idle(beken->spi, MAX_BUSY_MS, frontend_interrupts(beken->frontend));
	if (error == BEKEN_ERR_BUSY || error == BEKEN_ERR_INTERRUPTED)
		beken_report_still_busy(beken->frontend);
	return error;
}

/* ---- beginning and end ---- */

int beken_open(struct beken *beken, const char *selector, bool pipeline)
{
	int error = ch341a_open(beken->frontend, selector, pipeline, &beken->device);

	if (!error) {
		beken->spi = ch341a_nor_new(beken->frontend, beken->device);
		error = beken->spi ? BEKEN_OK : BEKEN_ERR_MEMORY;
	}
	if (error == BEKEN_ERR_MEMORY)
		beken_report(beken->frontend, beken->device, error);
	return error;
}

void beken_close(struct beken *beken)
{
	ch341a_nor_free(beken->spi);
	ch341a_close(beken->device);
}

static int pulse_cen(struct ch341a *device, unsigned int low_ms)
{
	int error = drive(device, CH341A_PINS_IDLE & ~CH341A_PIN_CEN, CH341A_PIN_CEN);

	if (error)
		return error;
	beken_sleep_us((int64_t)low_ms * 1000);
	error = drive(device, CH341A_PINS_IDLE, CH341A_PIN_CEN);
	/* A capacitor at CEN fills faster through us than through its pull-up. */
	if (!error)
		beken_sleep_us(CEN_FILL_US);
	return error;
}

int beken_boot(struct beken *beken)
{
	/* A slow reset line needs as long a pulse on the way out as on the way in. */
	const unsigned int at_least = beken->options.cen_low_ms;
	int error;

	frontend_hold_signals(beken->frontend, true);
	error = pulse_cen(beken->device, beken->pulse_ms > at_least ? beken->pulse_ms : at_least);
	if (!error)
		error = beken_release_pins(beken->device);
	frontend_hold_signals(beken->frontend, false);
	return error;
}

int beken_leave(struct beken *beken)
{
	if (beken->options.enter == BEKEN_ENTER_NEVER)
		return beken_release_pins(beken->device);
	frontend_message(beken->frontend, MESSAGE_DEBUG, "Chip %s.",
			 beken->options.keep ? "kept in SPI mode" : "reset to boot");
	return beken->options.keep ? beken_keep(beken->device) : beken_boot(beken);
}

void beken_let_go(struct beken *beken)
{
	if (!beken_make_safe(beken->device))
		beken_release_pins(beken->device);
}

int beken_keep(struct ch341a *device)
{
	return drive(device, CH341A_PINS_IDLE, CH341A_PIN_CEN | CH341A_PIN_CS);
}

int beken_drive_pins(struct ch341a *device)
{
	return drive(device, CH341A_PINS_IDLE, CH341A_PINS_ALL_OUTPUTS);
}

int beken_release_pins(struct ch341a *device)
{
	return drive(device, CH341A_PINS_IDLE, 0);
}

int beken_make_safe(struct ch341a *device)
{
	const int error = ch341a_recover(device);

	return error ? error : beken_drive_pins(device);
}
