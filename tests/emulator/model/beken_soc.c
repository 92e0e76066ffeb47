/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * States and default numbers: Apache02/bk7252-cam
 * docs/hardware/flash_spi_mode.md (measured on a BK7252: D2 on MISO for 53 ms
 * after CEN rises, entry by two D2 bytes, 00 for up to 40 ms), BK7252 data
 * sheet 8.10 (mode selection port).
 */
#include "beken_soc.h"

#include <stdlib.h>
#include <string.h>

#include "rng.h"

#define SYNC 0xd2
#define FRAME_LOG 8

enum state { OFF, STARTUP, WINDOW, SWITCH, FLASH, BOOT };

static const char *const state_names[] = {
	"off", "startup", "window", "switch", "flash", "boot",
};

struct beken_soc {
	const struct settings *set;
	const struct trace *trace;
	struct nor_die *die;
	struct rng rng;

	enum state state;
	int64_t until;		/* of the state, or BENCH_NEVER */
	int64_t window_end;
	int64_t off_at;		/* CEN is low since off_ms then, or BENCH_NEVER */
	bool supply, cen;
	bool protected_since_boot;

	bool accepts;		/* this window */
	bool window_fresh;	/* nothing clocked in it so far */
	int64_t synced;		/* D2 bytes in this window */
	int64_t switch_bytes;
	int64_t residue_left;
	uint8_t boot_byte;

	/* The frame since the fall of chip select. */
	bool selected, in_flash, frame_residue;
	size_t frame_count;
	unsigned long frame_d2;
	uint8_t mosi[FRAME_LOG], miso[FRAME_LOG];

	unsigned long opcode_count[256];
	unsigned long cen_pulses, d2_bytes, reset_while_busy, accepted;
};

/* ---- states ---- */

static void enter(struct beken_soc *soc, int64_t t, enum state state, int64_t until)
{
	soc->state = state;
	soc->until = until;
	trace_line(soc->trace, t, "soc %s", state_names[state]);
}

static void enter_off(struct beken_soc *soc, int64_t t)
{
	if (soc->state == OFF)
		return;
	if (nor_busy(soc->die, t))
		soc->reset_while_busy++;
	nor_power(soc->die, t, false);
	enter(soc, t, OFF, BENCH_NEVER);
}

static void enter_flash(struct beken_soc *soc, int64_t t)
{
	enter(soc, t, FLASH, BENCH_NEVER);
	if (soc->selected)
		nor_select(soc->die, t, true, 0);
}

static void enter_startup(struct beken_soc *soc, int64_t t)
{
	nor_power(soc->die, t, true);
	if (!soc->set->soc) {
		enter_flash(soc, t);
		return;
	}
	soc->window_end = t + soc->set->window;
	soc->accepts = rng_unit(&soc->rng) < soc->set->accept_probability;
	soc->window_fresh = true;
	soc->synced = 0;
	enter(soc, t, STARTUP, t + (soc->set->start < soc->set->window ?
				    soc->set->start : soc->set->window));
}

static void enter_boot(struct beken_soc *soc, int64_t t)
{
	soc->protected_since_boot = false;
	enter(soc, t, BOOT, t + soc->set->boot);
}

static void enter_switch(struct beken_soc *soc, int64_t t)
{
	soc->accepted++;
	soc->switch_bytes = 0;
	soc->residue_left = soc->set->residue_frames ? soc->set->residue_frames : INT64_MAX;
	enter(soc, t, SWITCH, t + soc->set->flash_ready);
}

static void end_switch(struct beken_soc *soc, int64_t t)
{
	if (soc->switch_bytes >= soc->set->flash_ready_bytes)
		enter_flash(soc, t);
	else
		soc->until = BENCH_NEVER;	/* the bytes decide */
}

static void end_boot(struct beken_soc *soc, int64_t t)
{
	soc->until = BENCH_NEVER;
	soc->protected_since_boot = true;
	if (soc->set->firmware_protects)
		nor_firmware_protects(soc->die, t);
}

static void end_state(struct beken_soc *soc)
{
	int64_t t = soc->until;

	switch (soc->state) {
	case STARTUP:
		if (soc->set->fused || t >= soc->window_end) {
			enter_boot(soc, t);
			break;
		}
		enter(soc, t, WINDOW, soc->window_end);
		break;
	case WINDOW:
		enter_boot(soc, t);
		break;
	case SWITCH:
		end_switch(soc, t);
		break;
	case BOOT:
		end_boot(soc, t);
		break;
	case OFF:
	case FLASH:
		soc->until = BENCH_NEVER;
		break;
	}
}

