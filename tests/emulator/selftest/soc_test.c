/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Beken chip with its die against published traces: window, switch, boot. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "beken_soc.h"
#include "check.h"
#include "die_bed.h"

struct soc_bed {
	struct die_bed *die;
	struct beken_soc *soc;
	int64_t t, byte_ns;
};

/* CEN has been low for 100 ms and rises at time 0 of the bed. */
static struct soc_bed *soc_bed_new(const char *chip, const char *settings, int64_t byte_ns)
{
	struct soc_bed *bed = calloc(1, sizeof(*bed));

	if (!bed)
		abort();
	bed->die = die_bed_new(chip, settings);
	bed->soc = soc_new(&bed->die->set, &bed->die->trace, bed->die->die);
	bed->byte_ns = byte_ns;
	soc_cen(bed->soc, 0, false);
	bed->t = 100000000;
	soc_cen(bed->soc, bed->t, true);
	return bed;
}

static void soc_bed_free(struct soc_bed *bed)
{
	soc_free(bed->soc);
	die_bed_free(bed->die);
	free(bed);
}

static void pass_ms(struct soc_bed *bed, double ms)
{
	bed->t += (int64_t)(ms * 1e6);
}

static void soc_frame(struct soc_bed *bed, const uint8_t *out, size_t n, uint8_t *in)
{
	soc_select(bed->soc, bed->t, true, 0);
	for (size_t i = 0; i < n; i++) {
		int level = soc_out(bed->soc, bed->t);

		if (in)
			in[i] = (uint8_t)(level != SOC_HI_Z ? level :
					  bed->die->set.idle_level_00 ? 0x00 : 0xff);
		bed->t += bed->byte_ns;
		soc_in(bed->soc, bed->t, out[i], level);
	}
	soc_select(bed->soc, bed->t, false, 0);
}

static void soc_sync(struct soc_bed *bed, size_t n, uint8_t *in)
{
	uint8_t out[256];

	memset(out, 0xd2, sizeof(out));
	soc_frame(bed, out, n, in);
}

static bool id_is(struct soc_bed *bed, const char *reply)
{
	const uint8_t out[4] = { 0x9f };
	uint8_t in[4];

	soc_frame(bed, out, 4, in);
	return !memcmp(in, reply, 4);
}

static bool all(const uint8_t *data, size_t n, uint8_t value)
{
	for (size_t i = 0; i < n; i++)
		if (data[i] != value)
			return false;
	return true;
}

/* openshwprojects/BK7231_SPI_Flasher: 250 in one frame at 30 kHz, ID after
 * 0.1 s. The reset pulse ends with the window open. */
static void test_trace_of_bk7231_spi_flasher(void)
{
	struct soc_bed *bed = soc_bed_new("BK7231T", "idle_level=00", 266667);
	uint8_t in[250];

	pass_ms(bed, 3);
	soc_sync(bed, 250, in);
	CHECK(in[0] == 0xd2 && all(in + 1, 249, 0x00));
	pass_ms(bed, 100);
	CHECK(id_is(bed, "\x00\x1c\x70\x15"));
	soc_bed_free(bed);
}

/* BK7231GUIFlashTool: 10 frames of 25, then RDID at once: FF 00 00 00. */
static void test_trace_of_gui_flash_tool(void)
{
	struct soc_bed *bed = soc_bed_new("BK7252-W25Q32", "residue=ff residue_frames=0", 5333);

	pass_ms(bed, 2);
	for (unsigned int i = 0; i < 10; i++)
		soc_sync(bed, 25, NULL);
	CHECK(id_is(bed, "\xff\x00\x00\x00"));
	pass_ms(bed, 2000);
	CHECK(id_is(bed, "\xff\xef\x40\x16"));
	soc_bed_free(bed);
}

/* Apache02/pico-beken: 16 and 250 bytes at 50 kHz, 32 zeros in the same frame,
 * 5 ms, then D2 00 00 00 until the ID comes. */
static void test_trace_of_pico_beken(void)
{
	struct soc_bed *bed = soc_bed_new("BK7252", "residue=d2 flash_ready_ms=60 start_ms=2.5",
					  160000);
	uint8_t out[16 + 250 + 32], in[16 + 250 + 32];

	memset(out, 0xd2, 16 + 250);
	memset(out + 16 + 250, 0, 32);
	soc_frame(bed, out, sizeof(out), in);
	CHECK(all(in, 16, 0xff));
	CHECK(in[16] == 0xd2 && all(in + 17, 249 + 32, 0x00));
	pass_ms(bed, 5);
	CHECK(id_is(bed, "\xd2\x00\x00\x00"));
	pass_ms(bed, 20);
	CHECK(id_is(bed, "\xff\x0b\x40\x16"));
	soc_bed_free(bed);
}

