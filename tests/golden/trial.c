/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trial.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "beken.h"
#include "bench_clock.h"
#include "bench_of.h"
#include "rng.h"
#include "ch341a.h"
#include "check.h"
#include "libusb_bench.h"

/* The programmer's own defaults (design of the parameters). */
#define ATTEMPTS 10
#define CEN_LOW_MS 100
#define WINDOW_MS 120
/* As FreeBSD builds the core: hardly anything is queued then. */
#ifdef CH341A_IN_TRANSFERS
#define ONE_IN_TRANSFER (CH341A_IN_TRANSFERS == 1)
#else
#define ONE_IN_TRANSFER 0
#endif
/* A chip that was reset has reached the firmware by then. */
#define BOOTED_NS 1000000000

/* Chips of the emulator and the ID of each die, from Beken's driver tables
 * (flash.c of the SDKs) and BK7231GUIFlashTool BKFlashList.cs. */
static const struct {
	const char *name;
	uint32_t id;
} chips[] = {
	{ "BK7231T", 0x1c7015 }, { "BK7231N", 0xeb6015 }, { "BK7231-GD25Q16C", 0xc84015 },
	{ "BK7238-P25Q16HB", 0x854215 }, { "BK7252", 0x0b4016 }, { "BK7252-XT25F16B", 0x0b4015 },
	{ "BK7252-W25Q32", 0xef4016 }, { "BK7252-EN25QH16B", 0x1c7015 }, { "BK7252N", 0xeb6015 },
	{ "BK-MX25V1635F", 0xc22315 }, { "BK-P25Q16HBK", 0x852015 }, { "BK-P25Q32HB", 0x852016 },
};

#define N_CHIPS (sizeof(chips) / sizeof(chips[0]))

static unsigned int below(struct rng *rng, unsigned int n)
{
	return (unsigned int)(rng_next(rng) % n);
}

static double between(struct rng *rng, double low, double high)
{
	return low + (high - low) * rng_unit(rng);
}

static const char *one_of(struct rng *rng, const char *const *words, unsigned int n)
{
	return words[below(rng, n)];
}

#define ONE_OF(rng, ...) \
	one_of(rng, (const char *const[]){ __VA_ARGS__ }, \
	       sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *))

struct text {
	char *at;
	size_t left;
};

static void add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct text *text, const char *format, ...)
{
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vsnprintf(text->at, text->left, format, arguments);
	va_end(arguments);
	if (n < 0 || (size_t)n >= text->left)
		abort();
	text->at += n;
	text->left -= (size_t)n;
}

/* What may differ from board to board, whatever the variant. The content of
 * the die does not matter, so it is small. */
static void draw(struct rng *rng, const char *chip, uint64_t seed, char *settings, size_t size)
{
	struct text text = { settings, size };

	add(&text, "chip=%s size=65536 fill=ff seed=%llu", chip, (unsigned long long)seed);
	add(&text, " start_ms=%.3f window_ms=%.3f", between(rng, 0, 5), between(rng, 50, 56));
	add(&text, " accept_bytes=%u flash_ready_ms=%.3f", 1 + below(rng, 16), between(rng, 0, 60));
	add(&text, " first_byte=%s", ONE_OF(rng, "d2", "d2", "d2", "52"));
	add(&text, " residue=%s", ONE_OF(rng, "none", "none", "d2", "ff", "00"));
	add(&text, " residue_frames=%u", 1 + below(rng, 4));
	add(&text, " idle_level=%s", ONE_OF(rng, "ff", "ff", "ff", "00"));
	add(&text, " boot_miso=%s", ONE_OF(rng, "idle", "idle", "random", "00"));
	add(&text, " cen_nf=%.0f cen_pullup=%s", between(rng, 0, 1000), ONE_OF(rng, "yes", "yes", "yes", "no"));
	add(&text, " id_zero_reads=%u", below(rng, 3));
	add(&text, " latency_us=%u", 30 + below(rng, 500));
	add(&text, " sck_khz=%u in_overlap=%s", 1300 + below(rng, 400), ONE_OF(rng, "no", "yes"));
	add(&text, " in_buffer_packets=%u", 2 + below(rng, 6));
}

/* ---- the program around the engine ---- */

static void on_message(void *arg, enum message_level level, const char *sentence)
{
	struct trial *trial = arg;

	if (level == MESSAGE_ERROR)
		snprintf(trial->sentence, sizeof(trial->sentence), "%s", sentence);
}

struct outcome_of_entry {
	int error;
	uint32_t id;
	unsigned int pulse_ms;
	int64_t took_ns;
};

static void enter_and_leave(struct bench *bench, const struct frontend *frontend, const struct variant *variant,
			    struct outcome_of_entry *seen)
{
	struct beken beken = {
		.frontend = frontend,
		.options = {
			.enter = BEKEN_ENTER_AUTO,
			.attempts = variant->attempts ? variant->attempts : ATTEMPTS,
			.cen_low_ms = CEN_LOW_MS,
			.window_ms = WINDOW_MS,
		},
	};
	const int64_t start = bench_now(bench);

