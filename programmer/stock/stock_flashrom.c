/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One run of flashrom with this programmer, which is served to it over the serial
 * flasher protocol.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stock_flashrom.h"

#include "flashrom_find.h"
#include "pty_port.h"
#include "read_check.h"
#include "serprog.h"
#include "signals.h"
#include "slow_clock.h"
#include "stock_run.h"
#include "terminal.h"

/* flashrom's own: 1 for what fails before writing, 2 for a failed write. */
#define EXIT_FAILED 1
#define EXIT_WRITE_FAILED 2
#define EXIT_SIGNAL_BASE 128

static int fail(const char *text)
{
	stock_print(MESSAGE_ERROR, text);
	return EXIT_FAILED;
}

/* With the reason in errno. */
static int fail_to(const char *what, const char *object)
{
	terminal_line(PROGRAMMER_NAME ": Error: Cannot %s %s: %s.", what, object, strerror(errno));
	return EXIT_FAILED;
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

static void read_log(const struct command *command, struct flashrom_findings *found)
{
	flashrom_log_read(command->args.log ? command->args.log : command->log, found);
}

/* Several of flashrom's definitions have the ID of this flash, and it has done nothing
 * but ask for one. */
static bool must_run_again(struct stock_run *run, const struct command *command, int status)
{
	struct flashrom_findings found;
	const char *name;

	if (!WIFEXITED(status) || command->args.chip || run->chip[0] || signals_count())
		return false;
	read_log(command, &found);
	name = hints_name_of_flash(&found, run->seen.jedec_id);
	if (!name)
		return false;
	snprintf(run->chip, sizeof(run->chip), "%s", name);
	frontend_message(
		&run->frontend, MESSAGE_INFO,
		"%d definitions in flashrom's list have this ID (%06X): using \"%s\"; -c chooses another.",
		found.n_names, (unsigned int)run->seen.jedec_id, run->chip);
	return true;
}

/* flashrom has ended by itself: its exit status, corrected. */
static int finish_files(struct stock_run *run, const struct command *command, int status)
{
	struct flashrom_findings found;
	const struct hints_run hints = {
		.frontend = &run->frontend,
		.args = &command->args,
		.found = &found,
		.seen = &run->seen,
		.outputs = run->outputs,
		.status = status,
	};
	struct write_plan_facts facts;
	int result = hints_status(&hints);

	read_log(command, &found);
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
		hints_give(&hints);
	/* Of what we have changed about flashrom's own run. */
	write_plan_facts(run->plan, &facts);
	if (!result && !run->error && facts.n_ranges && found.verified)
		stock_print(MESSAGE_INFO,
			    command->args.operation == 'w' ? "Written, and verified." : "Verified.");
	return result;
}

/* Ends as flashrom has ended, unless that would not be true. */
static int finish(struct stock_run *run, const struct command *command, int status)
{
	int result = EXIT_FAILED;

	stock_run_print_deferred(run);
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
		stock_print(MESSAGE_ERROR,
			    "This failed although flashrom has finished. Do not trust what is in the flash.");
		return EXIT_WRITE_FAILED;
	}
	return result;
}

/* Returns the wait status, or -1 after having said why flashrom cannot be run. */
static int serve(struct stock_run *run, const struct command *command, char *const *argv, struct pty *pty)
{
	const struct serprog_target target = {
		.enable = stock_run_enable,
		/* It does not disable: the session stays open until flashrom has ended, which
		 * may have to run once more, or the file that it has read may need another
		 * look at the flash. */
		.command = stock_run_command,
		.arg = run,
		.delays = run->params.beken.enter == BEKEN_ENTER_NEVER,
		.max_read = run->params.slow_clock ? SLOW_CLOCK_MAX_READ : 0,
	};
	/* With -V flashrom's output is not touched. Nor with --progress: flashprog's own
	 * display would be delayed by a pipe. */
	const bool is_left = command->args.verbosity || command->args.progress;
	const enum captive_output use = is_left	     ? CAPTIVE_OUTPUT_LEFT
					: run->write ? CAPTIVE_OUTPUT_KEPT
						     : CAPTIVE_OUTPUT_FORWARDED;
	struct serprog *serprog = serprog_new(&target, on_send, run);
	int status;

	if (!serprog) {
		fail("Out of memory.");
		return -1;
	}
	run->captive = captive_start(command->path, argv, pty, use);
	if (!run->captive) {
		fail_to("run", command->path);
		serprog_free(serprog);
		return -1;
	}
	flash_progress_start(&run->progress, PROGRAMMER_NAME ": ", !is_left && captive_has_the_terminal());
	status = captive_run(run->captive, on_receive, serprog);
	serprog_free(serprog);
	return status;
}

static int run_once(struct stock_run *run, const struct command *command, struct pty *pty)
{
	struct flashrom_args_changes changes = {
		.log = command->log[0] ? command->log : NULL,
		.chip = run->chip[0] ? run->chip : NULL,
	};
	char programmer[PTY_PATH_SIZE + 32];
	int status;
	char **argv;

	snprintf(programmer, sizeof(programmer), "serprog:dev=%s", pty->path);
	changes.programmer = programmer;
	changes.files = output_files_changes(run->outputs, &changes.n_files);
	if (run->plan)
		write_plan_change(run->plan, &changes);
	argv = flashrom_args_replace(command->argc, command->argv, &command->args, &changes);
	if (!argv) {
		fail("Out of memory.");
		return -1;
	}
	status = serve(run, command, argv, pty);
	free(argv);
	return status;
}