/* ---- supply and CEN ---- */

int64_t soc_next(const struct beken_soc *soc)
{
	return soc->until < soc->off_at ? soc->until : soc->off_at;
}

void soc_pass_time(struct beken_soc *soc, int64_t t)
{
	while (soc_next(soc) <= t) {
		if (soc->off_at <= soc->until) {
			enter_off(soc, soc->off_at);
			soc->off_at = BENCH_NEVER;
		} else {
			end_state(soc);
		}
	}
}

void soc_cen(struct beken_soc *soc, int64_t t, bool high)
{
	soc_pass_time(soc, t);
	if (high == soc->cen)
		return;
	soc->cen = high;
	soc->cen_pulses += !high;
	trace_line(soc->trace, t, "cen %s", high ? "high" : "low");
	if (!soc->supply || !soc->set->soc)
		return;
	if (!high)
		soc->off_at = t + soc->set->off;
	else if (soc->state == OFF)
		enter_startup(soc, t);
	else
		soc->off_at = BENCH_NEVER;	/* too short */
	soc_pass_time(soc, t);
}

void soc_supply(struct beken_soc *soc, int64_t t, bool on)
{
	soc_pass_time(soc, t);
	if (on == soc->supply)
		return;
	soc->supply = on;
	soc->off_at = BENCH_NEVER;
	if (!on)
		enter_off(soc, t);
	else if (soc->cen || !soc->set->soc)
		enter_startup(soc, t);
}

static void start(struct beken_soc *soc)
{
	if (soc->set->power_off)
		return;
	soc->supply = true;
	if (!soc->set->soc || soc->set->soc_state == SOC_START_WINDOW) {
		enter_startup(soc, 0);
		return;
	}
	nor_power(soc->die, 0, true);
	soc->protected_since_boot = true;
	soc->state = soc->set->soc_state == SOC_START_FLASH ? FLASH : BOOT;
}

struct beken_soc *soc_new(const struct settings *settings, const struct trace *trace,
			  struct nor_die *die)
{
	struct beken_soc *soc = calloc(1, sizeof(*soc));

	if (!soc)
		abort();
	soc->set = settings;
	soc->trace = trace;
	soc->die = die;
	soc->rng = rng_make((uint64_t)settings->seed, trace->dev, 2);
	soc->cen = true;
	soc->off_at = soc->until = BENCH_NEVER;
	start(soc);
	return soc;
}

void soc_free(struct beken_soc *soc)
{
	free(soc);
}

/* ---- frames ---- */

static void hex(char *text, const uint8_t *data, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sprintf(text + 2 * i, "%02x", data[i]);
	text[2 * n] = 0;
}

static void log_frame(const struct beken_soc *soc, int64_t t)
{
	size_t n = soc->frame_count < FRAME_LOG ? soc->frame_count : FRAME_LOG;
	const size_t address_length = nor_address_length(soc->die, soc->mosi[0]);
	char mosi[2 * FRAME_LOG + 1], miso[2 * FRAME_LOG + 1], address[16] = "";

	hex(mosi, soc->mosi, n);
	hex(miso, soc->miso, n);
	if (address_length && n > address_length)
		snprintf(address, sizeof(address), " %.*s", (int)(2 * address_length), mosi + 2);
	trace_line(soc->trace, t, "spi %zu %02x%s mosi=%s miso=%s", soc->frame_count, soc->mosi[0], address,
		   mosi, miso);
}

static void end_frame(struct beken_soc *soc, int64_t t)
{
	if (soc->frame_count && soc->in_flash) {
		soc->opcode_count[soc->mosi[0]]++;
		if (trace_on(soc->trace))
			log_frame(soc, t);
	} else if (soc->frame_d2) {
		trace_line(soc->trace, t, "d2 %lu", soc->frame_d2);
	}
}

static void begin_frame(struct beken_soc *soc)
{
	soc->in_flash = soc->state == FLASH;
	soc->frame_count = 0;
	soc->frame_d2 = 0;
	soc->frame_residue = false;
	if (soc->state == SWITCH && soc->residue_left > 0 && soc->set->residue != RESIDUE_NONE) {
		soc->residue_left--;
		soc->frame_residue = true;
	}
}

void soc_select(struct beken_soc *soc, int64_t t, bool low, unsigned int bits)
{
	soc_pass_time(soc, t);
	if (low == soc->selected)
		return;
	soc->selected = low;
	if (low)
		begin_frame(soc);
	else
		end_frame(soc, t);
	if (soc->state == FLASH)
		nor_select(soc->die, t, low, bits);
}

