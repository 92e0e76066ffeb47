/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image_judge.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "image_chips.h"

#define ANYWAY "To write it anyway, add image=any."
#define FLASH_IS_WRONG "If it is the flash that holds a wrong image, add image=any."

/* ---- helpers ---- */

bool image_ranges_have(const struct image_range *ranges, size_t n, uint32_t address)
{
	for (size_t i = 0; i < n; i++) {
		if (address >= ranges[i].start && address < ranges[i].end)
			return true;
	}
	return false;
}

static bool is_written(const struct image_case *it, uint32_t address)
{
	return image_ranges_have(it->ranges, it->n_ranges, address);
}

/* n bytes of the file that go to this address; NULL: it has not so many there. */
static const uint8_t *bytes_for(const struct image_case *it, uint32_t address, size_t n)
{
	if (address < it->put_at || address - it->put_at > it->file->size ||
	    it->file->size - (address - it->put_at) < n || !is_written(it, address))
		return NULL;
	return it->data + (address - it->put_at);
}

/* Returns true. Long lists of chips are cut off. */
__attribute__((format(printf, 2, 3))) static bool say(char *text, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(text, IMAGE_REASON_SIZE, format, args);
	va_end(args);
	return true;
}

#define refuse(judgement, ...) say((judgement)->refusal, __VA_ARGS__)
/* There is room for one of each remark_*() below. */
#define remark(judgement, ...) say((judgement)->remarks[(judgement)->n_remarks++], __VA_ARGS__)

/* ---- the file by itself ---- */

bool image_judge_kind(struct image_judgement *judgement, const struct image_facts *file)
{
	switch (file->kind) {
	case IMAGE_NOTHING: return refuse(judgement, "The file is empty. Download or copy it again.");
	case IMAGE_RBL:
		return refuse(judgement, "This is an update (RBL) for a running device, not an image of the "
					 "flash. Take the file whose name says QIO or UA.");
	case IMAGE_RAW:
		return refuse(judgement, "The code in this file has no CRCs, so no chip would run it. Take the "
					 "file whose name says QIO, UA or crc.");
	case IMAGE_FOREIGN:
		return refuse(judgement, "This is %s, not an image of the flash. %s", file->format->words,
			      file->format->advice);
	default: return false;
	}
}

static bool refuse_place(struct image_judgement *judgement, const struct image_case *it)
{
	const struct image_facts *file = it->file;

	if (!image_has_code(file) || file->address == it->put_at)
		return false;
	if (file->wraps_at)
		return refuse(
			judgement,
			"This dump is rotated: it starts with 0x11000 of the flash and has the bootloader "
			"at its end. With image=any both are put where they belong.");
	if (!it->put_at && file->size == it->die->size)
		return refuse(judgement,
			      "This file has an application at 0x0, where the bootloader belongs, so the chip "
			      "could not start. Take the file as it was before it was padded. " ANYWAY);
	return refuse(judgement, "This file belongs to 0x%x of the flash, not to 0x%x. " ANYWAY, file->address,
		      it->put_at);
}

/* Of CRC, SLIP and others: the reason, with the offset in the file. */
static const char *const damages[] = {
	[IMAGE_PROBLEM_LATE] = "All code in this file is shifted by some bytes",
	[IMAGE_PROBLEM_CRC] = "Code at 0x%06zx of this file has a wrong CRC",
	[IMAGE_PROBLEM_SLIP] = "Bytes were inserted or lost at 0x%06zx of this file",
	[IMAGE_PROBLEM_CUT_OFF] = "This file ends at 0x%06zx, in the middle of code",
	[IMAGE_PROBLEM_HOLE] = "Code is missing (erased) at 0x%06zx of this file",
	[IMAGE_PROBLEM_NO_BOOTLOADER] = "This file has no bootloader at 0x0",
	[IMAGE_PROBLEM_NO_APPLICATION] = "This file has no application at 0x11000",
	[IMAGE_PROBLEM_MIXED_KEYS] = "Bootloader and application in this file have different keys",
	[IMAGE_PROBLEM_HALF_SWAPPED] = "The two halves of this dump are swapped",
};

static bool refuse_damage(struct image_judgement *judgement, const struct image_case *it)
{
	const struct image_facts *file = it->file;

	for (size_t i = 0; i < file->n_problems; i++) {
		const struct image_problem *problem = &file->problems[i];
		const char *format =
			problem->type < sizeof(damages) / sizeof(damages[0]) ? damages[problem->type] : NULL;
		char reason[IMAGE_REASON_SIZE];

		if (!format || !is_written(it, it->put_at + (uint32_t)problem->offset))
			continue;
		snprintf(reason, sizeof(reason), format, problem->offset);
		if (problem->type == IMAGE_PROBLEM_HALF_SWAPPED)
			return refuse(judgement, "%s. With image=any both are put where they belong.", reason);
		return refuse(judgement,
			      "%s, so the chip could not start or would fail later. Read or download it "
			      "again. " ANYWAY,
			      reason);
	}
	return false;
}

/* ---- the file against the flash ---- */

static bool refuse_blank_at(struct image_judgement *judgement, const struct image_case *it, uint32_t address,
			    const char *part)
{
	const uint8_t *data = bytes_for(it, address, IMAGE_SECTOR);

	if (!data || memcmp(data, data + 1, IMAGE_SECTOR - 1) != 0)
		return false;
	return refuse(judgement,
		      "This file has nothing but %02X where this flash has its %s, so the chip could not "
		      "start. " ANYWAY,
		      *data, part);
}

