/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nor_test.h"

#include "check.h"
#include "die_bed.h"

/* tiancj/hid_download_py test/bekenprogram_writer.log. */
static void test_vendor_log_of_status_write(void)
{
	struct die_bed *bed = die_bed_new("BK7231-GD25Q16C", "");

	FRAME(bed, 0x06);
	CHECK(die_sr(bed, 0x05) == 0x3e);
	FRAME(bed, 0x01, 0x00);
	CHECK(die_sr(bed, 0x05) == 0x3f);
	die_wait_ms(bed, 20);
	CHECK(die_sr(bed, 0x05) == 0x00);
	FRAME(bed, 0x06);
	CHECK(die_sr(bed, 0x05) == 0x02);
	FRAME(bed, 0xc7);
	CHECK(die_sr(bed, 0x05) == 0x03);
	die_wait_ms(bed, 8000);
	CHECK(die_sr(bed, 0x05) == 0x00);
	die_bed_free(bed);
}

static void test_wrsr_variants(void)
{
	struct die_bed *bed = die_bed_new("BK7231N", "sr2=42");

	WRITE_SR(bed, 0x01, 0x00);
	CHECK(die_sr(bed, 0x05) == 0x00 && die_sr(bed, 0x35) == 0x42);
	WRITE_SR(bed, 0x31, 0x02);
	CHECK(die_sr(bed, 0x35) == 0x02);
	WRITE_SR(bed, 0x01, 0x04, 0x42);
	CHECK(die_sr(bed, 0x05) == 0x04 && die_sr(bed, 0x35) == 0x42);
	WRITE_SR(bed, 0x01, 0x00, 0x00, 0x00);
	CHECK(die_sr(bed, 0x05) == 0x04);
	die_bed_free(bed);

	bed = die_bed_new("BK7231-GD25Q16C", "sr2=42");
	WRITE_SR(bed, 0x31, 0x00);
	CHECK(die_sr(bed, 0x35) == 0x42);
	WRITE_SR(bed, 0x01, 0x00);
	CHECK(die_sr(bed, 0x35) == 0x00);
	die_bed_free(bed);

	bed = die_bed_new("BK7238-P25Q16HB", "");
	CHECK(die_sr(bed, 0x05) == 0x04 && die_sr(bed, 0x35) == 0x00);
	WRITE_SR(bed, 0x01, 0x00, 0x00);
	CHECK(die_sr(bed, 0x05) == 0x04);
	die_bed_free(bed);

	bed = die_bed_new("BK7231T", "");
	CHECK(die_sr(bed, 0x35) == NOR_HI_Z && die_sr(bed, 0x15) == NOR_HI_Z);
	die_bed_free(bed);

	bed = die_bed_new("BK-MX25V1635F", "");
	CHECK(die_sr(bed, 0x15) == 0x00 && die_sr(bed, 0x35) == NOR_HI_Z);
	WRITE_SR(bed, 0x01, 0x00, 0x08);
	CHECK(die_sr(bed, 0x15) == 0x08);
	die_bed_free(bed);
}

/* Both registers keep their old bits until the write is done. */
static void test_status_reads_old_bits_while_it_is_written(void)
{
	struct die_bed *bed = die_bed_new("BK7231N", "");

	FRAME(bed, 0x06);
	FRAME(bed, 0x01, 0x1c, 0x02);
	CHECK(die_sr(bed, 0x05) == 0x07 && die_sr(bed, 0x35) == 0x40);
	die_wait_ms(bed, 9);
	CHECK(die_sr(bed, 0x05) == 0x07);
	die_wait_ms(bed, 2);
	CHECK(die_sr(bed, 0x05) == 0x1c && die_sr(bed, 0x35) == 0x02);
	die_bed_free(bed);
}

static void test_status_write_needs_wel_and_data(void)
{
	struct die_bed *bed = die_bed_new("BK7231N", "");

	FRAME(bed, 0x01, 0x00);
	FRAME(bed, 0x31, 0x00);
	CHECK(die_sr(bed, 0x05) == 0x04 && die_sr(bed, 0x35) == 0x40);
	FRAME(bed, 0x06);
	FRAME(bed, 0x01);
	CHECK(die_sr(bed, 0x05) == 0x06 && die_count(bed, "wrsr") == 0);
	die_bed_free(bed);
}