/* ---- bytes ---- */

static int window_out(const struct beken_soc *soc)
{
	unsigned int offset = (unsigned int)soc->set->stream_offset_bits;

	if (soc->set->miso_hidden)
		return SOC_HI_Z;
	if (soc->set->first_byte_52 && soc->window_fresh)
		return 0x52;
	return (uint8_t)(SYNC << offset | SYNC >> (8 - offset));
}

static int switch_out(const struct beken_soc *soc)
{
	static const uint8_t residues[] = {
		[RESIDUE_NONE] = 0x00, [RESIDUE_D2] = 0xd2, [RESIDUE_FF] = 0xff, [RESIDUE_00] = 0x00,
	};

	if (soc->selected && soc->frame_residue && soc->frame_count == 0)
		return residues[soc->set->residue];
	return 0x00;
}

static int boot_out(const struct beken_soc *soc)
{
	switch ((enum soc_boot_miso)soc->set->boot_miso) {
	case BOOT_MISO_RANDOM:
		return soc->boot_byte;
	case BOOT_MISO_00:
		return 0x00;
	case BOOT_MISO_IDLE:
		break;
	}
	return SOC_HI_Z;
}

static int flash_out(const struct beken_soc *soc, int64_t t)
{
	if (soc->set->flash_absent)
		return soc->set->absent_level_ff ? 0xff : 0x00;
	return nor_out(soc->die, t);
}

int soc_out(struct beken_soc *soc, int64_t t)
{
	soc_pass_time(soc, t);
	switch (soc->state) {
	case FLASH:
		return flash_out(soc, t);
	case WINDOW:
		return window_out(soc);
	case SWITCH:
		return switch_out(soc);
	case BOOT:
		return boot_out(soc);
	case OFF:
	case STARTUP:
		break;
	}
	return SOC_HI_Z;
}

static void window_in(struct beken_soc *soc, int64_t t, uint8_t byte)
{
	soc->window_fresh = false;
	if (!soc->selected || byte != SYNC)
		return;
	soc->d2_bytes++;
	soc->synced++;
	if (soc->accepts && soc->synced >= soc->set->accept_bytes)
		enter_switch(soc, t);
}

static void switch_in(struct beken_soc *soc, int64_t t)
{
	soc->switch_bytes++;
	if (soc->until == BENCH_NEVER && soc->switch_bytes >= soc->set->flash_ready_bytes)
		enter_flash(soc, t);
}

static void log_byte(struct beken_soc *soc, uint8_t byte, int out)
{
	if (soc->frame_count < FRAME_LOG) {
		soc->mosi[soc->frame_count] = byte;
		soc->miso[soc->frame_count] =
			(uint8_t)(out != SOC_HI_Z ? out : soc->set->idle_level_00 ? 0x00 : 0xff);
	}
	soc->frame_d2 += byte == SYNC;
	soc->frame_count++;
}

void soc_in(struct beken_soc *soc, int64_t t, uint8_t byte, int out)
{
	enum state before = soc->state;

	if (soc->selected)
		log_byte(soc, byte, out);
	soc_pass_time(soc, t);
	/* A byte that straddles a change of state belongs to neither. */
	if (soc->state != before)
		return;
	if (soc->state == FLASH)
		nor_in(soc->die, t, byte);
	else if (soc->state == WINDOW)
		window_in(soc, t, byte);
	else if (soc->state == SWITCH)
		switch_in(soc, t);
	else if (soc->state == BOOT)
		soc->boot_byte = (uint8_t)rng_next(&soc->rng);
}

bool soc_in_window(const struct beken_soc *soc)
{
	return soc->state == WINDOW;
}

/* ---- report ---- */

void soc_report(struct beken_soc *soc, int64_t t, FILE *out)
{
	unsigned int dev = soc->trace->dev;

	soc_pass_time(soc, t);
	fprintf(out, "device%u.cen %s\n", dev, soc->cen ? "high" : "low");
	fprintf(out, "device%u.state %s\n", dev, state_names[soc->state]);
	fprintf(out, "device%u.cen_pulses %lu\n", dev, soc->cen_pulses);
	fprintf(out, "device%u.d2_bytes %lu\n", dev, soc->d2_bytes);
	fprintf(out, "device%u.accepted %lu\n", dev, soc->accepted);
	fprintf(out, "device%u.reset_while_busy %lu\n", dev, soc->reset_while_busy);
	for (unsigned int op = 0; op < 256; op++)
		if (soc->opcode_count[op])
			fprintf(out, "device%u.opcode.%02x %lu\n", dev, op, soc->opcode_count[op]);
}
