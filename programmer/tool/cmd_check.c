/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine reports the steps of entering, in its own words. The content of the
 * flash, which comes after them, is checked here.
 */
#include <stdio.h>
#include <string.h>

#include "check_report.h"
#include "clock.h"
#include "commands.h"
#include "image_crc.h"
#include "image_partitions.h"
#include "nor_command.h"
#include "session.h"
#include "signals.h"
#include "slow_clock.h"
#include "tool_flash.h"
#include "tool_options.h"
#include "tool_say.h"

#define SAMPLE_SIZE (120 * IMAGE_BLOCK_SIZE) /* 4 KiB */
#define PAUSE_MS 300
#define PAUSE_STEP_MS 20
/* Boards with a large capacitor at CEN need a longer pulse now and then. */
#define LONG_PULSE_EVERY 4
#define LONG_PULSE_MS 1000

struct check {
	const struct tool_options *options;
	bool loop, loopback, json;
	struct frontend frontend;
	struct check_report report;
	unsigned int round;
	bool has_id;		     /* the engine has read one, but has not finished yet */
	char shown[CHECK_TEXT_SIZE]; /* the failure that --loop has shown last */
};

/* ---- what the engine tells ---- */

static void on_message(void *arg, enum message_level level, const char *text)
{
	struct check *check = arg;

	if (level == MESSAGE_ERROR) {
		check_report_advise(&check->report, text);
		return;
	}
	/* With --loop most attempts fail, while wires are being moved. */
	if (check->loop && level == MESSAGE_INFO && !check->options->verbosity)
		return;
	if (tool_wants(check->options, level))
		tool_say(level, text);
}

static void end_stage(struct check *check, unsigned int stage, enum step_outcome outcome)
{
	check_report_end(&check->report, stage, outcome);
	if (!check->loop && !check->json)
		check_report_print_stage(&check->report, stage);
}

static void fail_stage(struct check *check, unsigned int stage, const char *advice)
{
	check_report_advise(&check->report, advice);
	end_stage(check, stage, OUTCOME_FAILED);
}

/* The last two are reported before the session can tell what it has found, so
 * look_at_flash() ends them. */
static void on_step(void *arg, enum frontend_step step, enum step_outcome outcome)
{
	struct check *check = arg;

	if (outcome == OUTCOME_FAILED || step < STEP_ID)
		end_stage(check, step, outcome);
	else if (step == STEP_ID)
		check->has_id = outcome == OUTCOME_GOOD;
}

/* ---- the flash ---- */

static void look_at_id(struct check *check)
{
	const struct nor_facts *flash = &check->report.flash;
	struct check_stage *stage = &check->report.stages[STEP_ID];

	nor_flash_name(flash, stage->detail, sizeof(stage->detail));
	if (beken_plausible_id(flash->jedec_id))
		end_stage(check, STEP_ID, OUTCOME_GOOD);
	else
		fail_stage(
			check, STEP_ID,
			"No flash answers. Check MISO, MOSI, CS, SCK, power and GND. A Beken chip must be put "
			"into SPI mode: leave out enter=never.");
}

static void describe_status(const struct nor_facts *flash, char *text, size_t size)
{
	const bool locked = flash->status.sr1 & NOR_SR1_LOCK || flash->status.sr2 & NOR_SR2_LOCK;
	char sr2[16] = "";

	if (flash->status.has_sr2)
		snprintf(sr2, sizeof(sr2), " SR2=%02X", flash->status.sr2);
	snprintf(text, size, "SR1=%02X%s, %s", flash->status.sr1, sr2,
		 flash->is_protected && locked ? "write-protected and locked: power off and on before writing"
		 : flash->is_protected	       ? "write-protected; flashrom -p ch341a_beken clears that"
					       : "not write-protected");
}

static void look_at_status(struct check *check)
{
	const struct nor_facts *flash = &check->report.flash;
	struct check_stage *stage = &check->report.stages[STEP_STATUS];

	if (!flash->has_status) {
		end_stage(check, STEP_STATUS, OUTCOME_SKIPPED);
		return;
	}
	describe_status(flash, stage->detail, sizeof(stage->detail));
	if (flash->status.sr1 == 0xff)
		fail_stage(check, STEP_STATUS,
			   "The status register reads FF although the flash has told its ID. Use wires of at "
			   "most 10 cm, a good GND, and a supply that holds 3.3 V.");
	else if (flash->status.sr1 & NOR_SR1_WIP)
		fail_stage(check, STEP_STATUS,
			   "The flash is busy with an erase or write. Wait until it has finished, then check "
			   "again; if it stays so, power the module off and on.");
	else
		end_stage(check, STEP_STATUS, OUTCOME_GOOD);
}

