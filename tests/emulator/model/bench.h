/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bench: one emulated clock, and any number of emulated CH341A boards,
 * each wired to an emulated Beken chip or to a plain SPI NOR die.
 *
 * The bench is a pure model. It does no I/O, never looks at a real clock, is
 * single-threaded and deterministic for a given seed. All times are in
 * nanoseconds since bench_power_on(). Whoever owns the bench (the preload
 * server, a USB/IP server, a unit test) moves the time forward.
 *
 * It shares no code with the programmer under test.
 */
#ifndef BEKEN_EMU_BENCH_H
#define BEKEN_EMU_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define BENCH_NEVER INT64_MAX

struct bench;

/* Always succeeds or aborts (out of memory). Free with bench_free(). */
struct bench *bench_new(void);
void bench_free(struct bench *bench); /* NULL is fine */

/*
 * One setting, "key=value", for all devices, or "N.key=value" for device N,
 * counted from 0. "chip=NAME" is a setting like any other. Later settings win.
 * Only before bench_power_on().
 * Returns 0, or -1 with a sentence in err that names the key and the values
 * that it takes.
 */
int bench_set(struct bench *bench, const char *assignment, char *err, size_t err_size);

/* Tables for `beken-emu chips` and `beken-emu settings`. */
void bench_print_chips(FILE *out);
void bench_print_settings(FILE *out);

/* Builds the devices as set; time is 0. Returns 0, or -1 with a sentence. */
int bench_power_on(struct bench *bench, char *err, size_t err_size);

/* The content of the die behind device dev: size in bytes in *size. The bench
 * owns it; the caller may write to it before time moves (to load a file). */
uint8_t *bench_flash(struct bench *bench, unsigned int dev, size_t *size);

/* ---- time ---- */
int64_t bench_now(const struct bench *bench);
/* When the model next does something by itself, or BENCH_NEVER. */
int64_t bench_next_event(const struct bench *bench);
/* When the hardware next gets on with a URB, or with a packet that one has
 * brought; BENCH_NEVER if there is none or all wait for the host: an IN URB
 * without a sender, an OUT URB whose answers nobody fetches. */
int64_t bench_next_transfer(const struct bench *bench);
/* Moves the time to t (>= now) and does all that is due, in order; calls the
 * done function of each URB that completes, at its time (bench_now()). A done
 * function may submit further URBs. */
void bench_run_until(struct bench *bench, int64_t t);

/* ---- what the USB host sees ---- */
enum bench_access { BENCH_ACCESS_OK, BENCH_ACCESS_DENIED, BENCH_ACCESS_BUSY };

struct bench_usb {
	bool attached;		/* false once unplugged */
	unsigned int bus, address;
	const uint8_t *ports;	/* port path below the bus, n_ports bytes */
	unsigned int n_ports;
	const uint8_t *device_descriptor;	/* 18 bytes */
	const uint8_t *config_descriptor;	/* config_length bytes */
	size_t config_length;
	/* OK; DENIED: opening fails for lack of permission; BUSY: claiming the
	 * interface fails since another program holds it. */
	enum bench_access access;
	/* Name of the kernel driver bound at the start, or NULL. While bound,
	 * claiming fails as busy; detaching it is the host side's business,
	 * which tells the bench by bench_kernel_driver(). */
	const char *kernel_driver;
};

unsigned int bench_device_count(const struct bench *bench);
const struct bench_usb *bench_usb(const struct bench *bench, unsigned int dev);
/* The kernel driver of the device was bound (true) or unbound (false): it sends
 * what the real driver sends to the pins at that moment. */
void bench_kernel_driver(struct bench *bench, unsigned int dev, bool bound);

enum bench_urb_status {
	BENCH_URB_OK,
	BENCH_URB_STALL,
	BENCH_URB_OVERFLOW,	/* the device sent more than the URB takes */
	BENCH_URB_ERROR,	/* bus error */
	BENCH_URB_CANCELLED,
	BENCH_URB_TIMED_OUT,
	BENCH_URB_GONE,		/* device unplugged */
};

struct bench_urb {
	unsigned int dev;
	uint8_t endpoint;	/* 0x02, 0x82, 0x81; 0x00/0x80 for control */
	uint8_t setup[8];	/* control transfers only */
	uint8_t *data;		/* owner: the submitter; valid until done */
	size_t length;
	int64_t deadline;	/* absolute time of the time-out, or BENCH_NEVER */
	size_t actual;		/* set before done is called */
	enum bench_urb_status status;
	void (*done)(struct bench *bench, struct bench_urb *urb);
	void *owner;		/* for the submitter */
	struct {
		void *next;
		int64_t ready;
		size_t progress;
		uint64_t number;
		bool cancelled;
	} priv; /* the bench's own; extend at will */
};

/* Takes the URB; it belongs to the bench until its done function is called.
 * done is never called from inside bench_submit() or bench_cancel(), only from
 * bench_run_until(). Returns 0, or -1 if the device is gone (then the URB was
 * not taken). */
int bench_submit(struct bench *bench, struct bench_urb *urb);
/* Asks for an early end; done follows (CANCELLED, or OK if it was too late). */
void bench_cancel(struct bench *bench, struct bench_urb *urb);

/* Pulls the plug now: all URBs end as GONE, pins of the CH341A float. */
void bench_unplug(struct bench *bench, unsigned int dev);

/* Puts the plug of a device back in, under the next free address of its bus;
 * what it knew is lost. Nothing happens to a device that is attached. */
void bench_plug(struct bench *bench, unsigned int dev);

/* A reset of the USB port: URBs end as ERROR, answers not yet fetched are lost,
 * halted endpoints work again, pins of the CH341A float. */
void bench_usb_reset(struct bench *bench, unsigned int dev);

/* ---- what happened ---- */
/* A line of text for each thing that happens on the wires of a device; time in
 * ns. See the list of events in the README beside this file. */
typedef void bench_event_fn(void *arg, int64_t t, unsigned int dev, const char *line);
void bench_on_event(struct bench *bench, bench_event_fn *fn, void *arg);

/* ---- a logic analyser ---- */
enum bench_wire {
	BENCH_WIRE_CEN,		/* at the chip; the others as they are at the CH341A */
	BENCH_WIRE_CS0, BENCH_WIRE_CS1, BENCH_WIRE_CS2, BENCH_WIRE_SCK, BENCH_WIRE_MOSI,
	BENCH_WIRE_MISO,	/* undriven, it has its idle level */
	BENCH_WIRES
};

enum bench_level {
	BENCH_LOW, BENCH_HIGH,
	BENCH_FLOATS,		/* the CH341A's pin is an input; never CEN and MISO */
};

const char *bench_wire_name(enum bench_wire wire);

/* From t on the wire has this level, which may be the one that it had. */
typedef void bench_wire_fn(void *arg, int64_t t, unsigned int dev, enum bench_wire wire,
			   enum bench_level level);

/*
 * Probes all wires of all devices, from bench_power_on() on: fn is called for
 * each of them now, and whenever one is set. NULL takes the probes off. Single
 * clocks are only computed while there are probes, which change nothing else.
 *
 * A packet is carried out when it starts, so its edges are reported ahead of
 * bench_now(), and those of two wires or devices in no common order. A report
 * for an earlier time than one before it for the same wire takes that back: the
 * pins were let go in the middle of the packet. None is for a time before
 * bench_now().
 */
void bench_on_wire(struct bench *bench, bench_wire_fn *fn, void *arg);

/* "key value" lines: counters and final state of each device. */
void bench_print_report(const struct bench *bench, FILE *out);

#endif
