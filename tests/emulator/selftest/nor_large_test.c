/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dies above 16 MiB, as the W25Q256JV data sheet has them. */
#include "nor_test.h"

#include <string.h>

#include "check.h"
#include "die_bed.h"

#define MIB (1u << 20)
#define HIGH 0x1234567u	/* above 16 MiB */
#define LOW 0x0234567u	/* what is left of it in three bytes */

#define BYTES3(a) (uint8_t)((a) >> 16), (uint8_t)((a) >> 8), (uint8_t)(a)
#define BYTES4(a) (uint8_t)((a) >> 24), BYTES3(a)

static struct die_bed *large(void)
{
	struct die_bed *bed = die_bed_new("W25Q256", "fill=ff");

	die_array(bed)[HIGH] = 0x11;
	die_array(bed)[LOW] = 0x22;
	return bed;
}

static void test_three_bytes_reach_16_mib(void)
{
	struct die_bed *bed = large();
	size_t size;

	nor_array(bed->die, &size);
	CHECK(size == 32 * MIB);
	CHECK(FRAME(bed, 0x03, BYTES3(HIGH), 0) == 0x22);
	CHECK(FRAME(bed, 0x0b, BYTES3(HIGH), 0, 0) == 0x22);
	die_bed_free(bed);
}

static void test_commands_with_four_bytes(void)
{
	struct die_bed *bed = large();

	CHECK(FRAME(bed, 0x13, BYTES4(HIGH), 0) == 0x11 && FRAME(bed, 0x13, BYTES4(LOW), 0) == 0x22);
	CHECK(FRAME(bed, 0x0c, BYTES4(HIGH), 0, 0) == 0x11);
	FRAME(bed, 0x06);
	FRAME(bed, 0x12, BYTES4(HIGH + 1), 0x33, 0x44);
	die_wait_ms(bed, 10);
	CHECK(!memcmp(die_array(bed) + HIGH, "\x11\x33\x44", 3) && die_is(bed, LOW + 1, 2, 0xff));
	FRAME(bed, 0x06);
	FRAME(bed, 0x21, BYTES4(HIGH));
	die_wait_ms(bed, 100);
	CHECK(die_is(bed, HIGH & ~0xfffu, 0x1000, 0xff) && die_array(bed)[LOW] == 0x22);
	die_array(bed)[0x1230000] = die_array(bed)[0x123ffff] = 0;
	FRAME(bed, 0x06);
	FRAME(bed, 0xdc, BYTES4(HIGH));
	die_wait_ms(bed, 500);
	CHECK(die_is(bed, 0x1230000, 0x10000, 0xff));
	/* Less than that is no erase. */
	FRAME(bed, 0x06);
	FRAME(bed, 0x21, BYTES3(LOW));
	CHECK(die_array(bed)[LOW] == 0x22 && die_count(bed, "erases") == 2);
	die_bed_free(bed);
}

static void test_the_mode_makes_four_of_three(void)
{
	struct die_bed *bed = large();

	CHECK(!(die_sr(bed, 0x15) & 1));
	FRAME(bed, 0xb7);
	CHECK(die_sr(bed, 0x15) & 1);
	CHECK(FRAME(bed, 0x03, BYTES4(HIGH), 0) == 0x11 && FRAME(bed, 0x0b, BYTES4(HIGH), 0, 0) == 0x11);
	CHECK(FRAME(bed, 0x13, BYTES4(HIGH), 0) == 0x11);
	FRAME(bed, 0x06);
	FRAME(bed, 0x02, BYTES4(HIGH + 1), 0x33);
	die_wait_ms(bed, 10);
	CHECK(die_array(bed)[HIGH + 1] == 0x33);
	FRAME(bed, 0x06);
	FRAME(bed, 0x20, BYTES4(HIGH));
	die_wait_ms(bed, 100);
	CHECK(die_is(bed, HIGH & ~0xfffu, 0x1000, 0xff) && die_array(bed)[LOW] == 0x22);
	/* Ids and SFDP are as before. */
	CHECK(FRAME(bed, 0x9f, 0, 0, 0) == 0x19 && FRAME(bed, 0x5a, 0, 0, 0, 0, 0) == 'S');
	CHECK(FRAME(bed, 0x90, 0, 0, 0, 0) == 0xef);
	FRAME(bed, 0xe9);
	CHECK(!(die_sr(bed, 0x15) & 1) && FRAME(bed, 0x03, BYTES3(LOW), 0) == 0x22);
	die_bed_free(bed);
}

static void test_power_and_reset_end_the_mode(void)
{
	struct die_bed *bed = large();

	FRAME(bed, 0xb7);
	die_power_cycle(bed);
	CHECK(!(die_sr(bed, 0x15) & 1) && FRAME(bed, 0x03, BYTES3(LOW), 0) == 0x22);
	FRAME(bed, 0xb7);
	FRAME(bed, 0x66);
	FRAME(bed, 0x99);
	die_wait_ms(bed, 1);
	CHECK(!(die_sr(bed, 0x15) & 1));
	/* ADP, which is kept: it starts with four bytes. */
	FRAME(bed, 0x06);
	FRAME(bed, 0x11, 0x02);
	die_wait_ms(bed, 50);
	CHECK(die_sr(bed, 0x15) == 0x02);
	die_power_cycle(bed);
	CHECK(die_sr(bed, 0x15) == 0x03 && FRAME(bed, 0x03, BYTES4(HIGH), 0) == 0x11);
	die_bed_free(bed);
}

