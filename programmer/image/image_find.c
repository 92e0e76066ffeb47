/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image.h"

#include <string.h>

#include "image_chips.h"
#include "image_health.h"

#define SMALLEST_DIE ((size_t)512 << 10)
/* Where the longest application of any family ends; for a family that is not known. */
#define HIGHEST_APPLICATION_END 0x1cb000u
/* Up to here all families have nothing but the application; Tuya's modules keep data of their own from
 * 0x12a000 on (openshwprojects/BK7231GUIFlashTool testDumps). */
#define STRICT_END 0x129f70u
/* Where Tuya's firmware ends, with a header of IMAGE_RBL_CODED_SIZE bytes (tuya-cloudcutter/bk7231tools
 * analysis/flash.py, layout ota_1). */
#define TUYA_APPLICATION_END 0x129f70u

static void add_problem(struct image_facts *facts, const struct image_part *part, enum image_problem_type type,
			size_t offset, int bytes)
{
	if (facts->n_problems < IMAGE_MAX_PROBLEMS)
		facts->problems[facts->n_problems++] = (struct image_problem){ type, offset, part, bytes };
}

static void add_simple_problem(struct image_facts *facts, enum image_problem_type type)
{
	add_problem(facts, NULL, type, 0, 0);
}

/* A kind that is a problem by itself. */
static void set_unfit(struct image_facts *facts, enum image_kind kind, enum image_problem_type type)
{
	facts->kind = kind;
	add_simple_problem(facts, type);
}

static bool is_die_size(size_t n)
{
	return n >= SMALLEST_DIE && !(n & (n - 1));
}

/* ---- where the file belongs ---- */

static struct image_vectors vectors_at(const uint8_t *data, size_t n, size_t offset)
{
	const size_t at = offset < n ? offset : n;

	return image_vectors_find(data + at, n - at, IMAGE_BLOCK_SIZE);
}

/* The address of the first byte if the RF calibration lies where it belongs. */
static bool address_from_rf(const struct image_facts *facts, uint32_t *address)
{
	static const uint32_t addresses[] = { 0, IMAGE_APPLICATION };
	uint32_t places[IMAGE_RF_PLACES];
	const size_t n = image_rf_places(places, UINT32_MAX);

	for (size_t i = 0; i < facts->n_areas; i++) {
		for (size_t j = 0; j < 2 * n && facts->areas[i].type == IMAGE_AREA_RF; j++) {
			if (facts->areas[i].offset + addresses[j % 2] != places[j / 2])
				continue;
			*address = addresses[j % 2];
			return true;
		}
	}
	return false;
}

/* By what only a bootloader has, or by what lies where the application starts. */
static bool starts_like_flash(const struct image_facts *facts, const uint8_t *data, size_t n)
{
	const uint8_t *application = data + IMAGE_APPLICATION;

	if (facts->boot.n_partitions || (facts->boot.key.known && facts->boot.mark[0]))
		return true;
	if (n <= IMAGE_APPLICATION)
		return false;
	return image_key_is_one(&facts->boot.key, &facts->application_key) ||
	       image_rbl_coded_for(application - IMAGE_RBL_CODED_SIZE, "bootloader") ||
	       (facts->boot.blank && image_code_starts(data, IMAGE_APPLICATION, n));
}

static bool has_tuya_header(const struct image_facts *facts, const uint8_t *data, uint32_t address)
{
	const size_t header = TUYA_APPLICATION_END - IMAGE_RBL_CODED_SIZE - address;

	return header + IMAGE_RBL_CODED_SIZE <= facts->size && image_rbl_coded_for(data + header, "app");
}

static void find_address(struct image_facts *facts, const uint8_t *data, size_t n)
{
	const enum image_place first = vectors_at(data, n, 0).place;

	facts->place_certain = true;
	if (first == IMAGE_PLACE_BOOTLOADER)
		return;
	if (first == IMAGE_PLACE_APPLICATION)
		facts->address = IMAGE_APPLICATION;
	else if (vectors_at(data, n, IMAGE_APPLICATION).place == IMAGE_PLACE_APPLICATION ||
		 starts_like_flash(facts, data, n) || address_from_rf(facts, &facts->address))
		return;
	else if (has_tuya_header(facts, data, IMAGE_APPLICATION))
		facts->address = IMAGE_APPLICATION;
	else
		facts->place_certain = false;
}

