/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image_judge.h"

#include "image_chips.h"

#include "unit.h"

#define FLASH 0x200000u
#define FILE_SIZE 0x120000u /* of firmware */
#define RF 0x1e0000u
/* Three lines of 80 columns with "ch341a_beken: Warning: " before it. */
#define LONGEST (3 * 80 - 23)

static uint8_t data[FLASH];
static struct image_facts file;
static struct image_die die;
static struct image_uf2 uf2;
static struct image_range ranges[3];
static struct image_case it;
static struct image_judgement judgement;

static const struct image_key plain_key = {
	true, { 0xe59ff014, 0xe59ff014, 0xe59ff014, 0xe59ff014, 0xe59ff014, 0xe59ff014, 0xe59ff014 }
};
static const struct image_key tuya_boot_key = {
	true, { 0x992aff35, 0x992ae735, 0x992aef35, 0x992ad735, 0x992adf35, 0x992ac735, 0x992acf35 }
};
static const struct image_key tuya_application_key = {
	true, { 0x9b2aff35, 0x9b2ae735, 0x9b2aef35, 0x9b2ad735, 0x9b2adf35, 0x9b2ac735, 0x9b2acf35 }
};

/* ---- a BK7231T, and firmware for it from address 0 on ---- */

static struct image_area rf_at(size_t offset, uint8_t last)
{
	return (struct image_area){
		.type = IMAGE_AREA_RF,
		.offset = offset,
		.size = IMAGE_SECTOR,
		.has_mac = true,
		.mac = { 0x00, 0x11, 0x22, 0x33, 0x44, last },
	};
}

static void set_up_die(void)
{
	memset(&die, 0, sizeof(die));
	die.size = FLASH;
	die.boot.present = true;
	die.boot.key = tuya_boot_key;
	strcpy(die.boot.chip, "BK7231S");
	die.application_key = tuya_application_key;
	die.n_areas = 1;
	die.areas[0] = rf_at(RF, 1);
}

static void set_up_file(void)
{
	memset(&file, 0, sizeof(file));
	file.size = FILE_SIZE;
	file.kind = IMAGE_QIO;
	file.boot = die.boot;
	file.application_key = die.application_key;
	file.family = image_family_named("bk7231t");
	file.n_parts = 2;
	file.parts[0] = (struct image_part){ .name = "bootloader", .present = true };
	file.parts[1] = (struct image_part){ .name = "application", .present = true };
}

static int set_up(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i ^ i >> 8);
	set_up_die();
	set_up_file();
	memset(&uf2, 0, sizeof(uf2));
	ranges[0] = (struct image_range){ 0, FILE_SIZE };
	it = (struct image_case){ .data = data, .file = &file, .ranges = ranges, .n_ranges = 1, .die = &die };
	return 0;
}

/* The application alone. */
static void make_ua(void)
{
	file.kind = IMAGE_UA;
	file.address = it.put_at = IMAGE_APPLICATION;
	file.n_parts = 1;
	file.parts[0] = (struct image_part){ .name = "application", .present = true };
	memset(&file.boot, 0, sizeof(file.boot));
	ranges[0] = (struct image_range){ IMAGE_APPLICATION, IMAGE_APPLICATION + FILE_SIZE };
}

/* A whole flash with a calibration of its own. */
static void make_dump(uint8_t mac)
{
	file.kind = IMAGE_FULL;
	file.size = FLASH;
	file.n_areas = 1;
	file.areas[0] = rf_at(RF, mac);
	ranges[0] = (struct image_range){ 0, FLASH };
}

/* Somebody's own data. */
static void make_unknown(void)
{
	const size_t size = file.size;

	memset(&file, 0, sizeof(file));
	file.size = size;
	file.kind = IMAGE_UNKNOWN;
}

/* ---- what must be said ---- */

static void assert_is_sentence(const char *text)
{
	assert_true(strlen(text) <= LONGEST);
	assert_lacks(text, "\n");
	assert_true(text[0] >= 'A' && text[0] <= 'Z');
}