/* tiancj/hid_download_py: 150 frames of one byte. */
static void test_trace_of_vendor_programmer(void)
{
	struct soc_bed *bed = soc_bed_new("BK7231-GD25Q16C", "", 100000);

	for (unsigned int i = 0; i < 150; i++)
		soc_sync(bed, 1, NULL);
	pass_ms(bed, 100);
	CHECK(id_is(bed, "\xff\xc8\x40\x15"));
	soc_bed_free(bed);
}

/* libretiny issue 206: 52 D2 D2 D2 D2 00. */
static void test_trace_with_lost_first_bit(void)
{
	struct soc_bed *bed = soc_bed_new("BK7231N", "first_byte=52 accept_bytes=5", 80000);
	uint8_t in[8];

	pass_ms(bed, 3);
	soc_sync(bed, 8, in);
	CHECK(!memcmp(in, "\x52\xd2\xd2\xd2\xd2\x00\x00\x00", 8));
	soc_bed_free(bed);
}

static void test_window_times(void)
{
	struct soc_bed *bed = soc_bed_new("BK7231T", "", 5333);
	uint8_t in[2];
	const uint8_t zero[2] = { 0 };

	pass_ms(bed, 1.9);
	soc_sync(bed, 2, in);
	CHECK(in[0] == 0xff);
	pass_ms(bed, 50);
	soc_frame(bed, zero, 2, in);
	CHECK(in[0] == 0xd2 && in[1] == 0xd2);
	pass_ms(bed, 2);
	soc_sync(bed, 2, in);
	CHECK(in[0] == 0xff);
	CHECK(id_is(bed, "\xff\xff\xff\xff"));
	soc_bed_free(bed);
}

static void test_needs_cs_in_the_window(void)
{
	struct soc_bed *bed = soc_bed_new("BK7231T", "", 5333);

	pass_ms(bed, 5);
	for (unsigned int i = 0; i < 20; i++) {
		CHECK(soc_out(bed->soc, bed->t) == 0xd2);
		soc_in(bed->soc, bed->t += 5333, 0xd2, 0xd2);
	}
	soc_sync(bed, 1, NULL);
	CHECK(soc_out(bed->soc, bed->t) == 0x00);
	soc_bed_free(bed);
}

static bool enters(const char *settings)
{
	struct soc_bed *bed = soc_bed_new("BK7231T", settings, 5333);
	bool ok;

	pass_ms(bed, 10);
	soc_sync(bed, 250, NULL);
	pass_ms(bed, 200);
	ok = id_is(bed, "\xff\x1c\x70\x15");
	soc_bed_free(bed);
	return ok;
}

static void test_entry_variants(void)
{
	CHECK(enters(""));
	CHECK(enters("accept_bytes=250"));
	CHECK(!enters("accept_bytes=251"));
	CHECK(!enters("fused=yes"));
	CHECK(!enters("accept_probability=0"));
	CHECK(enters("miso_window=hidden"));
	CHECK(enters("stream_offset_bits=3"));
	CHECK(!enters("flash_ready_ms=500"));
	CHECK(!enters("flash_ready_bytes=300"));
	CHECK(!enters("flash=absent"));
	CHECK(!enters("window_ms=9"));
	CHECK(!enters("id_zero_reads=1"));
	CHECK(!enters("start_ms=40"));
	CHECK(enters("off_ms=100") && !enters("off_ms=100.1"));
}

/* The charge of its supply: a short pulse is no reset, and leaves no trace. */
static void test_goes_off_when_cen_was_low_for_long_enough(void)
{
	struct soc_bed *bed = soc_bed_new("BK7231T", "off_ms=20", 5333);
	uint8_t in[2];

	pass_ms(bed, 10);
	soc_sync(bed, 2, in);
	pass_ms(bed, 100);
	for (unsigned int i = 0; i < 3; i++) {
		soc_cen(bed->soc, bed->t, false);
		pass_ms(bed, 19);
		soc_cen(bed->soc, bed->t, true);
		pass_ms(bed, 2);
		CHECK(id_is(bed, "\xff\x1c\x70\x15"));
	}
	soc_cen(bed->soc, bed->t, false);
	pass_ms(bed, 19);
	CHECK(id_is(bed, "\xff\x1c\x70\x15"));
	pass_ms(bed, 2);
	CHECK(id_is(bed, "\xff\xff\xff\xff"));
	soc_bed_free(bed);
}