/* ---- code ---- */

static size_t offset_of(const struct image_facts *facts, uint32_t address)
{
	const size_t offset = address > facts->address ? address - facts->address : 0;

	return offset < facts->size ? offset : facts->size;
}

static uint32_t application_end(const struct image_facts *facts, const uint8_t *data)
{
	const struct image_boot_partition *app = image_boot_partition(&facts->boot, "app");

	if (has_tuya_header(facts, data, facts->address))
		return TUYA_APPLICATION_END;
	if (app)
		return app->offset + app->length;
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
	part->vectors = vectors_at(data, facts->size, range.start);
	if (part->present)
		image_code_check(&part->code, data, &range);
	else
		part->code =
			(struct image_code){ .start = range.start, .end = range.end, .used_end = range.start };
	facts->n_parts++;
}

static void check_code(struct image_facts *facts, const uint8_t *data)
{
	if (!facts->address)
		check_part(facts, data, "bootloader", 0, IMAGE_APPLICATION);
	/* The family can depend on the cipher of the bootloader. */
	image_family_find(facts);
	check_part(facts, data, "application", IMAGE_APPLICATION, application_end(facts, data));
}

static void add_code_problems(struct image_facts *facts)
{
	for (size_t i = 0; i < facts->n_parts; i++) {
		const struct image_part *part = &facts->parts[i];
		const struct image_code *code = &part->code;

		if (code->slip)
			add_problem(facts, part, IMAGE_PROBLEM_SLIP, code->slip_at, code->slip);
		else if (code->bad)
			add_problem(facts, part, IMAGE_PROBLEM_CRC, code->first_bad, 0);
		if (code->cut_off)
			add_problem(facts, part, IMAGE_PROBLEM_CUT_OFF, code->used_end, 0);
		if (part->hole_size && !code->slip)
			add_problem(facts, part, IMAGE_PROBLEM_HOLE, part->hole_at, (int)part->hole_size);
	}
}

const struct image_part *image_part_named(const struct image_facts *facts, const char *name)
{
	for (size_t i = 0; i < facts->n_parts; i++) {
		if (!strcmp(facts->parts[i].name, name))
			return &facts->parts[i];
	}
	return NULL;
}

bool image_has_code(const struct image_facts *facts)
{
	return (facts->n_parts && facts->parts[0].present) || (facts->n_parts > 1 && facts->parts[1].present);
}

static bool present(const struct image_facts *facts, const char *name)
{
	const struct image_part *part = image_part_named(facts, name);

	return part && part->present;
}

/* ---- kinds ---- */

/* Firmware is padded to such a size now and then: a dump has more than code. */
static bool is_more_than_code(const struct image_facts *facts, const uint8_t *data)
{
	const struct image_part *part = image_part_named(facts, "application");
	const size_t end = part ? part->code.used_end + part->code.cut_off : facts->size;

	return facts->n_areas || !image_is_erased(data + end, facts->size - end);
}

static enum image_kind kind_of_code(const struct image_facts *facts, const uint8_t *data)
{
	if (facts->address)
		return facts->n_areas ? IMAGE_FROM_APPLICATION : IMAGE_UA;
	if (is_die_size(facts->size) && is_more_than_code(facts, data))
		return IMAGE_FULL;
	if (facts->n_areas)
		return IMAGE_PARTIAL;
	return facts->size > IMAGE_APPLICATION ? IMAGE_QIO : IMAGE_BOOTLOADER;
}

static void add_missing_parts(struct image_facts *facts)
{
	if (facts->kind != IMAGE_FULL && facts->kind != IMAGE_PARTIAL && facts->kind != IMAGE_QIO)
		return;
	if (!present(facts, "bootloader"))
		add_simple_problem(facts, IMAGE_PROBLEM_NO_BOOTLOADER);
	if (!present(facts, "application") && facts->size > IMAGE_APPLICATION)
		add_problem(facts, NULL, IMAGE_PROBLEM_NO_APPLICATION, IMAGE_APPLICATION, 0);
}

