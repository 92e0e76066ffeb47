/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image.h"

#include <stdio.h>
#include <string.h>

#define SMALLEST_DIE ((size_t)512 << 10)
/* The longest application of any family; it may be longer than the family's
 * own where the family is not known. */
#define HIGHEST_APPLICATION_END 0x1cb000u
/* Up to here all families have nothing but the application; Tuya's modules keep
 * data of their own from 0x12a000 on (openshwprojects/BK7231GUIFlashTool
 * testDumps). */
#define STRICT_END 0x129f70u
/* Where Tuya's firmware ends, with a header of IMAGE_RBL_CODED_SIZE bytes
 * (tuya-cloudcutter/bk7231tools analysis/flash.py, layout ota_1). */
#define TUYA_APPLICATION_END 0x129f70u
/* The ROM of the BK7231N looks for this word in the bootloader at logical
 * 0x100 (OpenBK7231N platforms/bk7231n/bk7231n_os/tools/generate). */
#define BK7231N_WORD_AT 0x110u

static void add_problem(struct image_facts *facts, const struct image_problem *problem)
{
	if (facts->n_problems < IMAGE_MAX_PROBLEMS)
		facts->problems[facts->n_problems++] = *problem;
}

static void add_simple_problem(struct image_facts *facts, enum image_problem_type type)
{
	add_problem(facts, &(struct image_problem){ .type = type });
}

static bool is_die_size(size_t n)
{
	return n >= SMALLEST_DIE && !(n & (n - 1));
}

static bool is_filled(const uint8_t *data, size_t n)
{
	return !memcmp(data, data + 1, n - 1);
}

/* ---- where the file belongs ---- */

static void vectors_at(struct image_vectors *vectors, const uint8_t *data, size_t n, size_t offset)
{
	if (offset < n)
		image_vectors_find(vectors, data + offset, n - offset, IMAGE_BLOCK_SIZE);
	else
		*vectors = (struct image_vectors){ .cipher = IMAGE_CIPHER_UNKNOWN };
}

/* The address of the first byte if the RF calibration lies where it belongs. */
static bool address_from_rf(const struct image_facts *facts, uint32_t *address)
{
	static const uint32_t addresses[] = { 0, IMAGE_APPLICATION };

	for (size_t i = 0; i < facts->n_areas; i++) {
		if (facts->areas[i].type != IMAGE_AREA_RF)
			continue;
		for (size_t j = 0; j < 2; j++) {
			if (!image_family_with_rf_at((uint32_t)facts->areas[i].offset + addresses[j]))
				continue;
			*address = addresses[j];
			return true;
		}
	}
	return false;
}

/* A bootloader leaves its partition's end empty, or puts a header there; an
 * application goes on. */
static bool gap_before_application(const uint8_t *data, size_t n)
{
	const uint8_t *end = data + IMAGE_APPLICATION;

	return n > IMAGE_APPLICATION && (image_is_erased(end - IMAGE_BLOCK_SIZE, IMAGE_BLOCK_SIZE) ||
					 image_rbl_coded_for(end - IMAGE_RBL_CODED_SIZE, "bootloader"));
}

static uint32_t find_address(const struct image_facts *facts, const uint8_t *data, size_t n)
{
	struct image_vectors first, second;
	uint32_t address;

	vectors_at(&first, data, n, 0);
	vectors_at(&second, data, n, IMAGE_APPLICATION);
	if (first.place == IMAGE_PLACE_BOOTLOADER)
		return 0;
	if (first.place == IMAGE_PLACE_APPLICATION)
		return IMAGE_APPLICATION;
	if (second.place == IMAGE_PLACE_APPLICATION)
		return 0;
	if (address_from_rf(facts, &address))
		return address;
	if (is_die_size(n) || gap_before_application(data, n) || !image_code_starts(data, 0, n))
		return 0;
	return n <= IMAGE_APPLICATION ? 0 : IMAGE_APPLICATION;
}

/* ---- which family ---- */

static bool word_of_bk7231n(const uint8_t *data, size_t n)
{
	return n >= BK7231N_WORD_AT + 8 && !memcmp(data + BK7231N_WORD_AT, "BK7231\0", 8);
}

