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

struct session {
	const struct frontend *frontend;
	struct params params;
	struct beken beken;
	struct slow_clock slow_clock; /* only with clock=slow */
	struct nor *nor;
	struct nor_command command;	       /* the last one */
	bool four_bytes;		       /* in 4-byte mode */
	session_first_change_fn *first_change; /* NULL: nobody asks, or it was called */
	void *first_change_arg;
	uint64_t size; /* of the die; 0: not known */
	bool size_was_asked;
	int error; /* the first one */
};

static int note_error(struct session *session, int error)
{
	if (error && !session->error) {
		session->error = error;
		beken_report(session->frontend, session->beken.device, error);
	}
	return error;
}

static int look_at_die(struct session *session)
{
	const struct nor_options options = {
		.unprotect = session->params.unprotect,
		.sfdp = session->params.sfdp,
		.plain = session->beken.options.enter == BEKEN_ENTER_NEVER,
	};

	return nor_new(session->frontend, session->beken.spi, &options, session->beken.jedec_id, &session->nor);
}

static int start(struct session *session)
{
	int error = beken_enter(&session->beken);

	if (!error)
		error = look_at_die(session);
	if (!error && session->params.slow_clock)
		error = slow_clock_announce(session->frontend, session->beken.spi,
					    session_flash(session)->die->size);
	if (!error)
		frontend_step(session->frontend, STEP_STATUS,
			      session_flash(session)->has_status ? OUTCOME_GOOD : OUTCOME_SKIPPED);
	return error;
}

static void free_session(struct session *session)
{
	nor_free(session->nor);
	beken_close(&session->beken);
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
	session->beken.frontend = frontend;
	session->beken.options = params->beken;
	error = beken_open(&session->beken, params->device[0] ? params->device : NULL, params->pipeline);
	if (!error && params->slow_clock)
		error = note_error(session,
				   slow_clock_use(&session->slow_clock, frontend, session->beken.device));
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
		beken_let_go(&session->beken);
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
			error = nor_size_find(session->beken.spi, facts->die, facts->jedec_id,
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
	if (beken_make_safe(session->beken.device))
		return false;
	frontend_message(session->frontend, MESSAGE_DEBUG, "Waiting for the flash to finish.");
	error = nor_queue_abandon(nor_queue_of(session->nor));
	if (!error)
		return true;
	beken_report_still_busy(session->frontend);
	return false;
}

int session_close(struct session *session)
{
	int error;

	if (!session)
		return BEKEN_OK;
	if (die_is_idle(session))
		note_error(session, beken_leave(&session->beken));
	else if (session->error != BEKEN_ERR_GONE)
		note_error(session, beken_keep(session->beken.device));
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
	error = beken_wait_if_busy(&session->beken);
	if (!error)
		error = beken_boot(&session->beken);
	else if (error == BEKEN_ERR_BUSY || error == BEKEN_ERR_INTERRUPTED)
		error = beken_keep(session->beken.device) ? BEKEN_ERR_USB : error;
	note_error(session, error);
	free_session(session);
	return error;
}
