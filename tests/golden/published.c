/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "published.h"

#include <stddef.h>

#define D2(count) .n = count, .value = 0xd2

/* Beken's own programmer, in the Python of a Beken employee: 150 reports with
 * one 0xD2 each (a full-speed HID report takes a frame of 1 ms), 0.1 s, ID. The
 * log of a real session has 151 and goes on to unprotect and erase. */
static const struct script vendor = {
	.name = "Beken HID programmer",
	.source = "tiancj/hid_download_py bkutils/chip/BK3435DownloadFormat.py, "
		  "test/bekenprogram_writer.log",
	.clock_hz = 1000000,
	.steps = {
		{ CEN_LOW }, { WAIT, .ms = 100 }, { CEN_HIGH },
		{ FRAMES, .times = 150, .ms = 0.992, D2(1) },
		{ WAIT, .ms = 100 },
		{ COMMAND, .text = "9f 00 00 00", .see = "? C8 40 15" },
	},
};

static const struct script vendor_session = {
	.name = "Beken HID programmer, log of a session with GD25Q16",
	.source = "tiancj/hid_download_py test/bekenprogram_writer.log",
	.clock_hz = 1000000,
	.steps = {
		{ CEN_LOW }, { WAIT, .ms = 100 }, { CEN_HIGH },
		{ FRAMES, .times = 151, .ms = 0.992, D2(1) },
		{ COMMAND, .text = "9f 00 00 00", .see = "? C8 40 15" },
		{ COMMAND, .text = "06" },
		{ COMMAND, .text = "05 00", .see = "? 3E" },
		{ COMMAND, .text = "01 00" },
		{ WAIT, .ms = 1 },
		{ COMMAND, .text = "05 00", .see = "? 3F" },
		{ WAIT, .ms = 1 },
		{ COMMAND, .text = "05 00", .see = "? 3F" },
		{ WAIT, .ms = 10 },
		{ COMMAND, .text = "05 00", .see = "? 00" },
		{ COMMAND, .text = "06" },
		{ COMMAND, .text = "05 00", .see = "? 02" },
		{ COMMAND, .text = "c7" },
		{ BUSY, .times = 200, .ms = 87, .see = "? 00" },
		{ COMMAND, .text = "03 00 00 00 00 00", .see = "?*4 FF FF" },
		{ COMMAND, .text = "9f 00 00 00", .see = "? C8 40 15" },
		{ COMMAND, .text = "06" },
		{ COMMAND, .text = "01 3c" },
		{ COMMAND, .text = "05 00", .see = "? 03" },
		{ WAIT, .ms = 20 },
		{ COMMAND, .text = "05 00", .see = "? 3C" },
	},
};

static const struct script vendor_mx = {
	.name = "Beken HID programmer, log of a session with MX25V1635F",
	.source = "tiancj/hid_download_py test/hid_download.log",
	.clock_hz = 1000000,
	.steps = {
		{ CEN_LOW }, { WAIT, .ms = 100 }, { CEN_HIGH },
		{ FRAMES, .times = 150, .ms = 0.992, D2(1) },
		{ WAIT, .ms = 100 },
		{ COMMAND, .text = "9f 00 00 00", .see = "? C2 23 15" },
		{ COMMAND, .text = "06" },
		{ COMMAND, .text = "05 00", .see = "? 3E" },
		{ COMMAND, .text = "01 00" },
		{ COMMAND, .text = "05 00", .see = "? 3F" },
		{ WAIT, .ms = 30 },
		{ COMMAND, .text = "05 00", .see = "? 00" },
	},
};

/* 250 in one transfer of spidev, mode 3, 30 kHz; the ID must be 00 1C 70 15. */
static const struct script python = {
	.name = "BK7231_SPI_Flasher",
	.source = "openshwprojects/BK7231_SPI_Flasher bk7231_spi_flasher.py",
	.clock_hz = 30000, .mode = 3,
	.steps = {
		{ CEN_LOW }, { WAIT, .ms = 1000 }, { CEN_HIGH },
		{ WAIT, .ms = 3 },	/* print() and the interpreter */
		{ FRAMES, .times = 1, D2(250), .see = "D2 00*249" },
		{ WAIT, .ms = 100 },
		{ COMMAND, .text = "9f 00 00 00", .see = "00 1C 70 15" },
	},
};

