/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Beken's SPI download mode: the way in and out, and what is wrong if there is none.
 *
 * After a reset through CEN the boot ROM shows 0xD2 on P23 (MISO) for a while. If it receives
 * 0xD2 on P22 (MOSI) in that time, with P21 (CS) low, it falls silent (0x00), connects the flash
 * die to P20..P23, and the die answers like any SPI NOR. Sources: Apache02/bk7252-cam
 * docs/hardware/flash_spi_mode.md, openshwprojects/BK7231_SPI_Flasher,
 * libretiny-eu/ltchiptool-ft232-flasher. */
#ifndef CH341A_BEKEN_BEKEN_H
#define CH341A_BEKEN_BEKEN_H

#include "nor_spi.h"

#define BEKEN_SYNC 0xd2

enum beken_enter_mode {
	BEKEN_ENTER_AUTO, /* no reset if the die answers already */
	BEKEN_ENTER_ALWAYS,
	BEKEN_ENTER_NEVER, /* CEN stays high: a plain SPI programmer */
};

struct beken_options {
	enum beken_enter_mode enter;
	bool keep;		 /* leave the chip in SPI mode */
	unsigned int attempts;	 /* 0: until interrupted */
	unsigned int cen_low_ms; /* reset pulse, longer on later attempts */
	unsigned int window_ms;	 /* how long 0xD2 is streamed */
};

/* A chip behind a CH341A. The caller sets frontend, which must outlive it, and options. */
struct beken {
	const struct frontend *frontend;
	struct beken_options options;
	struct ch341a *device;
	struct nor_spi *spi;
	uint32_t jedec_id;	 /* of the die, as 0xMMTTCC */
	unsigned int pulse_ms;	 /* how long CEN had to be low for it; 0: not at all */
	unsigned int interrupts; /* before it was entered */
};

/* As ch341a_open(); the chip is not touched. beken_close() in any case. */
int beken_open(struct beken *beken, const char *selector, bool pipeline) BEKEN_CHECKED;
void beken_close(struct beken *beken);

/* Puts the chip into SPI mode and reads the JEDEC ID, which may be anything with
 * BEKEN_ENTER_NEVER. Waits before for a die that is busy, and says if it stays so
 * (BEKEN_ERR_BUSY, _INTERRUPTED). BEKEN_ERR_NO_CHIP after having said what to check. CEN is high
 * on return, unless the transport failed: then see beken_let_go(). Tells the steps from STEP_CEN
 * to STEP_ID. */
int beken_enter(struct beken *beken) BEKEN_CHECKED;

/* Waits for what a program before us, killed amid an erase, may have left the die with. */
int beken_wait_if_busy(struct beken *beken) BEKEN_CHECKED;
void beken_report_still_busy(const struct frontend *frontend);

/* Boots the chip: releases the SPI pins, pulses CEN, releases it. The die must be idle. */
int beken_boot(struct beken *beken) BEKEN_CHECKED;
/* Leaves the chip in SPI mode: CEN and CS stay driven high, all else floats. */
int beken_keep(struct ch341a *device) BEKEN_CHECKED;
/* One of these as the options say, or with BEKEN_ENTER_NEVER only lets the pins float. */
int beken_leave(struct beken *beken) BEKEN_CHECKED;
/* After a failed start: CEN goes high, then no pin is driven. */
void beken_let_go(struct beken *beken);

/* Drives all outputs: CEN and CS high, SCK low. */
int beken_drive_pins(struct ch341a *device) BEKEN_CHECKED;
/* After a failure: ch341a_recover(), then beken_drive_pins(). */
int beken_make_safe(struct ch341a *device);
/* All pins float; pull-ups on the board keep CEN and CS high. */
int beken_release_pins(struct ch341a *device);

/* Says what was not said where it happened. device may be NULL. */
void beken_report(const struct frontend *frontend, const struct ch341a *device, int error);

/* Floating, shorted or still busy wires give no plausible ID. */
bool beken_plausible_id(uint32_t jedec_id);

/* ---- what an attempt has shown ---- */

/* What MISO has shown while 0xD2 was streamed. */
struct beken_window {
	bool echo;		       /* 0xD2 was seen: power, CEN and MISO are good */
	bool accepted;		       /* and then only 0x00: MOSI, CS, SCK are good too */
	size_t n_bytes, n_high, n_low; /* all; those that were FF; 00 */
	size_t n_sync, since_echo;     /* bytes that were 0xD2; bytes since the last one */
	size_t zeros;		       /* length of the current run of 00 */
	uint8_t sync;		       /* the last byte before it */
	size_t sync_run;	       /* and how often in a row, if it was 0xD2 */
};

/* Takes in bytes from MISO. */
void beken_window_look(struct beken_window *seen, const uint8_t *miso, size_t n);

/* How far an attempt came, worst first. */
enum beken_stage {
	BEKEN_STAGE_SILENT,    /* MISO did not move from high */
	BEKEN_STAGE_STUCK_LOW, /* MISO did not move from low */
	BEKEN_STAGE_NOISE,     /* MISO shows data, but never 0xD2 */
	BEKEN_STAGE_UNCLOCKED, /* MISO changes its level, but shows no data */
	BEKEN_STAGE_GARBLED,   /* 0xD2 with bit errors */
	BEKEN_STAGE_ECHO,      /* 0xD2 seen, never accepted */
	BEKEN_STAGE_ACCEPTED,  /* accepted, no answer from the die */
	BEKEN_STAGE_UNSTABLE,  /* answers, but not twice the same */
	BEKEN_STAGE_READY,
};

enum beken_cen {
	BEKEN_CEN_UNKNOWN,  /* this CH341A does not answer pin reads */
	BEKEN_CEN_UNPROVEN, /* no capacitor at CEN, or an open wire: D2 has a pull-up inside */
	BEKEN_CEN_GOOD,	    /* a capacitor was charged, which is at the other end of the wire */
	BEKEN_CEN_LOW,	    /* something pulls it down: a module without power, or a short */
};

struct beken_attempt {
	enum beken_stage stage;
	enum beken_cen cen; /* measured below BEKEN_STAGE_GARBLED */
	struct beken_window window;
	uint32_t last_id;
};

struct beken_attempts {
	unsigned int n, n_accepted; /* failed ones */
	unsigned int n_equal;	    /* how many of the last ones have shown the same */
	bool no_cen;		    /* CEN cannot be measured */
	struct beken_attempt best, last;
};

enum beken_stage beken_stage_of(const struct beken_window *window);
/* A few words on one attempt. */
const char *beken_stage_words(enum beken_stage stage);

/* Chip or wires gave an answer that was more than a level? */
bool beken_was_heard(const struct beken_attempt *attempt);

/* Takes down a failed attempt, after having looked whether D2 is wired to CEN if the chip
 * was not heard: that resets it several times. CEN is high after, all pins are driven. */
int beken_note_failed(struct beken *beken, struct beken_attempts *attempts,
		      struct beken_attempt *attempt) BEKEN_CHECKED;

/* Would more attempts show the same? pulse_ms: of the last one. */
bool beken_is_static(const struct beken_attempts *attempts, unsigned int pulse_ms);
#define BEKEN_LONGEST_PULSE_MS 1000

/* Says what is most likely wrong, and tells the steps from STEP_CEN to the failed one. */
void beken_diagnose(const struct frontend *frontend, const struct beken_attempts *attempts);
/* Tells the steps of the way in, which are all before STEP_ID, and STEP_ID. */
void beken_tell_steps(const struct frontend *frontend, enum step_outcome way_in, enum step_outcome id);

#endif
