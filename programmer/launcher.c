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

#include "backup_word.h"
#include "captive.h"
#include "flashrom_args.h"
#include "flashrom_find.h"
#include "flashrom_log.h"
#include "hints.h"
#include "host.h"
#include "kept_files.h"
#include "launcher.h"
#include "params.h"
#include "pty.h"
#include "serprog.h"
#include "session.h"

/* flashrom's own: 1 for what fails before writing, 2 for a failed write. */
#define EXIT_FAILED 1
#define EXIT_WRITE_FAILED 2
#define EXIT_SIGNAL_BASE 128

#define HELD_SIZE 4096

struct launcher {
	struct host host;
	struct params params;
	unsigned int verbosity;
	struct session *session;
	struct captive *captive;
	bool opening;
	char held[HELD_SIZE];	/* error messages of a failed start */
	int error;		/* of the session */
	bool opened;		/* the session, at least once */
	struct hints_seen seen;
	struct backup_word word;
};

/* What the user has typed, and what stands for it. */
struct command {
	int argc;
	char **argv;
	struct flashrom_args args;
	char path[PATH_MAX];	/* of the real flashrom */
	char log[FLASHROM_LOG_PATH_SIZE];	/* "": the user has one, or none can be */
};

/* On stderr, since `-r -` of some releases writes the image to stdout. */
static void print(enum message_level level, const char *text)
{
	static const char *const labels[] = { "Error: ", "Warning: ", "", "", "" };

	fprintf(stderr, PROGRAMMER_NAME ": %s%s\n", text[0] == ' ' ? "" : labels[level], text);
}

static void hold(struct launcher *launcher, const char *text)
{
	const size_t used = strlen(launcher->held);

	snprintf(launcher->held + used, sizeof(launcher->held) - used, "%s\n", text);
}

/* Why the start failed stands last, below what flashrom makes of it. */
static void print_held(struct launcher *launcher)
{
	char *rest = launcher->held, *line;

	while ((line = strtok_r(rest, "\n", &rest)))
		print(MESSAGE_ERROR, line);
}

static void on_message(void *arg, enum message_level level, const char *text)
{
	struct launcher *launcher = arg;

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
	return captive_signals();
}

/* Now, since flashrom is going to read the flash first: time for Ctrl-C. */
static int look_for_backup(struct launcher *launcher)
{
	const int error = backup_word_before(&launcher->word, launcher->session);

	if (!error)
		return ENGINE_OK;
	launcher->error = session_close(launcher->session);
	launcher->session = NULL;
	return error;
}

static int on_enable(void *arg)
{
	struct launcher *launcher = arg;
	int error;

	launcher->seen.started = launcher->opening = true;
	error = session_open(&launcher->host, &launcher->params, &launcher->session);
	if (!error)
		error = look_for_backup(launcher);
	launcher->opening = false;
	launcher->opened = !error;
	return error;
}

static int on_disable(void *arg)
{
	struct launcher *launcher = arg;

	backup_word_note_made(&launcher->word, launcher->session);
	launcher->error = session_close(launcher->session);
	launcher->session = NULL;
	return launcher->error;
}

static int on_command(void *arg, const uint8_t *out, size_t out_length, uint8_t *in, size_t in_length)
{
	struct launcher *launcher = arg;
	const int error = session_command(launcher->session, out, out_length, in, in_length);

	if (!error)
		hints_note_answer(&launcher->seen, out[0], in, in_length);
	return error;
}

static void on_send(void *arg, const uint8_t *data, size_t n)
{
	struct launcher *launcher = arg;

	captive_send(launcher->captive, data, n);
}

static void on_receive(void *arg, const uint8_t *data, size_t n)
{
	serprog_feed(arg, data, n);
}

