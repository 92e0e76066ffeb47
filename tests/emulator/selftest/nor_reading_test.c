/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nor_test.h"

#include <string.h>

#include "check.h"
#include "die_bed.h"

/* Manufacturer and device as 9F gives them, and the device as AB and 90 do. */
static const struct {
	const char *chip;
	uint8_t jedec[3], device;
} ids[] = {
	{ "BK7231T", { 0x1c, 0x70, 0x15 }, 0x14 },	/* EN25QH16 data sheet */
	{ "BK7231-GD25Q16C", { 0xc8, 0x40, 0x15 }, 0x14 },	/* GD25Q16C */
	{ "BK7252-W25Q32", { 0xef, 0x40, 0x16 }, 0x15 },	/* W25Q32JV */
	{ "W25Q64", { 0xef, 0x40, 0x17 }, 0x16 },	/* W25Q64JV */
	{ "W25Q256", { 0xef, 0x40, 0x19 }, 0x18 },	/* W25Q256JV */
	{ "W25X10", { 0xef, 0x30, 0x11 }, 0x10 },	/* W25X10CL */
	{ "W25X05", { 0xef, 0x30, 0x10 }, 0x05 },	/* W25X05CL */
	{ "MX25V1635F", { 0xc2, 0x23, 0x15 }, 0x35 },	/* MX25V1635F */
	/* Beken's driver tables; the device as 16 and 32 Mbit dies have it. */
	{ "BK7231N", { 0xeb, 0x60, 0x15 }, 0x14 },
	{ "BK7252", { 0x0b, 0x40, 0x16 }, 0x15 },
	{ "BK7252-XT25F16B", { 0x0b, 0x40, 0x15 }, 0x14 },
	{ "BK7238-P25Q16HB", { 0x85, 0x42, 0x15 }, 0x14 },
	{ "BK-P25Q16HBK", { 0x85, 0x20, 0x15 }, 0x14 },
	{ "BK-P25Q32HB", { 0x85, 0x20, 0x16 }, 0x15 },
};

#define N_IDS (sizeof(ids) / sizeof(ids[0]))

static void check_ids(const char *chip, const uint8_t jedec[3], uint8_t device)
{
	struct die_bed *bed = die_bed_new(chip, "");
	const uint8_t rdid[7] = { 0x9f }, rems[8] = { 0x90 }, rems_1[6] = { 0x90, 0, 0, 1 };
	uint8_t in[8];

	die_frame(bed, rdid, 7, in);
	/* And over again. */
	CHECK(!memcmp(in + 1, jedec, 3) && !memcmp(in + 4, jedec, 3));
	die_frame(bed, rems, 8, in);
	CHECK(in[4] == jedec[0] && in[5] == device && in[6] == jedec[0] && in[7] == device);
	/* Address 1 begins with the device. */
	die_frame(bed, rems_1, 6, in);
	CHECK(in[4] == device && in[5] == jedec[0]);
	CHECK(FRAME(bed, 0xab, 0, 0, 0, 0) == device && FRAME(bed, 0xab, 0, 0, 0, 0, 0) == device);
	die_bed_free(bed);
}

static void test_ids_of_every_die(void)
{
	for (unsigned int i = 0; i < N_IDS; i++)
		check_ids(ids[i].chip, ids[i].jedec, ids[i].device);
}

static void test_the_opcode_byte_shows_nothing(void)
{
	struct die_bed *bed = die_bed_new("BK7231N", "");

	CHECK(FRAME(bed, 0x9f) == NOR_HI_Z && FRAME(bed, 0x05) == NOR_HI_Z);
	CHECK(FRAME(bed, 0x03, 0, 0, 0) == NOR_HI_Z && FRAME(bed, 0x0b, 0, 0, 0, 0) == NOR_HI_Z);
	/* Of no die here: AT25F status, ST95 id, security registers. */
	CHECK(FRAME(bed, 0x83, 0, 0, 0, 0) == NOR_HI_Z && FRAME(bed, 0x48, 0, 0, 0, 0, 0) == NOR_HI_Z);
	die_bed_free(bed);
}

static void test_reads_wrap_at_the_size(void)
{
	struct die_bed *bed = die_bed_new("W25X05", "");
	const uint8_t out[6] = { 0x03, 0x00, 0xff, 0xff };
	uint8_t in[6];

	die_frame(bed, out, 6, in);
	CHECK(in[4] == die_array(bed)[0xffff] && in[5] == die_array(bed)[0]);
	CHECK(FRAME(bed, 0x0b, 0, 0, 5, 0, 0) == die_array(bed)[5]);
	die_bed_free(bed);
}

static void test_high_address_bits_do_not_matter(void)
{
	struct die_bed *bed = die_bed_new("W25X05", "");

	CHECK(FRAME(bed, 0x03, 0x01, 0x00, 0x07, 0) == die_array(bed)[7]);
	CHECK(FRAME(bed, 0x03, 0xff, 0x12, 0x34, 0) == die_array(bed)[0x1234]);
	die_bed_free(bed);
}

static void test_the_unique_id_has_four_dummy_bytes_and_stays(void)
{
	struct die_bed *bed = die_bed_new("W25Q32", "");
	const uint8_t out[13] = { 0x4b };
	uint8_t first[13], second[13];

	die_frame(bed, out, 13, first);
	die_power_cycle(bed);
	die_frame(bed, out, 13, second);
	CHECK(!memcmp(first, "\xff\xff\xff\xff\xff", 5));
	CHECK(!memcmp(first + 5, second + 5, 8) && memcmp(first + 5, "\xff\xff\xff\xff\xff\xff\xff\xff", 8));
	die_bed_free(bed);
}

