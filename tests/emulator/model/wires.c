/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wires.h"

#include <stdlib.h>

#include "cen_line.h"
#include "rng.h"

struct wires {
	const struct settings *set;
	const struct trace *trace;
	struct beken_soc *soc;
	struct rng rng;

	uint8_t out, direction;
	bool selected;		/* the chip sees CS low */
	struct cen_line cen;

	/* The byte in progress, for clocks made by single pin writes. */
	unsigned int bits;
	uint8_t in_byte, out_byte;
	int chip_out;		/* what soc_out() gave for it */
	/* What MISO keeps while a pin write holds the clock high: the chip puts
	 * out the next bit when it falls. */
	bool keeps_bit, kept_bit;

	int64_t bytes, until_error;
	bool last_bit;		/* that MISO has shown, for edges that come late */
	int64_t last_clock;	/* the last rising edge made by a pin write */
	int64_t shown_until;	/* what probes were told of MISO ahead of the time */
};

struct wires *wires_new(const struct settings *settings, const struct trace *trace,
			struct beken_soc *soc)
{
	struct wires *wires = calloc(1, sizeof(*wires));

	if (!wires)
		abort();
	wires->set = settings;
	wires->trace = trace;
	wires->soc = soc;
	wires->rng = rng_make((uint64_t)settings->seed, trace->dev, 3);
	cen_line_init(&wires->cen, settings);
	wires->until_error = settings->bit_error_every;
	return wires;
}

void wires_free(struct wires *wires)
{
	free(wires);
}

/* ---- levels ---- */

static bool drives(const struct wires *wires, uint8_t pin)
{
	return wires->direction & pin;
}

/* The level at the CEN pin of the chip. Without a wire its pull-up holds it
 * high. A chip without power does not care, so it counts as low only while D2
 * holds it there. */
static bool cen_at_chip(const struct wires *wires)
{
	if (wires->set->wire_cen == WIRE_OPEN)
		return true;
	if (wires->set->power_off)
		return wires->cen.drive != CEN_DRIVEN_LOW;
	return wires->cen.high;
}

static uint8_t mosi_at_chip(const struct wires *wires, uint8_t mosi)
{
	if (wires->set->wire_mosi == WIRE_OPEN || wires->set->wire_swap != SWAP_NO ||
	    !drives(wires, PIN_MOSI))
		return 0xff;	/* floats high */
	return mosi;
}

/* What D7 shows for the eight bits that the chip puts out. */
static uint8_t miso_at_board(const struct wires *wires, int chip)
{
	uint8_t idle = wires->set->idle_level_00 ? 0x00 : 0xff;

	if (wires->set->wire_miso == WIRE_STUCK0)
		return 0x00;
	if (wires->set->wire_miso == WIRE_STUCK1)
		return 0xff;
	if (wires->set->wire_miso == WIRE_OPEN || chip == SOC_HI_Z)
		return idle;
	if (wires->set->wire_swap == SWAP_YES ||
	    (wires->set->wire_swap == SWAP_D2 && !soc_in_window(wires->soc)))
		return idle;
	return (uint8_t)chip;
}

static bool clock_reaches_chip(const struct wires *wires)
{
	return drives(wires, PIN_SCK) && wires->set->wire_sck == WIRE_OK;
}

/* ---- clocks ---- */

static uint8_t with_error(struct wires *wires, uint8_t miso)
{
	if (!wires->set->bit_error_every || --wires->until_error)
		return miso;
	wires->until_error = wires->set->bit_error_every;
	return miso ^ (uint8_t)(1u << (rng_next(&wires->rng) & 7));
}

/* A slow edge is taken for the bit before it, now and then. */
static bool late_bit(struct wires *wires, bool miso, int64_t period_ns)
{
	if (wires->set->miso_max_khz && period_ns < 1000000 / wires->set->miso_max_khz &&
	    miso != wires->last_bit && !(rng_next(&wires->rng) & 3))
		return wires->last_bit;
	wires->last_bit = miso;
	return miso;
}

static uint8_t late_byte(struct wires *wires, uint8_t miso, int64_t period_ns)
{
	uint8_t seen = 0;

	for (int bit = 7; bit >= 0; bit--)
		seen = (uint8_t)(seen << 1 | late_bit(wires, miso >> bit & 1, period_ns));
	return seen;
}

static uint8_t whole_byte(struct wires *wires, int64_t t, int64_t t_end, uint8_t mosi)
{
	int out = soc_out(wires->soc, t);
	uint8_t miso = miso_at_board(wires, out);

	soc_in(wires->soc, t_end, mosi_at_chip(wires, mosi), out);
	wires->bytes++;
	return late_byte(wires, with_error(wires, miso), (t_end - t) / 8);
}