/* Whether an application starts at offset, or a bootloader whose first `lost` bytes are not there. */
static bool is_beken_code(const uint8_t *data, size_t n, size_t offset, size_t lost)
{
	uint8_t start[2 * IMAGE_BLOCK_SIZE] = { 0 };

	if (offset + sizeof(start) > n)
		return false;
	memcpy(start + lost, data + offset, sizeof(start) - lost);
	return vectors_at(start, sizeof(start), 0).cipher != IMAGE_CIPHER_UNKNOWN;
}

/* Whether there is code whose blocks do not start with the file; if it is of a Beken chip, how many bytes a
 * reader put before the first one, or lost there. */
static bool find_late(const uint8_t *data, size_t n, int *bytes)
{
	*bytes = 0;
	for (size_t shift = 1; shift < IMAGE_BLOCK_SIZE; shift++) {
		const size_t lost = IMAGE_BLOCK_SIZE - shift;

		if (!image_code_starts(data, shift, n))
			continue;
		if (is_beken_code(data, n, shift, 0))
			*bytes = (int)shift;
		else if (is_beken_code(data, n, 0, lost) || is_beken_code(data, n, IMAGE_APPLICATION - lost, 0))
			*bytes = -(int)lost;
		return true;
	}
	return false;
}

static void find_without_code(struct image_facts *facts, const uint8_t *data)
{
	int late;
	const bool is_late = find_late(data, facts->size, &late);

	facts->n_parts = 0;
	facts->address = 0;
	facts->place_certain = false;
	facts->kind = facts->n_areas ? IMAGE_AREAS : IMAGE_UNKNOWN;
	if (late)
		add_problem(facts, NULL, IMAGE_PROBLEM_LATE, 0, late);
	else if (image_vectors_find(data, facts->size, IMAGE_BLOCK_DATA).cipher != IMAGE_CIPHER_UNKNOWN)
		set_unfit(facts, IMAGE_RAW, IMAGE_PROBLEM_RAW);
	else if (is_late)
		set_unfit(facts, IMAGE_OTHER_CODE, IMAGE_PROBLEM_OTHER_CODE);
	else if (!facts->n_areas)
		add_simple_problem(facts, IMAGE_PROBLEM_NOT_BEKEN);
}

/* A program that takes the flash for half as large reads its second half first. */
static bool is_half_swapped(const struct image_facts *facts, const uint8_t *data)
{
	const size_t half = facts->size / 2;
	struct image_boot boot;

	if (!is_die_size(facts->size) || facts->boot.present || !image_code_starts(data, half, facts->size))
		return false;
	image_boot_find(&boot, data + half, half);
	return boot.mark[0] || boot.n_partitions ||
	       vectors_at(data, facts->size, half).place == IMAGE_PLACE_BOOTLOADER;
}

/* Reading past the end of the flash goes on at its start. Programs that read over the serial port and
 * cannot reach the bootloader there make such files. */
static void find_wrap(struct image_facts *facts, const uint8_t *data)
{
	const size_t start = facts->size - facts->address;

	if (facts->kind == IMAGE_FROM_APPLICATION && is_die_size(facts->size) &&
	    vectors_at(data, facts->size, start).place == IMAGE_PLACE_BOOTLOADER)
		facts->wraps_at = start;
}

static bool has_mixed_keys(const struct image_facts *facts)
{
	return facts->boot.key.known && facts->application_key.known && present(facts, "bootloader") &&
	       present(facts, "application") && !image_key_is_one(&facts->boot.key, &facts->application_key);
}

