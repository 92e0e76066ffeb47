/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables of block protection, row by row as the data sheets print them, and
 * every combination of bits tried on every sector of every chip.
 */
#include "nor_test.h"

#include <stdio.h>
#include <string.h>

#include "check.h"
#include "die_bed.h"

#define KIB(n) ((n) * 1024u)
#define MIB(n) ((n) * 1048576u)
#define SECTOR 4096u

/* bits: SR1 bits 6 to 2, x for any. Locked from first to last; last 0: none. */
struct row {
	const char *bits;
	uint32_t first, last;
};

/* W25Q32JV 7.1.8 and 7.1.9; GD25Q32C has the same and 10110, 11110 as well. */
static const struct row mbit_32[] = {
	{ "xx000", 0, 0 },
	{ "00001", 0x3f0000, 0x3fffff }, { "00010", 0x3e0000, 0x3fffff }, { "00011", 0x3c0000, 0x3fffff },
	{ "00100", 0x380000, 0x3fffff }, { "00101", 0x300000, 0x3fffff }, { "00110", 0x200000, 0x3fffff },
	{ "01001", 0x000000, 0x00ffff }, { "01010", 0x000000, 0x01ffff }, { "01011", 0x000000, 0x03ffff },
	{ "01100", 0x000000, 0x07ffff }, { "01101", 0x000000, 0x0fffff }, { "01110", 0x000000, 0x1fffff },
	{ "xx111", 0x000000, 0x3fffff },
	{ "10001", 0x3ff000, 0x3fffff }, { "10010", 0x3fe000, 0x3fffff }, { "10011", 0x3fc000, 0x3fffff },
	{ "1010x", 0x3f8000, 0x3fffff }, { "10110", 0x3f8000, 0x3fffff },
	{ "11001", 0x000000, 0x000fff }, { "11010", 0x000000, 0x001fff }, { "11011", 0x000000, 0x003fff },
	{ "1110x", 0x000000, 0x007fff }, { "11110", 0x000000, 0x007fff },
	{ NULL, 0, 0 },
};
static const struct row mbit_32_cmp[] = {
	{ "xx000", 0x000000, 0x3fffff },
	{ "00001", 0x000000, 0x3effff }, { "00010", 0x000000, 0x3dffff }, { "00011", 0x000000, 0x3bffff },
	{ "00100", 0x000000, 0x37ffff }, { "00101", 0x000000, 0x2fffff }, { "00110", 0x000000, 0x1fffff },
	{ "01001", 0x010000, 0x3fffff }, { "01010", 0x020000, 0x3fffff }, { "01011", 0x040000, 0x3fffff },
	{ "01100", 0x080000, 0x3fffff }, { "01101", 0x100000, 0x3fffff }, { "01110", 0x200000, 0x3fffff },
	{ "xx111", 0, 0 },
	{ "10001", 0x000000, 0x3fefff }, { "10010", 0x000000, 0x3fdfff }, { "10011", 0x000000, 0x3fbfff },
	{ "1010x", 0x000000, 0x3f7fff }, { "10110", 0x000000, 0x3f7fff },
	{ "11001", 0x001000, 0x3fffff }, { "11010", 0x002000, 0x3fffff }, { "11011", 0x004000, 0x3fffff },
	{ "1110x", 0x008000, 0x3fffff }, { "11110", 0x008000, 0x3fffff },
	{ NULL, 0, 0 },
};