/* The same sequence as its documentation tells it, and as an anonymous script
 * for the BK7252 has it: four frames, then the ID of an XT25F32B. */
static const struct script python_50_khz = {
	.name = "hid_download_py SPIFlash.md",
	.source = "btsimonh/hid_download_py SPIFlash.md",
	.clock_hz = 50000, .mode = 3,
	.steps = {
		{ CEN_LOW }, { WAIT, .ms = 1000 }, { CEN_HIGH }, { WAIT, .ms = 3 },
		{ FRAMES, .times = 1, D2(250), .see = "D2 00*249" },
		{ WAIT, .ms = 100 },
		{ COMMAND, .text = "9f 00 00 00", .see = "00 1C 70 15" },
	},
};

static const struct script python_bk7252 = {
	.name = "Raspberry Pi script for the BK7252",
	.source = "four frames of 64 at 50 kHz, published without a name",
	.clock_hz = 50000, .mode = 3,
	.steps = {
		{ CEN_LOW }, { WAIT, .ms = 300 }, { CEN_HIGH }, { WAIT, .ms = 3 },
		{ FRAMES, .times = 4, .ms = 0.1, D2(64), .see = "00*64" },
		{ WAIT, .ms = 100 },
		{ COMMAND, .text = "9f 00 00 00", .see = "00 0B 40 16" },
		{ COMMAND, .text = "05 00", .see = "00 04" },
		{ COMMAND, .text = "35 00", .see = "00 40" },
	},
};

/* Its loop means to send 150 D2 in each frame, but sets the first byte only:
 * one every 40 ms, of which the window sees one or two. Yet it works. */
static const struct script spiprogram = {
	.name = "hid_download_py spiprogram",
	.source = "btsimonh/hid_download_py spiprogram",
	.clock_hz = 30000,
	.steps = {
		{ CEN_LOW }, { WAIT, .ms = 1000 }, { CEN_HIGH }, { WAIT, .ms = 3 },
		{ CS_LOW }, { CLOCK, D2(1) }, { CLOCK, .n = 149 }, { CS_HIGH },
		{ CS_LOW }, { CLOCK, D2(1) }, { CLOCK, .n = 149 }, { CS_HIGH },
		{ CS_LOW }, { CLOCK, D2(1) }, { CLOCK, .n = 149 }, { CS_HIGH },
		{ CS_LOW }, { CLOCK, D2(1) }, { CLOCK, .n = 149 }, { CS_HIGH },
		{ WAIT, .ms = 100 },
		{ COMMAND, .text = "9f 00 00 00", .see = "00 1C 70 15" },
	},
};

/* FT232H and FT2232: asks first whether the die answers already; 64 in one
 * frame; one D2 at least must come back; ID up to five times, 0.2 s apart. */
static const struct script ft232 = {
	.name = "ltchiptool-ft232-flasher",
	.source = "libretiny-eu/ltchiptool-ft232-flasher ltctplugin/ftflasher/work/bk72xx_boot.py",
	.clock_hz = 1000000,
	.steps = {
		{ COMMAND, .text = "9f 00 00 00", .see = "? FF FF FF" },
		{ CEN_LOW }, { WAIT, .ms = 100 }, { CEN_HIGH },
		{ WAIT, .ms = 4 },	/* the next USB transfer */
		{ FRAMES, .times = 1, D2(64), .see = "D2 00*63" },
		{ RETRY, .times = 5, .ms = 200, .text = "9f 00 00 00", .see = "? 1C 70 15" },
	},
};

static const struct script ft232_100_khz = {
	.name = "ltchiptool-ft232-flasher at 100 kHz",
	.source = "libretiny-eu/ltchiptool-ft232-flasher ltctplugin/ftflasher/work/bk72xx_boot.py",
	.clock_hz = 100000,
	.steps = {
		{ CEN_LOW }, { WAIT, .ms = 100 }, { CEN_HIGH }, { WAIT, .ms = 4 },
		{ FRAMES, .times = 1, D2(64), .see = "D2 00*63" },
		{ RETRY, .times = 5, .ms = 200, .text = "9f 00 00 00", .see = "? EB 60 15" },
	},
};