/* By the same signal, so that a shell script stops too. */
static int end_by_signal(int number)
{
	if (number == SIGINT || number == SIGTERM || number == SIGHUP || number == SIGQUIT) {
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
static int give_hints(const struct launcher *launcher, const struct command *command, int status)
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
		backup_word_note_read(&launcher->word, &found, launcher->seen.bytes_read);
	/* If the start failed, its reason has been said and stands last. */
	if (launcher->opened || !launcher->seen.started)
		hints_give(&run, say_hint, NULL);
	return hints_status(&run);
}

static void tell_of_file(void *arg, const char *path, enum kept_state state)
{
	char text[PATH_MAX + 64];

	(void)arg;
	switch (state) {
	case KEPT_RESTORED:
		snprintf(text, sizeof(text), "%s has its old content again.", path);
		print(MESSAGE_INFO, text);
		break;
	case KEPT_LOST:
		snprintf(text, sizeof(text), "%s has lost its old content, and holds nothing from the flash.",
			 path);
		print(MESSAGE_WARNING, text);
		break;
	case KEPT_NEW:
		snprintf(text, sizeof(text), "%s holds nothing from the flash.", path);
		print(MESSAGE_WARNING, text);
		break;
	case KEPT_MISSING:
	case KEPT_UNCHANGED:
		break;
	}
}

/* Ends as flashrom has ended, unless that would not be true. */
static int finish(struct launcher *launcher, const struct command *command, struct kept_files *kept, int status)
{
	int result = EXIT_FAILED;

	print_held(launcher);
	if (WIFEXITED(status))
		result = give_hints(launcher, command, WEXITSTATUS(status));
	if (!launcher->seen.bytes_read)
		kept_files_restore(kept, tell_of_file, NULL);
	if (WIFSIGNALED(status))
		return end_by_signal(WTERMSIG(status));
	/* We had the signal first, and flashrom has failed for want of an answer
	 * before it got there. */
	if (result != 0 && captive_signals())
		return end_by_signal(captive_last_signal());
	/* It came after the last answer, or flashrom did not care. */
	if (result == 0 && launcher->error) {
		print(MESSAGE_ERROR,
		      "This failed although flashrom has finished. Do not trust what is in the flash.");
		return EXIT_WRITE_FAILED;
	}
	return result;
}

static int serve(struct launcher *launcher, const struct command *command, char *const *argv, struct pty *pty)
{
	const struct serprog_target target = { .enable = on_enable,
					       .disable = on_disable,
					       .command = on_command,
					       .send = on_send,
					       .arg = launcher };
	struct serprog *serprog = serprog_new(&target);
	struct kept_files *kept;
	int status;

	if (!serprog) {
		print(MESSAGE_ERROR, "Out of memory.");
		return EXIT_FAILED;
	}
	kept = kept_files_new(&command->args);
	launcher->captive = captive_start(command->path, argv, pty);
	if (!launcher->captive) {
		fprintf(stderr, PROGRAMMER_NAME ": Error: Cannot run %s: %s.\n", command->path,
			strerror(errno));
		kept_files_free(kept);
		serprog_free(serprog);
		return EXIT_FAILED;
	}
	status = captive_run(launcher->captive, on_receive, serprog);
	/* Leaves the chip if flashrom has not done so. */
	serprog_free(serprog);
	captive_free(launcher->captive);
	status = finish(launcher, command, kept, status);
	kept_files_free(kept);
	return status;
}

static int run_on_pty(struct launcher *launcher, const struct command *command, struct pty *pty)
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

static int run_as_programmer(struct launcher *launcher, struct command *command)
{
	struct pty pty;
	int log = -1, status;

	if (pty_open(&pty)) {
		fprintf(stderr, PROGRAMMER_NAME ": Error: Cannot open a pseudo terminal: %s.\n",
			strerror(errno));
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

int launcher_main(int argc, char **argv)
{
	struct launcher launcher = {
		.host = { .message = on_message, .interrupts = on_interrupts, .arg = &launcher },
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
		fprintf(stderr, PROGRAMMER_NAME ": Error: Cannot run %s: %s.\n", command.path, strerror(errno));
		return EXIT_FAILED;
	}
	launcher.verbosity = command.args.verbosity;
	launcher.word = (struct backup_word){
		.host = &launcher.host, .argv = argv, .args = &command.args, .params = &launcher.params
	};
	params_init(&launcher.params);
	if (params_parse(&launcher.params, parameters, problem, sizeof(problem))) {
		print(MESSAGE_ERROR, problem);
		return EXIT_FAILED;
	}
	return run_as_programmer(&launcher, &command);
}