static const char *judge(void)
{
	memset(&judgement, 0x55, sizeof(judgement));
	image_judge(&judgement, &it);
	assert_true(judgement.n_remarks <= IMAGE_REMARKS);
	for (size_t i = 0; i < judgement.n_remarks; i++)
		assert_is_sentence(judgement.remarks[i]);
	if (judgement.refusal[0])
		assert_is_sentence(judgement.refusal);
	return judgement.refusal;
}

static void assert_silent(void)
{
	assert_string_equal(judge(), "");
	if (judgement.n_remarks)
		fail_msg("\"%s\" was said", judgement.remarks[0]);
}

static void assert_refused(const char *reason)
{
	assert_contains(judge(), reason);
}

/* Not refused, but one line is said. */
static void assert_remark(const char *remark)
{
	assert_string_equal(judge(), "");
	assert_int_equal(judgement.n_remarks, 1);
	assert_contains(judgement.remarks[0], remark);
}

/* ---- what is right ---- */

static void firmware_for_this_chip_is_silent(void **state)
{
	(void)state;
	assert_silent();
	make_ua();
	assert_silent();
}

static void a_bootloader_alone_is_silent(void **state)
{
	(void)state;
	file.kind = IMAGE_BOOTLOADER;
	file.size = IMAGE_APPLICATION;
	file.n_parts = 1;
	memset(&file.application_key, 0, sizeof(file.application_key));
	ranges[0] = (struct image_range){ 0, IMAGE_APPLICATION };
	assert_silent();
}

static void a_dump_of_this_device_is_silent(void **state)
{
	(void)state;
	make_dump(1);
	assert_silent();
	/* Not even that the flash has lost all. */
	memset(&die, 0, sizeof(die));
	die.size = FLASH;
	die.boot.blank = true;
	it.is_own = true;
	assert_silent();
}

/* The key in the flash is that of the image which has bricked it. */
static void a_dump_of_this_device_beats_another_key_and_chip(void **state)
{
	(void)state;
	make_dump(1);
	die.boot.key = die.application_key = plain_key;
	strcpy(die.boot.chip, "BK7231N");
	strcpy(die.boot.mark, "BK7231");
	assert_refused("is for another chip");
	it.is_own = true;
	assert_silent();
}

static void unknown_data_are_silent(void **state)
{
	(void)state;
	make_unknown();
	assert_silent();
	die.boot.present = false;
	assert_silent();
}

/* ---- what is no image ---- */

static void an_empty_file_is_refused(void **state)
{
	(void)state;
	make_unknown();
	file.kind = IMAGE_NOTHING;
	file.size = 0;
	assert_refused("The file is empty.");
}

static void an_update_container_is_refused(void **state)
{
	(void)state;
	make_unknown();
	file.kind = IMAGE_RBL;
	assert_refused("This is an update (RBL)");
	assert_contains(judgement.refusal, "QIO or UA");
}

static void code_without_crcs_is_refused(void **state)
{
	(void)state;
	make_unknown();
	file.kind = IMAGE_RAW;
	assert_refused("has no CRCs");
}

/* One start of each format that is known; all in one file would be too many. */
static const char *const starts[] = {
	"\177ELF", "PK\3\4", "\3757zXZ\0", "7z\xbc\xaf\x27\x1c", "Rar!\x1a\7", "BKDLV10.", "BL1DLV10",
	"BL2DLV10", "BK723658", "\x89PNG\r\n\x1a\n", "%PDF-", "<html>", "<!DOCTYPE html>",
	":0400000001020304F2\r\n",
	"S107000001020304EE\r\n", "version https://git-lfs.github.com/spec/v1", "\x1f\x8b\x08",
	"not a firmware, just words",
};