/* What a user saw: the first bit lost. */
static const struct script ft232_lost_bit = {
	.name = "ltchiptool-ft232-flasher, first bit lost",
	.source = "libretiny-eu/libretiny discussion 206",
	.clock_hz = 1000000,
	.steps = {
		{ CEN_LOW }, { WAIT, .ms = 100 }, { CEN_HIGH }, { WAIT, .ms = 4 },
		{ FRAMES, .times = 1, D2(64), .see = "52 D2*4 00*59" },
		{ RETRY, .times = 5, .ms = 200, .text = "9f 00 00 00", .see = "? 1C 70 15" },
	},
};

/* Its first version asked for the ID once and at once, then began anew: "D2 00
 * ..." for ten minutes, and never an ID. */
static const struct script ft232_first_version = {
	.name = "ltchiptool-ft232-flasher, first version",
	.source = "libretiny-eu/ltchiptool-ft232-flasher b344167, libretiny discussion 206",
	.clock_hz = 1000000,
	.steps = {
		{ CEN_LOW }, { WAIT, .ms = 100 }, { CEN_HIGH }, { WAIT, .ms = 4 },
		{ FRAMES, .times = 1, D2(64), .see = "D2 00*63" },
		{ COMMAND, .text = "9f 00 00 00", .see = "00*4" },
		{ CEN_LOW }, { WAIT, .ms = 100 }, { CEN_HIGH }, { WAIT, .ms = 4 },
		{ FRAMES, .times = 1, D2(64), .see = "D2 00*63" },
		{ COMMAND, .text = "9f 00 00 00", .see = "00*4" },
	},
};

/* A burst that is over before the chip has started: no D2, reset again. */
static const struct script ft232_too_early = {
	.name = "ltchiptool-ft232-flasher, burst too early",
	.source = "libretiny-eu/ltchiptool-ft232-flasher ltctplugin/ftflasher/work/bk72xx_boot.py",
	.clock_hz = 2000000,
	.steps = {
		{ CEN_LOW }, { WAIT, .ms = 100 }, { CEN_HIGH }, { WAIT, .ms = 1 },
		{ FRAMES, .times = 1, D2(64), .see = "FF*64" },
		{ CEN_LOW }, { WAIT, .ms = 100 }, { CEN_HIGH }, { WAIT, .ms = 4 },
		{ FRAMES, .times = 1, D2(64), .see = "D2 00*63" },
		{ RETRY, .times = 5, .ms = 200, .text = "9f 00 00 00", .see = "? 1C 70 15" },
	},
};

/* CEN is low from setup() on; delay(50) after its rise, 0.1 ms for CS; 255 at
 * 8 MHz, the ID five times, 0.1 s apart, of which the first finds nothing. */
static const struct script arduino = {
	.name = "arduino-beken-spi-flasher",
	.source = "daniel-dona/arduino-beken-spi-flasher beken_flasher.ino",
	.clock_hz = 8000000,
	.steps = {
		{ CEN_LOW }, { WAIT, .ms = 500 }, { CEN_HIGH },
		{ WAIT, .ms = 50.2 },	/* and a print() into the buffer */
		{ CS_LOW }, { WAIT, .ms = 0.1 },
		{ CLOCK, D2(255), .see = "D2 00*254" },
		{ CS_HIGH },
		{ COMMAND, .text = "9f 00 00 00", .see = "00*4" },
		{ WAIT, .ms = 100 },
		{ COMMAND, .text = "9f 00 00 00", .see = "00 0B 40 15" },
		{ WAIT, .ms = 100 },
		{ COMMAND, .text = "9f 00 00 00", .see = "00 0B 40 15" },
		{ WAIT, .ms = 100 },
		{ COMMAND, .text = "9f 00 00 00", .see = "00 0B 40 15" },
		{ WAIT, .ms = 100 },
		{ COMMAND, .text = "9f 00 00 00", .see = "00 0B 40 15" },
	},
};

/* RP2040: "skip exactly 16", then 250 of which the first alone is D2, then 32
 * zeros in the same frame, 5 ms, ID. */