/* ---- the content ---- */

struct sampling {
	struct session *session;
	uint32_t size; /* of the flash */
	int error;     /* the first one: nothing is read any more */
	bool differs;  /* two reads of the same bytes */
};

static void read_sample(struct sampling *sampling, uint32_t address, uint8_t *data, size_t n)
{
	uint8_t again[SAMPLE_SIZE];

	if (!sampling->error)
		sampling->error = session_read(sampling->session, address, data, n);
	if (!sampling->error)
		sampling->error = session_read(sampling->session, address, again, n);
	if (!sampling->error && memcmp(data, again, n) != 0)
		sampling->differs = true;
}

static void look_at_blocks(struct sampling *sampling, uint32_t address, struct code_blocks *blocks)
{
	uint8_t data[SAMPLE_SIZE];

	if (address + sizeof(data) > sampling->size)
		return;
	read_sample(sampling, address, data, sizeof(data));
	if (!sampling->error)
		code_blocks(data, sizeof(data), blocks);
}

static void look_for_rf(struct sampling *sampling, struct check_content_found *content)
{
	uint32_t places[IMAGE_RF_PLACES];
	const size_t n = image_rf_places(places, sampling->size);

	for (size_t i = 0; i < n && !content->has_rf && !sampling->error; i++) {
		uint8_t head[IMAGE_RF_HEAD];

		read_sample(sampling, places[i], head, sizeof(head));
		content->has_rf = !sampling->error && image_is_rf(head);
		content->rf = places[i];
	}
}

static void print_content(const struct check_content_found *content)
{
	char words[80];

	code_blocks_words(&content->bootloader, words, sizeof(words));
	printf("    boot loader at 0x0: %s\n", words);
	code_blocks_words(&content->application, words, sizeof(words));
	printf("    application at 0x%x: %s\n", CHECK_APPLICATION, words);
	if (content->has_rf)
		printf("    RF partition: at 0x%x\n", (unsigned int)content->rf);
	else
		printf("    RF partition: none where one is known to be\n");
}

static int look_at_content(struct check *check, struct session *session)
{
	struct check_content_found *content = &check->report.content;
	const uint32_t size = check->report.flash.die->size;
	/* A flash of unknown size is assumed to have at least 64 KiB. */
	struct sampling sampling = { .session = session, .size = size ? size : 64 << 10 };

	if (!session_can_stream(session)) {
		end_stage(check, CHECK_CONTENT, OUTCOME_SKIPPED);
		return BEKEN_OK;
	}
	look_at_blocks(&sampling, 0, &content->bootloader);
	look_at_blocks(&sampling, CHECK_APPLICATION, &content->application);
	look_for_rf(&sampling, content);
	if (sampling.error)
		return sampling.error;
	content->read = !sampling.differs;
	if (content->read)
		end_stage(check, CHECK_CONTENT, OUTCOME_GOOD);
	else
		fail_stage(check, CHECK_CONTENT,
			   "Two reads of the same bytes differ. Use wires of at most 10 cm, a good GND, and a "
			   "supply that holds 3.3 V; no USB hub.");
	return BEKEN_OK;
}

static int look_at_flash(struct check *check, struct session *session)
{
	check->report.flash = *session_flash(session);
	check->report.has_flash = true;
	look_at_id(check);
	if (check->report.failed < 0)
		look_at_status(check);
	return check->report.failed < 0 ? look_at_content(check, session) : BEKEN_OK;
}

/* ---- a round ---- */

static struct params params_of_round(const struct check *check)
{
	struct params params = check->options->params;

	if (check->loop && !tool_options_given(check->options, "attempts"))
		params.beken.attempts = 1;
	if (check->loop && check->round % LONG_PULSE_EVERY == LONG_PULSE_EVERY - 1 &&
	    !tool_options_given(check->options, "cen_low_ms"))
		params.beken.cen_low_ms = LONG_PULSE_MS;
	return params;
}

/* An error without a failed stage belongs to the stage that was under way. */
static void blame_a_stage(struct check *check)
{
	unsigned int next;

	if (check->report.failed >= 0)
		return;
	if (check->has_id && check_report_next(&check->report) == STEP_ID)
		end_stage(check, STEP_ID, OUTCOME_GOOD);
	next = check_report_next(&check->report);
	end_stage(check, next < CHECK_STAGES ? next : CHECK_CONTENT, OUTCOME_FAILED);
}

