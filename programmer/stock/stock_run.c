/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stock_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signals.h"
#include "slow_clock.h"
#include "start_advice.h"
#include "terminal.h"

/* On stderr, since `-r -` of some releases writes the image to stdout. */
void stock_print(enum message_level level, const char *text)
{
	static const char *const labels[] = { "Error: ", "Warning: ", "", "", "" };

	terminal_line(PROGRAMMER_NAME ": %s%s", text[0] == ' ' ? "" : labels[level], text);
}

static void defer(struct stock_run *run, const char *text)
{
	const size_t used = run->deferred ? strlen(run->deferred) : 0;
	/* Of any length: half a command line can do harm. */
	char *longer = realloc(run->deferred, used + strlen(text) + 2);

	if (!longer)
		return;
	run->deferred = longer;
	sprintf(longer + used, "%s\n", text);
}

void stock_run_print_deferred(struct stock_run *run)
{
	char *rest = run->deferred, *line;

	while (rest && (line = strtok_r(rest, "\n", &rest)))
		stock_print(MESSAGE_ERROR, line);
	free(run->deferred);
	run->deferred = NULL;
}

static void on_message(void *arg, enum message_level level, const char *text)
{
	struct stock_run *run = arg;

	if ((unsigned int)level > MESSAGE_INFO + run->verbosity)
		return;
	if (level == MESSAGE_ERROR && run->opening)
		defer(run, text);
	else
		stock_print(level, text);
}

static unsigned int on_interrupts(void *arg)
{
	(void)arg;
	return signals_count();
}

static void on_step(void *arg, enum frontend_step step, enum step_outcome outcome)
{
	struct stock_run *run = arg;

	run->id_failed = step == STEP_ID && outcome == OUTCOME_FAILED;
}

static void on_attempt(void *arg, const char *text)
{
	const struct stock_run *run = arg;
	char line[160];

	snprintf(line, sizeof(line), PROGRAMMER_NAME ": %s", text);
	terminal_try(line, !run->params.beken.attempts);
}

/* Of a backup: meanwhile flashrom waits for the answer to one command. */
static void on_progress(void *arg, uint64_t done, uint64_t total)
{
	struct stock_run *run = arg;

	if (done < total)
		progress_show(&run->progress.progress, done, total);
	else
		progress_end(&run->progress.progress);
}

static void note_backup(struct stock_run *run)
{
	const char *path = backup_path(run->backup);

	backup_reminder_note_made(&run->reminder, path);
	if (path)
		snprintf(run->backup_path, sizeof(run->backup_path), "%s", path);
}

void stock_run_close(struct stock_run *run)
{
	if (!run->session)
		return;
	read_check_again(&run->check);
	if (run->backup)
		note_backup(run);
	run->error = session_close(run->session);
	run->session = NULL;
	backup_free(run->backup);
	run->backup = NULL;
}

int stock_run_open(struct stock_run *run)
{
	const int error = backup_open_session(&run->frontend, &run->params, &run->session, &run->backup);
	if (error == BEKEN_ERR_NO_CHIP && run->id_failed && !run->params.slow_clock)
		slow_clock_second_opinion(&run->frontend, run->params.device[0] ? run->params.device : NULL);
	if (!error && run->backup && run->write)
		backup_only_if_new(run->backup);
	run->opened = !error;
	return error;
}

int stock_run_enable(void *arg)
{
	struct stock_run *run = arg;
	struct write_plan_facts plan;
	int error = BEKEN_OK;

	write_plan_facts(run->plan, &plan);
	/* What no other chip has stays, or comes back. */
	run->reminder.was_said |= plan.keeps_own;
	run->seen.started = run->opening = true;
	if (!run->session)
		error = stock_run_open(run);
	/* Before flashrom reads the flash, so that there is time for Ctrl-C. */
	if (!error)
		error = backup_reminder_before(&run->reminder, run->session);
	if (error)
		stock_run_close(run);
	run->opening = false;
	run->opened = !error;
	if (error)
		return error;
	read_check_begin(&run->check, run->session, run->reminder.flash_size);
	/* Where flashrom goes over all of the flash, progress is told in percent of it. */
	run->progress.size = run->part_only || plan.n_ranges ? 0 : session_flash(run->session)->die->size;
	return BEKEN_OK;
}

/* With -VV. Not the data of a page. */
static void tell_of_command(struct stock_run *run, const uint8_t *out, size_t out_length, size_t in_length)
{
	char text[100];
	int n;

	if (MESSAGE_SPEW > MESSAGE_INFO + run->verbosity)
		return;
	n = snprintf(text, sizeof(text), "Command");
	for (size_t i = 0; i < out_length && i < 5; i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n, " %02X", out[i]);
	snprintf(text + n, sizeof(text) - (size_t)n, ": %zu bytes out, %zu in.", out_length, in_length);
	on_message(run, MESSAGE_SPEW, text);
}

int stock_run_command(void *arg, const uint8_t *out, size_t out_length, uint8_t *in, size_t in_length)
{
	struct stock_run *run = arg;
	const struct nor_command *command;
	int error;

	tell_of_command(run, out, out_length, in_length);
	error = session_command(run->session, out, out_length, in, in_length);
	if (error)
		return error;
	command = session_last_command(run->session);
	backup_note(run->backup, command);
	die_copy_note(run->check.copy, command);
	hints_note_answer(&run->seen, command);
	flash_progress_note(&run->progress, command);
	return BEKEN_OK;
}

void stock_run_start(struct stock_run *run, const struct command *command)
{
	run->frontend = (struct frontend){
		.message = on_message,
		.interrupts = on_interrupts,
		.step = on_step,
		.attempt = on_attempt,
		.progress = on_progress,
		.explain = start_advice,
		.arg = run,
	};
	run->verbosity = command->args.verbosity;
	run->part_only = command->args.n_includes > 0;
	run->check = (struct read_check){ .frontend = &run->frontend, .args = &command->args };
	run->reminder = (struct backup_reminder){
		.frontend = &run->frontend,
		.tool = command->tool,
		.argv = command->argv,
		.args = &command->args,
		.params = &run->params,
		.was_said = run->write, /* it makes one, or was told not to */
	};
}