static const struct script pico = {
	.name = "pico-beken",
	.source = "Apache02/pico-beken src/commands/beken_flash.cpp",
	.clock_hz = 50000,
	.steps = {
		{ CEN_LOW }, { WAIT, .ms = 1000 }, { CEN_HIGH },
		{ CS_LOW },
		{ CLOCK, D2(16) },
		{ CLOCK, D2(250), .see = "D2 00*249" },
		{ CLOCK, .n = 32 },
		{ CS_HIGH }, { WAIT, .ms = 5 },
		{ COMMAND, .text = "9f 00 00 00", .see = "? 1C 70 15" },
	},
};

static const struct script pico_asks_again = {
	.name = "pico-beken, ID after D2 00 00 00",
	.source = "Apache02/pico-beken src/commands/beken_flash.cpp",
	.clock_hz = 50000,
	.steps = {
		{ CEN_LOW }, { WAIT, .ms = 1000 }, { CEN_HIGH },
		{ CS_LOW },
		{ CLOCK, D2(16) },
		{ CLOCK, D2(250), .see = "D2 00*249" },
		{ CLOCK, .n = 32, .see = "00*32" },
		{ CS_HIGH }, { WAIT, .ms = 5 },
		{ COMMAND, .text = "9f 00 00 00", .see = "D2 00 00 00" },
		{ COMMAND, .text = "9f 00 00 00", .see = "? 1C 70 15" },
	},
};

/* The measured sequence: two D2 after 5 ms; two bytes of left-overs; single 9F
 * bytes until something comes, which takes up to 40 ms; then a clean ID. */
#define MEASURED_STEPS { \
		{ CEN_LOW }, { WAIT, .ms = 100 }, { CEN_HIGH }, \
		{ CS_LOW }, { WAIT, .ms = 5 }, \
		{ CLOCK, D2(2), .see = "D2 00" }, \
		{ CS_HIGH }, { WAIT, .ms = 1 }, \
		{ CS_LOW }, { CLOCK, .n = 2 }, \
		{ CLOCK, .n = 1, .see = "00" }, \
		{ POLL, .value = 0x9f, .ms = 50, .see = "FF" }, \
		{ CS_HIGH }, \
		{ COMMAND, .text = "9f 00 00 00", .see = "? 1C 70 15" }, \
	}

static const struct script measured_10_khz = {
	.name = "bk7252-cam at 10 kHz",
	.source = "Apache02/bk7252-cam docs/hardware/flash_spi_mode.md",
	.clock_hz = 10000, .steps = MEASURED_STEPS,
};
static const struct script measured_50_khz = {
	.name = "bk7252-cam at 50 kHz",
	.source = "Apache02/bk7252-cam docs/hardware/flash_spi_mode.md",
	.clock_hz = 50000, .steps = MEASURED_STEPS,
};
static const struct script measured_1_mhz = {
	.name = "bk7252-cam at 1 MHz",
	.source = "Apache02/bk7252-cam docs/hardware/flash_spi_mode.md",
	.clock_hz = 1000000, .steps = MEASURED_STEPS,
};

/* 200 polls are "marginal" at 50 kHz (32 ms) and "insufficient" at 1 MHz. */
static const struct script measured_poll_by_count = {
	.name = "bk7252-cam, polls by count",
	.source = "Apache02/bk7252-cam docs/hardware/flash_spi_mode.md",
	.clock_hz = 1000000,
	.steps = {
		{ CEN_LOW }, { WAIT, .ms = 100 }, { CEN_HIGH },
		{ CS_LOW }, { WAIT, .ms = 5 },
		{ CLOCK, D2(2), .see = "D2 00" },
		{ CS_HIGH }, { WAIT, .ms = 1 },
		{ CS_LOW }, { CLOCK, .n = 2 },
		{ CLOCK, .value = 0x9f, .n = 200, .see = "00*200" },
		{ CS_HIGH },
	},
};