/* WIP and WEL are not to be written. */
static void test_wip_and_wel_are_read_only(void)
{
	struct die_bed *bed = die_bed_new("W25Q32", "");

	WRITE_SR(bed, 0x01, 0xff);
	CHECK(die_sr(bed, 0x05) == 0xfc);
	die_bed_free(bed);
}

/* QE stays on every die that has it, whichever way protection is cleared. On
 * GD25Q16C a one-byte 01 clears SR2 (data sheet), so two bytes it is. */
static void test_quad_enable_is_kept(void)
{
	struct die_bed *bed = die_bed_new("BK7231N", "protect=4204");

	WRITE_SR(bed, 0x01, 0x00);
	CHECK(die_sr(bed, 0x35) == 0x42);
	WRITE_SR(bed, 0x31, 0x02);
	CHECK(die_sr(bed, 0x35) == 0x02 && die_sr(bed, 0x05) == 0x00);
	die_bed_free(bed);

	bed = die_bed_new("BK7252", "protect=4204");
	WRITE_SR(bed, 0x01, 0x00, 0x02);
	CHECK(die_sr(bed, 0x35) == 0x02 && die_sr(bed, 0x05) == 0x00);
	die_bed_free(bed);

	bed = die_bed_new("BK7231-GD25Q16C", "protect=4204");
	WRITE_SR(bed, 0x01, 0x00, 0x02);
	CHECK(die_sr(bed, 0x35) == 0x02);
	WRITE_SR(bed, 0x01, 0x00);
	CHECK(die_sr(bed, 0x35) == 0x00);
	die_bed_free(bed);

	/* Macronix: bit 6 of the first register. */
	bed = die_bed_new("BK-MX25V1635F", "protect=007c");
	WRITE_SR(bed, 0x01, 0x40);
	CHECK(die_sr(bed, 0x05) == 0x40);
	die_bed_free(bed);
}

static void test_volatile_status_is_lost_with_the_power(void)
{
	struct die_bed *bed = die_bed_new("BK7231T", "");

	FRAME(bed, 0x50);
	FRAME(bed, 0x01, 0x00);
	CHECK(die_sr(bed, 0x05) == 0x00);
	nor_power(bed->die, bed->t, false);
	nor_power(bed->die, bed->t, true);
	CHECK(die_sr(bed, 0x05) == 0x7c);
	die_bed_free(bed);
}

static void test_50_counts_for_one_status_write(void)
{
	struct die_bed *bed = die_bed_new("W25Q32", "sr1=3c");

	FRAME(bed, 0x50);
	CHECK(die_sr(bed, 0x05) == 0x3c);	/* no WEL */
	FRAME(bed, 0x01, 0x04);
	CHECK(die_sr(bed, 0x05) == 0x04);	/* at once */
	FRAME(bed, 0x01, 0x00);
	CHECK(die_sr(bed, 0x05) == 0x04);
	/* It allows nothing else. */
	FRAME(bed, 0x50);
	FRAME(bed, 0x20, 0, 0, 0);
	CHECK(die_count(bed, "erases") == 0);
	FRAME(bed, 0x01, 0x00);
	CHECK(die_sr(bed, 0x05) == 0x04);
	die_power_cycle(bed);
	CHECK(die_sr(bed, 0x05) == 0x3c);
	die_bed_free(bed);
	/* MX25V1635F has no such command. */
	bed = die_bed_new("MX25V1635F", "sr1=3c");
	FRAME(bed, 0x50);
	FRAME(bed, 0x01, 0x00);
	CHECK(die_sr(bed, 0x05) == 0x3c);
	die_bed_free(bed);
}

static void test_status_locks(void)
{
	struct die_bed *bed = die_bed_new("BK7231N", "protect=0080 wp_pin=low");

	WRITE_SR(bed, 0x01, 0x00);
	CHECK(die_sr(bed, 0x05) == 0x80);
	die_bed_free(bed);
	/* With QE the WP# pin is a data line. */
	bed = die_bed_new("BK7231N-06B4", "wp_pin=low");
	WRITE_SR(bed, 0x01, 0x00, 0x02);
	CHECK(die_sr(bed, 0x05) == 0x00);
	die_bed_free(bed);
}

