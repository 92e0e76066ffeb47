/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nor_test.h"

#include "check.h"
#include "die_bed.h"

static void test_power_loss_spoils_the_page(void)
{
	struct die_bed *bed = die_bed_new("W25Q32", "fill=ff");
	uint8_t out[260] = { 0x02, 0, 0, 0 };
	unsigned int wrong = 0;

	FRAME(bed, 0x06);
	die_frame(bed, out, sizeof(out), NULL);
	nor_power(bed->die, bed->t + 1000, false);
	nor_power(bed->die, bed->t + 2000, true);
	for (unsigned int i = 0; i < 256; i++)
		wrong += die_array(bed)[i] != 0;
	CHECK(wrong > 128);
	CHECK(die_array(bed)[256] == 0xff);
	die_bed_free(bed);
}

static void test_power_loss_in_an_erase(void)
{
	struct die_bed *bed = die_bed_new("W25Q32", "fill=ff");

	FRAME(bed, 0x06);
	die_command(bed, 0x20, 0x1000);
	die_wait_ms(bed, 10);
	die_power_cycle(bed);
	CHECK(!die_is(bed, 0x1000, 0x1000, 0xff));
	CHECK(die_is(bed, 0, 0x1000, 0xff) && die_is(bed, 0x2000, 0x1000, 0xff));
	CHECK(die_sr(bed, 0x05) == 0x00 && die_count(bed, "corrupted") == 1);
	/* And it works again. */
	CHECK(die_erases(bed, 0x1000));
	die_bed_free(bed);
}

static void test_power_loss_in_a_status_write(void)
{
	unsigned int old = 0, mixed = 0, whole = 0;

	for (unsigned int i = 0; i < 32; i++) {
		struct die_bed *bed = die_bed_new("BK7231N", "");
		int sr1, sr2;

		/* So that the die draws another number each time. */
		for (unsigned int j = 0; j < i; j++) {
			WRITE_SR(bed, 0x31, 0x40);
			FRAME(bed, 0x06);
			FRAME(bed, 0x01, 0x04, 0x40);
			die_power_cycle(bed);
		}
		FRAME(bed, 0x06);
		FRAME(bed, 0x01, 0x00, 0x00);
		die_power_cycle(bed);
		sr1 = die_sr(bed, 0x05);
		sr2 = die_sr(bed, 0x35);
		EXPECT((sr1 == 0x04 || sr1 == 0x00) && (sr2 == 0x40 || sr2 == 0x00));
		old += sr1 && sr2;
		whole += !sr1 && !sr2;
		mixed += !sr1 != !sr2;
		die_bed_free(bed);
	}
	CHECK(old && mixed && whole);
}

static void test_power_loss_when_idle_does_no_harm(void)
{
	struct die_bed *bed = die_bed_new("W25Q32", "fill=ff sr1=04 sr2=02");

	die_program_byte(bed, 0, 0x12);
	FRAME(bed, 0x06);
	die_power_cycle(bed);
	CHECK(die_sr(bed, 0x05) == 0x04 && die_sr(bed, 0x35) == 0x02);
	CHECK(die_array(bed)[0] == 0x12 && die_is(bed, 1, 0xfff, 0xff));
	CHECK(die_count(bed, "corrupted") == 0 && die_count(bed, "power_losses") == 1);
	die_bed_free(bed);
}

static void test_without_power_it_is_not_there(void)
{
	struct die_bed *bed = die_bed_new("W25Q32", "");

	nor_power(bed->die, bed->t, false);
	CHECK(FRAME(bed, 0x9f, 0) == NOR_HI_Z && die_sr(bed, 0x05) == NOR_HI_Z);
	CHECK(FRAME(bed, 0x03, 0, 0, 0, 0) == NOR_HI_Z);
	FRAME(bed, 0x06);
	nor_power(bed->die, bed->t, true);
	CHECK(die_sr(bed, 0x05) == 0x00);
	die_bed_free(bed);
}

static void test_deep_power_down(void)
{
	struct die_bed *bed = die_bed_new("W25Q32", "");

	FRAME(bed, 0xb9);
	CHECK(FRAME(bed, 0x9f, 0) == NOR_HI_Z);
	FRAME(bed, 0xab);
	bed->t += 5000;
	CHECK(FRAME(bed, 0x9f, 0) == 0xef);
	die_bed_free(bed);
}

static void test_asleep_it_hears_ab_only(void)
{
	struct die_bed *bed = die_bed_new("W25Q32", "fill=ff");

	FRAME(bed, 0xb9, 0x00);	/* too long */
	CHECK(FRAME(bed, 0x9f, 0) == 0xef);
	FRAME(bed, 0xb9);
	CHECK(die_sr(bed, 0x05) == NOR_HI_Z && FRAME(bed, 0x03, 0, 0, 0, 0) == NOR_HI_Z);
	FRAME(bed, 0x06);
	FRAME(bed, 0x66);
	FRAME(bed, 0x99);
	CHECK(FRAME(bed, 0x9f, 0) == NOR_HI_Z);
	/* AB also gives the device id on the way. */
	CHECK(FRAME(bed, 0xab, 0, 0, 0, 0) == 0x15);
	bed->t += 1000;
	CHECK(FRAME(bed, 0x9f, 0) == NOR_HI_Z);	/* tRES1: 3 us */
	bed->t += 5000;
	CHECK(FRAME(bed, 0x9f, 0) == 0xef && die_sr(bed, 0x05) == 0x00);
	FRAME(bed, 0xb9);
	die_power_cycle(bed);
	CHECK(FRAME(bed, 0x9f, 0) == 0xef);
	die_bed_free(bed);
}

/* 66 and then 99, with nothing between: 30 us later it is as after power-up. */
static void test_reset(void)
{
	struct die_bed *bed = die_bed_new("W25Q32", "sr1=3c");

	FRAME(bed, 0x50);
	FRAME(bed, 0x01, 0x00);
	FRAME(bed, 0x06);
	FRAME(bed, 0x99);
	CHECK(die_sr(bed, 0x05) == 0x02);
	FRAME(bed, 0x66);
	CHECK(die_sr(bed, 0x05) == 0x02);
	FRAME(bed, 0x99);
	CHECK(die_sr(bed, 0x05) == 0x02);
	FRAME(bed, 0x66);
	FRAME(bed, 0x99);
	CHECK(die_sr(bed, 0x05) == NOR_HI_Z);
	bed->t += 40000;
	CHECK(die_sr(bed, 0x05) == 0x3c);
	die_bed_free(bed);
}

void nor_test_power(void)
{
	test_power_loss_spoils_the_page();
	test_power_loss_in_an_erase();
	test_power_loss_in_a_status_write();
	test_power_loss_when_idle_does_no_harm();
	test_without_power_it_is_not_there();
	test_deep_power_down();
	test_asleep_it_hears_ab_only();
	test_reset();
}
