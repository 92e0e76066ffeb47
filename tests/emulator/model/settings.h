/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All that can be set on an emulated board: plain data and the table that
 * names, checks and explains each field. */
#ifndef BEKEN_EMU_SETTINGS_H
#define BEKEN_EMU_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* The order of each enum is the order of the values in settings.c. */
enum { NO, YES };
enum usb_mode { USB_MODE_SPI, USB_MODE_SERIAL };
enum usb_product { USB_PRODUCT_NONE, USB_PRODUCT_LPT };
enum usb_driver { USB_DRIVER_NONE, USB_DRIVER_SPI_CH341, USB_DRIVER_USBSERIAL };
enum soc_start { SOC_START_BOOT, SOC_START_FLASH, SOC_START_WINDOW };
enum soc_residue { RESIDUE_NONE, RESIDUE_D2, RESIDUE_FF, RESIDUE_00 };
enum soc_boot_miso { BOOT_MISO_IDLE, BOOT_MISO_RANDOM, BOOT_MISO_00 };
enum wire { WIRE_OK, WIRE_OPEN, WIRE_STUCK0, WIRE_STUCK1 };
enum wire_swap { SWAP_NO, SWAP_YES, SWAP_D2 };
enum bp_decode { BP_WINBOND, BP_GD, BP_EON, BP_EON_4KBL, BP_MX };
enum wip_stuck { STUCK_NEVER, STUCK_PROGRAM, STUCK_ERASE, STUCK_STATUS };
enum fill { FILL_RANDOM, FILL_FF, FILL_FIRMWARE };

#define SETTING_UNSET (-1)

/* Times are in ns. Counts "at" count from 1; 0 is never. */
struct settings {
	/* usb */
	int usb_mode, usb_product, usb_access, usb_kernel_driver;
	int64_t usb_id;		/* VID << 16 | PID, or SETTING_UNSET */
	int64_t usb_bus, usb_address, usb_version;
	uint8_t usb_ports[7];
	unsigned int usb_n_ports;
	char usb_serial[32];
	/* timing of bus and chip */
	int64_t latency, host_floor, sck_khz;
	int in_overlap;
	int64_t in_buffer_packets;
	int in_buffer_strict, buffer_clear, overflow_keeps;
	int uio_in_silent, frame_overtakes, answers_joined;
	int64_t uio_in_time;
	/* usb faults */
	int64_t unplug_at_transfer, unplug_at;
	int64_t short_reply_at, empty_reply_at, drop_reply_at, extra_reply_at;
	int64_t late_reply_at, late_reply;
	int64_t stall_out_at, stall_in_at, stale_at_open;
	int64_t host_stall[2], host_stall_every;
	/* Beken chip */
	int soc, soc_state;
	int64_t off, start, window, accept_bytes, flash_ready, flash_ready_bytes;
	double accept_probability;
	int first_byte_52;
	int64_t stream_offset_bits;
	int residue;
	int64_t residue_frames;
	int miso_hidden, boot_miso, fused, spi_mode3_ignored;
	int64_t boot;
	int firmware_protects;
	int64_t firmware_sr_count, id_zero_reads;
	/* wires */
	int wire_cen, wire_miso, wire_mosi, wire_cs, wire_sck, wire_swap;
	int idle_level_00, cen_pullup, d2_pullup;
	int64_t cen_nf;
	int power_off, supply_usb, flash_absent, absent_level_ff;
	int64_t bit_error_every;
	/* die */
	int64_t jedec_id, res_id, size;
	int sfdp, bp_decode, sr2_at_15, sr2_absent_sr1;
	int64_t sr_count, sr1, sr2, sr3, protect;
	int wrsr_clears_sr2, wrsr_two_byte, wrsr_31, wrsr_50, wp_low;
	int64_t t_pp, t_se, t_be32, t_be64, t_ce, t_w;
	int wip_stuck;
	int64_t wip_stuck_after, program_refused_at, erase_fails_at;
	int fill;
	int64_t seed;	/* of the whole bench */
};

void settings_defaults(struct settings *settings, unsigned int dev);

/* Sets one field. Returns 0, or -1 with a sentence in err. */
int settings_apply(struct settings *settings, const char *key, const char *value, char *err,
		   size_t err_size);

/* Applies "key=value key=value ..." from our own tables; aborts if that is wrong. */
void settings_apply_own(struct settings *settings, const char *list);

/* Prints the table, without the global settings. */
void settings_print(FILE *out);

/* One line of the table, for the settings that stand outside of it. */
void settings_print_line(FILE *out, const char *name, const char *values, const char *preset,
			 const char *meaning);

/* Decimal number in [min, max]; true if all of text was one. */
bool settings_parse_int(const char *text, int64_t min, int64_t max, int64_t *value);

#endif
