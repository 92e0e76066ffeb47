/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an image is, and what is wrong with it, in sentences. */
#include <stdio.h>
#include <stdlib.h>

#include "image.h"

static const char read_again[] = "If the file was read from a chip: are the wires short and firm? Read again "
				 "and compare.";

/* The text of those that have none here depends on what was found. */
static const struct {
	const char *name, *text;
} problems[] = {
	[IMAGE_PROBLEM_NOT_BEKEN] = { "not-beken",
				      "There is no code with CRCs of a Beken chip in this file, and nothing "
				      "else that is known. Is it the right file? If it was read from a chip, "
				      "the wires or the speed may be bad." },
	[IMAGE_PROBLEM_NOTHING] = { "nothing", "The file is empty: nothing was written to it." },
	[IMAGE_PROBLEM_FILLED] = { "filled", NULL },
	[IMAGE_PROBLEM_RAW] = { "raw",
				"The code has no CRCs (32 bytes of code, then 2 of CRC), or none of them is "
				"right. The chip would not run it if it were written like this; take the file "
				"whose name says QIO, UA or crc." },
	[IMAGE_PROBLEM_LATE] = { "late", NULL },
	[IMAGE_PROBLEM_CRC] = { "crc", NULL },
	[IMAGE_PROBLEM_SLIP] = { "slip", NULL },
	[IMAGE_PROBLEM_CUT_OFF] = { "cut-off", NULL },
	[IMAGE_PROBLEM_NO_BOOTLOADER] = { "no-bootloader",
					  "There is no bootloader at 0x0, so the chip cannot start. A QIO file "
					  "has one; a UA file belongs to 0x11000." },
	[IMAGE_PROBLEM_NO_APPLICATION] = { "no-application",
					   "There is no application at 0x11000, so there is nothing for the "
					   "bootloader to start." },
	[IMAGE_PROBLEM_RBL_HEADER] = { "rbl-header",
				       "The CRC of the container's header is wrong: download the file again." },
	[IMAGE_PROBLEM_RBL_SIZE] = { "rbl-size",
				     "The container ends before its contents do: download the file again." },
	[IMAGE_PROBLEM_RBL_BODY] = { "rbl-body",
				     "The CRC of the container's contents is wrong: download the file again." },
	[IMAGE_PROBLEM_UF2] = { "uf2", NULL },
	[IMAGE_PROBLEM_FOREIGN] = { "foreign", NULL },
	[IMAGE_PROBLEM_OTHER_CODE] = { "other-code",
				       "The code has right CRCs, but not the start of a chip that is known "
				       "here (BK7236 and BK7258 have a Cortex-M), or it has a key that is not "
				       "known: where it belongs cannot be said." },
	[IMAGE_PROBLEM_MIXED_KEYS] = { "mixed-keys", NULL },
	[IMAGE_PROBLEM_HALF_SWAPPED] = { "half-swapped",
					 "The second half of the flash comes first: the program that read it "
					 "took the flash for half as large. The chip cannot start from this; "
					 "put the halves in their order, or read again." },
	[IMAGE_PROBLEM_HOLE] = { "hole", NULL },
	[IMAGE_PROBLEM_INCOMPLETE] = { "incomplete", NULL },
};

const char *image_problem_name(enum image_problem_type type)
{
	return problems[type].name;
}

static void filled_text(const struct image_facts *facts, char *text, size_t size)
{
	const char *why = "This is no dump of a flash.";

	if (facts->fill == 0xff)
		why = "Either the flash is erased, or nothing answered: is the chip powered, MISO (P23) "
		      "connected, and the chip in SPI mode?";
	else if (facts->fill == 0x00)
		why = "No flash reads like that: MISO (P23) stays low, so check it for a short circuit, and "
		      "whether the chip is in SPI mode.";
	else if (facts->fill == 0xd2)
		why = "A chip sends it while it waits to be put into SPI mode, so the flash was never "
		      "connected.";
	snprintf(text, size, "All bytes are %02x. %s", facts->fill, why);
}

