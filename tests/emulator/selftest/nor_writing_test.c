/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nor_test.h"

#include <string.h>

#include "check.h"
#include "die_bed.h"

static void test_program_needs_wel_and_clears_bits_only(void)
{
	struct die_bed *bed = die_bed_new("W25Q32", "");

	die_array(bed)[0x100] = 0xf0;
	FRAME(bed, 0x02, 0, 1, 0, 0x3c);
	CHECK(die_array(bed)[0x100] == 0xf0);
	FRAME(bed, 0x06);
	CHECK(die_sr(bed, 0x05) == 0x02);
	FRAME(bed, 0x02, 0, 1, 0, 0x3c);
	CHECK(die_sr(bed, 0x05) == 0x03);
	die_wait_ms(bed, 1);
	CHECK(die_sr(bed, 0x05) == 0x00);
	CHECK(die_array(bed)[0x100] == 0x30);
	die_bed_free(bed);
}

static void test_program_wraps_in_its_page_and_keeps_the_last_256(void)
{
	struct die_bed *bed = die_bed_new("W25Q32", "fill=ff");
	uint8_t out[4 + 300] = { 0x02, 0x00, 0x01, 0xfe };

	for (unsigned int i = 0; i < 300; i++)
		out[4 + i] = (uint8_t)(i + (i >= 256 ? 0x40 : 0));
	FRAME(bed, 0x06);
	die_frame(bed, out, sizeof(out), NULL);
	die_wait_ms(bed, 1);
	/* Byte 256 fell on the first byte's place, 1fe. */
	CHECK(die_array(bed)[0x1fe] == out[4 + 256]);
	CHECK(die_array(bed)[0x100] == out[4 + 258]);
	CHECK(die_array(bed)[0x1fd] == out[4 + 255]);
	CHECK(die_array(bed)[0x200] == 0xff && die_array(bed)[0x0ff] == 0xff);
	die_bed_free(bed);
}

static void test_a_full_page_and_the_last_byte(void)
{
	struct die_bed *bed = die_bed_new("W25Q32", "fill=ff");
	uint8_t out[4 + 256] = { 0x02, 0x3f, 0xff, 0x00 };

	for (unsigned int i = 0; i < 256; i++)
		out[4 + i] = (uint8_t)i;
	FRAME(bed, 0x06);
	die_frame(bed, out, sizeof(out), NULL);
	die_wait_ms(bed, 1);
	CHECK(!memcmp(die_array(bed) + 0x3fff00, out + 4, 256));
	/* Two bytes at the last address: the second is the page's first. */
	FRAME(bed, 0x06);
	FRAME(bed, 0x02, 0x12, 0x34, 0xff, 0xa5, 0x5a);
	die_wait_ms(bed, 1);
	CHECK(die_array(bed)[0x1234ff] == 0xa5 && die_array(bed)[0x123400] == 0x5a);
	CHECK(die_array(bed)[0x123500] == 0xff);
	CHECK(die_count(bed, "programs") == 2);
	die_bed_free(bed);
}

static void test_wel_by_06_and_04_only(void)
{
	struct die_bed *bed = die_bed_new("W25Q32", "");

	CHECK(die_sr(bed, 0x05) == 0x00);
	FRAME(bed, 0x06);
	FRAME(bed, 0x06);
	CHECK(die_sr(bed, 0x05) == 0x02 && die_sr(bed, 0x35) == 0x00);
	FRAME(bed, 0x03, 0, 0, 0, 0);
	FRAME(bed, 0x9f, 0);
	CHECK(die_sr(bed, 0x05) == 0x02);
	FRAME(bed, 0x04);
	CHECK(die_sr(bed, 0x05) == 0x00);
	/* Longer than their opcode they are something else. */
	FRAME(bed, 0x06, 0x00);
	CHECK(die_sr(bed, 0x05) == 0x00);
	FRAME(bed, 0x06);
	FRAME(bed, 0x04, 0x00);
	CHECK(die_sr(bed, 0x05) == 0x02);
	die_power_cycle(bed);
	CHECK(die_sr(bed, 0x05) == 0x00);
	die_bed_free(bed);
}

