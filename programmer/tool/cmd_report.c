/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a person with a bench can send us. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ch341a.h"
#include "clock.h"
#include "commands.h"
#include "hardware_report.h"
#include "json_output.h"
#include "nor_command.h"
#include "signals.h"
#include "tool_options.h"
#include "tool_say.h"

#define BOOT_PULSE_MS 100
#define STATUS_BYTES 16
/* A chip erase of 4 MiB. */
#define BUSY_LIMIT_US 160000000
#define BUSY_PAUSE_US 20000
#define LAST_ADDRESS 0xffffff

struct run {
	const struct tool_options *options;
	struct frontend frontend;
	struct hardware_report report;
};

void report_say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}

void report_step(struct single *single, const char *text)
{
	single_wait(single, 0);
	if (!single->error)
		report_say("%s", text);
}

/* ---- the measurements ---- */

/* Whatever happened, CEN goes high. The chip boots, unless its die may be busy. */
static void leave(struct raw_usb *usb, bool boot)
{
	struct single single = { .usb = usb };

	raw_usb_cancel(usb);
	single_pins(&single, CH341A_PINS_IDLE, CH341A_PINS_ALL_OUTPUTS);
	if (single.error)
		return;
	/* Cut short by a signal, it is a pulse all the same. */
	if (boot && !signals_count())
		single_pulse(&single, BOOT_PULSE_MS, false);
	single_release(&single, CH341A_PINS_ALL_OUTPUTS);
}

static bool is_busy(struct single *single)
{
	const uint8_t request = NOR_RDSR;
	uint8_t status[STATUS_BYTES];

	single_frame(single, &request, 1, status, sizeof(status));
	/* Firmware that runs on the chip may send anything. */
	return !single->error && status[0] & NOR_SR1_WIP && status[0] != 0xff &&
	       !memcmp(status, status + 1, sizeof(status) - 1);
}

/* A program before us may have been killed in the middle of an erase, and a reset would
 * spoil the die. */
static void wait_for_flash(struct single *single)
{
	const int64_t limit = beken_clock_us() + BUSY_LIMIT_US;
	bool said = false;

	while (is_busy(single)) {
		if (!said)
			report_say("The flash is busy; waiting until it has finished.");
		said = true;
		if (beken_clock_us() > limit)
			single_keep(single, BEKEN_ERR_BUSY);
		single_wait(single, BUSY_PAUSE_US);
	}
}

/* Behind the pipeline, which has closed its own connection. */
static int end_on(struct run *run, int error)
{
	struct single single = { .error = BEKEN_OK };

	single_keep(&single, raw_usb_open(&run->frontend, tool_device(run->options), &single.usb));
	if (!single.error) {
		report_scratch_clean(&single, &run->report.scratch);
		leave(single.usb, !single.error);
		raw_usb_close(single.usb);
	}
	return error ? error : single.error;
}

/* Closes usb. */
static int measure(struct run *run, struct raw_usb *usb)
{
	struct hardware_report *const report = &run->report;
	struct single single = { .usb = usb };
	bool busy;
	int error;

	wait_for_flash(&single);
	busy = single.error;
	if (!single.error)
		report_adapter(&single, &report->adapter);
	if (!single.error)
		report_chip(&single, &report->chip);
	if (!single.error && report->scratch.asked)
		report_scratch(&single, &report->chip, &report->scratch);
	error = single.error;
	if (error || !report->scratch.done)
		leave(usb, !busy && !report->scratch.dirty);
	raw_usb_close(usb);
	report_computer(&run->frontend, &report->adapter);
	if (!error && report->scratch.done)
		error = end_on(run, report_pipeline(&run->frontend, &run->options->params, &report->scratch));
	report->complete = !error;
	return error;
}

/* ---- the file ---- */

static FILE *create(const char *path)
{
	FILE *file = fopen(path, "wx");

	if (!file && errno == EEXIST)
		tool_error("%s exists. Choose another name.", path);
	else if (!file)
		tool_error("Cannot create %s: %s.", path, strerror(errno));
	return file;
}

static int save(FILE *file, const char *path, const struct hardware_report *report)
{
	bool good = !json_write(file, report_json(report));

	good = !fclose(file) && good;
	if (good)
		return TOOL_OK;
	tool_error("Cannot write %s: %s.", path, strerror(errno));
	return TOOL_FAILED;
}

static void print_end(const struct run *run, const char *path)
{
	struct report_settings settings;

	report_settings(&settings, &run->report);
	printf("\nThe same bench in the emulator:\nbeken-emu run");
	for (size_t i = 0; i < settings.n; i++)
		printf(" --set %s", settings.texts[i]);
	printf(" -- COMMAND\n\n"
	       "%s has what was measured: no content of the flash, no MAC address, no password.\n"
	       "Please send it with the issue template \"Hardware report\".\n",
	       path);
}

static int run_report(struct run *run, const char *path)
{
	struct raw_usb *usb;
	FILE *file;
	int error, status;

	if (tool_frontend_init(&run->frontend, run->options) ||
	    raw_usb_open(&run->frontend, tool_device(run->options), &usb)) {
		signals_end_by(signals_last());
		return TOOL_FAILED;
	}
	file = create(path);
	if (!file) {
		raw_usb_close(usb);
		return TOOL_FAILED;
	}
	error = measure(run, usb);
	status = save(file, path, &run->report);
	if (!error && !status)
		print_end(run, path);
	if (error == BEKEN_ERR_INTERRUPTED || signals_count()) {
		tool_warning("Interrupted; %s has what was measured so far.", path);
		signals_end_by(signals_last());
	} else if (error == BEKEN_ERR_BUSY) {
		tool_error(
			"The flash is still busy, so the chip is not reset. Power it off and on when the flash "
			"had time to finish.");
	} else if (error) {
		tool_connection_error(error);
	}
	return error ? TOOL_FAILED : status;
}

int cmd_report(int argc, char **argv)
{
	static struct run run;
	const char *scratch = NULL;
	const struct tool_option own[] = {
		{ .name = "scratch",
		  .argument = "ADDRESS",
		  .text = &scratch,
		  .help = "also write to this erased sector" },
		{ .name = NULL },
	};
	const struct tool_usage usage = {
		.name = "report",
		.description = "Measures the board and the chip and writes the result to a file that you can\n"
			       "send us: how the CH341A answers, when the chip offers SPI mode and what it\n"
			       "takes, how its flash identifies itself. No content of the flash, no MAC\n"
			       "address, no password. It resets the chip about twenty times and reads; it\n"
			       "writes only with --scratch, into one sector of 4 KiB that must be erased\n"
			       "(all FF), and erases it again. Ctrl-C is safe.\n",
		.options = own,
		.operands = "FILE.json",
		.keys = "device",
		.exit_status = "  0  measured, and the file is written\n"
			       "  1  not all of it; the reason stands on stderr\n"
			       "  2  wrong command line\n",
	};
	struct tool_options options;
	int status;

	run.options = &options;
	if (!tool_options_read(&options, &usage, argc, argv, &status))
		return status;
	if (options.n_operands != 1) {
		tool_error("Give one name for the file: " TOOL_NAME " report FILE.json");
		return TOOL_USAGE;
	}
	run.report.scratch.asked = scratch;
	if (scratch && (!tool_read_address(scratch, LAST_ADDRESS, &run.report.scratch.address) ||
			run.report.scratch.address % REPORT_SECTOR)) {
		tool_error("--scratch takes the address of a sector: a multiple of 0x1000.");
		return TOOL_USAGE;
	}
	return run_report(&run, options.operands[0]);
}
