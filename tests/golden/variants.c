/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the numbers come from: Apache02/bk7252-cam docs/hardware/
 * flash_spi_mode.md (53 ms, 40 ms, two bytes), BK7252 data sheet 7 and 8.10 (a
 * few milliseconds to start, a few hundred to listen), libretiny discussion 206
 * (52, ID too early), pico-beken and BK7231GUIFlashTool (left-over bytes),
 * Beken SDK sys_ctrl_pub.h (eFuse).
 */
#include "variants.h"

#include <stddef.h>

/* On a CH341A MISO idles high, and a module pulls CEN up: without that, the
 * sentences cannot tell the cases apart. */
#define QUIET "idle_level=ff boot_miso=idle cen_pullup=yes cen_nf=100 "

const struct variant variants[] = {
	{ .name = "all drawn", .settings = "" },
	{ .name = "as measured on a BK7252", .within_ms = 350,
	  .settings = "start_ms=2 window_ms=53 accept_bytes=1 flash_ready_ms=40 first_byte=d2 "
		      "residue=none cen_nf=0 id_zero_reads=0" },
	{ .name = "window of 20 ms", .settings = "window_ms=20" },
	{ .name = "window of 300 ms (data sheet)", .settings = "window_ms=300" },
	{ .name = "20 ms, starts late, wants 64 bytes",
	  .settings = "window_ms=20 start_ms=5 accept_bytes=64" },
	{ .name = "starts at once", .settings = "start_ms=0" },
	{ .name = "one byte is enough", .settings = "accept_bytes=1" },
	{ .name = "wants two bytes", .settings = "accept_bytes=2" },
	{ .name = "wants 64 bytes", .settings = "accept_bytes=64" },
	{ .name = "flash ready at once", .settings = "flash_ready_ms=0" },
	{ .name = "flash ready after 100 ms", .settings = "flash_ready_ms=100" },
	{ .name = "flash ready after 500 ms", .settings = "flash_ready_ms=500" },
	/* Slow bytes, so that it often comes in the middle of one: the rest of
	 * that request reads FF. */
	{ .name = "flash comes within an ID request", .settings = "flash_ready_ms=500 sck_khz=100" },
	{ .name = "flash wants 32 bytes clocked", .settings = "flash_ready_bytes=32" },
	{ .name = "first bit lost (52)", .settings = "first_byte=52" },
	{ .name = "D2 off the byte grid by 1", .settings = "stream_offset_bits=1" },
	{ .name = "D2 off the byte grid by 5", .settings = "stream_offset_bits=5" },
	{ .name = "left-over D2 until it answers", .settings = "residue=d2 residue_frames=0" },
	{ .name = "left-over FF until it answers", .settings = "residue=ff residue_frames=0" },
	{ .name = "D2 cannot be seen", .settings = QUIET "miso_window=hidden" },
	{ .name = "MISO idles low", .settings = "idle_level=00" },
	{ .name = "MISO random while booted", .settings = "boot_miso=random" },
	{ .name = "first five IDs are zeros", .settings = "id_zero_reads=5" },
	{ .name = "capacitor at CEN: 470 nF", .settings = "cen_nf=470" },
	{ .name = "capacitor at CEN: 10 uF", .settings = "cen_nf=10000" },
	{ .name = "starts 90 ms late", .settings = "start_ms=92 window_ms=143" },
	{ .name = "supply holds for 90 ms", .settings = "off_ms=90" },
	/* Needs a pulse that is longer than the first. */
	{ .name = "supply holds for 110 ms", .settings = "off_ms=110" },
	{ .name = "no pull-up at CEN", .settings = "cen_pullup=no" },
	{ .name = "host with 1 ms latency", .settings = "latency_us=1000" },
	{ .name = "host that needs 0.5 ms a packet", .settings = "host_floor_us=500 latency_us=330" },
	{ .name = "host pauses of 5 to 10 ms", .settings = "host_stall_every=40 host_stall_ms=5:10" },
	{ .name = "host pauses of 5 to 60 ms", .settings = "host_stall_every=40 host_stall_ms=5:60" },
	{ .name = "CH341A keeps one answer", .settings = "in_buffer_packets=1" },
	{ .name = "CH341A wedges on a fifth answer",
	  .settings = "in_buffer_packets=4 in_buffer_strict=yes" },
	{ .name = "stale answers at open", .settings = "stale_at_open=4 in_buffer_packets=8" },
	{ .name = "in SPI mode already", .settings = "soc_state=flash id_zero_reads=0" },
	{ .name = "power has just come", .settings = "soc_state=window" },
	{ .name = "every second window accepts", .settings = "accept_probability=1/2", .attempts = 40 },
	/* What other programs never try, a real CH341A may not do. */
	{ .name = "frames alone (pipeline=no)", .settings = "", .frames = ALONE },
	{ .name = "frames alone, host with 1 ms latency", .settings = "latency_us=1000",
	  .frames = ALONE },
	{ .name = "frames alone, window of 20 ms", .settings = "window_ms=20 accept_bytes=64",
	  .frames = ALONE },
	{ .name = "pin reads without an answer", .settings = "uio_in=silent",
	  .frames = BY_SELF_TEST },
	{ .name = "pin packets overtake SPI bytes", .settings = "frame_order=overtakes",
	  .frames = BY_SELF_TEST },
	{ .name = "answers come together", .settings = "answers=joined", .frames = BY_SELF_TEST },
	{ .name = "all at once (board=strict)", .settings = "board=strict in_buffer_packets=4",
	  .frames = BY_SELF_TEST },
	/* One user needed 398 attempts with another tool (elektroda topic
	 * 4073760). If that was the chip, ten come in so often. */
	{ .name = "one window in 400 accepts", .settings = "accept_probability=1/400",
	  .outcome = SOMETIMES, .chance = 0.02472, .sentence = "never hears the answer" },

	{ .name = "eFuse: mode disabled", .settings = QUIET "fused=yes", .outcome = FAILS,
	  .sentence = "disabled in its eFuse", .attempts = 2 },
	{ .name = "no window at all", .settings = QUIET "window_ms=0", .outcome = FAILS,
	  .sentence = "the chip never offered SPI mode", .attempts = 2 },
	{ .name = "no power", .settings = QUIET "power=off", .outcome = FAILS,
	  .sentence = "The chip has no power", .attempts = 2 },
	{ .name = "D2 not connected", .settings = QUIET "wire_cen=open d2_pullup=no", .outcome = FAILS,
	  .sentence = "Check D2 (pin 17) to CEN first", .attempts = 2 },
	{ .name = "MISO not connected", .settings = QUIET "wire_miso=open", .outcome = FAILS,
	  .sentence = "MISO to P23 (TDO)", .attempts = 2 },
	{ .name = "MISO shorted to GND", .settings = QUIET "wire_miso=stuck0", .outcome = FAILS,
	  .sentence = "MISO reads 00. Check MISO to P23 (TDO)", .attempts = 2 },
	{ .name = "MISO shorted to 3.3 V", .settings = QUIET "wire_miso=stuck1", .outcome = FAILS,
	  .sentence = "MISO to P23 (TDO)", .attempts = 2 },
	{ .name = "MOSI not connected", .settings = QUIET "wire_mosi=open", .outcome = FAILS,
	  .sentence = "Check MOSI to P22 (TDI)", .attempts = 2 },
	{ .name = "CS not connected", .settings = QUIET "wire_cs=open", .outcome = FAILS,
	  .sentence = "CS to P21 (TMS)", .attempts = 2 },
	/* MISO then stays at the first bit, which is 1 unless that was lost. */
	{ .name = "SCK not connected", .settings = QUIET "wire_sck=open first_byte=d2",
	  .outcome = FAILS, .sentence = "SCK to P20 (TCK)", .attempts = 2 },
	{ .name = "MOSI and MISO swapped", .settings = QUIET "wire_swap=yes", .outcome = FAILS,
	  .sentence = "MISO to P23 (TDO)", .attempts = 2 },
	{ .name = "swapped, D2 seen all the same", .settings = QUIET "wire_swap=d2", .outcome = FAILS,
	  .sentence = "Check MOSI to P22 (TDI)", .attempts = 2 },
	{ .name = "no window accepts", .settings = QUIET "accept_probability=0", .outcome = FAILS,
	  .sentence = "never hears the answer", .attempts = 2 },
	{ .name = "flash dead, MISO low", .outcome = FAILS,
	  .settings = QUIET "flash=absent first_byte=d2 flash_ready_ms=40",
	  .sentence = "its flash does not answer", .attempts = 2 },
	{ .name = "flash dead, MISO high", .outcome = FAILS,
	  .settings = QUIET "flash=absent absent_level=ff first_byte=d2 flash_ready_ms=40",
	  .sentence = "its flash does not answer", .attempts = 2 },
	{ .name = NULL },
};
