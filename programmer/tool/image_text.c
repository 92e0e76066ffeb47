/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include "image.h"
#include "image_chips.h"
#include "image_output.h"
#include "tool_say.h"

#define PROBLEM_SIZE 512

static void print_size(FILE *out, size_t size)
{
	fprintf(out, "Size:   %zu bytes", size);
	if (size && size % (1 << 20) == 0)
		fprintf(out, " (%zu MiB)", size >> 20);
	else if (size && size % (1 << 10) == 0)
		fprintf(out, " (%zu KiB)", size >> 10);
	fputc('\n', out);
}

static const char *const family_sources[] = {
	[IMAGE_FAMILY_GIVEN] = "as said by --chip",
	[IMAGE_FAMILY_RF] = "by the place of the RF calibration",
	[IMAGE_FAMILY_OPENBEKEN] = "by the place of the OpenBeken configuration",
	[IMAGE_FAMILY_BOOTLOADER] = "by the bootloader",
	[IMAGE_FAMILY_UNKNOWN] = "not known",
};

static const char *const ciphers[] = {
	[IMAGE_CIPHER_NONE] = ", not encrypted",
	[IMAGE_CIPHER_TUYA] = ", encrypted (Tuya's key)",
	[IMAGE_CIPHER_UASCENT] = ", encrypted (Uascent's key)",
	[IMAGE_CIPHER_UNKNOWN] = ", encryption not known",
};

static void print_chips(FILE *out, const struct image_facts *facts)
{
	char text[IMAGE_CHIPS_TEXT];

	image_chips_text(facts->candidates, text, sizeof(text));
	if (facts->n_evidence)
		tool_print_wrapped(out, "Chips:  ", text);
	else if (facts->n_parts)
		fputs("Chips:  not known from this file\n", out);
	if (facts->family)
		fprintf(out, "Layout: as on %s (%s)\n", facts->family->name,
			family_sources[facts->family_source]);
	if (facts->n_evidence)
		fputs("Evidence:\n", out);
	for (size_t i = 0; i < facts->n_evidence; i++) {
		const struct image_evidence *evidence = &facts->evidence[i];
		char line[sizeof(evidence->text) + IMAGE_CHIPS_TEXT + 40];

		image_chips_text(evidence->chips, text, sizeof(text));
		snprintf(line, sizeof(line), "%s: %s%s", evidence->text, text,
			 evidence->contradicts ? " - CONTRADICTS what stands above it" : "");
		tool_print_wrapped(out, "  ", line);
	}
}

static void print_sums(FILE *out, size_t good, size_t bad)
{
	if (bad)
		fprintf(out, "%zu of %zu CRCs WRONG", bad, good + bad);
	else
		fprintf(out, "all %zu CRCs right", good);
}

static void print_code(FILE *out, const struct image_part *part)
{
	const struct image_code *code = &part->code;

	fprintf(out, "  %-11s ", part->name);
	if (!part->present) {
		fputs("none\n", out);
		return;
	}
	fprintf(out, "0x%06zx-0x%06zx  ", code->start, code->used_end - 1);
	print_sums(out, code->good, code->bad);
	fputs(ciphers[part->vectors.cipher], out);
	if (part->header_matches)
		fprintf(out, "\n  %-11s the sum in its header is right", "");
	if (code->other)
		fprintf(out, "\n  %-11s other data at 0x%06zx", "", code->first_other);
	fputc('\n', out);
}

/* A UF2 file has no bootloader, and the place of its application is that in the flash. */
static void print_parts(FILE *out, const struct image_facts *facts)
{
	const struct image_facts *content = facts->content ? facts->content : facts;

	if (facts->content)
		fputs("Code (addresses in the flash):\n", out);
	else if (facts->address)
		fputs("Code (offsets in the file, which starts at 0x11000 of the flash):\n", out);
	else if (facts->n_parts)
		fputs("Code:\n", out);
	for (size_t i = 0; i < content->n_parts; i++) {
		if (content == facts || content->parts[i].present)
			print_code(out, &content->parts[i]);
	}
}

static void print_area(FILE *out, const struct image_area *area)
{
	fprintf(out, "  0x%06zx    %s", area->offset, image_area_description(area->type));
	if (area->has_mac)
		fprintf(out, ", MAC address " IMAGE_MAC_FORMAT, IMAGE_MAC_BYTES(area->mac));
	else if (area->type == IMAGE_AREA_RF)
		fputs(", without a MAC address", out);
	if (area->type == IMAGE_AREA_OPENBEKEN)
		fprintf(out, ", version %u%s", area->version, area->checksum_good ? "" : ", checksum wrong");
	fputc('\n', out);
}

static const char *state_of(const struct image_file *file, const struct image_partition *p)
{
	const uint32_t start = file->facts->address, end = start + (uint32_t)file->facts->size;

	if (p->start < start || p->start >= end)
		return "not in the file";
	if (image_is_erased(file->data + (p->start - start), (p->end < end ? p->end : end) - p->start))
		return "erased";
	return p->end <= end ? "used" : "used, the file ends in it";
}

static void print_partitions(FILE *out, const struct image_file *file)
{
	struct image_partition partitions[IMAGE_MAX_PARTITIONS];
	const size_t n = image_layout(file->facts, partitions);

	if (n)
		fputs("Partitions (addresses in the flash):\n", out);
	for (size_t i = 0; i < n; i++)
		fprintf(out, "  %-11s 0x%06x-0x%06x  %s\n", partitions[i].name, partitions[i].start,
			partitions[i].end - 1, state_of(file, &partitions[i]));
}

