/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * entry_test [--seeds N] [--first SEED] [--only WORD]
 *
 * Our own entry (programmer/beken*.c and ch341a.c, as they are) against each
 * variant of the model, N times, each time with another chip, board and host
 * drawn from the seed. Prints how often it came in and how long that took.
 */
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "matrix.h"
#include "trial.h"

#define SEEDS 500
/* So many failures of one variant are shown. */
#define SHOWN 3

struct tally {
	unsigned int n, wanted, first_try, shown;
	double *ms;		/* of those that entered */
	unsigned int n_ms;
};

static int by_size(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double quantile(const struct tally *tally, double share)
{
	unsigned int at = (unsigned int)ceil(share * tally->n_ms);

	return tally->n_ms ? tally->ms[at ? at - 1 : 0] : 0;
}

static void take(struct tally *tally, const struct variant *variant, uint64_t seed,
		 const struct trial *trial)
{
	tally->n++;
	tally->wanted += trial->as_wanted;
	if (trial->entered) {
		tally->first_try += trial->pulses <= 1;
		tally->ms[tally->n_ms++] = trial->ms;
	}
	if (trial->as_wanted || variant->outcome == SOMETIMES || tally->shown++ >= SHOWN)
		return;
	printf("  %s, seed %llu: \"%s\"\n    %s %s\n", variant->name, (unsigned long long)seed,
	       trial->sentence, trial->settings, variant->settings);
}

static void print_heading(void)
{
	printf("%-34s %7s %8s %8s  %33s\n", "", "", "", "first", "open to JEDEC ID, emulated ms");
	printf("%-34s %7s %8s %8s  %8s %8s %8s %8s\n", "variant", "seeds", "entered", "try", "min", "median",
	       "p95", "max");
}

static void print_row(const struct variant *variant, struct tally *tally)
{
	printf("%-34s %7u %7.2f%%", variant->name, tally->n, 100.0 * tally->n_ms / tally->n);
	if (!tally->n_ms) {
		printf("          %6.2f%% are told \"%s\"\n", 100.0 * tally->wanted / tally->n,
		       variant->sentence);
		return;
	}
	qsort(tally->ms, tally->n_ms, sizeof(*tally->ms), by_size);
	printf(" %7.2f%%  %8.1f %8.1f %8.1f %8.1f\n", 100.0 * tally->first_try / tally->n, tally->ms[0],
	       quantile(tally, 0.5), quantile(tally, 0.95), tally->ms[tally->n_ms - 1]);
}

/* By chance means: within five standard deviations of what is to be expected. */
static bool is_as_wanted(const struct variant *variant, const struct tally *tally)
{
	const double expected = variant->chance * tally->n;
	const double deviation = sqrt(expected * (1 - variant->chance));

	if (variant->within_ms && tally->n_ms && tally->ms[tally->n_ms - 1] > variant->within_ms)
		return false;
	if (variant->outcome != SOMETIMES)
		return tally->wanted == tally->n;
	return fabs(tally->n_ms - expected) <= 5 * deviation + 1;
}

static void try_variant(const struct variant *variant, uint64_t first, unsigned int seeds)
{
	struct tally tally = { .ms = calloc(seeds, sizeof(double)) };

	if (!tally.ms)
		abort();
	for (unsigned int i = 0; i < seeds; i++) {
		struct trial trial;

		trial_run(variant, first + i, &trial);
		take(&tally, variant, first + i, &trial);
		if (variant == &variants[0])
			matrix_note("ch341a_beken entry", trial.chip, "enter", trial.as_wanted);
	}
	print_row(variant, &tally);
	if (is_as_wanted(variant, &tally))
		check_passed();
	else
		check_failed("%s: %u of %u as wanted, or too slow", variant->name, tally.wanted, tally.n);
	free(tally.ms);
}

static unsigned long long number(const char *text)
{
	char *end;
	const unsigned long long value = strtoull(text, &end, 10);

	if (!*text || *end || !value) {
		fprintf(stderr, "%s is no number above 0.\n", text);
		exit(2);
	}
	return value;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seeds", required_argument, NULL, 's' }, { "first", required_argument, NULL, 'f' },
		{ "only", required_argument, NULL, 'o' }, { NULL, 0, NULL, 0 },
	};
	unsigned long long seeds = SEEDS, first = 1;
	const char *only = "";

	for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		if (c == 's')
			seeds = number(optarg);
		else if (c == 'f')
			first = number(optarg);
		else if (c == 'o')
			only = optarg;
		else
			return 2;
	}
	print_heading();
	for (const struct variant *variant = variants; variant->name; variant++) {
		if (strstr(variant->name, only))
			try_variant(variant, first, (unsigned int)seeds);
	}
	return check_summary();
}
