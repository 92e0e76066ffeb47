/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From what was measured to the settings of beken-emu that give the same. */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "beken.h"
#include "hardware_report.h"

#define SYNC_WITHOUT_FIRST_BIT 0x52

/* The time model of tests/README.md: 30 us on the bus each way, SPI between. */
#define BUS_NS 59900
#define SPI_NS 165300
#define BITS_PER_PACKET 248
#define USUAL_KHZ 1500
#define SLOW_HOST_NS 246000
/* 10 kOhm and the capacitor at CEN reach 1.4 V after 5.5 us for each nF. */
#define RISE_NS_PER_NF 5530
/* Without a capacitor: the pull-up inside alone. */
#define RISE_WITHOUT_US 12

__attribute__((format(printf, 2, 3))) static void put(struct report_settings *settings, const char *format, ...)
{
	va_list args;

	assert(settings->n < REPORT_SETTINGS);
	va_start(args, format);
	vsnprintf(settings->texts[settings->n++], sizeof(settings->texts[0]), format, args);
	va_end(args);
}

/* "12.3": the emulator takes decimals. */
static void put_ms(struct report_settings *settings, const char *key, int64_t us)
{
	put(settings, "%s=%lld.%02lld", key, (long long)(us / 1000), (long long)(us % 1000 / 10));
}

/* ---- A ---- */

/* An adapter in which packets pass SPI bytes answers the status (6 bytes) first. */
static bool overtakes(const struct report_adapter *adapter)
{
	return adapter->order.n == 2 && adapter->order.lengths[0] == 6;
}

/* Of a packet alone: latency before the OUT transfer; another, for the answer, hides
 * behind the SPI clocks as long as it is shorter. */
static int64_t latency_ns(const struct report_adapter *adapter)
{
	const int64_t busy = adapter->stream_ns < SLOW_HOST_NS ? adapter->stream_ns : BUS_NS + SPI_NS;
	const int64_t extra = adapter->pair_ns - busy;

	if (extra < 0)
		return 0;
	return extra < SPI_NS ? extra : (adapter->pair_ns - BUS_NS) / 2;
}

static void put_times(struct report_settings *settings, const struct report_adapter *adapter)
{
	/* There the next packet travels while the bytes of this one are clocked. */
	const int64_t spi_ns = adapter->stream_ns - (overtakes(adapter) ? 0 : BUS_NS);
	const int64_t khz = spi_ns > 0 ? BITS_PER_PACKET * 1000000LL / spi_ns : 0;

	put(settings, "latency_us=%lld", (long long)(latency_ns(adapter) / 1000));
	if (adapter->stream_ns > SLOW_HOST_NS)
		put(settings, "host_floor_us=%lld", (long long)(adapter->stream_ns / 1000));
	else if (llabs(khz - USUAL_KHZ) > USUAL_KHZ / 50 && khz >= 100)
		put(settings, "sck_khz=%lld", (long long)khz);
}

static void put_cen(struct report_settings *settings, const struct report_rise *rise)
{
	if (!rise->known)
		return;
	if (!rise->rises)
		put(settings, "power=off");
	else if (rise->high_us > RISE_WITHOUT_US)
		put(settings, "cen_nf=%lld",
		    (long long)(((rise->low_us + rise->high_us) * 500 + RISE_NS_PER_NF / 2) / RISE_NS_PER_NF));
}

static void put_adapter(struct report_settings *settings, const struct report_adapter *adapter)
{
	if (!adapter->done)
		return;
	if (adapter->usb.product[0])
		put(settings, "usb_product=lpt");
	if (adapter->usb.has_version && adapter->usb.version[0] != 0x30)
		put(settings, "usb_version=%02x%02x", adapter->usb.version[1], adapter->usb.version[0]);
	if (!adapter->reads_pins)
		put(settings, "uio_in=silent");
	if (adapter->unread_joined)
		put(settings, "answers=joined");
	if (overtakes(adapter))
		put(settings, "frame_order=overtakes");
	put_times(settings, adapter);
	put_cen(settings, &adapter->rise);
}

/* ---- B ---- */

static bool all_are(const uint8_t *bytes, size_t n, uint8_t value)
{
	for (size_t i = 0; i < n; i++) {
		if (bytes[i] != value)
			return false;
	}
	return true;
}