static const struct script measured_mode_3 = {
	.name = "bk7252-cam, mode 3 does not work",
	.source = "Apache02/bk7252-cam docs/hardware/flash_spi_mode.md",
	.clock_hz = 50000, .mode = 3,
	.steps = {
		{ CEN_LOW }, { WAIT, .ms = 100 }, { CEN_HIGH },
		{ CS_LOW }, { WAIT, .ms = 5 },
		{ CLOCK, D2(2) },
		{ CS_HIGH }, { WAIT, .ms = 100 },
		{ COMMAND, .text = "9f 00 00 00", .see = "? FF FF FF" },
	},
};

/* 0xD2 on MISO from the start to 53 ms after the rise of CEN, whatever the
 * clock and CS: so many bytes fit. The first and last are cut. */
static const struct script window_at_50_khz = {
	.name = "bk7252-cam, window counted at 50 kHz",
	.source = "Apache02/bk7252-cam docs/hardware/flash_spi_mode.md",
	.clock_hz = 50000,
	.steps = {
		{ CEN_LOW }, { WAIT, .ms = 100 }, { CEN_HIGH },
		{ CLOCK, .n = 13, .see = "FF*13" },
		{ CS_LOW }, { CLOCK, .n = 100, .see = "D2*100" },
		{ CS_HIGH }, { CLOCK, .n = 219, .see = "D2*219" },
		{ CLOCK, .n = 100, .see = "FF*100" },
	},
};
static const struct script window_at_30_khz = {
	.name = "bk7252-cam, window counted at 30 kHz",
	.source = "Apache02/bk7252-cam docs/hardware/flash_spi_mode.md",
	.clock_hz = 30000,
	.steps = {
		{ CEN_LOW }, { WAIT, .ms = 100 }, { CEN_HIGH },
		{ CLOCK, .n = 8, .see = "FF*8" },
		{ CS_LOW }, { CLOCK, .n = 100, .see = "D2*100" },
		{ CS_HIGH }, { CLOCK, .n = 91, .see = "D2*91" },
		{ CLOCK, .n = 100, .see = "FF*100" },
	},
};

/* "CEN low >= 10 ms" ends the mode; it comes back with the handshake only. */
static const struct script measured_exit = {
	.name = "bk7252-cam, leaving",
	.source = "Apache02/bk7252-cam docs/hardware/flash_spi_mode.md",
	.clock_hz = 50000,
	.steps = {
		{ CEN_LOW }, { WAIT, .ms = 100 }, { CEN_HIGH },
		{ CS_LOW }, { WAIT, .ms = 5 }, { CLOCK, D2(2), .see = "D2 00" }, { CS_HIGH },
		{ WAIT, .ms = 60 },
		{ COMMAND, .text = "9f 00 00 00", .see = "? 1C 70 15" },
		{ CEN_LOW }, { WAIT, .ms = 10 },
		{ COMMAND, .text = "9f 00 00 00", .see = "FF*4" },
		{ CEN_HIGH }, { WAIT, .ms = 400 },
		{ COMMAND, .text = "9f 00 00 00", .see = "FF*4" },
		{ COMMAND, .text = "05 00", .see = "FF*2" },
	},
};

/* What the chip's silence looks like, to people who could not get in. */
static const struct script all_zero = {
	.name = "WB3S on a Raspberry Pi 3, no entry",
	.source = "elektroda topic 3977345",
	.clock_hz = 30000, .mode = 3,
	.steps = {
		{ CEN_LOW }, { WAIT, .ms = 1000 }, { CEN_HIGH }, { WAIT, .ms = 3 },
		{ FRAMES, .times = 1, D2(250), .see = "00*250" },
		{ WAIT, .ms = 100 },
		{ COMMAND, .text = "9f 00 00 00", .see = "00*4" },
	},
};
static const struct script never_heard = {
	.name = "D2 for ever: the chip does not hear us",
	.source = "OpenBK7231T_App issue 350, libretiny discussion 206",
	.clock_hz = 1000000,
	.steps = {
		{ CEN_LOW }, { WAIT, .ms = 100 }, { CEN_HIGH }, { WAIT, .ms = 4 },
		{ FRAMES, .times = 1, D2(64), .see = "D2*64" },
		{ WAIT, .ms = 200 },
		{ COMMAND, .text = "9f 00 00 00", .see = "FF*4" },
	},
};