static int run_flashrom(struct stock_run *run, const struct command *command, struct pty *pty)
{
	int status = run_once(run, command, pty), result;

	if (status >= 0 && must_run_again(run, command, status)) {
		captive_free(run->captive);
		run->captive = NULL;
		status = run_once(run, command, pty);
	}
	/* Leaves the chip, also if flashrom has been killed. */
	stock_run_close(run);
	result = status < 0 ? EXIT_FAILED : finish(run, command, status);
	if (result && run->write && run->captive)
		captive_show_last(run->captive);
	captive_free(run->captive);
	read_check_end(&run->check);
	return result;
}

/* With the session open. False: the run ends with *status. */
static bool make_plan(struct stock_run *run, const struct command *command, int *status)
{
	int error = BEKEN_OK;

	*status = EXIT_FAILED;
	if (!write_plan_is_needed(&command->args, &run->params))
		return true;
	error = stock_run_open(run);
	if (!error)
		error = write_plan_make(&run->frontend, &command->args, &run->params, &run->wishes,
					run->session, &run->plan);
	if (!error && run->write && run->write->dry_run)
		*status = 0;
	else if (!error)
		return true;
	stock_run_close(run);
	if (signals_count())
		*status = end_by_signal(signals_last());
	return false;
}

static int run_as_programmer(struct stock_run *run, struct command *command)
{
	struct pty pty;
	int log = -1, status;

	captive_fill_standard_files();
	if (pty_open(&pty))
		return fail_to("open", "a pseudo terminal");
	/* From here on files are made that must not outlive us. */
	if (signals_catch(true)) {
		status = fail_to("catch", "signals");
		pty_close(&pty);
		return status;
	}
	if (!command->args.log)
		log = memory_file_open("flashrom.log", command->log);
	run->outputs = output_files_new(&command->args, &run->frontend);
	if (make_plan(run, command, &status))
		status = run_flashrom(run, command, &pty);
	output_files_free(run->outputs);
	if (log >= 0)
		close(log);
	signals_restore();
	pty_close(&pty);
	return status;
}

static void tell(const struct stock_run *run, int status)
{
	struct write_plan_facts facts;
	const struct stock_write_result result = {
		.plan = run->plan ? &facts : NULL,
		.backup = run->backup_path[0] ? run->backup_path : NULL,
		.status = status,
	};

	write_plan_facts(run->plan, &facts);
	run->write->tell(run->write->arg, &result);
}

int stock_flashrom(int argc, char **argv, const char *called_as, bool is_tool)
{
	struct stock_run run = { .session = NULL };
	struct command command = { .argc = argc, .argv = argv, .tool = is_tool ? called_as : NULL };
	const char *parameters;
	char problem[512];
	int status;

	if (!is_tool)
		argv[0] = (char *)called_as;
	if (flashrom_find(command.path, sizeof(command.path), problem, sizeof(problem)))
		return fail(problem);
	flashrom_args_read(argc, argv, &command.args);
	if (!flashrom_args_are_ours(&command.args, &parameters)) {
		execv(command.path, argv);
		return fail_to("run", command.path);
	}
	stock_run_start(&run, &command);
	params_init(&run.params);
	if (params_parse(&run.params, parameters, problem, sizeof(problem)))
		return fail(problem);
	/* Who asks for the protection, or changes it, must meet the true registers; flashprog's
	 * commands for that are wp and write-protect. */
	if (command.args.wp || (command.args.commands && argv[1][0] == 'w'))
		run.params.unprotect = false;
	status = run_as_programmer(&run, &command);
	write_plan_free(run.plan);
	return status;
}

static int write_with(struct stock_run *run, const struct stock_write *write)
{
	/* A name that could be an option is not one behind "./". */
	const bool is_dashed = write->file[0] == '-' && write->file[1];
	char file[PATH_MAX];
	char *argv[] = { (char *)"flashrom", (char *)"-w", file, (char *)"-V", NULL };
	struct command command = { .argc = write->verbosity ? 4 : 3, .argv = argv };
	char problem[512];

	argv[command.argc] = NULL;
	if ((size_t)snprintf(file, sizeof(file), "%s%s", is_dashed ? "./" : "", write->file) >= sizeof(file))
		return fail("The name of the file is too long.");
	if (flashrom_find(command.path, sizeof(command.path), problem, sizeof(problem)))
		return fail(problem);
	flashrom_args_read(command.argc, argv, &command.args);
	stock_run_start(run, &command);
	return run_as_programmer(run, &command);
}

int stock_write(const struct stock_write *write)
{
	struct stock_run run = { .write = write, .params = *write->params, .wishes = write->wishes };
	const int status = write_with(&run, write);

	tell(&run, status);
	write_plan_free(run.plan);
	return status;
}