static void put_levels(struct report_settings *settings, const struct report_window *window)
{
	const bool low = all_are(window->before, 4, 0x00);
	const uint8_t idle = low ? 0x00 : 0xff;

	if (low)
		put(settings, "idle_level=00");
	if (all_are(window->after, sizeof(window->after), idle))
		return;
	put(settings, "boot_miso=%s", all_are(window->after, sizeof(window->after), 0x00) ? "00" : "random");
}

static void put_window(struct report_settings *settings, const struct report_chip *chip)
{
	const struct report_window *const window = &chip->high;

	put_levels(settings, window);
	if (!window->seen) {
		put(settings, chip->has_id ? "miso_window=hidden" : "fused=yes");
		return;
	}
	put_ms(settings, "start_ms", window->start_us);
	put_ms(settings, "window_ms", window->end_us);
	if (window->rotation)
		put(settings, "stream_offset_bits=%u", window->rotation);
	else if (window->first[0] == SYNC_WITHOUT_FIRST_BIT)
		put(settings, "first_byte=52");
}

/* The first byte of the frames after acceptance, if it is not what the others have. */
static void put_residue(struct report_settings *settings, const struct report_chip *chip)
{
	const uint8_t first = chip->n_polls ? chip->polls[0][0] : 0;
	size_t n = 0;

	while (n < chip->n_polls && chip->polls[n][0] == first && !chip->polls[n][1])
		n++;
	if (n == 0 || (first != BEKEN_SYNC && first != 0xff))
		return;
	put(settings, "residue=%s", first == BEKEN_SYNC ? "d2" : "ff");
	put(settings, "residue_frames=%zu", n < chip->n_polls ? n : 0);
}

static void put_acceptance(struct report_settings *settings, const struct report_chip *chip)
{
	const struct report_offer *const last = chip->n_offers ? &chip->offers[chip->n_offers - 1] : NULL;

	if (!last || !last->accepted)
		return;
	put(settings, "accept_bytes=%u", last->bytes);
	if (last->tries > 1)
		put(settings, "accept_probability=1/%u", last->tries);
	put_residue(settings, chip);
	if (chip->has_id)
		put_ms(settings, "flash_ready_ms", chip->ready_us);
	else
		put(settings, "flash=absent");
}

/* ---- the die ---- */

static void put_status(struct report_settings *settings, const struct report_chip *chip)
{
	const uint8_t sr2 = chip->commands[REPORT_SR2].reply[0], sr3 = chip->commands[REPORT_SR3].reply[0];
	const unsigned int n = sr3 != 0xff ? 3 : sr2 != 0xff ? 2 : 1;

	put(settings, "firmware_protects=no");
	put(settings, "sr_count=%u", n);
	put(settings, "sr1=%02x", chip->commands[REPORT_SR1].reply[0]);
	if (n > 1)
		put(settings, "sr2=%02x", sr2);
	if (n > 2)
		put(settings, "sr3=%02x", sr3);
}

static void put_die(struct report_settings *settings, const struct report_chip *chip)
{
	put(settings, "jedec_id=%06x", (unsigned int)chip->jedec_id);
	if (chip->flash_size)
		put(settings, "size=%u", (unsigned int)chip->flash_size);
	if (chip->n_commands < REPORT_COMMANDS)
		return;
	put(settings, "res_id=%02x", chip->commands[REPORT_OLDEST_ID].reply[0]);
	put(settings, "sfdp=%s", memcmp(chip->commands[REPORT_SFDP].reply, "SFDP", 4) ? "no" : "yes");
	put_status(settings, chip);
}

void report_settings(struct report_settings *settings, const struct hardware_report *report)
{
	settings->n = 0;
	put(settings, "chip=BK7231T");
	put_adapter(settings, &report->adapter);
	if (report->chip.high.done)
		put_window(settings, &report->chip);
	put_acceptance(settings, &report->chip);
	if (report->chip.has_id)
		put_die(settings, &report->chip);
	if (report->scratch.done) {
		put(settings, "tpp_us=%lld", (long long)report->scratch.page_us);
		put_ms(settings, "tse_ms", report->scratch.erase_us);
	}
}