static void print_rbl(FILE *out, const struct image_rbl *rbl)
{
	fprintf(out, "Container: for partition \"%s\", version \"%s\", %u bytes (%u unpacked),\n", rbl->name,
		rbl->version, rbl->size, rbl->raw_size);
	fprintf(out, "           compression %s, encryption %s\n", rbl->compression, rbl->encryption);
}

static void print_problems(FILE *out, const struct image_facts *facts)
{
	char text[PROBLEM_SIZE];

	for (size_t i = 0; i < facts->n_problems; i++) {
		image_problem_text(facts, &facts->problems[i], text, sizeof(text));
		tool_print_wrapped(out, "Problem: ", text);
	}
}

static void print_uf2(FILE *out, const struct image_uf2 *uf2)
{
	char text[192];

	snprintf(text, sizeof(text), "%s%s%s%s%s%s%s", uf2->chip, *uf2->board ? ", board " : "", uf2->board,
		 *uf2->firmware ? ", firmware " : "", uf2->firmware, *uf2->version ? " " : "", uf2->version);
	tool_print_wrapped(out, "For:    ", text);
	for (size_t i = 0; i < uf2->n_ranges; i++)
		fprintf(out, "%s 0x%06x-0x%06x\n", i ? "       " : "Writes:", uf2->ranges[i].address,
			uf2->ranges[i].address + uf2->ranges[i].length - 1);
}

__attribute__((format(printf, 2, 3))) static void note(FILE *out, const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	tool_print_wrapped(out, "Note: ", text);
}

/* The CRCs say more where some are wrong. */
static void print_header_notes(FILE *out, const struct image_facts *facts)
{
	for (size_t i = 0; i < facts->n_parts; i++) {
		const struct image_part *part = &facts->parts[i];

		if (part->has_header && !part->header_matches && !part->code.bad && !part->hole_size)
			note(out,
			     "the header behind the %s is of other code: something was written over it since. "
			     "That does no harm.",
			     part->name);
	}
}

static void print_notes(FILE *out, const struct image_facts *facts)
{
	if (facts->halves_equal)
		note(out, "the second half of the file is the same as the first. The flash is half as large, "
			  "and was read twice over.");
	if (facts->wraps_at)
		note(out,
		     "from 0x%06zx on the file has the start of the flash, with the bootloader. Put before the "
		     "rest, it makes the file a whole dump.",
		     facts->wraps_at);
	if (facts->has_update)
		note(out,
		     "an update waits at 0x%06x of the flash, %u bytes. The bootloader may install it over the "
		     "application.",
		     facts->update_address, facts->update_size);
	print_header_notes(out, facts);
	if (facts->kind == IMAGE_FULL && !image_area_first(facts->areas, facts->n_areas, IMAGE_AREA_RF))
		note(out, "no RF calibration found. Without it Wi-Fi is weak and the MAC address is not the "
			  "chip's own; if the chip was never erased, read again.");
}

void image_text_facts(FILE *out, const struct image_file *file)
{
	const struct image_facts *facts = file->facts;

	fprintf(out, "File:   %s\n", file->name);
	print_size(out, facts->size);
	tool_print_wrapped(
		out, "Kind:   ", facts->format ? facts->format->words : image_kind_description(facts->kind));
	print_chips(out, facts);
	if (facts->kind == IMAGE_RBL)
		print_rbl(out, &facts->rbl);
	if (facts->content)
		print_uf2(out, &facts->uf2);
	print_parts(out, facts);
	if (facts->n_areas)
		fputs("Found:\n", out);
	for (size_t i = 0; i < facts->n_areas; i++)
		print_area(out, &facts->areas[i]);
	print_partitions(out, file);
	print_notes(out, facts);
	print_problems(out, facts->content ? facts->content : facts);
}

/* ---- comparison ---- */

static void print_difference(FILE *out, const struct image_difference *part)
{
	fprintf(out, "  %-11s 0x%06x-0x%06x  ", part->name, part->start, part->end - 1);
	if (!part->compared)
		fputs(part->only_first || part->only_second ? "" : "in neither file", out);
	else if (part->different)
		fprintf(out, "%zu bytes differ, the first at 0x%06x", part->different, part->first);
	else
		fputs("same", out);
	if (part->only_first)
		fprintf(out, "%s%zu bytes only in the first file", part->compared ? ", " : "",
			part->only_first);
	if (part->only_second)
		fprintf(out, "%s%zu bytes only in the second file", part->compared ? ", " : "",
			part->only_second);
	fputc('\n', out);
}

static void print_crcs(FILE *out, const struct image_file *file)
{
	size_t good = 0, bad = 0;

	for (size_t i = 0; i < file->facts->n_parts; i++) {
		good += file->facts->parts[i].code.good;
		bad += file->facts->parts[i].code.bad;
	}
	fprintf(out, "%s: ", file->name);
	if (good)
		print_sums(out, good, bad);
	else
		fputs("no code with CRCs", out);
	fputc('\n', out);
}

void image_text_comparison(FILE *out, const struct image_comparison *comparison)
{
	const struct image_file *first = comparison->first, *second = comparison->second;

	if (comparison->same) {
		fprintf(out, "%s and %s are the same, all %zu bytes.\n", first->name, second->name,
			first->facts->size);
		return;
	}
	fprintf(out, "%s and %s differ (addresses in the flash):\n", first->name, second->name);
	for (size_t i = 0; i < comparison->n; i++)
		print_difference(out, &comparison->parts[i]);
	print_crcs(out, first);
	print_crcs(out, second);
}
