/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One run of flashrom with this programmer, which is served to it over the serial
 * flasher protocol.
 */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stock_flashrom.h"

#include "backup.h"
#include "backup_reminder.h"
#include "captive.h"
#include "captive_output.h"
#include "flash_progress.h"
#include "flashrom_args.h"
#include "flashrom_find.h"
#include "flashrom_log.h"
#include "frontend.h"
#include "hints.h"
#include "output_files.h"
#include "params.h"
#include "pty_port.h"
#include "read_check.h"
#include "serprog.h"
#include "session.h"
#include "signals.h"
#include "slow_clock.h"
#include "start_advice.h"
#include "terminal.h"

/* flashrom's own: 1 for what fails before writing, 2 for a failed write. */
#define EXIT_FAILED 1
#define EXIT_WRITE_FAILED 2
#define EXIT_SIGNAL_BASE 128

struct stock_run {
	struct frontend frontend;
	struct params params;
	unsigned int verbosity;
	struct session *session;
	struct backup *backup; /* of the session; NULL: none is asked for */
	struct captive *captive;
	struct output_files *outputs; /* NULL: there are none, or they were finished */
	bool part_only;		      /* flashrom works on regions of the flash */
	bool opening;
	char *deferred; /* error messages of a failed start; NULL: none */
	int error;	/* of the session */
	bool opened;	/* the session, at least once */
	bool id_failed; /* at a start: the chip had accepted SPI mode */
	struct hints_seen seen;
	struct flash_progress progress;
	struct backup_reminder reminder;
	struct read_check check;
};

/* What the user has typed, and what is run for it. */
struct command {
	const char *tool; /* before argv; or NULL */
	int argc;
	char **argv;
	struct flashrom_args args;
	char path[PATH_MAX];		  /* of the real flashrom */
	char log[FLASHROM_LOG_PATH_SIZE]; /* "": the user has one, or none can be */
};

/* On stderr, since `-r -` of some releases writes the image to stdout. */
static void print(enum message_level level, const char *text)
{
	static const char *const labels[] = { "Error: ", "Warning: ", "", "", "" };

	terminal_line(PROGRAMMER_NAME ": %s%s", text[0] == ' ' ? "" : labels[level], text);
}

static int fail(const char *text)
{
	print(MESSAGE_ERROR, text);
	return EXIT_FAILED;
}

