/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The `flashrom` that people type. It stands in front of the real one:
 * -p ch341a_beken is served to it over the serial flasher protocol, everything
 * else passes through untouched.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backup.h"
#include "backup_reminder.h"
#include "captive.h"
#include "captive_output.h"
#include "signals.h"
#include "flash_progress.h"
#include "flashrom_args.h"
#include "flashrom_find.h"
#include "flashrom_log.h"
#include "hints.h"
#include "frontend.h"
#include "output_files.h"
#include "stock_flashrom.h"
#include "params.h"
#include "pty.h"
#include "terminal.h"
#include "serprog.h"
#include "session.h"

/* flashrom's own: 1 for what fails before writing, 2 for a failed write. */
#define EXIT_FAILED 1
#define EXIT_WRITE_FAILED 2
#define EXIT_SIGNAL_BASE 128

#define HELD_SIZE 4096

struct stock_run {
	struct frontend frontend;
	struct params params;
	unsigned int verbosity;
	struct session *session;
	struct backup *backup; /* of the session; NULL: none is asked for */
	struct captive *captive;
	bool part_only; /* flashrom works on regions of the flash */
	bool opening;
	char held[HELD_SIZE]; /* error messages of a failed start */
	int error;	      /* of the session */
	bool opened;	      /* the session, at least once */
	struct hints_seen seen;
	struct flash_progress progress;
	struct backup_reminder word;
};