static void a_foreign_format_is_refused_by_name(void **state)
{
	(void)state;
	make_unknown();
	file.kind = IMAGE_FOREIGN;
	for (size_t i = 0; i < N_ELEMENTS(starts); i++) {
		uint8_t start[64] = { 0 };
		const size_t n = strlen(starts[i]);

		memcpy(start, starts[i], n);
		/* A text is one only if nothing follows it. */
		file.format = image_format_find(start, strchr(starts[i], ' ') ? n : sizeof(start));
		if (!file.format)
			fail_msg("%s", starts[i]);
		assert_refused(file.format->words);
		assert_contains(judgement.refusal, file.format->advice);
		assert_contains(judgement.refusal, "not an image of the flash");
	}
}

/* ---- what is not where it belongs ---- */

static void a_rotated_dump_is_refused(void **state)
{
	(void)state;
	make_dump(1);
	file.address = IMAGE_APPLICATION;
	file.wraps_at = FLASH - IMAGE_APPLICATION;
	assert_refused("This dump is rotated");
	assert_contains(judgement.refusal, "image=any both are put where they belong");
	it.is_own = true;
	assert_refused("This dump is rotated");
}

static void an_application_in_place_of_the_bootloader_is_refused(void **state)
{
	(void)state;
	make_ua();
	it.put_at = 0;
	ranges[0] = (struct image_range){ 0, FILE_SIZE };
	assert_refused("This file belongs to 0x11000 of the flash, not to 0x0.");
	/* As large as the flash: it was padded. */
	file.size = FLASH;
	ranges[0].end = FLASH;
	assert_refused("application at 0x0, where the bootloader belongs");
}

static void firmware_at_another_address_is_refused(void **state)
{
	(void)state;
	it.put_at = 0x20000;
	ranges[0] = (struct image_range){ 0x20000, 0x20000 + FILE_SIZE };
	assert_refused("belongs to 0x0 of the flash, not to 0x20000");
	make_unknown();
	assert_silent();
}

/* ---- damage ---- */

static void add_problem(enum image_problem_type type, size_t offset)
{
	file.problems[file.n_problems++] = (struct image_problem){ .type = type, .offset = offset };
}

static void each_damage_is_refused_with_its_place(void **state)
{
	static const struct {
		enum image_problem_type type;
		const char *words;
	} damages[] = {
		{ IMAGE_PROBLEM_LATE, "All code in this file is shifted by some bytes" },
		{ IMAGE_PROBLEM_CRC, "Code at 0x012345 of this file has a wrong CRC" },
		{ IMAGE_PROBLEM_SLIP, "Bytes were inserted or lost at 0x012345" },
		{ IMAGE_PROBLEM_CUT_OFF, "This file ends at 0x012345, in the middle of code" },
		{ IMAGE_PROBLEM_HOLE, "Code is missing (erased) at 0x012345" },
		{ IMAGE_PROBLEM_NO_BOOTLOADER, "This file has no bootloader at 0x0" },
		{ IMAGE_PROBLEM_NO_APPLICATION, "This file has no application at 0x11000" },
		{ IMAGE_PROBLEM_MIXED_KEYS, "Bootloader and application in this file have different keys" },
		{ IMAGE_PROBLEM_HALF_SWAPPED, "The two halves of this dump are swapped" },
	};

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(damages); i++) {
		file.n_problems = 0;
		add_problem(damages[i].type, 0x12345);
		assert_refused(damages[i].words);
		assert_contains(judgement.refusal, damages[i].type == IMAGE_PROBLEM_HALF_SWAPPED
							   ? "With image=any both are put where they belong"
							   : "To write it anyway, add image=any");
		/* Also in a backup of this device. */
		it.is_own = true;
		assert_refused(damages[i].words);
		it.is_own = false;
	}
}