/* "WEL is cleared after each write or erase completes (including rejected
 * attempts)", Apache02/bk7252-cam docs/hardware/flash_spi_mode.md. */
static void test_each_write_clears_wel_also_a_refused_one(void)
{
	struct die_bed *bed = die_bed_new("BK7231T", "protect=24 fill=ff");

	die_program_byte(bed, 0x1000, 0);	/* in the locked first block */
	CHECK(die_sr(bed, 0x05) == 0x24 && die_array(bed)[0x1000] == 0xff);
	FRAME(bed, 0x06);
	die_command(bed, 0x20, 0x1000);
	CHECK(die_sr(bed, 0x05) == 0x24);
	die_program_byte(bed, 0x20000, 0);
	CHECK(die_sr(bed, 0x05) == 0x24 && die_array(bed)[0x20000] == 0);
	CHECK(die_count(bed, "refused") == 2 && die_count(bed, "programs") == 1);
	/* One enable, one write. */
	FRAME(bed, 0x02, 0x02, 0x00, 0x01, 0x00);
	die_wait_ms(bed, 10);
	CHECK(die_array(bed)[0x20001] == 0xff && die_count(bed, "refused") == 3);
	die_bed_free(bed);
}

static void test_nothing_starts_off_a_byte_boundary(void)
{
	struct die_bed *bed = die_bed_new("W25Q32", "");

	nor_select(bed->die, 0, true, 0);
	nor_in(bed->die, 0, 0x06);
	nor_select(bed->die, 0, false, 3);
	CHECK(die_sr(bed, 0x05) == 0x00);
	FRAME(bed, 0x06);
	FRAME(bed, 0x20, 0, 0);
	FRAME(bed, 0x20, 0, 0, 0, 0);
	FRAME(bed, 0x02, 0, 0, 0);
	CHECK(die_sr(bed, 0x05) == 0x02);
	die_bed_free(bed);
}

static void test_erase_needs_its_exact_length(void)
{
	static const uint8_t ops[] = { 0x20, 0x52, 0xd8 };
	struct die_bed *bed = die_bed_new("W25Q32", "");

	for (unsigned int i = 0; i < 3; i++) {
		FRAME(bed, 0x06);
		FRAME(bed, ops[i]);
		FRAME(bed, ops[i], 0, 0);
		FRAME(bed, ops[i], 0, 0, 0, 0);
	}
	FRAME(bed, 0xc7, 0);
	FRAME(bed, 0x60, 0);
	CHECK(die_sr(bed, 0x05) == 0x02 && die_count(bed, "erases") == 0);
	die_bed_free(bed);
}

static void test_erase_aligns_down_and_busy_answers_status_only(void)
{
	struct die_bed *bed = die_bed_new("W25Q32", "");
	uint8_t before = die_array(bed)[0x0fff];

	memset(die_array(bed) + 0x1000, 0, 0x1000);
	FRAME(bed, 0x06);
	FRAME(bed, 0x20, 0x00, 0x1a, 0xbc);
	CHECK(FRAME(bed, 0x9f, 0, 0, 0) == NOR_HI_Z);
	CHECK(die_sr(bed, 0x05) == 0x03);
	die_wait_ms(bed, 44);
	CHECK(die_sr(bed, 0x05) == 0x03);
	FRAME(bed, 0x04);
	die_wait_ms(bed, 2);
	CHECK(die_sr(bed, 0x05) == 0x00);
	CHECK(die_array(bed)[0x1000] == 0xff && die_array(bed)[0x1fff] == 0xff);
	CHECK(die_array(bed)[0x0fff] == before);
	die_bed_free(bed);
}