/* With the reason in errno. */
static int fail_to(const char *what, const char *object)
{
	terminal_line(PROGRAMMER_NAME ": Error: Cannot %s %s: %s.", what, object, strerror(errno));
	return EXIT_FAILED;
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

/* The reason why the start failed comes last, behind what flashrom says about it. */
static void print_deferred(struct stock_run *run)
{
	char *rest = run->deferred, *line;

	while (rest && (line = strtok_r(rest, "\n", &rest)))
		print(MESSAGE_ERROR, line);
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
		print(level, text);
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

static void close_session(struct stock_run *run)
{
	run->error = session_close(run->session);
	run->session = NULL;
	backup_free(run->backup);
	run->backup = NULL;
}

/* Before flashrom reads the flash, so that there is time for Ctrl-C. */
static int look_for_backup(struct stock_run *run)
{
	const int error = backup_reminder_before(&run->reminder, run->session);

	if (!error)
		return BEKEN_OK;
	close_session(run);
	return error;
}

static int on_enable(void *arg)
{
	struct stock_run *run = arg;
	int error;

	run->seen.started = run->opening = true;
	error = backup_open_session(&run->frontend, &run->params, &run->session, &run->backup);
	if (error == BEKEN_ERR_NO_CHIP && run->id_failed && !run->params.slow_clock)
		slow_clock_second_opinion(&run->frontend, run->params.device[0] ? run->params.device : NULL);
	if (!error)
		error = look_for_backup(run);
	run->opening = false;
	run->opened = !error;
	if (!error)
		read_check_begin(&run->check, run->session, run->reminder.flash_size);
	if (!error && !run->part_only)
		run->progress.size = session_flash(run->session)->die->size;
	return error;
}

static int on_disable(void *arg)
{
	struct stock_run *run = arg;

	read_check_again(&run->check);
	if (run->backup)
		backup_reminder_note_made(&run->reminder, backup_path(run->backup));
	close_session(run);
	return run->error;
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

static int on_command(void *arg, const uint8_t *out, size_t out_length, uint8_t *in, size_t in_length)
{
	struct stock_run *run = arg;
	int error;

	tell_of_command(run, out, out_length, in_length);
	error = session_command(run->session, out, out_length, in, in_length);
	if (!error) {
		backup_note(run->backup, session_last_command(run->session));
		die_copy_note(run->check.copy, session_last_command(run->session));
		hints_note_answer(&run->seen, session_last_command(run->session));
		flash_progress_note(&run->progress, session_last_command(run->session));
	}
	return error;
}

static void on_send(void *arg, const uint8_t *data, size_t n)
{
	struct stock_run *run = arg;

	captive_send(run->captive, data, n);
}

static void on_receive(void *arg, const uint8_t *data, size_t n)
{
	serprog_feed(arg, data, n);
}

/* So that a shell script stops as well. */
static int end_by_signal(int number)
{
	signals_end_by(number);
	return EXIT_SIGNAL_BASE + number;
}

static void say_hint(void *arg, enum message_level level, const char *text)
{
	(void)arg;
	print(level, text);
}

/* flashrom has ended by itself: its exit status, corrected. */
static int finish_files(const struct stock_run *run, const struct command *command, int status)
{
	struct flashrom_findings found;
	const struct hints_run hints = {
		.tool = command->tool,
		.argc = command->argc,
		.argv = command->argv,
		.args = &command->args,
		.found = &found,
		.seen = &run->seen,
		.outputs = run->outputs,
		.status = status,
	};
	int result = hints_status(&hints);

	flashrom_log_read_file(command->args.log ? command->args.log : command->log, &found);
	/* It may not have got as far as to log that. */
	found.is_flashprog |= flashrom_find_is_flashprog(command->path);
	found.cannot_connect |= command->log[0] && captive_has_said(run->captive, command->log);
	if (!result && command->args.file &&
	    read_check_finish(&run->check, output_files_written(run->outputs, command->args.file)))
		result = EXIT_FAILED;
	if (!result && output_files_finish(run->outputs, true, false))
		result = EXIT_FAILED;
	if (!result && !run->error && read_check_is_proof(&run->check))
		backup_reminder_note_read(&run->reminder, &found, run->seen.bytes_read);
	/* If the start failed, its reason was printed and must stay the last line. */
	if (run->opened || !run->seen.started)
		hints_give(&hints, say_hint, NULL);
	return result;
}

/* Ends as flashrom has ended, unless that would not be true. */
static int finish(struct stock_run *run, const struct command *command, int status)
{
	int result = EXIT_FAILED;

	print_deferred(run);
	if (WIFEXITED(status))
		result = finish_files(run, command, WEXITSTATUS(status));
	if (result)
		output_files_finish(run->outputs, false, !run->seen.bytes_read);
	/* Before a signal ends us. */
	output_files_free(run->outputs);
	run->outputs = NULL;
	if (WIFSIGNALED(status))
		return end_by_signal(WTERMSIG(status));
	/* The signal reached us first, and flashrom failed for want of an answer. */
	if (result != 0 && signals_count())
		return end_by_signal(signals_last());
	/* The error came after the last answer, or flashrom has ignored it. */
	if (result == 0 && run->error) {
		print(MESSAGE_ERROR,
		      "This failed although flashrom has finished. Do not trust what is in the flash.");
		return EXIT_WRITE_FAILED;
	}
	return result;
}

static int serve(struct stock_run *run, const struct command *command, char *const *argv, struct pty *pty)
{
	const struct serprog_target target = {
		.enable = on_enable,
		.disable = on_disable,
		.command = on_command,
		.arg = run,
		.max_read = run->params.slow_clock ? SLOW_CLOCK_MAX_READ : 0,
	};
	/* With -V flashrom's output is not touched. Nor with --progress:
	 * flashprog's own display would be delayed by a pipe. */
	const bool take_output = !command->args.verbosity && !command->args.progress;
	struct serprog *serprog = serprog_new(&target, on_send, run);
	int status;

	if (!serprog)
		return fail("Out of memory.");
	run->captive = captive_start(command->path, argv, pty, take_output);
	if (!run->captive) {
		status = fail_to("run", command->path);
		serprog_free(serprog);
		return status;
	}
	flash_progress_start(&run->progress, PROGRAMMER_NAME ": ",
			     take_output && captive_output_has_the_terminal());
	status = captive_run(run->captive, on_receive, serprog);
	/* Leaves the chip if flashrom has not done so. */
	serprog_free(serprog);
	status = finish(run, command, status);
	captive_free(run->captive);
	read_check_end(&run->check);
	return status;
}

static int run_on_pty(struct stock_run *run, const struct command *command, struct pty *pty)
{
	struct flashrom_args_changes changes = { .log = command->log[0] ? command->log : NULL };
	char programmer[PTY_PATH_SIZE + 32];
	int status;
	char **argv;

	snprintf(programmer, sizeof(programmer), "serprog:dev=%s", pty->path);
	changes.programmer = programmer;
	run->outputs = output_files_new(&command->args, &run->frontend);
	changes.files = output_files_changes(run->outputs, &changes.n_files);
	argv = flashrom_args_replace(command->argc, command->argv, &command->args, &changes);
	status = argv ? serve(run, command, argv, pty) : fail("Out of memory.");
	output_files_free(run->outputs);
	flashrom_args_free(argv);
	return status;
}

static int run_as_programmer(struct stock_run *run, struct command *command)
{
	struct pty pty;
	int log = -1, status;

	captive_output_fill_standard_files();
	if (pty_open(&pty))
		return fail_to("open", "a pseudo terminal");
	/* From here on files are made that must not outlive us. */
	if (signals_catch(true)) {
		status = fail_to("catch", "signals");
		pty_close(&pty);
		return status;
	}
	if (!command->args.log)
		log = flashrom_log_open(command->log, sizeof(command->log));
	status = run_on_pty(run, command, &pty);
	if (log >= 0)
		close(log);
	signals_restore();
	pty_close(&pty);
	return status;
}

int stock_flashrom(int argc, char **argv, const char *called_as, bool is_tool)
{
	struct stock_run run = {
		.frontend = {
			.message = on_message,
			.interrupts = on_interrupts,
			.step = on_step,
			.attempt = on_attempt,
			.progress = on_progress,
			.explain = start_advice,
			.arg = &run,
		},
	};
	struct command command = { .argc = argc, .argv = argv, .tool = is_tool ? called_as : NULL };
	const char *parameters;
	char problem[512];

	if (!is_tool)
		argv[0] = (char *)called_as;
	if (flashrom_find(command.path, sizeof(command.path), problem, sizeof(problem)))
		return fail(problem);
	flashrom_args_read(argc, argv, &command.args);
	if (!flashrom_args_are_ours(&command.args, &parameters)) {
		execv(command.path, argv);
		return fail_to("run", command.path);
	}
	run.verbosity = command.args.verbosity;
	run.part_only = command.args.n_includes > 0;
	run.reminder = (struct backup_reminder){
		.frontend = &run.frontend,
		.tool = command.tool,
		.argv = argv,
		.args = &command.args,
		.params = &run.params,
	};
	run.check = (struct read_check){ .frontend = &run.frontend, .args = &command.args };
	params_init(&run.params);
	if (params_parse(&run.params, parameters, problem, sizeof(problem)))
		return fail(problem);
	return run_as_programmer(&run, &command);
}