static void damage_outside_of_what_is_written_is_silent(void **state)
{
	(void)state;
	add_problem(IMAGE_PROBLEM_CRC, 0x50000);
	ranges[0] = (struct image_range){ 0, 0x50000 };
	ranges[1] = (struct image_range){ 0x51000, FILE_SIZE };
	it.n_ranges = 2;
	assert_silent();
	ranges[1].start = 0x50000;
	assert_refused("Code at 0x050000");
	/* Neither of two. */
	add_problem(IMAGE_PROBLEM_HOLE, 0x60000);
	ranges[1].start = 0x51000;
	assert_refused("Code is missing (erased) at 0x060000");
	ranges[1].start = 0x61000;
	assert_silent();
	file.n_problems = 1;
	make_ua();
	it.n_ranges = 1;
	ranges[0].end = IMAGE_APPLICATION + 0x50000;
	assert_silent();
	ranges[0].end++;
	assert_refused("Code at 0x050000");
}

static void other_problems_are_silent(void **state)
{
	static const enum image_problem_type others[] = {
		IMAGE_PROBLEM_NOT_BEKEN,
		IMAGE_PROBLEM_FILLED,
		IMAGE_PROBLEM_RBL_HEADER,
		IMAGE_PROBLEM_RBL_SIZE,
		IMAGE_PROBLEM_RBL_BODY,
	};

	(void)state;
	make_unknown();
	for (size_t i = 0; i < N_ELEMENTS(others); i++)
		add_problem(others[i], 0);
	assert_silent();
}

/* ---- nothing where the flash has something ---- */

static void nothing_in_place_of_a_bootloader_is_refused(void **state)
{
	static const uint8_t fills[] = { 0x00, 0xff, 0xd2 };

	(void)state;
	make_unknown();
	for (size_t i = 0; i < N_ELEMENTS(fills); i++) {
		char words[64];

		memset(data, fills[i], IMAGE_SECTOR);
		snprintf(words, sizeof(words), "nothing but %02X where this flash has its bootloader",
			 fills[i]);
		die.boot.present = true;
		assert_refused(words);
		die.boot.present = false;
		assert_silent();
	}
	die.boot.present = true;
	data[IMAGE_SECTOR - 1] = 0;
	assert_silent();
	memset(data, 0xff, IMAGE_SECTOR);
	ranges[0].start = IMAGE_SECTOR;
	assert_silent();
}

static void nothing_in_place_of_an_application_is_refused(void **state)
{
	(void)state;
	make_unknown();
	memset(data + IMAGE_APPLICATION, 0xff, IMAGE_SECTOR);
	assert_refused("nothing but FF where this flash has its application");
	die.application_key.known = false;
	assert_silent();
	die.application_key.known = true;
	file.size = IMAGE_APPLICATION + IMAGE_SECTOR - 1;
	assert_silent();
	file.size++;
	assert_refused("its application");
	data[IMAGE_APPLICATION + IMAGE_SECTOR - 1] = 0;
	assert_silent();
}

static void what_is_nothing_is_counted_from_where_the_file_goes(void **state)
{
	(void)state;
	make_unknown();
	file.size = 2 * IMAGE_SECTOR;
	it.put_at = IMAGE_APPLICATION - IMAGE_SECTOR;
	ranges[0] = (struct image_range){ it.put_at, it.put_at + 2 * IMAGE_SECTOR };
	memset(data, 0xff, IMAGE_SECTOR);
	assert_silent();
	memset(data + IMAGE_SECTOR, 0xff, IMAGE_SECTOR);
	assert_refused("nothing but FF where this flash has its application");
	file.size--;
	assert_silent();
}

static void the_bootloader_is_what_is_named_first(void **state)
{
	(void)state;
	make_unknown();
	memset(data, 0xff, FLASH);
	assert_refused("where this flash has its bootloader");
}