const struct published published[] = {
	{ &vendor, "chip=BK7231-GD25Q16C", "150 frames" },
	{ &vendor, "chip=BK7231-GD25Q16C accept_bytes=2 window_ms=20", "a shorter window" },
	{ &vendor, "chip=BK7231-GD25Q16C accept_bytes=16 window_ms=300", "needs more, listens longer" },
	{ &vendor_session, "chip=BK7231-GD25Q16C firmware_protects=no", "the log's SR" },
	{ &vendor_mx, "chip=BK-MX25V1635F firmware_protects=no", "the log's SR" },
	{ &python, "chip=BK7231T idle_level=00", "the author's board" },
	{ &python, "chip=BK7231T idle_level=00 window_ms=300", "window as the data sheet says" },
	{ &python, "chip=BK7252-EN25QH16B idle_level=00", "users' boards" },
	{ &python_50_khz, "chip=BK7231T idle_level=00", "BK7231S of its author" },
	{ &python_bk7252, "chip=BK7252 idle_level=00", "doorbell" },
	{ &spiprogram, "chip=BK7231T idle_level=00", "one D2 is enough" },
	{ &spiprogram, "chip=BK7231T idle_level=00 start_ms=5", "only the second D2 is in the window" },
	{ &spiprogram, "chip=BK7231T idle_level=00 accept_bytes=2", "both" },
	{ &ft232, "chip=BK7231T", "author's two boards" },
	{ &ft232, "chip=BK7252-EN25QH16B", "" },
	{ &ft232, "chip=BK7231T flash_ready_ms=500", "the third try" },
	{ &ft232, "chip=BK7231T residue=d2 residue_frames=1", "the left-over is gone by then" },
	{ &ft232_100_khz, "chip=BK7231N", "D2 seen on a BK7231N" },
	{ &ft232_lost_bit, "chip=BK7231T first_byte=52 accept_bytes=5", "" },
	{ &ft232_first_version, "chip=BK7231T", "" },
	{ &ft232_too_early, "chip=BK7231T", "" },
	{ &arduino, "chip=BK7252-XT25F16B idle_level=00", "2.6 ms before the end of 53 ms" },
	{ &arduino, "chip=BK7252-XT25F16B idle_level=00 window_ms=300", "data sheet's window" },
	{ &arduino, "chip=BK7252-XT25F16B idle_level=00 cen_nf=24000", "capacitor at CEN" },
	{ &pico, "chip=BK7252-EN25QH16B start_ms=2.5", "16 bytes are 2.56 ms" },
	{ &pico, "chip=BK7252-EN25QH16B accept_bytes=4", "D2 from 2 ms on, four needed" },
	{ &pico_asks_again, "chip=BK7252-EN25QH16B start_ms=2.5 residue=d2 flash_ready_ms=50.5", "" },
	{ &measured_10_khz, "chip=BK7252-EN25QH16B", "" },
	{ &measured_50_khz, "chip=BK7252-EN25QH16B", "" },
	{ &measured_1_mhz, "chip=BK7252-EN25QH16B", "" },
	{ &measured_1_mhz, "chip=BK7252-EN25QH16B residue=d2", "left-over bytes are discarded" },
	{ &measured_poll_by_count, "chip=BK7252-EN25QH16B", "" },
	{ &measured_mode_3, "chip=BK7252-EN25QH16B spi_mode3=ignored", "his finding" },
	{ &window_at_50_khz, "chip=BK7252-EN25QH16B", "" },
	{ &window_at_30_khz, "chip=BK7252-EN25QH16B", "" },
	{ &measured_exit, "chip=BK7252-EN25QH16B", "" },
	{ &all_zero, "chip=BK7231T idle_level=00 wire_miso=open", "nothing drives MISO" },
	{ &all_zero, "chip=BK7231T idle_level=00 fused=yes", "eFuse" },
	{ &all_zero, "chip=BK7231T wire_miso=stuck0", "shorted" },
	{ &never_heard, "chip=BK7231T wire_mosi=open", "" },
	{ &never_heard, "chip=BK7231T wire_cs=open", "" },
	{ NULL, NULL, NULL },
};
