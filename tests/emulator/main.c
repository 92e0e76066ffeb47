/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "complain.h"
#include "run.h"
#include "usbip.h"

#ifndef BEKEN_EMU_VERSION
#define BEKEN_EMU_VERSION "unknown"
#endif

static const char usage[] =
	"Usage: beken-emu run [OPTION]... -- COMMAND [ARGUMENT]...\n"
	"       beken-emu usbip [OPTION]...\n"
	"       beken-emu chips\n"
	"       beken-emu settings\n"
	"       beken-emu --help | --version\n"
	"\n"
	"Emulates CH341A boards and the chips that are wired to them.\n"
	"\n"
	"  run       run a command that sees the emulated boards through libusb\n"
	"  usbip     export the emulated boards to Linux kernels by USB/IP\n"
	"  chips     list the chips and flash dies\n"
	"  settings  list what --set takes, with defaults\n"
	"\n"
	"beken-emu SUBCOMMAND --help tells more.\n";

static int print(const char *text)
{
	fputs(text, stdout);
	return fflush(stdout) ? EMU_FAILED : 0;
}

static int table(int argc, char **argv, void (*print_table)(FILE *out), const char *help)
{
	if (argc == 2 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")))
		return print(help);
	if (argc > 1) {
		fprintf(stderr, "beken-emu: %s takes no argument \"%s\"\n", argv[0], argv[1]);
		return EMU_FAILED;
	}
	print_table(stdout);
	return fflush(stdout) ? EMU_FAILED : 0;
}

int main(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "";

	if (!strcmp(word, "run"))
		return run_main(argc - 1, argv + 1);
	if (!strcmp(word, "usbip"))
		return usbip_main(argc - 1, argv + 1);
	if (!strcmp(word, "chips"))
		return table(argc - 1, argv + 1, bench_print_chips,
			     "Usage: beken-emu chips\n\nLists the values of the setting \"chip\".\n");
	if (!strcmp(word, "settings"))
		return table(argc - 1, argv + 1, bench_print_settings,
			     "Usage: beken-emu settings\n\n"
			     "Lists the settings for the option --set KEY=VALUE.\n");
	if (!strcmp(word, "--help") || !strcmp(word, "-h"))
		return print(usage);
	if (!strcmp(word, "--version"))
		return print("beken-emu " BEKEN_EMU_VERSION "\n");
	if (*word)
		fprintf(stderr, "beken-emu: unknown subcommand or option \"%s\"\n", word);
	else
		fputs("beken-emu: no subcommand given\n", stderr);
	fputs("Try `beken-emu --help`.\n", stderr);
	return EMU_FAILED;
}
