/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * wires_test [N]
 *
 * With N, on each Nth board only.
 *
 * What is said of a broken wire: on every kind of board the first wire that the
 * sentence tells the user to check is the broken one, or the sentence says that
 * several look alike, names the broken one too, and D2 stands first if it is one of
 * them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "trial.h"

/* "ch341a_beken: Error: " before it, at most three lines of 80 columns. */
#define PREFIX 21
#define COLUMNS (3 * 80)
/* Ten attempts with pulses of a second took 10 to 20 s. */
#define STATIC_MS 8000
/* Whether a chip accepts by chance takes all attempts to see. */
#define HEARD_MS 16000

static const struct fault {
	const char *name, *settings;
	const char *words;	/* that must be said of it */
	const char *alike;	/* the wire that may come first instead */
	int heard;		/* 0xD2 is seen */
} faults[] = {
	{ "D2 open", "wire_cen=open", "D2 (pin 17)", NULL, 0 },
	{ "no power", "power=off", "power", NULL, 0 },
	{ "MISO open", "wire_miso=open", "MISO to P23", NULL, 0 },
	{ "MISO at GND", "wire_miso=stuck0", "MISO to P23", NULL, 0 },
	{ "MISO at 3.3 V", "wire_miso=stuck1", "MISO to P23", NULL, 0 },
	{ "SCK open", "wire_sck=open", "SCK to P20", "MISO to P23", 0 },
	{ "MOSI open", "wire_mosi=open", "MOSI to P22", NULL, 1 },
	{ "CS open", "wire_cs=open", "CS to P21", "MOSI to P22", 1 },
	{ "MOSI and MISO swapped", "wire_swap=yes", "MOSI and MISO may be swapped", "MISO to P23", 0 },
	{ "swapped, D2 is seen", "wire_swap=d2", "MOSI and MISO may be swapped", "MOSI to P22", 1 },
};

static const char *const idle_levels[] = { "ff", "00" };
static const char *const capacitors[] = { "0", "100", "470", "1000", "10000" };
static const char *const pull_ups[] = {
	"d2_pullup=yes cen_pullup=yes", "d2_pullup=yes cen_pullup=no", "d2_pullup=no cen_pullup=yes",
	"d2_pullup=no cen_pullup=no",
};
static const char *const boots[] = { "idle", "00", "random" };
/* Nothing can be measured on the last one. */
static const char *const adapters[] = { "", "uio_in=silent" };

#define FOR_EACH(i, list) for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++)

static int begins(const char *text, const char *start)
{
	return start && !strncmp(text, start, strlen(start));
}

/* "Check A ..., then B": what is A? */
static const char *first_named(const char *sentence)
{
	const char *check = strstr(sentence, "Check ");

	return check ? check + strlen("Check ") : sentence;
}

static int is_first(const struct fault *fault, const char *sentence)
{
	return begins(first_named(sentence), strcmp(fault->words, "power") ? fault->words : "3.3 V");
}

/* proven: this board shows that D2 is not to blame. */
static int is_true(const struct fault *fault, int proven, const char *sentence)
{
	const char *first = first_named(sentence);

	if (!strstr(sentence, fault->words))
		return 0;
	if (is_first(fault, sentence) || (!proven && begins(first, "D2 (pin 17)")))
		return 1;
	if (proven && strstr(sentence, "MISO reads noise"))
		return 0;
	return begins(first, fault->alike) &&
	       (strstr(sentence, "look alike") || strstr(fault->words, "swapped"));
}

struct table {
	unsigned int n, direct;	/* those that name the wire first */
};

static double share(const struct table *table)
{
	return table->n ? 100.0 * table->direct / table->n : 0;
}

static void try_fault(const struct fault *fault, int proven, const char *settings, struct table *table)
{
	const struct variant variant = {
		.name = fault->name, .settings = settings, .outcome = FAILS, .sentence = "", .frames = ANY,
	};
	struct trial trial;

	trial_run(&variant, 1, &trial);
	table->n++;
	table->direct += is_first(fault, trial.sentence);
	if (trial.as_wanted && is_true(fault, proven, trial.sentence) &&
	    strlen(trial.sentence) + PREFIX <= COLUMNS &&
	    trial.ms < (fault->heard ? HEARD_MS : STATIC_MS)) {
		check_passed();
		return;
	}
	check_failed("%s [%s]: after %.0f ms \"%s\"", fault->name, settings, trial.ms, trial.sentence);
}

/* The emulator lets a line float that nobody pulls, but a module without power pulls
 * it down by a diode of the chip. */
static int is_unreal(const struct fault *fault, const char *pull_up)
{
	return strstr(fault->settings, "power=off") && pull_up == pull_ups[3];
}

/* A module without power is seen on each board, SCK where MISO would rise in the
 * window, and any other wire where the module has a capacitor and charges it. */
static int is_proven(const struct fault *fault, const char *adapter, size_t idle_level, size_t capacitor,
		     size_t pull_up)
{
	if (!strcmp(fault->name, "SCK open") && idle_level == 1)
		return 1;
	if (*adapter)
		return 0;
	return !strcmp(fault->words, "power") || (capacitor > 0 && pull_up % 2 == 0);
}

static void try_boards(const struct fault *fault, const char *adapter, unsigned int every, struct table *table)
{
	static unsigned int count;

	FOR_EACH(i, idle_levels) FOR_EACH(c, capacitors) FOR_EACH(p, pull_ups) FOR_EACH(b, boots) {
		char settings[256];

		if (is_unreal(fault, pull_ups[p]) || count++ % every)
			continue;
		snprintf(settings, sizeof(settings),
			 "first_byte=d2 %s %s idle_level=%s cen_nf=%s %s boot_miso=%s",
			 fault->settings, adapter, idle_levels[i], capacitors[c], pull_ups[p], boots[b]);
		try_fault(fault, is_proven(fault, adapter, i, c, p), settings, table);
	}
}

int main(int argc, char **argv)
{
	const unsigned int every = argc > 1 ? (unsigned int)atoi(argv[1]) : 1;

	if (!every)
		return 2;
	printf("%-24s %7s %20s %20s\n", "", "boards", "is named first", "pin reads silent");
	FOR_EACH(f, faults) {
		struct table tables[2] = { { 0 } };

		FOR_EACH(a, adapters)
			try_boards(&faults[f], adapters[a], every, &tables[a]);
		printf("%-24s %7u %19.0f%% %19.0f%%\n", faults[f].name, tables[0].n, share(&tables[0]),
		       share(&tables[1]));
	}
	return check_summary();
}