static void no_bootloader_at_all_is_refused(void **state)
{
	(void)state;
	make_ua();
	die.boot.present = false;
	assert_refused("no bootloader, and the flash has none either");
	assert_contains(judgement.refusal, "Write a QIO file or a backup first.");
	/* The file has one, and it is written. */
	set_up_file();
	it.put_at = 0;
	ranges[0] = (struct image_range){ 0, FILE_SIZE };
	assert_remark("nothing tells whether this file is for this chip");
	/* It is not written, or no bootloader. */
	ranges[0].start = IMAGE_APPLICATION;
	assert_refused("no bootloader, and the flash has none either");
	file.parts[0].present = false;
	assert_refused("no bootloader, and the flash has none either");
	make_unknown();
	assert_silent();
}

/* ---- keys ---- */

static void another_key_of_the_bootloader_is_refused(void **state)
{
	(void)state;
	file.boot.key = plain_key;
	assert_refused("its code is not encrypted, that in the flash is encrypted with Tuya's key.");
	assert_contains(judgement.refusal, "If it is the flash that holds a wrong image, add image=any");
	/* The flash has none that could be compared. */
	die.boot.key.known = false;
	assert_silent();
	/* The bootloader is not written. */
	die.boot.key.known = true;
	ranges[0].start = IMAGE_APPLICATION;
	assert_silent();
}

static void another_key_of_the_application_is_refused(void **state)
{
	(void)state;
	make_ua();
	die.application_key = plain_key;
	assert_refused("its code is encrypted with Tuya's key, that in the flash is not encrypted.");
	file.application_key = plain_key;
	assert_silent();
	die.application_key = tuya_application_key;
	die.application_key.words[6] ^= 1;
	assert_refused("its code is not encrypted, that in the flash is encrypted with an unknown key.");
	die.application_key.known = false;
	assert_silent();
}

static void the_key_of_an_application_that_is_not_written_is_silent(void **state)
{
	(void)state;
	die.application_key = plain_key;
	assert_refused("another chip");
	ranges[0].end = IMAGE_APPLICATION;
	assert_silent();
}

/* ---- chips ---- */

static void set_file_chip(const char *chip, const char *mark)
{
	snprintf(file.boot.chip, sizeof(file.boot.chip), "%s", chip);
	snprintf(file.boot.mark, sizeof(file.boot.mark), "%s", mark);
	file.candidates = image_boot_chips(&file.boot);
}

static void set_die_chip(const char *chip, const char *mark)
{
	snprintf(die.boot.chip, sizeof(die.boot.chip), "%s", chip);
	snprintf(die.boot.mark, sizeof(die.boot.mark), "%s", mark);
}

static void the_bootloader_of_another_chip_is_refused(void **state)
{
	static const struct {
		const char *file, *file_mark, *die, *die_mark;
		bool same;
	} pairs[] = {
		{ "BK7231S", "", "BK7231T", "", true },
		{ "BK7231N", "BK7231", "BK7231M", "BK7231", true },
		{ "BK7251", "", "BK7252", "", true },
		{ "BK7231N", "BK7231", "BK7231S", "", false },
		{ "BK7231S", "", "BK7231N", "BK7231", false },
		{ "BK7231U", "", "BK7231S", "", false },
		{ "BK7238", "BK7238", "BK7252N", "BK7238", false },
		{ "BK7238", "BK7238", "BK7231N", "BK7231", false },
		/* Nothing is known of one of them. */
		{ "", "", "BK7231S", "", true },
		{ "BK7231S", "", "", "", true },
		{ "BK9999", "", "BK7231S", "", true },
	};

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(pairs); i++) {
		set_file_chip(pairs[i].file, pairs[i].file_mark);
		set_die_chip(pairs[i].die, pairs[i].die_mark);
		if (pairs[i].same) {
			assert_silent();
			continue;
		}
		assert_refused("This file is for ");
		assert_contains(judgement.refusal, pairs[i].file);
		assert_contains(judgement.refusal, pairs[i].die);
		assert_contains(judgement.refusal, "the bootloader in the flash is of");
		assert_contains(judgement.refusal, "holds a wrong image, add image=any");
	}
}