/* W25Q64JV: blocks are counted in 1/64 of the die, 128 KiB. */
static const struct row mbit_64[] = {
	{ "xx000", 0, 0 },
	{ "00001", 0x7e0000, 0x7fffff }, { "00010", 0x7c0000, 0x7fffff }, { "00011", 0x780000, 0x7fffff },
	{ "00100", 0x700000, 0x7fffff }, { "00101", 0x600000, 0x7fffff }, { "00110", 0x400000, 0x7fffff },
	{ "01001", 0x000000, 0x01ffff }, { "01010", 0x000000, 0x03ffff }, { "01011", 0x000000, 0x07ffff },
	{ "01100", 0x000000, 0x0fffff }, { "01101", 0x000000, 0x1fffff }, { "01110", 0x000000, 0x3fffff },
	{ "xx111", 0x000000, 0x7fffff },
	{ "10001", 0x7ff000, 0x7fffff }, { "10010", 0x7fe000, 0x7fffff }, { "10011", 0x7fc000, 0x7fffff },
	{ "1010x", 0x7f8000, 0x7fffff }, { "10110", 0x7f8000, 0x7fffff },
	{ "11001", 0x000000, 0x000fff }, { "11010", 0x000000, 0x001fff }, { "11011", 0x000000, 0x003fff },
	{ "1110x", 0x000000, 0x007fff }, { "11110", 0x000000, 0x007fff },
	{ NULL, 0, 0 },
};
static const struct row mbit_64_cmp[] = {
	{ "xx000", 0x000000, 0x7fffff },
	{ "00001", 0x000000, 0x7dffff }, { "00010", 0x000000, 0x7bffff }, { "00011", 0x000000, 0x77ffff },
	{ "00100", 0x000000, 0x6fffff }, { "00101", 0x000000, 0x5fffff }, { "00110", 0x000000, 0x3fffff },
	{ "01001", 0x020000, 0x7fffff }, { "01010", 0x040000, 0x7fffff }, { "01011", 0x080000, 0x7fffff },
	{ "01100", 0x100000, 0x7fffff }, { "01101", 0x200000, 0x7fffff }, { "01110", 0x400000, 0x7fffff },
	{ "xx111", 0, 0 },
	{ "10001", 0x000000, 0x7fefff }, { "10010", 0x000000, 0x7fdfff }, { "10011", 0x000000, 0x7fbfff },
	{ "1010x", 0x000000, 0x7f7fff }, { "10110", 0x000000, 0x7f7fff },
	{ "11001", 0x001000, 0x7fffff }, { "11010", 0x002000, 0x7fffff }, { "11011", 0x004000, 0x7fffff },
	{ "1110x", 0x008000, 0x7fffff }, { "11110", 0x008000, 0x7fffff },
	{ NULL, 0, 0 },
};

/* GD25Q16C tables 1 and 2: with 32 blocks of 64 KiB 110 is all of them. */
static const struct row mbit_16[] = {
	{ "xx000", 0, 0 },
	{ "00001", 0x1f0000, 0x1fffff }, { "00010", 0x1e0000, 0x1fffff }, { "00011", 0x1c0000, 0x1fffff },
	{ "00100", 0x180000, 0x1fffff }, { "00101", 0x100000, 0x1fffff }, { "00110", 0x000000, 0x1fffff },
	{ "01001", 0x000000, 0x00ffff }, { "01010", 0x000000, 0x01ffff }, { "01011", 0x000000, 0x03ffff },
	{ "01100", 0x000000, 0x07ffff }, { "01101", 0x000000, 0x0fffff }, { "01110", 0x000000, 0x1fffff },
	{ "xx111", 0x000000, 0x1fffff },
	{ "10001", 0x1ff000, 0x1fffff }, { "10010", 0x1fe000, 0x1fffff }, { "10011", 0x1fc000, 0x1fffff },
	{ "1010x", 0x1f8000, 0x1fffff }, { "10110", 0x1f8000, 0x1fffff },
	{ "11001", 0x000000, 0x000fff }, { "11010", 0x000000, 0x001fff }, { "11011", 0x000000, 0x003fff },
	{ "1110x", 0x000000, 0x007fff }, { "11110", 0x000000, 0x007fff },
	{ NULL, 0, 0 },
};
static const struct row mbit_16_cmp[] = {
	{ "xx000", 0x000000, 0x1fffff },
	{ "00001", 0x000000, 0x1effff }, { "00010", 0x000000, 0x1dffff }, { "00011", 0x000000, 0x1bffff },
	{ "00100", 0x000000, 0x17ffff }, { "00101", 0x000000, 0x0fffff }, { "00110", 0, 0 },
	{ "01001", 0x010000, 0x1fffff }, { "01010", 0x020000, 0x1fffff }, { "01011", 0x040000, 0x1fffff },
	{ "01100", 0x080000, 0x1fffff }, { "01101", 0x100000, 0x1fffff }, { "01110", 0, 0 },
	{ "xx111", 0, 0 },
	{ "10001", 0x000000, 0x1fefff }, { "10010", 0x000000, 0x1fdfff }, { "10011", 0x000000, 0x1fbfff },
	{ "1010x", 0x000000, 0x1f7fff }, { "10110", 0x000000, 0x1f7fff },
	{ "11001", 0x001000, 0x1fffff }, { "11010", 0x002000, 0x1fffff }, { "11011", 0x004000, 0x1fffff },
	{ "1110x", 0x008000, 0x1fffff }, { "11110", 0x008000, 0x1fffff },
	{ NULL, 0, 0 },
};

