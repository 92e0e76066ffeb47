/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session.h"

#include <stdbool.h>
#include <stdlib.h>

#include "beken.h"
#include "ch341a.h"
#include "nor.h"
#include "nor_sfdp.h"
#include "nor_spi.h"
#include "slow_clock.h"

/* Of a status register in one frame; a die repeats it. */
#define STATUS_BYTES 16
/* What a chip erase of the largest usual die, 4 MiB, may take. */
#define MAX_BUSY_MS (4 * NOR_MAX_ERASE_CHIP_MS_PER_MIB)

struct session {
	const struct frontend *frontend;
	struct params params;
	struct ch341a *device;
	struct slow_clock slow_clock; /* only with clock=slow */
	struct nor_spi *spi;
	struct nor *nor;
	struct nor_command command;	       /* the last one */
	bool four_bytes;		       /* in 4-byte mode */
	session_first_change_fn *first_change; /* NULL: nobody asks, or it was called */
	void *first_change_arg;
	uint64_t size; /* of the die; 0: not known */
	bool size_was_asked;
	unsigned int pulse_ms; /* that brought the chip into SPI mode; 0: none */
	int error;	       /* the first one */
};

/* Says what was not said where it happened. */
static void report(const struct session *session, int error)
{
	const struct frontend *const frontend = session->frontend;
	const bool pipelined = session->device && ch341a_is_pipelined(session->device);

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

static int note_error(struct session *session, int error)
{
	if (error && !session->error) {
		session->error = error;
		report(session, error);
	}
	return error;
}

static int look_at_die(struct session *session, uint32_t jedec_id)
{
	const struct nor_options options = {
		.unprotect = session->params.unprotect,
		.sfdp = session->params.sfdp,
		.plain = session->params.beken.enter == BEKEN_ENTER_NEVER,
	};

	return nor_new(session->frontend, session->device, session->spi, &options, jedec_id, &session->nor);
}

static void report_still_busy(const struct frontend *frontend)
{
	frontend_message(frontend, MESSAGE_WARNING,
			 "The flash is still busy, so the chip is not reset. Power it off and "
			 "on when the flash had time to finish.");
}

/* While a die is busy it answers nothing but this, not even a request for its
 * ID. Firmware that runs on the chip may send anything. */
static int answers_busy(struct nor_spi *spi, bool *busy)
{
	const uint8_t opcode = NOR_RDSR;
	uint8_t status[STATUS_BYTES];
	const int error = nor_spi_command(spi, &opcode, 1, status, sizeof(status));

	*busy = !error && status[0] & NOR_SR1_WIP && status[0] != 0xff;
	for (size_t i = 1; i < sizeof(status); i++)
		*busy = *busy && status[i] == status[0];
	return error;
}

/* A program before us may have been killed in the middle of an erase. */
static int wait_if_busy(struct session *session)
{
	const struct frontend *const frontend = session->frontend;
	bool busy = false;
	int error = beken_drive_pins(session->device);

	if (!error)
		error = answers_busy(session->spi, &busy);
	if (!busy)
		return error;
	frontend_message(frontend, MESSAGE_INFO, "The flash is busy; waiting until it has finished.");
	error = nor_wait_idle(frontend, session->spi, MAX_BUSY_MS, frontend_interrupts(frontend));
	if (error == BEKEN_ERR_BUSY || error == BEKEN_ERR_INTERRUPTED)
		report_still_busy(frontend);
	return error;
}

static int start(struct session *session)
{
	uint32_t jedec_id = 0;
	int error = BEKEN_OK;

	if (session->params.beken.enter != BEKEN_ENTER_NEVER)
		error = wait_if_busy(session);
	if (!error)
		error = beken_enter(session->frontend, session->device, &session->params.beken, &jedec_id,
				    &session->pulse_ms);
	if (error)
		return error;
	if (session->params.beken.enter != BEKEN_ENTER_NEVER)
		frontend_message(session->frontend, MESSAGE_INFO, "%s",
				 session->pulse_ms
					 ? "Chip in SPI mode."
					 : "A flash answers already, so the chip was not reset (enter=auto).");
	error = look_at_die(session, jedec_id);
	if (!error && session->params.slow_clock)
		error = slow_clock_announce(session->frontend, session->spi, session_flash(session)->die->size);
	if (!error)
		frontend_step(session->frontend, STEP_STATUS,
			      session_flash(session)->has_status ? OUTCOME_GOOD : OUTCOME_SKIPPED);
	return error;
}

/* After a failed start: CEN goes high, then no pin is driven. */
static void let_go(struct session *session)
{
	if (beken_make_safe(session->device) == BEKEN_OK)
		beken_release_pins(session->device);
}

static void free_session(struct session *session)
{
	nor_free(session->nor);
	nor_spi_free(session->spi);
	ch341a_close(session->device);
	free(session);
}

/* Opens the CH341A; the chip is not touched. */
static int connect(const struct frontend *frontend, const struct params *params, struct session **result)
{
	struct session *session = calloc(1, sizeof(*session));
	int error;

	if (!session)
		return BEKEN_ERR_MEMORY;
	session->frontend = frontend;
	session->params = *params;
	error = ch341a_open(frontend, params->device[0] ? params->device : NULL, params->pipeline,
			    &session->device);
	if (!error && params->slow_clock)
		error = note_error(session, slow_clock_use(&session->slow_clock, frontend, session->device));
	if (!error) {
		session->spi = nor_spi_new(session->device);
		error = session->spi ? BEKEN_OK : note_error(session, BEKEN_ERR_MEMORY);
	}
	if (error) {
		free_session(session);
		return error;
	}
	*result = session;
	return BEKEN_OK;
}

int session_open(const struct frontend *frontend, const struct params *params, struct session **result)
{
	struct session *session;
	int error = connect(frontend, params, &session);

	if (error)
		return error;
	error = note_error(session, start(session));
	if (error) {
		let_go(session);
		free_session(session);
		return error;
	}
	*result = session;
	return BEKEN_OK;
}

const struct nor_facts *session_flash(const struct session *session)
{
	return nor_facts(session->nor);
}

int session_size(struct session *session, uint64_t *size)
{
	const struct nor_facts *const facts = nor_facts(session->nor);

	if (!session->error && !session->size_was_asked) {
		int error = nor_queue_flush(nor_queue_of(session->nor));

		if (!error)
			error = nor_size_find(session->spi, facts->die, facts->jedec_id,
					      nor_can_stream(session->nor), &session->size);
		session->size_was_asked = !note_error(session, error);
	}
	*size = session->size;
	return session->error;
}

void session_on_first_change(struct session *session, session_first_change_fn *call, void *arg)
{
	session->first_change = call;
	session->first_change_arg = arg;
}

static void announce_change(struct session *session)
{
	session_first_change_fn *const call = session->first_change;

	if (session->error || !call)
		return;
	session->first_change = NULL;
	note_error(session, call(session->first_change_arg));
}

int session_command(struct session *session, const uint8_t *out, size_t out_length, uint8_t *in,
		    size_t in_length)
{
	session->command = nor_command_decode(out, out_length, in, in_length, &session->four_bytes);
	if (session->command.changes_content)
		announce_change(session);
	if (!session->error)
		note_error(session, nor_execute(session->nor, &session->command));
	return session->error;
}

const struct nor_command *session_last_command(const struct session *session)
{
	return &session->command;
}

bool session_can_stream(const struct session *session)
{
	return nor_can_stream(session->nor);
}

int session_read(struct session *session, uint32_t address, uint8_t *data, size_t n)
{
	if (!session->error)
		note_error(session, nor_queue_read(nor_queue_of(session->nor), address, data, n));
	return session->error;
}

int session_program(struct session *session, uint32_t address, const uint8_t *data, size_t n)
{
	announce_change(session);
	if (!session->error)
		note_error(session, nor_queue_program(nor_queue_of(session->nor), address, data, n));
	return session->error;
}

/* Is it safe to cut the die's power? An interrupted erase goes on in the die. */
static bool die_is_idle(struct session *session)
{
	int error;

	if (!session->error) {
		note_error(session, nor_queue_flush(nor_queue_of(session->nor)));
		if (!session->error)
			return true;
	}
	nor_queue_drop(nor_queue_of(session->nor));
	if (beken_make_safe(session->device))
		return false;
	frontend_message(session->frontend, MESSAGE_DEBUG, "Waiting for the flash to finish.");
	error = nor_queue_abandon(nor_queue_of(session->nor));
	if (!error)
		return true;
	report_still_busy(session->frontend);
	return false;
}

/* A slow reset line needs as long a pulse on the way out as on the way in. */
static unsigned int boot_pulse_ms(const struct session *session)
{
	const unsigned int at_least = session->params.beken.cen_low_ms;

	return session->pulse_ms > at_least ? session->pulse_ms : at_least;
}

static int leave(struct session *session)
{
	if (session->params.beken.enter == BEKEN_ENTER_NEVER)
		return beken_release_pins(session->device);
	frontend_message(session->frontend, MESSAGE_DEBUG, "Chip %s.",
			 session->params.keep ? "kept in SPI mode" : "reset to boot");
	if (session->params.keep)
		return beken_keep(session->device);
	return beken_boot(session->frontend, session->device, boot_pulse_ms(session));
}

int session_close(struct session *session)
{
	int error;

	if (!session)
		return BEKEN_OK;
	if (die_is_idle(session))
		note_error(session, leave(session));
	else if (session->error != BEKEN_ERR_GONE)
		note_error(session, beken_keep(session->device));
	error = session->error;
	free_session(session);
	return error;
}

/* ---- reset without a session ---- */

int session_reset(const struct frontend *frontend, const struct params *params)
{
	struct session *session;
	int error = connect(frontend, params, &session);

	if (error)
		return error;
	error = wait_if_busy(session);
	if (!error)
		error = beken_boot(frontend, session->device, params->beken.cen_low_ms);
	else if (error == BEKEN_ERR_BUSY || error == BEKEN_ERR_INTERRUPTED)
		error = beken_keep(session->device) ? BEKEN_ERR_USB : error;
	note_error(session, error);
	free_session(session);
	return error;
}