/* One clock; returns the level of MISO at its rising edge. */
static bool one_bit(struct wires *wires, int64_t t, bool mosi)
{
	bool miso;

	if (wires->bits == 0) {
		wires->chip_out = soc_out(wires->soc, t);
		wires->out_byte = with_error(wires, miso_at_board(wires, wires->chip_out));
	}
	miso = wires->out_byte >> (7 - wires->bits) & 1;
	wires->in_byte = (uint8_t)(wires->in_byte << 1 | (mosi_at_chip(wires, mosi) & 1));
	if (++wires->bits == 8) {
		wires->bits = 0;
		soc_in(wires->soc, t, wires->in_byte, wires->chip_out);
		wires->bytes++;
	}
	return miso;
}

static bool miso_now(struct wires *wires, int64_t t)
{
	if (wires->keeps_bit)
		return wires->kept_bit;
	if (wires->set->loopback)
		return !drives(wires, PIN_MOSI) || wires->out & PIN_MOSI;
	if (wires->bits)
		return wires->out_byte >> (7 - wires->bits) & 1;
	return miso_at_board(wires, soc_out(wires->soc, t)) & 0x80;
}

static uint8_t clock_byte(struct wires *wires, int64_t t, int64_t t_end, uint8_t mosi)
{
	uint8_t miso = 0;

	wires->keeps_bit = false;
	if (wires->set->loopback)
		return late_byte(wires, drives(wires, PIN_MOSI) ? mosi : 0xff, (t_end - t) / 8);
	if (!clock_reaches_chip(wires))
		return miso_now(wires, t) ? 0xff : 0x00;
	if (wires->bits == 0)
		return whole_byte(wires, t, t_end, mosi);
	for (int bit = 7; bit >= 0; bit--)
		miso = (uint8_t)(miso << 1 | one_bit(wires, t_end - (t_end - t) * bit / 8,
						      mosi >> bit & 1));
	return miso;
}

/* ---- probes ---- */

static enum bench_level level(bool high)
{
	return high ? BENCH_HIGH : BENCH_LOW;
}

static void show_pin(const struct wires *wires, int64_t t, enum bench_wire wire, uint8_t pin)
{
	trace_wire(wires->trace, t, wire,
		   drives(wires, pin) ? level(wires->out & pin) : BENCH_FLOATS);
}

static void show_clock_and_data(const struct wires *wires, int64_t t)
{
	show_pin(wires, t, BENCH_WIRE_SCK, PIN_SCK);
	show_pin(wires, t, BENCH_WIRE_MOSI, PIN_MOSI);
}

void wires_show(struct wires *wires, int64_t t)
{
	if (!trace_wires_on(wires->trace))
		return;
	trace_wire(wires->trace, t, BENCH_WIRE_CEN, level(cen_at_chip(wires)));
	show_pin(wires, t, BENCH_WIRE_CS0, PIN_CS0);
	show_pin(wires, t, BENCH_WIRE_CS1, PIN_CS1);
	show_pin(wires, t, BENCH_WIRE_CS2, PIN_CEN);
	show_clock_and_data(wires, t);
	trace_wire(wires->trace, t, BENCH_WIRE_MISO, level(miso_now(wires, t)));
	wires->shown_until = t;
}

/*
 * Mode 0, MSB first: data changes while the clock is low, in the first half of
 * each bit. Between bytes the pins have their latched levels (an assumption for
 * MOSI), so with a latch of 1 the clock rests high, as in mode 3.
 */
static void show_byte(struct wires *wires, int64_t t, int64_t t_end, uint8_t mosi, uint8_t miso)
{
	for (int bit = 0; bit < 8; bit++) {
		int64_t start = t + (t_end - t) * bit / 8;
		int64_t middle = t + (t_end - t) * (2 * bit + 1) / 16;

		if (drives(wires, PIN_SCK)) {
			trace_wire(wires->trace, start, BENCH_WIRE_SCK, BENCH_LOW);
			trace_wire(wires->trace, middle, BENCH_WIRE_SCK, BENCH_HIGH);
		}
		if (drives(wires, PIN_MOSI))
			trace_wire(wires->trace, start, BENCH_WIRE_MOSI, level(mosi << bit & 0x80));
		trace_wire(wires->trace, start, BENCH_WIRE_MISO, level(miso << bit & 0x80));
	}
	show_clock_and_data(wires, t_end);
	/* The first bit of the next byte. Asked for at t, when this byte was
	 * fetched: probes must not take the chip further than it is. */
	trace_wire(wires->trace, t_end, BENCH_WIRE_MISO, level(miso_now(wires, t)));
	wires->shown_until = t_end;
}

