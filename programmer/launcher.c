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

#include "captive.h"
#include "flashrom_args.h"
#include "flashrom_find.h"
#include "host.h"
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

static int on_enable(void *arg)
{
	struct launcher *launcher = arg;
	int error;

	launcher->opening = true;
	error = session_open(&launcher->host, &launcher->params, &launcher->session);
	launcher->opening = false;
	return error;
}

static int on_disable(void *arg)
{
	struct launcher *launcher = arg;

	launcher->error = session_close(launcher->session);
	launcher->session = NULL;
	return launcher->error;
}

static int on_command(void *arg, const uint8_t *out, size_t out_length, uint8_t *in, size_t in_length)
{
	struct launcher *launcher = arg;

	return session_command(launcher->session, out, out_length, in, in_length);
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

/* Ends as flashrom has ended. A signal from the user ends us by the same
 * signal, so that a shell script stops too. */
static int exit_like(const struct launcher *launcher, int status)
{
	if (WIFSIGNALED(status)) {
		const int number = WTERMSIG(status);

		if (number == SIGINT || number == SIGTERM || number == SIGHUP || number == SIGQUIT) {
			signal(number, SIG_DFL);
			raise(number);
		}
		return EXIT_SIGNAL_BASE + number;
	}
	/* It came after the last answer, or flashrom did not care. */
	if (WEXITSTATUS(status) == 0 && launcher->error) {
		print(MESSAGE_ERROR,
		      "This failed although flashrom has finished. Do not trust what is in the flash.");
		return EXIT_WRITE_FAILED;
	}
	return WEXITSTATUS(status);
}

static int serve(struct launcher *launcher, const char *path, char *const *argv, struct pty *pty)
{
	const struct serprog_target target = { .enable = on_enable,
					       .disable = on_disable,
					       .command = on_command,
					       .send = on_send,
					       .arg = launcher };
	struct serprog *serprog = serprog_new(&target);
	int status;

	if (!serprog) {
		print(MESSAGE_ERROR, "Out of memory.");
		return EXIT_FAILED;
	}
	launcher->captive = captive_start(path, argv, pty);
	if (!launcher->captive) {
		fprintf(stderr, PROGRAMMER_NAME ": Error: Cannot run %s: %s.\n", path, strerror(errno));
		serprog_free(serprog);
		return EXIT_FAILED;
	}
	status = captive_run(launcher->captive, on_receive, serprog);
	/* Leaves the chip if flashrom has not done so. */
	serprog_free(serprog);
	captive_free(launcher->captive);
	print_held(launcher);
	return exit_like(launcher, status);
}

static int run_as_programmer(struct launcher *launcher, const char *path, int argc, char **argv,
			     const struct flashrom_args *args)
{
	char programmer[PTY_PATH_SIZE + 32];
	char **new_argv;
	struct pty pty;
	int status;

	if (pty_open(&pty)) {
		fprintf(stderr, PROGRAMMER_NAME ": Error: Cannot open a pseudo terminal: %s.\n",
			strerror(errno));
		return EXIT_FAILED;
	}
	snprintf(programmer, sizeof(programmer), "serprog:dev=%s", pty.path);
	new_argv = flashrom_args_replace(argc, argv, args, programmer);
	if (new_argv) {
		status = serve(launcher, path, new_argv, &pty);
	} else {
		print(MESSAGE_ERROR, "Out of memory.");
		status = EXIT_FAILED;
	}
	flashrom_args_free(new_argv);
	pty_close(&pty);
	return status;
}

int launcher_main(int argc, char **argv)
{
	struct launcher launcher = {
		.host = { .message = on_message, .interrupts = on_interrupts, .arg = &launcher },
	};
	char path[PATH_MAX], problem[512];
	struct flashrom_args args;
	const char *parameters;

	if (flashrom_find(path, sizeof(path), problem, sizeof(problem))) {
		print(MESSAGE_ERROR, problem);
		return EXIT_FAILED;
	}
	flashrom_args_read(argc, argv, &args);
	if (!flashrom_args_are_ours(&args, &parameters)) {
		execv(path, argv);
		fprintf(stderr, PROGRAMMER_NAME ": Error: Cannot run %s: %s.\n", path, strerror(errno));
		return EXIT_FAILED;
	}
	launcher.verbosity = args.verbosity;
	params_init(&launcher.params);
	if (params_parse(&launcher.params, parameters, problem, sizeof(problem))) {
		print(MESSAGE_ERROR, problem);
		return EXIT_FAILED;
	}
	return run_as_programmer(&launcher, path, argc, argv, &args);
}