/* W25Q32JV, "status register protect": SRP0 counts while WP# is low, SRP1 until
 * the next power-up. */
static void test_srp(void)
{
	struct die_bed *bed = die_bed_new("W25Q32", "sr1=84");

	WRITE_SR(bed, 0x01, 0x00);
	CHECK(die_sr(bed, 0x05) == 0x00);
	die_bed_free(bed);

	bed = die_bed_new("W25Q32", "sr1=84 wp_pin=low");
	WRITE_SR(bed, 0x01, 0x00);
	WRITE_SR(bed, 0x31, 0x02);
	WRITE_SR(bed, 0x11, 0x60);
	CHECK(die_sr(bed, 0x05) == 0x84 && die_sr(bed, 0x35) == 0x00 && die_sr(bed, 0x15) == 0x00);
	FRAME(bed, 0x50);
	FRAME(bed, 0x01, 0x00);
	CHECK(die_sr(bed, 0x05) == 0x84);
	die_bed_free(bed);

	bed = die_bed_new("W25Q32", "sr1=04");
	WRITE_SR(bed, 0x31, 0x01);
	CHECK(die_sr(bed, 0x35) == 0x01);
	WRITE_SR(bed, 0x01, 0x00);
	WRITE_SR(bed, 0x31, 0x00);
	CHECK(die_sr(bed, 0x05) == 0x04 && die_sr(bed, 0x35) == 0x01);
	die_power_cycle(bed);
	CHECK(die_sr(bed, 0x35) == 0x00);
	WRITE_SR(bed, 0x01, 0x00);
	CHECK(die_sr(bed, 0x05) == 0x00);
	die_bed_free(bed);
}

/* LB1..3 and Macronix' TB are one-time programmable. */
static void test_one_time_bits_stay(void)
{
	struct die_bed *bed = die_bed_new("W25Q32", "");

	WRITE_SR(bed, 0x31, 0x28);
	WRITE_SR(bed, 0x31, 0x00);
	CHECK(die_sr(bed, 0x35) == 0x28);
	WRITE_SR(bed, 0x01, 0x00, 0x10);
	CHECK(die_sr(bed, 0x35) == 0x38);
	die_power_cycle(bed);
	CHECK(die_sr(bed, 0x35) == 0x38);
	die_bed_free(bed);
	bed = die_bed_new("MX25V1635F", "");
	WRITE_SR(bed, 0x01, 0x00, 0x08);
	WRITE_SR(bed, 0x01, 0x00, 0x00);
	CHECK(die_sr(bed, 0x15) == 0x08);
	die_bed_free(bed);
}

static void test_third_register(void)
{
	struct die_bed *bed = die_bed_new("W25Q32", "");

	WRITE_SR(bed, 0x11, 0x60);
	CHECK(die_sr(bed, 0x15) == 0x60 && die_sr(bed, 0x05) == 0x00 && die_sr(bed, 0x35) == 0x00);
	die_power_cycle(bed);
	CHECK(die_sr(bed, 0x15) == 0x60);
	die_bed_free(bed);
	bed = die_bed_new("BK7231N", "");
	CHECK(die_sr(bed, 0x15) == NOR_HI_Z);
	die_bed_free(bed);
	bed = die_bed_new("BK7231T", "sr2_absent=sr1");
	CHECK(die_sr(bed, 0x35) == 0x7c);
	die_bed_free(bed);
}

void nor_test_status(void)
{
	test_vendor_log_of_status_write();
	test_wrsr_variants();
	test_status_reads_old_bits_while_it_is_written();
	test_status_write_needs_wel_and_data();
	test_wip_and_wel_are_read_only();
	test_quad_enable_is_kept();
	test_volatile_status_is_lost_with_the_power();
	test_50_counts_for_one_status_write();
	test_status_locks();
	test_srp();
	test_one_time_bits_stay();
	test_third_register();
}