/* EN25QH16, "protected area sizes": BP3..0 are bits 5 to 2; bit 6 is WHDIS. */
static const struct row eon[] = {
	{ "xx000", 0, 0 },
	{ "x0001", 0x1f0000, 0x1fffff }, { "x0010", 0x1e0000, 0x1fffff }, { "x0011", 0x1c0000, 0x1fffff },
	{ "x0100", 0x180000, 0x1fffff }, { "x0101", 0x100000, 0x1fffff },
	{ "x1001", 0x000000, 0x00ffff }, { "x1010", 0x000000, 0x01ffff }, { "x1011", 0x000000, 0x03ffff },
	{ "x1100", 0x000000, 0x07ffff }, { "x1101", 0x000000, 0x0fffff },
	{ "xx11x", 0x000000, 0x1fffff },
	{ NULL, 0, 0 },
};

/* The other reading (Apache02/bk7252-cam docs/hardware/flash.md): bit 6 makes the
 * unit 4 KiB. Only 7C is told, the other rows follow GigaDevice's. */
static const struct row eon_4kbl[] = {
	{ "xx000", 0, 0 },
	{ "00001", 0x1f0000, 0x1fffff }, { "00010", 0x1e0000, 0x1fffff }, { "00011", 0x1c0000, 0x1fffff },
	{ "00100", 0x180000, 0x1fffff }, { "00101", 0x100000, 0x1fffff },
	{ "01001", 0x000000, 0x00ffff }, { "01010", 0x000000, 0x01ffff }, { "01011", 0x000000, 0x03ffff },
	{ "01100", 0x000000, 0x07ffff }, { "01101", 0x000000, 0x0fffff },
	{ "0x11x", 0x000000, 0x1fffff },
	{ "10001", 0x1ff000, 0x1fffff }, { "10010", 0x1fe000, 0x1fffff }, { "10011", 0x1fc000, 0x1fffff },
	{ "101xx", 0x1f8000, 0x1fffff },
	{ "11001", 0x000000, 0x000fff }, { "11010", 0x000000, 0x001fff }, { "11011", 0x000000, 0x003fff },
	{ "111xx", 0x000000, 0x007fff },
	{ NULL, 0, 0 },
};

/* MX25V1635F table 2: BP3..0 are bits 5 to 2, bit 6 is QE; TB is bit 3 of the
 * configuration register. */
static const struct row mx[] = {
	{ "x0000", 0, 0 },
	{ "x0001", 0x1f0000, 0x1fffff }, { "x0010", 0x1e0000, 0x1fffff }, { "x0011", 0x1c0000, 0x1fffff },
	{ "x0100", 0x180000, 0x1fffff }, { "x0101", 0x100000, 0x1fffff },
	{ "x011x", 0x000000, 0x1fffff }, { "x1xxx", 0x000000, 0x1fffff },
	{ NULL, 0, 0 },
};
static const struct row mx_bottom[] = {
	{ "x0000", 0, 0 },
	{ "x0001", 0x000000, 0x00ffff }, { "x0010", 0x000000, 0x01ffff }, { "x0011", 0x000000, 0x03ffff },
	{ "x0100", 0x000000, 0x07ffff }, { "x0101", 0x000000, 0x0fffff },
	{ "x011x", 0x000000, 0x1fffff }, { "x1xxx", 0x000000, 0x1fffff },
	{ NULL, 0, 0 },
};

/* W25X10CL and W25X05CL: TB, BP1, BP0; bits 6 and 4 are reserved. */
static const struct row mbit_1[] = {
	{ "0x000", 0, 0 }, { "00001", 0x010000, 0x01ffff }, { "01001", 0x000000, 0x00ffff },
	{ "0x01x", 0x000000, 0x01ffff },
	{ NULL, 0, 0 },
};
static const struct row kbit_512[] = {
	{ "0x000", 0, 0 }, { "0x001", 0x000000, 0x00ffff }, { "0x01x", 0x000000, 0x00ffff },
	{ NULL, 0, 0 },
};

