/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Programs that other people published and that got real chips into SPI mode,
 * against the model: each must see what its author saw.
 */
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "gui.h"
#include "matrix.h"
#include "published.h"

static void replay(const struct published *one)
{
	const char *word = one->settings + strlen("chip=");
	char chip[32];

	/* All settings begin with the chip. */
	snprintf(chip, sizeof(chip), "%.*s", (int)strcspn(word, " "), word);
	matrix_note(one->script->name, chip, "replay", script_run(one->script, one->settings));
}

int main(int argc, char **argv)
{
	const bool list = argc > 1 && !strcmp(argv[1], "--list");

	for (const struct published *one = published; one->script; one++) {
		if (list)
			printf("%s [%s] %s\n    %s\n", one->script->name, one->settings, one->why,
			       one->script->source);
		else
			replay(one);
	}
	if (list)
		return 0;
	gui_replay();
	return check_summary();
}