static void test_nop_opcodes(void)
{
	struct die_bed *bed = die_bed_new("W25Q32", "");

	FRAME(bed, 0x06);
	FRAME(bed, 0x00, 0, 0, 0);
	FRAME(bed, 0xd2, 0xd2);
	FRAME(bed, 0xff);
	CHECK(die_sr(bed, 0x05) == 0x02);
	die_bed_free(bed);
}

/* ---- SFDP ---- */

static uint32_t sfdp_le(struct die_bed *bed, uint32_t address, unsigned int n)
{
	uint8_t out[9] = { 0x5a, (uint8_t)(address >> 16), (uint8_t)(address >> 8), (uint8_t)address };
	uint8_t in[9];
	uint32_t value = 0;

	die_frame(bed, out, 5 + n, in);
	for (unsigned int i = n; i-- > 0;)
		value = value << 8 | in[5 + i];
	return value;
}

/* Erases with each type of DWORDs 8 and 9, and looks how much went. */
static void check_erase_type(struct die_bed *bed, uint8_t exponent, uint8_t opcode)
{
	const uint32_t size = 1u << exponent, at = 2 * size;

	memset(die_array(bed) + at - 1, 0, size + 2);
	FRAME(bed, 0x06);
	die_command(bed, opcode, at + size / 2);
	die_wait_ms(bed, 1000);
	CHECK(die_is(bed, at, size, 0xff));
	CHECK(die_array(bed)[at - 1] == 0 && die_array(bed)[at + size] == 0);
}

/* JESD216: what the table says must be what the die does. */
static void check_sfdp(const char *chip)
{
	struct die_bed *bed = die_bed_new(chip, "protect=none");
	const uint32_t table = sfdp_le(bed, 0x0c, 3);
	size_t size;

	nor_array(bed->die, &size);
	CHECK(sfdp_le(bed, 0, 4) == 0x50444653);	/* "SFDP" */
	CHECK(sfdp_le(bed, 0x05, 1) == 1);	/* major revision */
	CHECK(sfdp_le(bed, 0x06, 1) == 0);	/* one parameter header */
	CHECK(sfdp_le(bed, 0x08, 1) == 0x00 && sfdp_le(bed, 0x0a, 1) == 1);	/* the basic table */
	CHECK(sfdp_le(bed, 0x0b, 1) == 9);	/* DWORDs */
	CHECK(sfdp_le(bed, table + 4, 4) == size * 8 - 1);
	CHECK((sfdp_le(bed, table, 1) & 3) == 1 && sfdp_le(bed, table + 1, 1) == 0x20);	/* 4 KiB erase */
	CHECK(sfdp_le(bed, table, 1) & 4);	/* pages of 64 bytes or more */
	CHECK((sfdp_le(bed, table + 2, 1) & 6) == 0);	/* 3 address bytes only */
	for (unsigned int type = 0; type < 4; type++) {
		const uint8_t exponent = (uint8_t)sfdp_le(bed, table + 28 + 2 * type, 1);

		if (exponent)
			check_erase_type(bed, exponent, (uint8_t)sfdp_le(bed, table + 29 + 2 * type, 1));
	}
	CHECK(sfdp_le(bed, table + 36, 4) == 0xffffffff);	/* behind the table */
	die_bed_free(bed);
}

static void test_sfdp_says_what_the_die_does(void)
{
	static const char *const chips[] = {
		"BK7231T", "BK7231N", "BK7231-GD25Q16C", "BK7238-P25Q16HB", "BK7252", "BK7252-XT25F16B",
		"BK7252-W25Q32", "BK-MX25V1635F", "BK-P25Q16HBK", "BK-P25Q32HB", "W25Q64",
	};

	for (unsigned int i = 0; i < sizeof(chips) / sizeof(chips[0]); i++)
		check_sfdp(chips[i]);
}

static void test_sfdp(void)
{
	struct die_bed *bed = die_bed_new("BK7231N", "");
	const uint8_t out[5 + 0x54] = { 0x5a };
	uint8_t in[5 + 0x54];

	die_frame(bed, out, sizeof(out), in);
	CHECK(!memcmp(in + 5, "SFDP", 4));
	CHECK(in[5 + 8] == 0x00 && in[5 + 11] == 9 && in[5 + 12] == 0x30);
	CHECK(!memcmp(in + 5 + 0x34, "\xff\xff\xff\x00", 4));
	CHECK(!memcmp(in + 5 + 0x30, "\xe5\x20\xf1\xff", 4));
	CHECK(!memcmp(in + 5 + 0x4c, "\x0c\x20\x0f\x52\x10\xd8", 6));
	die_bed_free(bed);
	bed = die_bed_new("BK7231N-nosfdp", "");
	CHECK(FRAME(bed, 0x5a, 0, 0, 0, 0, 0) == NOR_HI_Z);
	die_bed_free(bed);
}

void nor_test_reading(void)
{
	test_ids_of_every_die();
	test_the_opcode_byte_shows_nothing();
	test_reads_wrap_at_the_size();
	test_high_address_bits_do_not_matter();
	test_the_unique_id_has_four_dummy_bytes_and_stays();
	test_nop_opcodes();
	test_sfdp_says_what_the_die_does();
	test_sfdp();
}
