/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "script.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench_of.h"
#include "bench_spi.h"
#include "check.h"
#include "expect.h"

#define MAX_BYTES 512

struct run {
	const struct script *script;
	const char *settings;
	struct bench *bench;
	struct bench_spi *spi;
	uint8_t out[MAX_BYTES], in[MAX_BYTES];
	size_t n;		/* of the last transfer */
	bool failed;
};

static int64_t ns_of(double ms)
{
	return (int64_t)(ms * 1e6 + 0.5);
}

static void transfer(struct run *run)
{
	assert(run->n <= MAX_BYTES);
	bench_spi_transfer(run->spi, run->out, run->in, run->n);
}

static void frame(struct run *run)
{
	bench_spi_select(run->spi, true);
	transfer(run);
	bench_spi_select(run->spi, false);
}

static void fill(struct run *run, uint8_t value, size_t n)
{
	assert(n <= MAX_BYTES);
	memset(run->out, value, n);
	run->n = n;
}

static void take_text(struct run *run, const char *text)
{
	run->n = 0;
	while (*text) {
		char *end;

		run->out[run->n++] = (uint8_t)strtoul(text, &end, 16);
		text = end;
	}
}

static bool seen(const struct run *run, const char *pattern)
{
	size_t at;

	return expect_match(pattern, run->in, run->n, &at);
}

static void look(struct run *run, size_t number, const char *pattern)
{
	size_t at;

	if (!pattern)
		return;
	if (expect_match(pattern, run->in, run->n, &at)) {
		check_passed();
		return;
	}
	run->failed = true;
	check_failed("%s [%s], step %zu: byte %zu of %zu on MISO is %02X, wanted %s", run->script->name,
		     run->settings, number, at, run->n, at < run->n ? run->in[at] : 0, pattern);
}

static void frames(struct run *run, const struct step *step)
{
	fill(run, step->value, step->n);
	for (unsigned int i = 0; i < step->times; i++) {
		frame(run);
		bench_spi_wait(run->spi, ns_of(step->ms));
	}
}

static void retry(struct run *run, const struct step *step)
{
	take_text(run, step->text);
	for (unsigned int i = 0; i < step->times; i++) {
		bench_spi_wait(run->spi, ns_of(step->ms));
		frame(run);
		if (seen(run, step->see))
			return;
	}
}

static void poll(struct run *run, const struct step *step)
{
	const int64_t end = bench_now(run->bench) + ns_of(step->ms);

	fill(run, step->value, 1);
	do {
		transfer(run);
	} while ((run->in[0] == 0x00 || run->in[0] == 0xd2) && bench_now(run->bench) < end);
}

static void wait_while_busy(struct run *run, const struct step *step)
{
	take_text(run, "05 00");
	for (unsigned int i = 0; i < step->times; i++) {
		frame(run);
		if (!seen(run, "? 03"))
			return;
		bench_spi_wait(run->spi, ns_of(step->ms));
	}
}

static void do_step(struct run *run, const struct step *step)
{
	switch (step->kind) {
	case CEN_LOW:
	case CEN_HIGH:
		bench_spi_cen(run->spi, step->kind == CEN_HIGH);
		break;
	case CS_LOW:
	case CS_HIGH:
		bench_spi_select(run->spi, step->kind == CS_LOW);
		break;
	case WAIT:
		bench_spi_wait(run->spi, ns_of(step->ms));
		break;
	case CLOCK:
		fill(run, step->value, step->n);
		transfer(run);
		break;
	case FRAMES:
		frames(run, step);
		break;
	case COMMAND:
		take_text(run, step->text);
		frame(run);
		break;
	case RETRY:
		retry(run, step);
		break;
	case POLL:
		poll(run, step);
		break;
	case BUSY:
		wait_while_busy(run, step);
		break;
	case END:
		break;
	}
}

static void check_pins(struct run *run)
{
	char *report = bench_report_text(run->bench);

	if (report_has(report, "cen", "high")) {
		check_passed();
	} else {
		run->failed = true;
		check_failed("%s [%s]: CEN is not high at the end", run->script->name, run->settings);
	}
	free(report);
}

bool script_run(const struct script *script, const char *settings)
{
	struct run run = { .script = script, .settings = settings };

	run.bench = bench_of("fill=ff", settings, NULL);
	run.spi = bench_spi_new(run.bench, 0, script->clock_hz, script->mode);
	/* The chip has been on for long. */
	bench_run_until(run.bench, 1000000000);
	for (size_t i = 0; script->steps[i].kind != END; i++) {
		assert(i + 1 < MAX_STEPS);
		do_step(&run, &script->steps[i]);
		look(&run, i, script->steps[i].see);
	}
	check_pins(&run);
	bench_spi_free(run.spi);
	bench_free(run.bench);
	return !run.failed;
}