/* The chip was heard and has heard us, so the question is the flash or the wires. */
static void ask_slowly(struct check *check)
{
	const size_t said = strlen(check->report.advice);
	const char *more = check->report.advice + said;

	slow_clock_second_opinion(&check->frontend, tool_device(check->options));
	if (*more && !check->loop && !check->json)
		tool_print_wrapped(stdout, "    ", more + (*more == '\n'));
}

static int run_round(struct check *check)
{
	const struct params params = params_of_round(check);
	struct session *session;
	int error;

	check->report = (struct check_report){ .failed = -1 };
	check->has_id = false;
	error = session_open(&check->frontend, &params, &session);
	if (!error) {
		int close_error;

		error = look_at_flash(check, session);
		close_error = session_close(session);
		error = error ? error : close_error;
	} else if (error == BEKEN_ERR_NO_CHIP && check->report.failed == STEP_ID) {
		ask_slowly(check);
	}
	if (error && error != BEKEN_ERR_INTERRUPTED)
		blame_a_stage(check);
	check->round++;
	return error;
}

static bool is_good(const struct check *check, int error)
{
	return !error && check->report.failed < 0;
}

/* ---- the end ---- */

static int finish(struct check *check, int error)
{
	const struct check_report *report = &check->report;

	if (check->json)
		check_report_print_json(report);
	else if (report->content.read && is_good(check, error))
		print_content(&report->content);
	if (error == BEKEN_ERR_INTERRUPTED || signals_count())
		signals_end_by(signals_last());
	if (is_good(check, error))
		return TOOL_OK;
	if (report->failed >= 0)
		tool_error("The check failed at: %s.", check_stage_title((unsigned int)report->failed));
	return TOOL_FAILED;
}

/* Only what has changed since the last round. */
static void show_change(struct check *check)
{
	const struct check_report *report = &check->report;

	if (check->json || report->failed < 0 || !strcmp(check->shown, report->advice))
		return;
	strcpy(check->shown, report->advice);
	check_report_print_stage(report, (unsigned int)report->failed);
}

static void pause_between_rounds(void)
{
	for (unsigned int ms = 0; ms < PAUSE_MS && !signals_count(); ms += PAUSE_STEP_MS)
		beken_sleep_us(PAUSE_STEP_MS * 1000);
}

static int check_until_good(struct check *check)
{
	int error = run_round(check);

	while (!is_good(check, error) && !signals_count()) {
		show_change(check);
		pause_between_rounds();
		error = run_round(check);
	}
	for (unsigned int stage = 0; stage < CHECK_STAGES && !check->json && is_good(check, error); stage++)
		check_report_print_stage(&check->report, stage);
	return finish(check, error);
}

static int run(struct check *check)
{
	if (tool_frontend_init(&check->frontend, check->options))
		return TOOL_FAILED;
	if (check->loopback)
		return check_loopback(&check->frontend, tool_device(check->options), check->json);
	check->frontend.message = on_message;
	check->frontend.attempt = NULL;
	check->frontend.step = on_step;
	check->frontend.arg = check;
	return check->loop ? check_until_good(check) : finish(check, run_round(check));
}

int cmd_check(int argc, char **argv)
{
	struct check check = { .round = 0 };
	const struct tool_option own[] = {
		{ .name = "loop", .flag = &check.loop, .help = "repeat until all is good or Ctrl-C" },
		{ .name = "loopback",
		  .flag = &check.loopback,
		  .help = "test the board alone, D5 and D7 joined" },
		{ .name = "json", .flag = &check.json, .help = "print the result as JSON" },
		{ .name = NULL },
	};
	const struct tool_usage usage = {
		.name = "check",
		.description = "Goes from the USB port to the flash and says for each stage whether it is "
			       "good,\n"
			       "or what to do: USB, permission, CEN, MISO, acceptance, JEDEC ID, status,\n"
			       "content. It resets the chip and reads; it never writes. With --loop you can\n"
			       "hold the wires and watch; only changes are shown. enter=always is the "
			       "default.\n",
		.options = own,
		.keys = "device enter leave attempts cen_low_ms window_ms pipeline clock",
		/* If the flash already answers, CEN would not be tested. */
		.defaults = "enter=always",
		.exit_status = "  0  all stages are good\n"
			       "  1  one is not; what to do stands below it\n"
			       "  2  wrong command line\n",
	};
	struct tool_options options;
	int status;

	check.options = &options;
	if (!tool_options_read(&options, &usage, argc, argv, &status))
		return status;
	if (check.loop && check.loopback) {
		tool_error("--loop and --loopback do not go together.");
		return TOOL_USAGE;
	}
	return run(&check);
}