static void another_mark_is_refused(void **state)
{
	(void)state;
	set_file_chip("", "BK7236");
	set_die_chip("", "BK7231");
	assert_refused("for BK7236, BK7258, and the bootloader in the flash is of BK7231N, BK7231M, BL2028N.");
	set_die_chip("", "");
	assert_refused("is of BK7231T, BK7231S, BK7231U, BK7231Q, BK7252.");
	set_die_chip("", "BK7236");
	assert_silent();
	set_die_chip("", "BK9999");
	assert_silent();
}

/* Versions may differ, and a flash without a bootloader proves nothing. */
static void other_versions_and_an_empty_flash_are_silent(void **state)
{
	(void)state;
	strcpy(file.boot.version, "1.0.8");
	strcpy(die.boot.version, "1.0.1");
	assert_silent();
	set_file_chip("BK7231N", "BK7231");
	assert_refused("BK7231N");
	die.boot.present = false;
	assert_remark("nothing tells whether this file is for this chip");
}

static void an_application_is_compared_by_what_it_says_of_its_chip(void **state)
{
	(void)state;
	make_ua();
	file.candidates = image_chips_named("BK7231N");
	assert_refused("for BK7231N, BK7231M, BL2028N, and the bootloader in the flash is of BK7231S.");
	file.candidates = image_chips_named("BK7231T");
	assert_silent();
	file.candidates |= image_chips_named("BK7231N");
	assert_silent();
	file.candidates = 0;
	assert_silent();
}

/* The ROM of some chips wants a mark, which tells what the name does not. */
static void the_mark_tells_where_the_flash_has_no_name(void **state)
{
	(void)state;
	make_ua();
	file.candidates = image_chips_named("BK7231T");
	set_die_chip("", "BK7231");
	assert_refused("for BK7231T, BK7231S, and the bootloader in the flash is of BK7231N,");
	set_die_chip("", "");
	assert_silent();
	file.candidates = image_chips_named("BK7238");
	assert_refused("for BK7238,");
}

static void a_uf2_file_is_compared_by_its_family(void **state)
{
	(void)state;
	make_ua();
	it.uf2 = &uf2;
	uf2.chip = "BK7231N";
	assert_refused("This file is for BK7231N");
	uf2.chip = "BK7231T";
	assert_silent();
	uf2.chip = NULL;
	assert_silent();
	/* It is counted for more than what the code says. */
	uf2.chip = "BK7231T";
	file.candidates = image_chips_named("BK7231N");
	assert_silent();
}

/* ---- remarks ---- */

static void another_device_s_mac_is_remarked(void **state)
{
	(void)state;
	make_dump(2);
	assert_remark("its RF calibration and MAC address (00:11:22:33:44:02) will replace those of this "
		      "device (00:11:22:33:44:01)");
	/* It is not written. */
	ranges[0].end = RF;
	assert_silent();
	ranges[0].end = FLASH;
	die.n_areas = 0;
	assert_silent();
}

static void a_calibration_that_would_be_lost_is_remarked(void **state)
{
	(void)state;
	make_dump(2);
	file.n_areas = 0;
	assert_remark("The RF calibration and the MAC address of this device (00:11:22:33:44:01) will be "
		      "overwritten");
	file.n_areas = 1;
	file.areas[0].has_mac = false;
	assert_remark("will be overwritten");
	/* The same one at another place. */
	file.areas[0] = rf_at(0x1d0000, 1);
	assert_silent();
	/* That part is not written. */
	ranges[0].start = RF;
	assert_remark("will be overwritten");
	ranges[0].start = RF + IMAGE_SECTOR;
	assert_silent();
}

static void a_flash_without_anything_to_compare_is_remarked(void **state)
{
	(void)state;
	memset(&die, 0, sizeof(die));
	die.size = FLASH;
	assert_remark("nothing tells whether this file is for this chip");
	die.boot.blank = true;
	assert_remark("nothing tells whether this file is for this chip");
	make_unknown();
	assert_silent();
}