static void set_family(struct image_facts *facts, const struct image_family *family,
		       enum image_family_source source)
{
	if (!family || facts->family)
		return;
	facts->family = family;
	facts->family_source = source;
}

static const struct image_family *family_from_areas(const struct image_facts *facts, enum image_area_type type,
						    uint32_t distance)
{
	for (size_t i = 0; i < facts->n_areas; i++) {
		const uint32_t address = facts->address + (uint32_t)facts->areas[i].offset;
		const struct image_family *family;

		if (facts->areas[i].type != type || address < distance)
			continue;
		family = image_family_with_rf_at(address - distance);
		if (family)
			return family;
	}
	return NULL;
}

/* OpenBeken's configuration comes right behind the RF calibration. */
static void find_family(struct image_facts *facts, const uint8_t *data)
{
	set_family(facts, family_from_areas(facts, IMAGE_AREA_RF, 0), IMAGE_FAMILY_RF);
	set_family(facts, family_from_areas(facts, IMAGE_AREA_OPENBEKEN, IMAGE_SECTOR), IMAGE_FAMILY_OPENBEKEN);
	if (facts->address)
		return;
	if (word_of_bk7231n(data, facts->size))
		set_family(facts, image_family_named("bk7231n"), IMAGE_FAMILY_BOOTLOADER);
	/* Of the chips with Tuya's key only the BK7231N has that word. */
	else if (facts->parts[0].vectors.cipher == IMAGE_CIPHER_TUYA)
		set_family(facts, image_family_named("bk7231t"), IMAGE_FAMILY_BOOTLOADER);
}

/* ---- code ---- */

static size_t offset_of(const struct image_facts *facts, uint32_t address)
{
	const size_t offset = address > facts->address ? address - facts->address : 0;

	return offset < facts->size ? offset : facts->size;
}

static uint32_t application_end(struct image_facts *facts, const uint8_t *data)
{
	const uint32_t header = TUYA_APPLICATION_END - IMAGE_RBL_CODED_SIZE;
	const size_t offset = offset_of(facts, header);

	if (offset + IMAGE_RBL_CODED_SIZE <= facts->size && image_rbl_coded_for(data + offset, "app")) {
		facts->rbl_ends_application = true;
		return TUYA_APPLICATION_END;
	}
	return facts->family ? facts->family->application_end : HIGHEST_APPLICATION_END;
}

static void check_part(struct image_facts *facts, const uint8_t *data, const char *name, uint32_t start,
		       uint32_t end)
{
	struct image_part *part = &facts->parts[facts->n_parts];
	struct image_code_range range = {
		.start = offset_of(facts, start),
		.end = offset_of(facts, end),
		.strict_end = offset_of(facts, STRICT_END),
		.address = facts->address,
	};

	if (range.start >= range.end)
		return;
	range.ends_with_file = range.end == facts->size && facts->address + facts->size < end;
	part->name = name;
	part->present = image_code_starts(data, range.start, range.end);
	vectors_at(&part->vectors, data, facts->size, range.start);
	if (part->present)
		image_code_check(&part->code, data, &range);
	else
		part->code =
			(struct image_code){ .start = range.start, .end = range.end, .used_end = range.start };
	facts->n_parts++;
}

static void check_code(struct image_facts *facts, const uint8_t *data)
{
	/* The family can depend on the cipher of the bootloader. */
	if (!facts->address)
		check_part(facts, data, "bootloader", 0, IMAGE_APPLICATION);
	find_family(facts, data);
	check_part(facts, data, "application", IMAGE_APPLICATION, application_end(facts, data));
}

