/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boards.h"

#include <string.h>
#include <strings.h>

struct board {
	const char *name;
	const char *const *settings;	/* up to a NULL */
};

static const char *const usual[] = { NULL };

/*
 * Wherever sources disagree or are silent, what is less comfortable for a
 * driver, as far as it can be on at once (tests/README.md has the sources).
 * in_buffer_packets stays at 4: one who keeps a single answer and is wedged by
 * the next could not be used at all.
 */
static const char *const strict[] = {
	"uio_in=silent frame_order=overtakes answers=joined",
	"in_buffer_strict=yes buffer_clear=no",
	"cen_nf=470 off_ms=20",
	"start_ms=5 accept_bytes=5 first_byte=52 boot_miso=random",
	"flash_ready_ms=100 residue=d2 residue_frames=2 id_zero_reads=2 spi_mode3=ignored",
	NULL,
};

static const struct board boards[] = {
	{ BOARDS_DEFAULT, usual },
	{ "strict", strict },
};

#define N_BOARDS (sizeof(boards) / sizeof(boards[0]))

bool boards_apply(struct settings *settings, const char *name)
{
	for (size_t i = 0; i < N_BOARDS; i++) {
		if (strcasecmp(boards[i].name, name))
			continue;
		for (const char *const *list = boards[i].settings; *list; list++)
			settings_apply_own(settings, *list);
		return true;
	}
	return false;
}

void boards_names(char *names, size_t size)
{
	size_t used = 0;

	names[0] = 0;
	for (size_t i = 0; i < N_BOARDS && used < size; i++)
		used += (size_t)snprintf(names + used, size - used, "%s%s", i ? ", " : "", boards[i].name);
}

void boards_print(FILE *out)
{
	for (size_t i = 0; i < N_BOARDS; i++) {
		if (!*boards[i].settings)
			continue;
		fprintf(out, "board=%s is\n", boards[i].name);
		for (const char *const *list = boards[i].settings; *list; list++)
			fprintf(out, "  %s\n", *list);
	}
}