/* Each size from any address in it, and not a byte more. */
static void check_erase(const char *chip, uint8_t op, uint32_t address, uint32_t start, uint32_t length)
{
	struct die_bed *bed = die_bed_new(chip, "protect=none fill=ff");
	size_t size;

	nor_array(bed->die, &size);
	memset(die_array(bed), 0, size);
	FRAME(bed, 0x06);
	die_command(bed, op, address);
	die_wait_ms(bed, 1000);
	CHECK(die_is(bed, 0, start, 0) && die_is(bed, start, length, 0xff));
	CHECK(die_is(bed, start + length, size - start - length, 0));
	CHECK(die_count(bed, "erases") == 1);
	die_bed_free(bed);
}

static void test_erase_aligns_each_size(void)
{
	static const char *const chips[] = { "W25Q32", "BK7231T", "BK7231N", "BK7231-GD25Q16C" };

	for (unsigned int i = 0; i < 4; i++) {
		check_erase(chips[i], 0x20, 0x012345, 0x012000, 0x1000);
		check_erase(chips[i], 0x20, 0x1fffff, 0x1ff000, 0x1000);
		check_erase(chips[i], 0x52, 0x012345, 0x010000, 0x8000);
		check_erase(chips[i], 0x52, 0x01ffff, 0x018000, 0x8000);
		check_erase(chips[i], 0xd8, 0x012345, 0x010000, 0x10000);
		check_erase(chips[i], 0xd8, 0x000000, 0x000000, 0x10000);
	}
}

static void test_both_chip_erases(void)
{
	static const uint8_t ops[] = { 0x60, 0xc7 };

	for (unsigned int i = 0; i < 2; i++) {
		struct die_bed *bed = die_bed_new("BK7231-GD25Q16C", "protect=none");

		FRAME(bed, 0x06);
		FRAME(bed, ops[i]);
		die_wait_ms(bed, 6900);
		CHECK(die_sr(bed, 0x05) == 0x03);
		die_wait_ms(bed, 200);
		CHECK(die_sr(bed, 0x05) == 0x00 && die_is(bed, 0, 2 << 20, 0xff));
		die_bed_free(bed);
	}
}

/* While WIP is set only the status registers answer; nothing else is heard. */
static void test_busy_hears_nothing_but_status_reads(void)
{
	struct die_bed *bed = die_bed_new("W25Q32", "fill=ff sr2=02");

	FRAME(bed, 0x06);
	die_command(bed, 0x20, 0);
	CHECK(FRAME(bed, 0x03, 0, 0, 0, 0) == NOR_HI_Z && FRAME(bed, 0x0b, 0, 0, 0, 0, 0) == NOR_HI_Z);
	CHECK(FRAME(bed, 0x9f, 0) == NOR_HI_Z && FRAME(bed, 0x90, 0, 0, 0, 0) == NOR_HI_Z);
	CHECK(FRAME(bed, 0xab, 0, 0, 0, 0) == NOR_HI_Z && FRAME(bed, 0x5a, 0, 0, 0, 0, 0) == NOR_HI_Z);
	CHECK(FRAME(bed, 0x4b, 0, 0, 0, 0, 0) == NOR_HI_Z);
	CHECK(die_sr(bed, 0x05) == 0x03 && die_sr(bed, 0x35) == 0x02);
	FRAME(bed, 0x04);
	CHECK(die_sr(bed, 0x05) == 0x03);
	FRAME(bed, 0x02, 0x01, 0x00, 0x00, 0x00);
	FRAME(bed, 0x01, 0x1c);
	FRAME(bed, 0xb9);
	FRAME(bed, 0x66);
	FRAME(bed, 0x99);
	die_wait_ms(bed, 50);
	CHECK(die_sr(bed, 0x05) == 0x00 && die_array(bed)[0x10000] == 0xff);
	CHECK(die_count(bed, "programs") == 0 && die_count(bed, "wrsr") == 0);
	die_bed_free(bed);
}