static void add_code_problems(struct image_facts *facts)
{
	for (size_t i = 0; i < facts->n_parts; i++) {
		const struct image_part *part = &facts->parts[i];
		struct image_problem problem = { .code = &part->code, .part = part->name };

		if (part->code.slip) {
			problem.type = IMAGE_PROBLEM_SLIP;
			problem.offset = part->code.slip_at;
			problem.bytes = part->code.slip;
			add_problem(facts, &problem);
		} else if (part->code.bad) {
			problem.type = IMAGE_PROBLEM_CRC;
			problem.offset = part->code.first_bad;
			add_problem(facts, &problem);
		}
		if (part->code.cut_off) {
			problem.type = IMAGE_PROBLEM_CUT_OFF;
			problem.offset = part->code.used_end;
			add_problem(facts, &problem);
		}
	}
}

static bool present(const struct image_facts *facts, const char *name)
{
	for (size_t i = 0; i < facts->n_parts; i++) {
		if (!strcmp(facts->parts[i].name, name))
			return facts->parts[i].present;
	}
	return false;
}

/* ---- kinds ---- */

static enum image_kind kind_from_start(const struct image_facts *facts)
{
	if (is_die_size(facts->size))
		return IMAGE_FULL;
	if (facts->n_areas)
		return IMAGE_PARTIAL;
	return facts->size > IMAGE_APPLICATION ? IMAGE_QIO : IMAGE_BOOTLOADER;
}

static enum image_kind kind_of_code(const struct image_facts *facts)
{
	if (facts->address)
		return facts->n_areas ? IMAGE_FROM_APPLICATION : IMAGE_UA;
	return kind_from_start(facts);
}

static void add_missing_parts(struct image_facts *facts)
{
	const bool from_start =
		facts->kind == IMAGE_FULL || facts->kind == IMAGE_PARTIAL || facts->kind == IMAGE_QIO;

	if (!from_start)
		return;
	if (!present(facts, "bootloader"))
		add_problem(facts, &(struct image_problem){ .type = IMAGE_PROBLEM_NO_BOOTLOADER });
	if (!present(facts, "application") && facts->size > IMAGE_APPLICATION)
		add_problem(facts, &(struct image_problem){ .type = IMAGE_PROBLEM_NO_APPLICATION,
							    .offset = IMAGE_APPLICATION });
}

/* Bytes that a reader put before the first one, or lost there. */
static int find_late(const uint8_t *data, size_t n)
{
	for (int shift = 1; shift < IMAGE_BLOCK_SIZE; shift++) {
		if (image_code_starts(data, (size_t)shift, n))
			return shift <= IMAGE_BLOCK_SIZE / 2 ? shift : shift - IMAGE_BLOCK_SIZE;
	}
	return 0;
}

static void find_without_code(struct image_facts *facts, const uint8_t *data)
{
	struct image_vectors vectors;
	const int late = find_late(data, facts->size);

	image_vectors_find(&vectors, data, facts->size, IMAGE_BLOCK_DATA);
	facts->n_parts = 0;
	facts->address = 0;
	facts->kind = facts->n_areas ? IMAGE_AREAS : IMAGE_UNKNOWN;
	if (late) {
		add_problem(facts, &(struct image_problem){ .type = IMAGE_PROBLEM_LATE, .bytes = late });
	} else if (vectors.cipher != IMAGE_CIPHER_UNKNOWN) {
		facts->kind = IMAGE_RAW;
		add_simple_problem(facts, IMAGE_PROBLEM_RAW);
	} else if (!facts->n_areas) {
		add_simple_problem(facts, IMAGE_PROBLEM_NOT_BEKEN);
	}
}

/* Reading past the end of the flash goes on at its start. Programs that read
 * over the serial port and cannot reach the bootloader there make such files. */
static void find_wrap(struct image_facts *facts, const uint8_t *data)
{
	const size_t start = facts->size - facts->address;
	struct image_vectors vectors;

	if (facts->kind != IMAGE_FROM_APPLICATION || !is_die_size(facts->size))
		return;
	vectors_at(&vectors, data, facts->size, start);
	if (vectors.place == IMAGE_PLACE_BOOTLOADER)
		facts->wraps_at = start;
}