/* The left-over byte is the first of so many frames, not of all. */
static void test_residue_frames(void)
{
	static const struct {
		const char *settings, *first, *second, *third;
	} rows[] = {
		{ "residue=d2", "\xd2\0\0\0", "\0\0\0\0", "\0\0\0\0" },
		{ "residue=ff residue_frames=2", "\xff\0\0\0", "\xff\0\0\0", "\0\0\0\0" },
		{ "residue=d2 residue_frames=0", "\xd2\0\0\0", "\xd2\0\0\0", "\xd2\0\0\0" },
		{ "residue=none", "\0\0\0\0", "\0\0\0\0", "\0\0\0\0" },
	};

	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct soc_bed *bed = soc_bed_new("BK7231T", rows[i].settings, 5333);

		pass_ms(bed, 10);
		soc_sync(bed, 64, NULL);
		CHECK(id_is(bed, rows[i].first) && id_is(bed, rows[i].second) && id_is(bed, rows[i].third));
		soc_bed_free(bed);
	}
}

static void test_acceptance_is_drawn_for_each_window(void)
{
	unsigned int accepted = 0;
	struct soc_bed *bed = soc_bed_new("BK7231T", "accept_probability=1/4", 5333);

	for (unsigned int i = 0; i < 400; i++) {
		soc_cen(bed->soc, bed->t, false);
		pass_ms(bed, 100);
		soc_cen(bed->soc, bed->t, true);
		pass_ms(bed, 10);
		soc_sync(bed, 2, NULL);
		accepted += soc_out(bed->soc, bed->t) == 0x00;
	}
	CHECK(accepted > 70 && accepted < 130);
	soc_bed_free(bed);
}

static void test_firmware_protects_after_boot(void)
{
	struct soc_bed *bed = soc_bed_new("BK7231N", "sr1=00 sr2=00", 5333);

	pass_ms(bed, 340);
	soc_pass_time(bed->soc, bed->t);
	CHECK(nor_out(bed->die->die, bed->t) == NOR_HI_Z);
	bed->die->t = bed->t;
	CHECK(die_sr(bed->die, 0x05) == 0x00);
	pass_ms(bed, 20);
	soc_pass_time(bed->soc, bed->t);
	bed->die->t = bed->t;
	CHECK(die_sr(bed->die, 0x05) == 0x04 && die_sr(bed->die, 0x35) == 0x40);
	soc_bed_free(bed);
}

static char *soc_report_text(struct soc_bed *bed)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	soc_report(bed->soc, bed->t, out);
	nor_report(bed->die->die, bed->t, out);
	fclose(out);
	return text;
}

static void test_reset_while_busy_is_seen_and_spoils_the_sector(void)
{
	struct soc_bed *bed = soc_bed_new("BK7231T", "sr1=00 soc_state=flash", 5333);
	const uint8_t wren[1] = { 0x06 }, erase_sector[4] = { 0x20, 0x00, 0x10, 0x00 };
	char *text;

	pass_ms(bed, 10);
	soc_sync(bed, 250, NULL);
	pass_ms(bed, 100);
	soc_frame(bed, wren, 1, NULL);
	soc_frame(bed, erase_sector, 4, NULL);
	pass_ms(bed, 10);
	soc_cen(bed->soc, bed->t, false);
	text = soc_report_text(bed);
	CHECK(strstr(text, "reset_while_busy 1\n") && strstr(text, "corrupted 1\n"));
	CHECK(strstr(text, "state off\n") && strstr(text, "power_losses 2\n"));
	CHECK(strstr(text, "opcode.20 1\n") && strstr(text, "dirty yes\n"));
	CHECK(!all(die_array(bed->die) + 0x1000, 0x1000, 0xff));
	free(text);
	soc_bed_free(bed);
}

int main(void)
{
	test_trace_of_bk7231_spi_flasher();
	test_trace_of_gui_flash_tool();
	test_trace_of_pico_beken();
	test_trace_of_vendor_programmer();
	test_trace_with_lost_first_bit();
	test_window_times();
	test_needs_cs_in_the_window();
	test_entry_variants();
	test_goes_off_when_cen_was_low_for_long_enough();
	test_residue_frames();
	test_acceptance_is_drawn_for_each_window();
	test_firmware_protects_after_boot();
	test_reset_while_busy_is_seen_and_spoils_the_sector();
	return check_summary();
}