static void a_calibration_that_the_firmware_does_not_expect_there_is_remarked(void **state)
{
	(void)state;
	die.areas[0].offset = 0x1d0000;
	assert_remark("expects the RF calibration at 0x1e0000, and this device has it at 0x1d0000");
	file.family = image_family_named("bk7231n");
	assert_silent();
	die.areas[0].offset = RF;
	assert_remark("expects the RF calibration at 0x1d0000, and this device has it at 0x1e0000");
	/* Sources disagree about others. */
	file.family = image_family_named("bk7238");
	assert_silent();
	file.family = NULL;
	assert_silent();
	/* It brings its own. */
	file.family = image_family_named("bk7231n");
	file.n_areas = 1;
	file.areas[0] = rf_at(0x1d0000, 2);
	assert_silent();
}

static void what_is_no_firmware_expects_no_calibration(void **state)
{
	(void)state;
	die.areas[0].offset = 0x1d0000;
	file.n_parts = 0;
	assert_silent();
	set_up_file();
	file.kind = IMAGE_BOOTLOADER;
	file.size = IMAGE_APPLICATION;
	file.n_parts = 1;
	ranges[0] = (struct image_range){ 0, IMAGE_APPLICATION };
	assert_silent();
}

static void the_first_calibration_with_a_mac_counts(void **state)
{
	struct image_area areas[] = {
		{ .type = IMAGE_AREA_RF, .offset = 0x2000 },
		rf_at(0x3000, 3),
		rf_at(0x4000, 4),
	};

	(void)state;
	assert_ptr_equal(image_mac_area(areas, N_ELEMENTS(areas)), &areas[1]);
	assert_null(image_mac_area(areas, 1));
	assert_null(image_mac_area(areas, 0));
	areas[1].type = IMAGE_AREA_TUYA;
	assert_ptr_equal(image_mac_area(areas, N_ELEMENTS(areas)), &areas[2]);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(firmware_for_this_chip_is_silent),
		TEST(a_bootloader_alone_is_silent),
		TEST(a_dump_of_this_device_is_silent),
		TEST(a_dump_of_this_device_beats_another_key_and_chip),
		TEST(unknown_data_are_silent),
		TEST(an_empty_file_is_refused),
		TEST(an_update_container_is_refused),
		TEST(code_without_crcs_is_refused),
		TEST(a_foreign_format_is_refused_by_name),
		TEST(a_rotated_dump_is_refused),
		TEST(an_application_in_place_of_the_bootloader_is_refused),
		TEST(firmware_at_another_address_is_refused),
		TEST(each_damage_is_refused_with_its_place),
		TEST(damage_outside_of_what_is_written_is_silent),
		TEST(other_problems_are_silent),
		TEST(nothing_in_place_of_a_bootloader_is_refused),
		TEST(nothing_in_place_of_an_application_is_refused),
		TEST(what_is_nothing_is_counted_from_where_the_file_goes),
		TEST(the_bootloader_is_what_is_named_first),
		TEST(no_bootloader_at_all_is_refused),
		TEST(another_key_of_the_bootloader_is_refused),
		TEST(another_key_of_the_application_is_refused),
		TEST(the_key_of_an_application_that_is_not_written_is_silent),
		TEST(the_bootloader_of_another_chip_is_refused),
		TEST(another_mark_is_refused),
		TEST(other_versions_and_an_empty_flash_are_silent),
		TEST(an_application_is_compared_by_what_it_says_of_its_chip),
		TEST(the_mark_tells_where_the_flash_has_no_name),
		TEST(a_uf2_file_is_compared_by_its_family),
		TEST(another_device_s_mac_is_remarked),
		TEST(a_calibration_that_would_be_lost_is_remarked),
		TEST(a_flash_without_anything_to_compare_is_remarked),
		TEST(a_calibration_that_the_firmware_does_not_expect_there_is_remarked),
		TEST(what_is_no_firmware_expects_no_calibration),
		TEST(the_first_calibration_with_a_mac_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