	seen->error = beken_open(&beken, NULL, variant->frames != ALONE);
	if (!seen->error) {
		seen->error = beken_enter(&beken);
		seen->id = beken.jedec_id;
		seen->pulse_ms = beken.pulse_ms;
		seen->took_ns = bench_now(bench) - start;
		EXPECT((seen->error ? beken_release_pins(beken.device) : beken_boot(&beken)) == BEKEN_OK);
	}
	beken_close(&beken);
}

/* ---- what must always hold ---- */

static void must(const struct trial *trial, bool holds, const char *what)
{
	if (!holds)
		check_failed("%s [%s]", what, trial->settings);
}

static bool is_harmless(unsigned int opcode)
{
	return opcode == 0x05 || opcode == 0x9f || opcode == 0xab || opcode == 0x00 || opcode == 0xd2;
}

static void check_opcodes(const struct trial *trial, const char *report)
{
	static const char key[] = "device0.opcode.";

	for (const char *at = strstr(report, key); at; at = strstr(at + 1, key)) {
		const unsigned long opcode = strtoul(at + strlen(key), NULL, 16);

		must(trial, is_harmless((unsigned int)opcode), "an opcode that entry has no need of");
	}
}

static void check_report(const struct trial *trial, const char *report)
{
	static const char *const untouched[][2] = {
		{ "programs", "0" }, { "erases", "0" }, { "wrsr", "0" }, { "refused", "0" },
		{ "corrupted", "0" }, { "dirty", "no" }, { "reset_while_busy", "0" },
	};

	must(trial, report_has(report, "cen", "high"), "CEN is left low");
	must(trial, report_has(report, "dir", "00"), "pins are left driven");
	must(trial, report_has(report, "unread_packets", "0"), "answers are left in the CH341A");
	for (unsigned int i = 0; i < sizeof(untouched) / sizeof(untouched[0]); i++)
		must(trial, report_has(report, untouched[i][0], untouched[i][1]), untouched[i][0]);
	if (trial->entered)
		must(trial, report_has(report, "state", "boot"), "the chip was not booted");
	check_opcodes(trial, report);
}

/* The self-test itself sends one. */
static void check_order(const struct trial *trial, const struct variant *variant)
{
	const unsigned int n = libusb_bench_behind_unread();

	if (variant->frames == ANY)
		return;
	if (variant->frames == QUEUED)
		must(trial, n > 1 || ONE_IN_TRANSFER, "frames are not queued");
	else
		must(trial, n == (variant->frames == BY_SELF_TEST), "a pin packet behind an unread answer");
}

static unsigned int count_pulses(const char *report)
{
	const char *at = strstr(report, "device0.cen_pulses ");

	return at ? (unsigned int)strtoul(at + strlen("device0.cen_pulses "), NULL, 10) : 0;
}

/* Each variant has draws of its own. */
static unsigned int hash_of(const char *text)
{
	unsigned int hash = 5381;

	while (*text)
		hash = hash * 33 + (unsigned char)*text++;
	return hash;
}

void trial_run(const struct variant *variant, uint64_t seed, struct trial *trial)
{
	const struct frontend frontend = { .message = on_message, .arg = trial };
	struct rng rng = rng_make(seed, hash_of(variant->name), 77);
	const unsigned int chip = below(&rng, N_CHIPS);
	struct outcome_of_entry seen = { 0 };
	struct bench *bench;
	char *report;

	memset(trial, 0, sizeof(*trial));
	trial->chip = chips[chip].name;
	draw(&rng, trial->chip, seed, trial->settings, sizeof(trial->settings));
	bench = bench_of(trial->settings, variant->settings, NULL);
	libusb_bench_attach(bench);
	bench_clock_follow(bench);
	if (!strstr(variant->settings, "soc_state=window"))
		bench_run_until(bench, (int64_t)between(&rng, 0, 1e9));
	enter_and_leave(bench, &frontend, variant, &seen);
	bench_run_until(bench, bench_now(bench) + BOOTED_NS);
	report = bench_report_text(bench);
	trial->entered = !seen.error && seen.id == chips[chip].id;
	trial->as_wanted = variant->outcome == FAILS ?
		seen.error == BEKEN_ERR_NO_CHIP && strstr(trial->sentence, variant->sentence) :
		trial->entered;
	trial->ms = (double)seen.took_ns / 1e6;
	/* An adapter that deviates is not a good start. */
	must(trial, !trial->entered || variant->frames == BY_SELF_TEST || !libusb_bench_unwrapped_calls(),
	     "a good start needs a function of libusb that flashrom's tests do not have");
	/* The last pulse is the one that boots the chip. */
	trial->pulses = count_pulses(report) - (trial->entered ? 1 : 0);
	check_report(trial, report);
	check_order(trial, variant);
	free(report);
	bench_free(bench);
}