/* TH25Q, XT25F and Puya dies: no data sheet is public; as GigaDevice's. */
static const struct {
	const char *chip;
	uint32_t size;
	uint8_t sr2;
	const struct row *rows;
} dies[] = {
	{ "BK7252-W25Q32", MIB(4), 0x00, mbit_32 }, { "BK7252-W25Q32", MIB(4), 0x40, mbit_32_cmp },
	{ "W25Q32", MIB(4), 0x02, mbit_32 },
	{ "W25Q64", MIB(8), 0x00, mbit_64 }, { "W25Q64", MIB(8), 0x40, mbit_64_cmp },
	{ "BK7231-GD25Q16C", MIB(2), 0x00, mbit_16 }, { "BK7231-GD25Q16C", MIB(2), 0x40, mbit_16_cmp },
	{ "BK7231N", MIB(2), 0x00, mbit_16 }, { "BK7231N", MIB(2), 0x40, mbit_16_cmp },
	{ "BK7252N", MIB(2), 0x42, mbit_16_cmp },
	{ "BK7252-XT25F16B", MIB(2), 0x00, mbit_16 }, { "BK7252-XT25F16B", MIB(2), 0x40, mbit_16_cmp },
	{ "BK7252", MIB(4), 0x00, mbit_32 }, { "BK7252", MIB(4), 0x40, mbit_32_cmp },
	{ "BK7238-P25Q16HB", MIB(2), 0x00, mbit_16 }, { "BK7238-P25Q16HB", MIB(2), 0x40, mbit_16_cmp },
	{ "BK-P25Q16HBK", MIB(2), 0x00, mbit_16 }, { "BK-P25Q16HBK", MIB(2), 0x40, mbit_16_cmp },
	{ "BK-P25Q32HB", MIB(4), 0x00, mbit_32 }, { "BK-P25Q32HB", MIB(4), 0x40, mbit_32_cmp },
	{ "BK7231T", MIB(2), 0x00, eon }, { "BK7252-EN25QH16B", MIB(2), 0x00, eon },
	{ "BK7231T-4KBL", MIB(2), 0x00, eon_4kbl },
	{ "BK-MX25V1635F", MIB(2), 0x00, mx }, { "BK-MX25V1635F", MIB(2), 0x08, mx_bottom },
	{ "W25X10", KIB(128), 0x00, mbit_1 }, { "W25X05", KIB(64), 0x00, kbit_512 },
};

static bool fits(const char *pattern, unsigned int field)
{
	for (unsigned int i = 0; i < 5; i++) {
		if (pattern[i] != 'x' && (pattern[i] == '1') != (field >> (4 - i) & 1))
			return false;
	}
	return true;
}

/* The row for a combination, or NULL; two would be a mistake in the table. */
static const struct row *row_of(const struct row *rows, unsigned int field)
{
	const struct row *found = NULL;

	for (; rows->bits; rows++) {
		if (!fits(rows->bits, field))
			continue;
		EXPECT(!found || (found->first == rows->first && found->last == rows->last));
		found = rows;
	}
	return found;
}

static bool is_locked(const struct row *row, uint32_t address)
{
	return row->last && address >= row->first && address <= row->last;
}

/* Programs a byte into every sector; those that are locked keep theirs. */
static unsigned int wrong_sectors(struct die_bed *bed, uint32_t size, const struct row *row)
{
	unsigned int wrong = 0;

	for (uint32_t at = 0; at < size; at += SECTOR) {
		die_program_byte(bed, at + SECTOR - 1, 0x00);
		wrong += (die_array(bed)[at + SECTOR - 1] == 0xff) != is_locked(row, at);
	}
	return wrong;
}

/* Any range of an erase that is locked in part is refused as a whole. */
static bool erases_agree(struct die_bed *bed, const struct row *row, uint32_t size)
{
	static const struct {
		uint8_t op;
		uint32_t length;
	} kinds[] = { { 0x20, 0x1000 }, { 0x52, 0x8000 }, { 0xd8, 0x10000 } };
	const uint32_t places[] = { 0, 0x8000, size / 2, size - 0x10000, size - 0x8000, size - 0x1000 };

	for (unsigned int i = 0; i < 18; i++) {
		const uint32_t length = kinds[i % 3].length, start = places[i / 3] & ~(length - 1);
		const bool locked = row->last && start <= row->last && row->first < start + length;
		const long before = die_count(bed, "erases");

		FRAME(bed, 0x06);
		die_command(bed, kinds[i % 3].op, start);
		die_wait_ms(bed, 1000);
		if ((die_count(bed, "erases") == before) != locked)
			return false;
	}
	return true;
}

static void check_combination(unsigned int die, unsigned int field, const struct row *row)
{
	char settings[64];
	struct die_bed *bed;
	unsigned int wrong;

	snprintf(settings, sizeof(settings), "fill=ff sr1=%02x sr2=%02x", field << 2, dies[die].sr2);
	bed = die_bed_new(dies[die].chip, settings);
	wrong = wrong_sectors(bed, dies[die].size, row);
	if (!wrong && erases_agree(bed, row, dies[die].size))
		check_passed();
	else
		check_failed("%s with SR %02x %02x: %u sectors are not as the data sheet says",
			     dies[die].chip, field << 2, dies[die].sr2, wrong);
	die_bed_free(bed);
}

