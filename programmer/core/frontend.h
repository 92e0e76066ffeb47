/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What core and engine need from the program around them: a place for messages,
 * and whether the user has asked to stop. And their error codes.
 */
#ifndef CH341A_BEKEN_FRONTEND_H
#define CH341A_BEKEN_FRONTEND_H

#include <stdbool.h>
#include <stdint.h>

enum message_level {
	MESSAGE_ERROR, /* the operation fails because of this */
	MESSAGE_WARNING,
	MESSAGE_INFO,
	MESSAGE_DEBUG,
	MESSAGE_SPEW,
};

/* The steps of a start, in their order. */
enum frontend_step {
	STEP_USB,	 /* the CH341A is attached, in SPI mode, and the one that is meant */
	STEP_ACCESS,	 /* it is ours, and answers */
	STEP_CEN,	 /* D2 resets the chip */
	STEP_MISO,	 /* its 0xD2 is seen */
	STEP_ACCEPTANCE, /* it has heard ours */
	STEP_ID,	 /* the die answers with its JEDEC ID */
	STEP_STATUS,	 /* its status registers are read */
	N_STEPS
};

enum step_outcome {
	OUTCOME_GOOD,
	OUTCOME_FAILED,	 /* why was said by a message before */
	OUTCOME_UNCLEAR, /* what was seen neither proves nor excludes it */
	OUTCOME_SKIPPED, /* the parameters do not ask for it */
};

struct frontend {
	/* Takes one sentence without a line end. The text is valid during the
	 * call only. */
	void (*message)(void *arg, enum message_level level, const char *text);
	/* How many times the user has asked to stop (Ctrl-C and the like) so
	 * far. NULL if that cannot happen. Must not block. */
	unsigned int (*interrupts)(void *arg);
	/* Puts signals that would end the program off (true) while CEN is low, and
	 * lets them come (false). NULL if signals never end it without notice. */
	void (*hold_signals)(void *arg, bool hold);
	/* Told how the steps of a start end, in their order. After a failure no more
	 * are told, nor after the connection broke. NULL if nobody wants to know. */
	void (*step)(void *arg, enum frontend_step step, enum step_outcome outcome);
	/* A line about a failed attempt to enter, in place of the one before; it says
	 * nothing that is not said by a message at the end. NULL if there is no
	 * place for it. */
	void (*attempt)(void *arg, const char *text);
	/* Told while the engine itself does something long; done == total at its
	 * end, which is never told if it fails. NULL if nobody wants to know. */
	void (*progress)(void *arg, uint64_t done, uint64_t total);
	void *arg;
};

/* All functions that can fail return 0 or one of these. */
enum beken_error {
	BEKEN_OK = 0,
	BEKEN_ERR_PARAMETER = -1, /* unknown key, bad value */
	BEKEN_ERR_MEMORY = -2,
	BEKEN_ERR_NO_PROGRAMMER = -3, /* no CH341A, or not the one asked for */
	BEKEN_ERR_ACCESS = -4,	      /* permission, or held by another program */
	BEKEN_ERR_USB = -5,	      /* stall, bus error */
	BEKEN_ERR_GONE = -6,	      /* unplugged */
	BEKEN_ERR_TIMEOUT = -7,	      /* the CH341A stopped answering */
	BEKEN_ERR_PROTOCOL = -8,      /* a reply of the wrong length */
	BEKEN_ERR_NO_CHIP = -9,	      /* the Beken chip did not open SPI mode */
	BEKEN_ERR_PROTECTED = -10,    /* the die's protection cannot be cleared */
	BEKEN_ERR_BUSY = -11,	      /* the die stays busy (WIP) */
	BEKEN_ERR_REFUSED = -12,      /* the die ignored a page program */
	BEKEN_ERR_INTERRUPTED = -13,
	BEKEN_ERR_BACKUP = -14, /* none could be made, so nothing was written */
};

/* An error code in two or three words, for use within a sentence. */
const char *beken_strerror(int error);

void frontend_message(const struct frontend *frontend, enum message_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

unsigned int frontend_interrupts(const struct frontend *frontend);
void frontend_hold_signals(const struct frontend *frontend, bool hold);
void frontend_step(const struct frontend *frontend, enum frontend_step step, enum step_outcome outcome);
void frontend_attempt(const struct frontend *frontend, const char *text);
void frontend_progress(const struct frontend *frontend, uint64_t done, uint64_t total);

#endif