static bool refuse_blank(struct image_judgement *judgement, const struct image_case *it)
{
	return (it->die->boot.present && refuse_blank_at(judgement, it, 0, "bootloader")) ||
	       (it->die->application_key.known &&
		refuse_blank_at(judgement, it, IMAGE_APPLICATION, "application"));
}

static bool refuse_without_bootloader(struct image_judgement *judgement, const struct image_case *it)
{
	if (!image_has_code(it->file) || bytes_for(it, 0, IMAGE_SECTOR) || it->die->boot.present)
		return false;
	return refuse(
		judgement,
		"This file has no bootloader, and the flash has none either, so the chip could not start. "
		"Write a QIO file or a backup first. " ANYWAY);
}

static const char *with_key(const char *name)
{
	return strncmp(name, "not ", 4) ? "encrypted with " : "";
}

static bool refuse_key_of(struct image_judgement *judgement, const struct image_key *file,
			  const struct image_key *die, bool is_boot)
{
	const char *file_key = image_key_name(file, is_boot), *die_key = image_key_name(die, is_boot);

	if (!image_key_differs(file, die))
		return false;
	return refuse(
		judgement,
		"This file is for another chip: its code is %s%s, that in the flash is %s%s. " FLASH_IS_WRONG,
		with_key(file_key), file_key, with_key(die_key), die_key);
}

static bool refuse_key(struct image_judgement *judgement, const struct image_case *it)
{
	const struct image_facts *file = it->file;

	if (file->boot.present && bytes_for(it, 0, IMAGE_SECTOR) &&
	    refuse_key_of(judgement, &file->boot.key, &it->die->boot.key, true))
		return true;
	return bytes_for(it, IMAGE_APPLICATION, IMAGE_BLOCK_SIZE) &&
	       refuse_key_of(judgement, &file->application_key, &it->die->application_key, false);
}

static bool refuse_chip(struct image_judgement *judgement, const struct image_case *it)
{
	const struct image_boot *die = &it->die->boot;
	const uint32_t flash = image_boot_chips(die);
	uint32_t file = it->file->candidates;
	char names[IMAGE_CHIPS_TEXT], flash_names[IMAGE_CHIPS_TEXT];

	if (it->uf2 && it->uf2->chip)
		file = image_chips_named(it->uf2->chip);
	if (!die->present || !file || !flash || file & flash || !is_written(it, it->put_at))
		return false;
	image_chips_text(file, names, sizeof(names));
	image_chips_text(flash, flash_names, sizeof(flash_names));
	return refuse(judgement,
		      "This file is for %s, and the bootloader in the flash is of %s. " FLASH_IS_WRONG, names,
		      die->chip[0] ? die->chip : flash_names);
}

/* ---- what is only said ---- */

const struct image_area *image_mac_area(const struct image_area *areas, size_t n)
{
	const struct image_area *rf = image_area_first(areas, n, IMAGE_AREA_RF);

	return rf && rf->has_mac ? rf : NULL;
}

static void remark_mac(struct image_judgement *judgement, const struct image_case *it)
{
	const struct image_area *die = image_mac_area(it->die->areas, it->die->n_areas);
	const struct image_area *file = image_mac_area(it->file->areas, it->file->n_areas);

	if (!die || !is_written(it, (uint32_t)die->offset) || it->is_own)
		return;
	if (!file || !is_written(it, it->put_at + (uint32_t)file->offset))
		remark(judgement,
		       "The RF calibration and the MAC address of this device (" IMAGE_MAC_FORMAT
		       ") will be overwritten, and this file has none to replace them.",
		       IMAGE_MAC_BYTES(die->mac));
	else if (memcmp(die->mac, file->mac, sizeof(file->mac)) != 0)
		remark(judgement,
		       "This is another device's dump: its RF calibration and MAC address (" IMAGE_MAC_FORMAT
		       ") will replace those of this device (" IMAGE_MAC_FORMAT ").",
		       IMAGE_MAC_BYTES(file->mac), IMAGE_MAC_BYTES(die->mac));
}

static void remark_erased(struct image_judgement *judgement, const struct image_case *it)
{
	if (image_has_code(it->file) && !it->die->boot.present && !it->is_own)
		remark(judgement,
		       "The flash has no bootloader, so nothing tells whether this file is for this chip.");
}

/* Only of the two families for which all sources agree. */
static void remark_rf_place(struct image_judgement *judgement, const struct image_case *it)
{
	const struct image_area *die = image_mac_area(it->die->areas, it->die->n_areas);
	const struct image_family *family = it->file->family;

	if (!die || !family || !image_has_code(it->file) ||
	    !bytes_for(it, IMAGE_APPLICATION, IMAGE_BLOCK_SIZE) || die->offset == family->rf ||
	    image_mac_area(it->file->areas, it->file->n_areas) ||
	    (strcmp(family->name, "bk7231t") != 0 && strcmp(family->name, "bk7231n") != 0))
		return;
	remark(judgement,
	       "This firmware expects the RF calibration at 0x%x, and this device has it at 0x%zx: Wi-Fi may "
	       "be weak and the MAC address another one.",
	       family->rf, die->offset);
}

/* ---- all together ---- */

void image_judge(struct image_judgement *judgement, const struct image_case *it)
{
	memset(judgement, 0, sizeof(*judgement));
	remark_mac(judgement, it);
	remark_erased(judgement, it);
	remark_rf_place(judgement, it);
	if (image_judge_kind(judgement, it->file) || refuse_place(judgement, it) ||
	    refuse_damage(judgement, it) || it->is_own)
		return;
	if (refuse_blank(judgement, it) || refuse_without_bootloader(judgement, it))
		return;
	if (!refuse_key(judgement, it))
		refuse_chip(judgement, it);
}