/* What the user has typed, and what stands for it. */
struct command {
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

static void hold(struct stock_run *launcher, const char *text)
{
	const size_t used = strlen(launcher->held);

	snprintf(launcher->held + used, sizeof(launcher->held) - used, "%s\n", text);
}

/* Why the start failed stands last, below what flashrom makes of it. */
static void print_held(struct stock_run *launcher)
{
	char *rest = launcher->held, *line;

	while ((line = strtok_r(rest, "\n", &rest)))
		print(MESSAGE_ERROR, line);
}

static void on_message(void *arg, enum message_level level, const char *text)
{
	struct stock_run *launcher = arg;

	if ((unsigned int)level > MESSAGE_INFO + launcher->verbosity)
		return;
	if (level == MESSAGE_ERROR && launcher->opening)
		hold(launcher, text);
	else
		print(level, text);
}

static unsigned int on_interrupts(void *arg)
{
	(void)arg;
	return signals_count();
}

/* Of the engine's own work, in which flashrom asks for nothing. */
static void on_progress(void *arg, uint64_t done, uint64_t total)
{
	struct stock_run *launcher = arg;

	if (done < total)
		progress_show(&launcher->progress.progress, done, total);
	else
		progress_end(&launcher->progress.progress);
}

static void close_session(struct stock_run *launcher)
{
	launcher->error = session_close(launcher->session);
	launcher->session = NULL;
	backup_free(launcher->backup);
	launcher->backup = NULL;
}

/* Now, since flashrom is going to read the flash first: time for Ctrl-C. */
static int look_for_backup(struct stock_run *launcher)
{
	const int error = backup_reminder_before(&launcher->word, launcher->session);

	if (!error)
		return BEKEN_OK;
	close_session(launcher);
	return error;
}

static int on_enable(void *arg)
{
	struct stock_run *launcher = arg;
	int error;

	launcher->seen.started = launcher->opening = true;
	error = backup_open_session(&launcher->frontend, &launcher->params, &launcher->session,
				    &launcher->backup);
	if (!error)
		error = look_for_backup(launcher);
	launcher->opening = false;
	launcher->opened = !error;
	if (!error && !launcher->part_only)
		launcher->progress.size = session_flash(launcher->session)->die->size;
	return error;
}

static int on_disable(void *arg)
{
	struct stock_run *launcher = arg;

	if (launcher->backup)
		backup_reminder_note_made(&launcher->word, backup_path(launcher->backup));
	close_session(launcher);
	return launcher->error;
}

/* With -VV. The data of a page are left out. */
static void tell_of_command(struct stock_run *launcher, const uint8_t *out, size_t out_length, size_t in_length)
{
	char text[100];
	int n;

	if (MESSAGE_SPEW > MESSAGE_INFO + launcher->verbosity)
		return;
	n = snprintf(text, sizeof(text), "Command");
	for (size_t i = 0; i < out_length && i < 5; i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n, " %02X", out[i]);
	snprintf(text + n, sizeof(text) - (size_t)n, ": %zu bytes out, %zu in.", out_length, in_length);
	on_message(launcher, MESSAGE_SPEW, text);
}

static int on_command(void *arg, const uint8_t *out, size_t out_length, uint8_t *in, size_t in_length)
{
	struct stock_run *launcher = arg;
	int error;

	tell_of_command(launcher, out, out_length, in_length);
	error = session_command(launcher->session, out, out_length, in, in_length);
	if (!error) {
		hints_note_answer(&launcher->seen, session_last_command(launcher->session));
		flash_progress_note(&launcher->progress, session_last_command(launcher->session));
	}
	return error;
}

static void on_send(void *arg, const uint8_t *data, size_t n)
{
	struct stock_run *launcher = arg;

	captive_send(launcher->captive, data, n);
}

static void on_receive(void *arg, const uint8_t *data, size_t n)
{
	serprog_feed(arg, data, n);
}

/* By the same signal, so that a shell script stops too. */
static int end_by_signal(int number)
{
	if (number == SIGINT || number == SIGTERM || number == SIGHUP || number == SIGQUIT ||
	    number == SIGPIPE) {
		signal(number, SIG_DFL);
		raise(number);
	}
	return EXIT_SIGNAL_BASE + number;
}

static void say_hint(void *arg, enum message_level level, const char *text)
{
	(void)arg;
	print(level, text);
}

/* After flashrom has ended by itself: its exit status, corrected. */
static int give_hints(const struct stock_run *launcher, const struct command *command, int status)
{
	struct flashrom_findings found;
	const struct hints_run run = {
		.argc = command->argc,
		.argv = command->argv,
		.args = &command->args,
		.found = &found,
		.seen = &launcher->seen,
		.status = status,
	};

	flashrom_log_read_file(command->args.log ? command->args.log : command->log, &found);
	/* It may not have come so far as to say so. */
	found.is_flashprog |= flashrom_find_is_flashprog(command->path);
	if (!hints_status(&run) && !launcher->error)
		backup_reminder_note_read(&launcher->word, &found, launcher->seen.bytes_read);
	/* If the start failed, its reason has been said and stands last. */
	if (launcher->opened || !launcher->seen.started)
		hints_give(&run, say_hint, NULL);
	return hints_status(&run);
}

static void tell_of_file(void *arg, const char *path, enum output_file_state state)
{
	char text[PATH_MAX + 64];

	(void)arg;
	switch (state) {
	case OUTPUT_FILE_RESTORED:
		snprintf(text, sizeof(text), "%s has its old content again.", path);
		print(MESSAGE_INFO, text);
		break;
	case OUTPUT_FILE_LOST:
		snprintf(text, sizeof(text), "%s has lost its old content, and holds nothing from the flash.",
			 path);
		print(MESSAGE_WARNING, text);
		break;
	case OUTPUT_FILE_NEW:
		snprintf(text, sizeof(text), "%s holds nothing from the flash.", path);
		print(MESSAGE_WARNING, text);
		break;
	case OUTPUT_FILE_MISSING:
	case OUTPUT_FILE_UNCHANGED: break;
	}
}

/* Ends as flashrom has ended, unless that would not be true. */
static int finish(struct stock_run *launcher, const struct command *command, struct output_files *kept,
		  int status)
{
	int result = EXIT_FAILED;

	print_held(launcher);
	if (WIFEXITED(status))
		result = give_hints(launcher, command, WEXITSTATUS(status));
	if (!launcher->seen.bytes_read)
		output_files_restore(kept, tell_of_file, NULL);
	if (WIFSIGNALED(status))
		return end_by_signal(WTERMSIG(status));
	/* We had the signal first, and flashrom has failed for want of an answer
	 * before it got there. */
	if (result != 0 && signals_count())
		return end_by_signal(signals_last());
	/* It came after the last answer, or flashrom did not care. */
	if (result == 0 && launcher->error) {
		print(MESSAGE_ERROR,
		      "This failed although flashrom has finished. Do not trust what is in the flash.");
		return EXIT_WRITE_FAILED;
	}
	return result;
}

static int serve(struct stock_run *launcher, const struct command *command, char *const *argv, struct pty *pty)
{
	const struct serprog_target target = { .enable = on_enable,
					       .disable = on_disable,
					       .command = on_command,
					       .send = on_send,
					       .arg = launcher };
	/* Whoever wants to see more than usual gets all of it, as it is. And
	 * flashprog's own display does not come at once through a pipe. */
	const bool take_output = !command->args.verbosity && !command->args.progress;
	struct serprog *serprog = serprog_new(&target);
	struct output_files *kept;
	int status;

	if (!serprog) {
		print(MESSAGE_ERROR, "Out of memory.");
		return EXIT_FAILED;
	}
	kept = output_files_new(&command->args);
	launcher->captive = captive_start(command->path, argv, pty, take_output);
	if (!launcher->captive) {
		terminal_line(PROGRAMMER_NAME ": Error: Cannot run %s: %s.", command->path, strerror(errno));
		output_files_free(kept);
		serprog_free(serprog);
		return EXIT_FAILED;
	}
	flash_progress_start(&launcher->progress, PROGRAMMER_NAME ": ",
			     take_output && captive_output_has_the_terminal());
	status = captive_run(launcher->captive, on_receive, serprog);
	/* Leaves the chip if flashrom has not done so. */
	serprog_free(serprog);
	/* The file is looked after whatever signal comes meanwhile. */
	status = finish(launcher, command, kept, status);
	captive_free(launcher->captive);
	output_files_free(kept);
	return status;
}

static int run_on_pty(struct stock_run *launcher, const struct command *command, struct pty *pty)
{
	char programmer[PTY_PATH_SIZE + 32];
	char **argv;
	int status;

	snprintf(programmer, sizeof(programmer), "serprog:dev=%s", pty->path);
	argv = flashrom_args_replace(command->argc, command->argv, &command->args, programmer,
				     command->log[0] ? command->log : NULL);
	if (!argv) {
		print(MESSAGE_ERROR, "Out of memory.");
		return EXIT_FAILED;
	}
	status = serve(launcher, command, argv, pty);
	flashrom_args_free(argv);
	return status;
}

static int run_as_programmer(struct stock_run *launcher, struct command *command)
{
	struct pty pty;
	int log = -1, status;

	captive_output_fill_standard_files();
	if (pty_open(&pty)) {
		terminal_line(PROGRAMMER_NAME ": Error: Cannot open a pseudo terminal: %s.", strerror(errno));
		return EXIT_FAILED;
	}
	if (!command->args.log)
		log = flashrom_log_open(command->log, sizeof(command->log));
	status = run_on_pty(launcher, command, &pty);
	if (log >= 0)
		close(log);
	pty_close(&pty);
	return status;
}

int stock_flashrom(int argc, char **argv)
{
	struct stock_run launcher = {
		.frontend = {
			.message = on_message,
			.interrupts = on_interrupts,
			.progress = on_progress,
			.arg = &launcher,
		},
	};
	struct command command = { .argc = argc, .argv = argv };
	const char *parameters;
	char problem[512];

	if (flashrom_find(command.path, sizeof(command.path), problem, sizeof(problem))) {
		print(MESSAGE_ERROR, problem);
		return EXIT_FAILED;
	}
	flashrom_args_read(argc, argv, &command.args);
	if (!flashrom_args_are_ours(&command.args, &parameters)) {
		execv(command.path, argv);
		terminal_line(PROGRAMMER_NAME ": Error: Cannot run %s: %s.", command.path, strerror(errno));
		return EXIT_FAILED;
	}
	launcher.verbosity = command.args.verbosity;
	launcher.part_only = command.args.n_includes > 0;
	launcher.word = (struct backup_reminder){
		.frontend = &launcher.frontend, .argv = argv, .args = &command.args, .params = &launcher.params
	};
	params_init(&launcher.params);
	if (params_parse(&launcher.params, parameters, problem, sizeof(problem))) {
		print(MESSAGE_ERROR, problem);
		return EXIT_FAILED;
	}
	return run_as_programmer(&launcher, &command);
}