static void test_every_combination_on_every_sector(void)
{
	for (unsigned int die = 0; die < sizeof(dies) / sizeof(dies[0]); die++) {
		for (unsigned int field = 0; field < 32; field++) {
			const struct row *row = row_of(dies[die].rows, field);

			if (row)
				check_combination(die, field, row);
			else
				/* W25X only: reserved bits. */
				EXPECT(dies[die].size <= KIB(128));
		}
	}
}

/* The registers that Beken's firmware leaves, and what they mean: all but the
 * last 64 KiB; all (7C on EN25QH16); all and all (3C). */
static void test_what_the_firmware_leaves(void)
{
	struct die_bed *bed = die_bed_new("BK7231N", "");

	CHECK(die_sr(bed, 0x05) == 0x04 && die_sr(bed, 0x35) == 0x40);
	die_bed_free(bed);
	bed = die_bed_new("BK7231N-4204", "");
	CHECK(die_sr(bed, 0x05) == 0x04 && die_sr(bed, 0x35) == 0x42);
	die_bed_free(bed);
	/* OpenBK7231T_App issue 1112: a table says two registers, the die has
	 * CMP, the firmware writes one. */
	bed = die_bed_new("BK7238-P25Q16HB", "");
	CHECK(die_sr(bed, 0x05) == 0x04 && die_sr(bed, 0x35) == 0x00);
	die_bed_free(bed);
	bed = die_bed_new("BK7231T", "");
	CHECK(die_sr(bed, 0x05) == 0x7c);
	die_bed_free(bed);
}

/* A chip erase wants all of the die unlocked; EN25QH16B wants no BP bit at all
 * (Apache02/bk7252-cam docs/hardware/flash_spi_mode.md). */
static bool chip_erases(const char *chip, const char *settings)
{
	struct die_bed *bed = die_bed_new(chip, settings);
	bool erased;

	FRAME(bed, 0x06);
	FRAME(bed, 0xc7);
	die_wait_ms(bed, 30000);
	erased = die_count(bed, "erases") == 1;
	die_bed_free(bed);
	return erased;
}

static void test_chip_erase_and_protection(void)
{
	CHECK(chip_erases("W25Q32", "protect=none") && !chip_erases("W25Q32", "protect=0044"));
	CHECK(chip_erases("W25Q32", "protect=401c"));	/* CMP of all is none */
	CHECK(!chip_erases("W25Q32", "protect=4000"));	/* CMP of none is all */
	CHECK(chip_erases("BK7231N", "protect=0280") && !chip_erases("BK7231N", "protect=4004"));
	CHECK(chip_erases("BK7231T", "protect=40") && !chip_erases("BK7231T", "protect=04"));
	CHECK(!chip_erases("BK7231T", "protect=20"));	/* BP3 alone locks nothing, but is a BP bit */
	CHECK(chip_erases("BK-MX25V1635F", "protect=0840") && !chip_erases("BK-MX25V1635F", "protect=0804"));
}

static void test_protection(void)
{
	struct die_bed *bed = die_bed_new("BK7231N", "");

	CHECK(!die_erases(bed, 0x1effff) && die_erases(bed, 0x1f0000));
	WRITE_SR(bed, 0x01, 0x00);
	/* CMP without BP: everything is locked. */
	CHECK(!die_erases(bed, 0x1f0000) && !die_erases(bed, 0));
	WRITE_SR(bed, 0x31, 0x00);
	CHECK(die_erases(bed, 0x1f0000) && die_erases(bed, 0));
	die_bed_free(bed);

	bed = die_bed_new("BK7231T", "");
	CHECK(!die_erases(bed, 0x1ff000) && !die_erases(bed, 0));
	WRITE_SR(bed, 0x01, 0x40);
	CHECK(die_erases(bed, 0x1ff000) && die_erases(bed, 0));
	WRITE_SR(bed, 0x01, 0x24);
	CHECK(!die_erases(bed, 0) && die_erases(bed, 0x10000));
	FRAME(bed, 0x06);
	FRAME(bed, 0xc7);
	CHECK(die_sr(bed, 0x05) == 0x24);
	die_bed_free(bed);

	bed = die_bed_new("BK7231T-4KBL", "");
	CHECK(!die_erases(bed, 0x7000) && die_erases(bed, 0x8000));
	die_bed_free(bed);
}

void nor_test_protection(void)
{
	test_every_combination_on_every_sector();
	test_what_the_firmware_leaves();
	test_chip_erase_and_protection();
	test_protection();
}
