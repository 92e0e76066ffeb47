/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the core needs from the program around it, and its error codes. */
#ifndef CH341A_BEKEN_FRONTEND_H
#define CH341A_BEKEN_FRONTEND_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define BEKEN_CHECKED __attribute__((warn_unused_result))

enum message_level { MESSAGE_ERROR, MESSAGE_WARNING, MESSAGE_INFO, MESSAGE_DEBUG, MESSAGE_SPEW };

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

/* All but message may be NULL. */
struct frontend {
	/* Takes one sentence without a line end, valid during the call only. */
	void (*message)(void *arg, enum message_level level, const char *text);
	/* How often the user has asked to stop (Ctrl-C and the like) so far. */
	unsigned int (*interrupts)(void *arg);
	/* Keeps signals from ending the program (true) while CEN is low; then lets
	 * them come (false). */
	void (*hold_signals)(void *arg, bool hold);
	/* How the steps of a start end; none are told after one that failed. */
	void (*step)(void *arg, enum frontend_step step, enum step_outcome outcome);
	/* A line about a failed attempt to enter, in place of the one before. */
	void (*attempt)(void *arg, const char *text);
	/* While something of our own is long; done == total at its end. */
	void (*progress)(void *arg, uint64_t done, uint64_t total);
	/* Says in the core's place why there is no CH341A (BEKEN_ERR_NO_PROGRAMMER) or no
	 * permission to open the one at this place (BEKEN_ERR_ACCESS). False: it did not. */
	bool (*explain)(const struct frontend *frontend, int error, const char *where);
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
static inline const char *beken_strerror(int error)
{
	static const char *const words[] = {
		"no error",
		"bad parameter",
		"out of memory",
		"no programmer",
		"no access to the programmer",
		"USB error",
		"programmer unplugged",
		"programmer not answering",
		"wrong reply from the programmer",
		"chip not in SPI mode",
		"flash is write-protected",
		"flash stays busy",
		"flash refused a page",
		"interrupted",
		"no backup of the flash",
	};

	return words[-error];
}

static inline void __attribute__((format(printf, 3, 4)))
frontend_message(const struct frontend *frontend, enum message_level level, const char *format, ...)
{
	char text[2 * 4096 + 1024]; /* two paths of files */
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	frontend->message(frontend->arg, level, text);
}

static inline unsigned int frontend_interrupts(const struct frontend *frontend)
{
	return frontend->interrupts ? frontend->interrupts(frontend->arg) : 0;
}

static inline void frontend_hold_signals(const struct frontend *frontend, bool hold)
{
	if (frontend->hold_signals)
		frontend->hold_signals(frontend->arg, hold);
}

static inline void frontend_step(const struct frontend *frontend, enum frontend_step step,
				 enum step_outcome outcome)
{
	if (frontend->step)
		frontend->step(frontend->arg, step, outcome);
}

#endif