uint8_t wires_byte(struct wires *wires, int64_t t, int64_t t_end, uint8_t mosi)
{
	uint8_t miso = clock_byte(wires, t, t_end, mosi);

	if (trace_wires_on(wires->trace))
		show_byte(wires, t, t_end, mosi, miso);
	return miso;
}

/* ---- pins ---- */

static void update_select(struct wires *wires, int64_t t)
{
	bool low = drives(wires, PIN_CS0) && !(wires->out & PIN_CS0) &&
		   wires->set->wire_cs == WIRE_OK;

	if (low == wires->selected)
		return;
	wires->selected = low;
	soc_select(wires->soc, t, low, wires->bits);
	wires->bits = 0;
	wires->keeps_bit = false;
}

static bool rises(uint8_t before, uint8_t after, uint8_t pin)
{
	return !(before & pin) && after & pin;
}

static enum cen_drive cen_drive_of(const struct wires *wires)
{
	if (!drives(wires, PIN_CEN))
		return CEN_RELEASED;
	return wires->out & PIN_CEN ? CEN_DRIVEN_HIGH : CEN_DRIVEN_LOW;
}

void wires_set(struct wires *wires, int64_t t, uint8_t out, uint8_t direction)
{
	uint8_t old = wires->out & wires->direction;
	bool clocked = drives(wires, PIN_SCK) && direction & PIN_SCK;

	wires_pass_time(wires, t);
	if (trace_on(wires->trace) && (out != wires->out || direction != wires->direction))
		trace_line(wires->trace, t, "pins %02x dir %02x", out, direction);
	wires->out = out;
	wires->direction = direction;
	cen_line_drive(&wires->cen, t, cen_drive_of(wires));
	soc_cen(wires->soc, t, cen_at_chip(wires));
	update_select(wires, t);
	if (!(out & direction & PIN_SCK))
		wires->keeps_bit = false;
	if (clocked && rises(old, out, PIN_SCK) && wires->set->wire_sck == WIRE_OK) {
		bool bit = wires->set->loopback ? out & PIN_MOSI : one_bit(wires, t, out & PIN_MOSI);

		wires->kept_bit = late_bit(wires, bit, t - wires->last_clock);
		wires->last_clock = t;
		wires->keeps_bit = true;
	}
	wires_show(wires, t);
}

/* Pins that nobody drives have a pull-up inside (CH341DS1 v3B, pins 22..15 and
 * 5.2). At MISO the chip or the idle level is stronger. */
uint8_t wires_read(struct wires *wires, int64_t t)
{
	uint8_t floating = 0xff & ~(PIN_CEN | PIN_MISO);

	wires_pass_time(wires, t);
	if (wires->cen.high)
		floating |= PIN_CEN;
	if (miso_now(wires, t))
		floating |= PIN_MISO;
	return (uint8_t)((wires->out & wires->direction) | (floating & ~wires->direction));
}

void wires_unplug(struct wires *wires, int64_t t)
{
	if (wires->set->supply_usb)
		soc_supply(wires->soc, t, false);
	wires_set(wires, t, 0, 0);
}

void wires_plug(struct wires *wires, int64_t t)
{
	if (wires->set->supply_usb && !wires->set->power_off)
		soc_supply(wires->soc, t, true);
}

int64_t wires_next(const struct wires *wires)
{
	return cen_line_next(&wires->cen);
}

static void move_cen(struct wires *wires, int64_t t)
{
	cen_line_pass_time(&wires->cen, t);
	soc_cen(wires->soc, t, cen_at_chip(wires));
	trace_wire(wires->trace, t, BENCH_WIRE_CEN, level(cen_at_chip(wires)));
}

void wires_pass_time(struct wires *wires, int64_t t)
{
	int64_t due = wires_next(wires);

	if (due <= t)
		move_cen(wires, due);
	/* The chip may have got, or left, MISO by itself. */
	if (trace_wires_on(wires->trace) && t >= wires->shown_until)
		trace_wire(wires->trace, t, BENCH_WIRE_MISO, level(miso_now(wires, t)));
}

void wires_report(const struct wires *wires, FILE *out)
{
	unsigned int dev = wires->trace->dev;

	fprintf(out, "device%u.pins %02x\n", dev, wires->out);
	fprintf(out, "device%u.dir %02x\n", dev, wires->direction);
	fprintf(out, "device%u.spi_bytes %lld\n", dev, (long long)wires->bytes);
}