static void find_code(struct image_facts *facts, const uint8_t *data)
{
	facts->address = find_address(facts, data, facts->size);
	check_code(facts, data);
	if (!present(facts, "bootloader") && !present(facts, "application")) {
		find_without_code(facts, data);
		return;
	}
	facts->kind = kind_of_code(facts);
	facts->place_certain = true;
	if (!facts->address)
		image_boot_find(&facts->boot, data, facts->size);
	if (facts->address + facts->size > IMAGE_APPLICATION)
		image_key_find(&facts->application_key, data + IMAGE_APPLICATION - facts->address,
			       facts->size - (IMAGE_APPLICATION - facts->address));
	find_wrap(facts, data);
	add_code_problems(facts);
	add_missing_parts(facts);
}

static void find_rbl(struct image_facts *facts, const uint8_t *data)
{
	const size_t rest = facts->size - IMAGE_RBL_SIZE;

	facts->kind = IMAGE_RBL;
	image_rbl_read(&facts->rbl, data);
	if (!facts->rbl.header_good)
		add_simple_problem(facts, IMAGE_PROBLEM_RBL_HEADER);
	else if (facts->rbl.size > rest)
		add_simple_problem(facts, IMAGE_PROBLEM_RBL_SIZE);
	else if (image_crc32(data + IMAGE_RBL_SIZE, facts->rbl.size) != facts->rbl.stored_crc)
		add_simple_problem(facts, IMAGE_PROBLEM_RBL_BODY);
}

static void find_filled(struct image_facts *facts, uint8_t fill)
{
	facts->kind = IMAGE_FILLED;
	facts->fill = fill;
	add_simple_problem(facts, IMAGE_PROBLEM_FILLED);
}

/* A file whose first bytes say what it is; false: they do not. */
static bool find_file_format(struct image_facts *facts, const uint8_t *data)
{
	facts->format = image_format_find(data, facts->size);
	if (facts->format) {
		facts->kind = IMAGE_FOREIGN;
		add_simple_problem(facts, IMAGE_PROBLEM_FOREIGN);
		return true;
	}
	if (!image_uf2_starts(data, facts->size))
		return false;
	facts->kind = IMAGE_UF2;
	image_uf2_read(&facts->uf2, data, facts->size);
	if (*facts->uf2.problem)
		add_simple_problem(facts, IMAGE_PROBLEM_UF2);
	return true;
}

void image_find(struct image_facts *facts, const uint8_t *data, size_t n, const struct image_family *family)
{
	memset(facts, 0, sizeof(*facts));
	facts->size = n;
	set_family(facts, family, IMAGE_FAMILY_GIVEN);
	if (!n) {
		facts->kind = IMAGE_NOTHING;
		add_simple_problem(facts, IMAGE_PROBLEM_NOTHING);
		return;
	}
	if (is_filled(data, n)) {
		find_filled(facts, data[0]);
		return;
	}
	facts->halves_equal = is_die_size(n) && n > SMALLEST_DIE && !memcmp(data, data + n / 2, n / 2);
	if (n >= IMAGE_RBL_SIZE && image_rbl_starts(data, n)) {
		find_rbl(facts, data);
		return;
	}
	if (find_file_format(facts, data))
		return;
	facts->n_areas = image_areas_find(data, n, facts->areas, IMAGE_MAX_AREAS);
	find_code(facts, data);
}

uint32_t image_die_size(const struct image_facts *facts)
{
	/* For a flash that was read twice over: flashrom refuses layouts larger
	 * than the chip. */
	if (facts->kind == IMAGE_FULL)
		return (uint32_t)(facts->halves_equal ? facts->size / 2 : facts->size);
	return 0;
}

int image_layout_text(const struct image_facts *facts, char *text, size_t size)
{
	struct image_partition partitions[IMAGE_MAX_PARTITIONS];
	size_t n, used = 0;

	text[0] = '\0';
	if (!facts->family)
		return -1;
	n = image_family_partitions(facts->family, image_die_size(facts), partitions);
	for (size_t i = 0; i < n && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%08x:%08x %s\n", partitions[i].start,
					 partitions[i].end - 1, partitions[i].name);
	return 0;
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
};

const char *image_kind_name(enum image_kind kind)
{
	return kinds[kind].name;
}

const char *image_kind_description(enum image_kind kind)
{
	return kinds[kind].description;
}