/* Code whose place is known, and which there is. */
static void find_in_code(struct image_facts *facts, const uint8_t *data)
{
	facts->kind = kind_of_code(facts, data);
	find_wrap(facts, data);
	for (size_t i = 0; i < facts->n_parts; i++) {
		if (facts->parts[i].present)
			image_health_part(&facts->parts[i], data);
	}
	add_code_problems(facts);
	add_missing_parts(facts);
	if (has_mixed_keys(facts))
		add_simple_problem(facts, IMAGE_PROBLEM_MIXED_KEYS);
	if (image_health_incomplete(facts))
		add_simple_problem(facts, IMAGE_PROBLEM_INCOMPLETE);
	image_chips_find(facts, data);
}

/* Keys of parts that are there, when the address is known. */
static void find_keys(struct image_facts *facts, const uint8_t *data)
{
	const size_t offset = offset_of(facts, IMAGE_APPLICATION);

	image_key_find(&facts->application_key, data + offset, facts->size - offset);
	if (facts->address)
		memset(&facts->boot, 0, sizeof(facts->boot));
}

static void find_code(struct image_facts *facts, const uint8_t *data)
{
	image_boot_find(&facts->boot, data, facts->size);
	find_keys(facts, data);
	if (is_half_swapped(facts, data)) {
		set_unfit(facts, IMAGE_FULL, IMAGE_PROBLEM_HALF_SWAPPED);
		return;
	}
	find_address(facts, data, facts->size);
	find_keys(facts, data);
	if (!facts->place_certain && image_code_starts(data, 0, facts->size)) {
		check_part(facts, data, "code", 0, UINT32_MAX);
		set_unfit(facts, IMAGE_OTHER_CODE, IMAGE_PROBLEM_OTHER_CODE);
		return;
	}
	check_code(facts, data);
	if (image_has_code(facts))
		find_in_code(facts, data);
	else
		find_without_code(facts, data);
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
	else if (image_crc32(0, data + IMAGE_RBL_SIZE, facts->rbl.size) != facts->rbl.stored_crc)
		add_simple_problem(facts, IMAGE_PROBLEM_RBL_BODY);
}

static void find_uf2(struct image_facts *facts, const uint8_t *data)
{
	facts->kind = IMAGE_UF2;
	image_uf2_read(&facts->uf2, data, facts->size);
	if (*facts->uf2.problem)
		add_simple_problem(facts, IMAGE_PROBLEM_UF2);
}

/* A file whose first bytes say what it is; false: they do not. */
static bool find_file_format(struct image_facts *facts, const uint8_t *data)
{
	const size_t n = facts->size;

	if (!n) {
		set_unfit(facts, IMAGE_NOTHING, IMAGE_PROBLEM_NOTHING);
	} else if (!memcmp(data, data + 1, n - 1)) {
		facts->fill = data[0];
		set_unfit(facts, IMAGE_FILLED, IMAGE_PROBLEM_FILLED);
	} else if (n >= IMAGE_RBL_SIZE && image_rbl_starts(data, n)) {
		find_rbl(facts, data);
	} else if (image_uf2_starts(data, n)) {
		find_uf2(facts, data);
	} else if ((facts->format = image_format_find(data, n))) {
		set_unfit(facts, IMAGE_FOREIGN, IMAGE_PROBLEM_FOREIGN);
	} else {
		return false;
	}
	return true;
}

void image_find(struct image_facts *facts, const uint8_t *data, size_t n, const struct image_family *family)
{
	memset(facts, 0, sizeof(*facts));
	facts->size = n;
	facts->family = family;
	facts->family_source = family ? IMAGE_FAMILY_GIVEN : IMAGE_FAMILY_UNKNOWN;
	if (find_file_format(facts, data))
		return;
	facts->halves_equal = is_die_size(n) && n > SMALLEST_DIE && !memcmp(data, data + n / 2, n / 2);
	facts->n_areas = image_areas_find(data, n, facts->areas, IMAGE_MAX_AREAS);
	find_code(facts, data);
	image_health_update(facts, data);
}

uint32_t image_die_size(const struct image_facts *facts)
{
	/* For a flash that was read twice over: flashrom refuses layouts larger than the chip. */
	if (facts->kind == IMAGE_FULL)
		return (uint32_t)(facts->halves_equal ? facts->size / 2 : facts->size);
	return 0;
}