/* A status read goes on for as long as it is clocked, and sees the end. */
static void test_a_long_status_read_sees_wip_fall(void)
{
	struct die_bed *bed = die_bed_new("W25Q32", "fill=ff");
	uint8_t out[1001] = { 0x05 }, in[1001];
	unsigned int busy = 0;

	FRAME(bed, 0x06);
	FRAME(bed, 0x02, 0, 0, 0, 0);
	die_frame(bed, out, sizeof(out), in);
	while (busy < 1000 && in[1 + busy] == 0x03)
		busy++;
	/* 0.7 ms at 1 us a byte. */
	CHECK(busy > 690 && busy < 705 && in[1 + busy] == 0x00 && in[1000] == 0x00);
	die_bed_free(bed);
}

/* Typical times: W25Q32JV and GD25Q16C data sheets; Apache02/bk7252-cam
 * docs/hardware/flash_spi_mode.md has limits for the EN25QH16B. */
static double busy_ms(const char *chip, uint8_t op, size_t header)
{
	struct die_bed *bed = die_bed_new(chip, "protect=none fill=ff");
	const uint8_t out[5] = { op };
	int64_t start;
	double ms;

	FRAME(bed, 0x06);
	die_frame(bed, out, header, NULL);
	start = bed->t;
	while (die_sr(bed, 0x05) & 1)
		bed->t += 10000;
	ms = (double)(bed->t - start) / 1e6;
	die_bed_free(bed);
	return ms;
}

static void test_times(void)
{
	CHECK_NEAR(busy_ms("W25Q32", 0x02, 5), 0.7, 3);
	CHECK_NEAR(busy_ms("W25Q32", 0x20, 4), 45, 3);
	CHECK_NEAR(busy_ms("W25Q32", 0x52, 4), 120, 3);
	CHECK_NEAR(busy_ms("W25Q32", 0xd8, 4), 150, 3);
	CHECK_NEAR(busy_ms("W25Q32", 0xc7, 1), 10000, 3);
	CHECK_NEAR(busy_ms("W25Q32", 0x01, 2), 10, 3);
	CHECK_NEAR(busy_ms("BK7231-GD25Q16C", 0x02, 5), 0.6, 3);
	CHECK_NEAR(busy_ms("BK7231-GD25Q16C", 0x20, 4), 50, 3);
	CHECK_NEAR(busy_ms("BK7231-GD25Q16C", 0xc7, 1), 7000, 3);
	CHECK(busy_ms("BK7231T", 0x02, 5) <= 3);
	CHECK(busy_ms("BK7231T", 0x20, 4) <= 300);
	CHECK(busy_ms("BK7231T", 0x01, 2) <= 30);
}

static void test_die_faults(void)
{
	struct die_bed *bed = die_bed_new("W25Q32", "wip_stuck=erase wip_stuck_after=2");

	CHECK(die_erases(bed, 0));
	CHECK(!die_erases(bed, 0x1000));
	die_wait_ms(bed, 1000000);
	CHECK(die_sr(bed, 0x05) == 0x03);
	die_bed_free(bed);
	bed = die_bed_new("W25Q32", "erase_fails_at=2 program_refused_at=1 fill=ff");
	CHECK(die_erases(bed, 0) && !die_erases(bed, 0x1000) && die_erases(bed, 0x1000));
	FRAME(bed, 0x06);
	FRAME(bed, 0x02, 0, 0, 0, 0);
	CHECK(die_sr(bed, 0x05) == 0 && die_array(bed)[0] == 0xff);
	die_bed_free(bed);
}

void nor_test_writing(void)
{
	test_program_needs_wel_and_clears_bits_only();
	test_program_wraps_in_its_page_and_keeps_the_last_256();
	test_a_full_page_and_the_last_byte();
	test_wel_by_06_and_04_only();
	test_each_write_clears_wel_also_a_refused_one();
	test_nothing_starts_off_a_byte_boundary();
	test_erase_needs_its_exact_length();
	test_erase_aligns_down_and_busy_answers_status_only();
	test_erase_aligns_each_size();
	test_both_chip_erases();
	test_busy_hears_nothing_but_status_reads();
	test_a_long_status_read_sees_wip_fall();
	test_times();
	test_die_faults();
}