static void test_the_extended_address(void)
{
	struct die_bed *bed = large();

	FRAME(bed, 0xc5, 0x01);
	CHECK(FRAME(bed, 0xc8, 0) == 0x00 && die_count(bed, "refused") == 1);
	FRAME(bed, 0x06);
	FRAME(bed, 0xc5, 0x01);
	CHECK(FRAME(bed, 0xc8, 0) == 0x01 && !(die_sr(bed, 0x05) & 2));
	CHECK(FRAME(bed, 0x03, BYTES3(LOW), 0) == 0x11);
	FRAME(bed, 0x06);
	die_command(bed, 0x20, LOW);
	die_wait_ms(bed, 100);
	CHECK(die_array(bed)[HIGH] == 0xff && die_array(bed)[LOW] == 0x22);
	/* It is for three bytes only, and not for SFDP. */
	CHECK(FRAME(bed, 0x13, BYTES4(LOW), 0) == 0x22 && FRAME(bed, 0x5a, 0, 0, 0, 0, 0) == 'S');
	die_power_cycle(bed);
	CHECK(FRAME(bed, 0xc8, 0) == 0x00 && FRAME(bed, 0x03, BYTES3(LOW), 0) == 0x22);
	die_bed_free(bed);
}

/* One read goes over the border of 16 MiB, and round the end. */
static void test_reads_go_on_above_16_mib(void)
{
	struct die_bed *bed = large();
	const uint8_t out[7] = { 0x03, 0xff, 0xff, 0xff };
	uint8_t in[7];

	memcpy(die_array(bed) + 16 * MIB - 1, "\x55\x66\x77", 3);
	die_frame(bed, out, 7, in);
	CHECK(!memcmp(in + 4, "\x55\x66\x77", 3));
	die_array(bed)[32 * MIB - 1] = 0x88;
	die_array(bed)[0] = 0x99;
	CHECK(FRAME(bed, 0x13, BYTES4(32 * MIB - 1), 0, 0) == 0x99);
	CHECK(FRAME(bed, 0x13, BYTES4(64 * MIB - 1), 0) == 0x88);
	die_bed_free(bed);
}

static void test_sfdp_of_a_large_die(void)
{
	struct die_bed *bed = large();
	const uint8_t out[5 + 8] = { 0x5a, 0, 0, 0x30 };
	uint8_t in[5 + 8];

	die_frame(bed, out, sizeof(out), in);
	/* Three or four bytes; 2^28 bits. */
	CHECK(!memcmp(in + 5, "\xe5\x20\xf3\xff\xff\xff\xff\x0f", 8));
	die_bed_free(bed);
}

static void test_protection_of_a_large_die(void)
{
	struct die_bed *bed = large();

	/* BP = 1: the last 64 KiB; TB: the first. */
	WRITE_SR(bed, 0x01, 0x04, 0x00);
	FRAME(bed, 0xb7);
	FRAME(bed, 0x06);
	FRAME(bed, 0x20, BYTES4(32 * MIB - 0x10000));
	CHECK(die_count(bed, "refused") == 1);
	FRAME(bed, 0x06);
	FRAME(bed, 0x20, BYTES4(32 * MIB - 0x11000));
	die_wait_ms(bed, 100);
	CHECK(die_count(bed, "erases") == 1);
	WRITE_SR(bed, 0x01, 0x44, 0x00);
	FRAME(bed, 0x06);
	FRAME(bed, 0x20, BYTES4(0xf000));
	CHECK(die_count(bed, "refused") == 2);
	/* 1001: half; CMP: the other half. */
	WRITE_SR(bed, 0x01, 0x24, 0x40);
	FRAME(bed, 0x06);
	FRAME(bed, 0x20, BYTES4(16 * MIB - 0x1000));
	CHECK(die_count(bed, "refused") == 3);
	FRAME(bed, 0x06);
	FRAME(bed, 0x20, BYTES4(16 * MIB));
	die_wait_ms(bed, 100);
	CHECK(die_count(bed, "erases") == 2);
	/* 1010: all. */
	WRITE_SR(bed, 0x01, 0x28, 0x00);
	FRAME(bed, 0x06);
	FRAME(bed, 0x20, BYTES4(0));
	CHECK(die_count(bed, "refused") == 4);
	die_bed_free(bed);
}

static void test_small_dies_know_nothing_of_it(void)
{
	static const uint8_t opcodes[] = { 0x13, 0x0c, 0xc8 };
	struct die_bed *bed = die_bed_new("W25Q64", "sr3=02");

	for (unsigned int i = 0; i < sizeof(opcodes); i++)
		CHECK(FRAME(bed, opcodes[i], 0, 0, 0, 0, 0, 0) == NOR_HI_Z);
	FRAME(bed, 0xb7);
	CHECK(die_sr(bed, 0x15) == 0x02);
	FRAME(bed, 0x06);
	FRAME(bed, 0x12, 0, 0, 0, 0, 0);
	FRAME(bed, 0x06);
	FRAME(bed, 0xdc, 0, 0, 0, 0);
	CHECK(die_count(bed, "programs") == 0 && die_count(bed, "erases") == 0);
	die_bed_free(bed);
}

void nor_test_large(void)
{
	test_three_bytes_reach_16_mib();
	test_commands_with_four_bytes();
	test_the_mode_makes_four_of_three();
	test_power_and_reset_end_the_mode();
	test_the_extended_address();
	test_reads_go_on_above_16_mib();
	test_sfdp_of_a_large_die();
	test_protection_of_a_large_die();
	test_small_dies_know_nothing_of_it();
}