static void code_text(const struct image_problem *problem, char *text, size_t size)
{
	const struct image_code *code = &problem->part->code;
	const char *part = problem->part->name;
	const int bytes = abs(problem->bytes);
	const bool came_in = problem->bytes > 0;

	if (problem->type == IMAGE_PROBLEM_SLIP)
		snprintf(text, size,
			 "From about 0x%06zx on, what the %s holds is %d byte%s too %s: bytes %s there. The "
			 "programmer lost step; read again.",
			 problem->offset, part, bytes, bytes == 1 ? "" : "s", came_in ? "late" : "early",
			 came_in ? "came in" : "were lost");
	else if (problem->type == IMAGE_PROBLEM_CUT_OFF)
		snprintf(text, size,
			 "The file ends in the middle of a block of the %s, %zu bytes behind 0x%06zx: the rest "
			 "is missing.",
			 part, code->cut_off, problem->offset);
	else if (problem->type == IMAGE_PROBLEM_HOLE)
		snprintf(
			text, size,
			"%d bytes at 0x%06zx of the %s are erased, with code before and behind them: they were "
			"not written, or not read. %s",
			bytes, problem->offset, part, read_again);
	else if (code->first_bad_is_erased)
		snprintf(text, size,
			 "The block at 0x%06zx of the %s should be erased (ff), but has some bits cleared; %zu "
			 "of %zu blocks are wrong. %s",
			 code->first_bad, part, code->bad, code->good + code->bad, read_again);
	else
		snprintf(text, size,
			 "CRC wrong in the block at 0x%06zx of the %s: it says %04x, its 32 bytes give %04x; "
			 "%zu of %zu blocks are wrong. %s",
			 code->first_bad, part, code->stored, code->computed, code->bad, code->good + code->bad,
			 read_again);
}

void image_problem_text(const struct image_facts *facts, const struct image_problem *problem, char *text,
			size_t size)
{
	const int bytes = abs(problem->bytes);

	switch (problem->type) {
	case IMAGE_PROBLEM_FILLED: filled_text(facts, text, size); break;
	case IMAGE_PROBLEM_CRC:
	case IMAGE_PROBLEM_SLIP:
	case IMAGE_PROBLEM_CUT_OFF:
	case IMAGE_PROBLEM_HOLE: code_text(problem, text, size); break;
	case IMAGE_PROBLEM_LATE:
		snprintf(text, size,
			 "This would be code of a Beken chip if it were not %d byte%s too %s from the start. "
			 "The program that read it has %s; read it again.",
			 bytes, bytes == 1 ? "" : "s", problem->bytes > 0 ? "late" : "early",
			 problem->bytes > 0 ? "put bytes before it" : "lost bytes");
		break;
	case IMAGE_PROBLEM_MIXED_KEYS:
		snprintf(text, size,
			 "Bootloader and application have different keys (%s; %s): no chip can run both. Take "
			 "a newer release of the file, or the one for another chip.",
			 image_key_name(&facts->boot.key, true),
			 image_key_name(&facts->application_key, false));
		break;
	case IMAGE_PROBLEM_INCOMPLETE:
		snprintf(text, size,
			 "The file is longer than any firmware, so it was read from a chip, but it ends at "
			 "0x%06zx, before the RF calibration and the settings: as a backup it is not complete. "
			 "Read the whole flash.",
			 facts->address + facts->size);
		break;
	case IMAGE_PROBLEM_UF2: snprintf(text, size, "%s", facts->uf2.problem); break;
	case IMAGE_PROBLEM_FOREIGN:
		snprintf(text, size, "This is %s, not an image of a flash. %s", facts->format->words,
			 facts->format->advice);
		break;
	default: snprintf(text, size, "%s", problems[problem->type].text);
	}
}

/* ---- names of kinds ---- */

static const struct {
	const char *name, *description;
} kinds[] = {
	[IMAGE_UNKNOWN] = { "unknown", "not an image of a Beken chip" },
	[IMAGE_NOTHING] = { "nothing", "an empty file" },
	[IMAGE_FILLED] = { "filled", "the same byte all over" },
	[IMAGE_FULL] = { "full", "the whole flash of a Beken chip" },
	[IMAGE_PARTIAL] = { "partial", "the first part of the flash of a Beken chip" },
	[IMAGE_QIO] = { "qio", "QIO firmware: bootloader and application, to be written to 0x0" },
	[IMAGE_BOOTLOADER] = { "bootloader", "a bootloader, to be written to 0x0" },
	[IMAGE_UA] = { "ua", "UA firmware: the application alone, to be written to 0x11000" },
	[IMAGE_FROM_APPLICATION] = { "from-application",
				     "flash of a Beken chip, read from 0x11000 on: without the bootloader" },
	[IMAGE_RBL] = { "rbl", "RBL container: an update for a running device, not for the programmer" },
	[IMAGE_RAW] = { "raw", "code of a Beken chip without CRCs" },
	[IMAGE_AREAS] = { "areas", "a piece of the flash of a Beken chip, without code" },
	[IMAGE_UF2] = { "uf2", "UF2 firmware of ESPHome or LibreTiny: the application, without a bootloader" },
	[IMAGE_FOREIGN] = { "foreign", "no image of a flash" },
	[IMAGE_OTHER_CODE] = { "other-code", "code with CRCs, of a chip or with a key that is not known" },
};

const char *image_kind_name(enum image_kind kind)
{
	return kinds[kind].name;
}

const char *image_kind_description(enum image_kind kind)
{
	return kinds[kind].description;
}
