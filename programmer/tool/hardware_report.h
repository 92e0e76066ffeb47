/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `ch341a-beken report` measures: plain data. Nothing of it is content of the flash, and
 * nothing names its owner. */
#ifndef CH341A_BEKEN_HARDWARE_REPORT_H
#define CH341A_BEKEN_HARDWARE_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ch341a_list.h"
#include "frontend.h"
#include "params.h"
#include "raw_usb.h"
#include "single_frames.h"

struct json_object;

#define REPORT_TEXT 128
#define REPORT_ANSWERS 8
#define REPORT_OFFERS 12
#define REPORT_POLLS 6
#define REPORT_SAMPLE 16
#define REPORT_SETTINGS 40
/* Of an SPI byte at 1.5 MHz; half a packet is the most that this can be wrong by. */
#define REPORT_BYTE_NS 5333
#define REPORT_SECTOR 4096 /* bytes of the one that --scratch writes to */

/* Lengths of the answers to packets that were queued at once. */
struct report_answers {
	unsigned int lengths[REPORT_ANSWERS];
	size_t n;
};

/* How the level of D2 rises after it was held low and released. */
struct report_rise {
	bool known, rises;
	int64_t low_us, high_us; /* the last sample that was low, the first that was high */
};

struct report_adapter {
	bool done;
	struct raw_usb_facts usb;
	char port[CH341A_PORT_SIZE];
	char kernel[REPORT_TEXT], controller[REPORT_TEXT]; /* "": not known */
	unsigned int stale;				   /* answers that were there before us */
	struct report_answers self_test, order;
	int64_t pair_ns, stream_ns; /* for a full SPI packet: alone; behind others */
	unsigned int unread;	    /* so many answers may wait, up to 4 */
	bool unread_joined;	    /* and come as one */
	bool reads_pins;
	uint8_t released; /* levels of D7..D0 */
	struct report_rise rise;
};

/* The time after a reset in which the chip shows 0xD2. */
struct report_window {
	bool done, seen;
	int64_t start_us, end_us;      /* after CEN rose */
	unsigned int rotation;	       /* of 0xD2, in bits */
	uint8_t first[REPORT_SAMPLE];  /* from the first byte of it on */
	uint8_t before[REPORT_SAMPLE]; /* MISO right after CEN rose */
	uint8_t after[REPORT_SAMPLE];  /* and after the window */
};

struct report_offer {
	unsigned int bytes, tries;
	bool accepted;
};

/* What the die is asked. */
enum report_request {
	REPORT_ID,
	REPORT_OLD_ID,
	REPORT_OLDEST_ID,
	REPORT_SR1,
	REPORT_SR2,
	REPORT_SR3,
	REPORT_SFDP,
	REPORT_COMMANDS
};

struct report_command {
	uint8_t opcode;
	uint8_t reply[REPORT_SAMPLE];
	size_t n;
};

struct report_chip {
	bool done;
	struct report_window high, low; /* by the level of chip select */
	struct report_offer offers[REPORT_OFFERS];
	size_t n_offers;
	bool accepted, has_id;
	int64_t ready_us;		/* from acceptance to the ID */
	uint8_t polls[REPORT_POLLS][4]; /* the first answers to 9F after it */
	size_t n_polls;
	uint32_t jedec_id;
	uint32_t flash_size; /* bytes; 0: not known */
	struct report_command commands[REPORT_COMMANDS];
	size_t n_commands;
	bool read_twice;
	size_t read_bytes, different_bytes;
};

struct report_scratch {
	bool asked, done;
	uint32_t address;
	char refused[REPORT_TEXT];	 /* why nothing was written */
	int64_t page_us, erase_us;	 /* in single frames: longest of 16 pages, one sector */
	int64_t single_us, pipelined_us; /* 16 pages altogether */
	bool verified, erased;
	bool dirty; /* the sector may hold something */
};

struct hardware_report {
	struct report_adapter adapter;
	struct report_chip chip;
	struct report_scratch scratch;
	bool complete;
};

/* ---- the steps: each says what it does and fills its part; single->error tells whether
 * it could. CEN is high after each. ---- */

void report_adapter(struct single *single, struct report_adapter *adapter);

/* The computer, and the port that the adapter is plugged into. */
void report_computer(const struct frontend *frontend, struct report_adapter *adapter);

/* Ends in SPI mode, if the chip has accepted it. */
void report_chip(struct single *single, struct report_chip *chip);

/* Writes into the sector at scratch->address and erases it, if it was erased before. */
void report_scratch(struct single *single, const struct report_chip *chip, struct report_scratch *scratch);

/* Writes the same pages through the engine's pipeline, which opens the CH341A by itself,
 * and leaves the chip in SPI mode. Returns 0 or an error. */
int report_pipeline(const struct frontend *frontend, const struct params *params,
		    struct report_scratch *scratch) __attribute__((warn_unused_result));

/* Erases the sector if something may be left in it. Neither a signal nor an error before
 * keeps it from that. */
void report_scratch_clean(struct single *single, struct report_scratch *scratch);

/* Looks for signals, and says what comes next unless an error has ended it all. */
void report_step(struct single *single, const char *text);

void report_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- what is made of it ---- */

/* Of the emulator, "key=value": the bench that behaves like the one that was measured. */
struct report_settings {
	char texts[REPORT_SETTINGS][32];
	size_t n;
};

void report_settings(struct report_settings *settings, const struct hardware_report *report);

/* The caller's. */
struct json_object *report_json(const struct hardware_report *report);

#endif
