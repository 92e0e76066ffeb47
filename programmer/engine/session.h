/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One use of the programmer, from opening the CH341A to leaving the chip. Every face of the
 * programmer uses it: serprog server, flashrom driver, tools. */
#ifndef CH341A_BEKEN_SESSION_H
#define CH341A_BEKEN_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frontend.h"
#include "nor.h"
#include "params.h"

struct session;

/* Opens the CH341A, puts the chip into SPI mode, looks at the die. What goes wrong is said
 * through frontend, which must outlive the session, and so is how each step ends. On failure
 * the pins are released and nothing is left open. */
int session_open(const struct frontend *frontend, const struct params *params,
		 struct session **session) BEKEN_CHECKED;

/* What is known of the die; valid until the session is closed. */
const struct nor_facts *session_flash(const struct session *session);

/* How many bytes the flash has; 0 if that cannot be found out. Asks a die that is in no
 * table, once, after having finished what was commanded. Errors as of session_command(). */
int session_size(struct session *session, uint64_t *size) BEKEN_CHECKED;

/* Called once, before the first command that erases or programs, or session_program(). The
 * die is idle and nothing is queued; the session may be read from. An error, already said,
 * fails the command and the session, and the die is as it was. */
typedef int session_first_change_fn(void *arg);
void session_on_first_change(struct session *session, session_first_change_fn *call, void *arg);

/* One SPI command: out_length > 0 bytes to the die, then in_length from it. Commands without
 * an answer may return before they are done; their error then comes with a later call. The
 * first error ends the session for all commands that follow: they return the same. */
int session_command(struct session *session, const uint8_t *out, size_t out_length, uint8_t *in,
		    size_t in_length) BEKEN_CHECKED;

/* The last session_command(), decoded. Its buffers are the caller's. */
const struct nor_command *session_last_command(const struct session *session);

/* Long reads and writes for flashes of up to 16 MiB with 256-byte pages, at any alignment;
 * the address has 24 bits. session_program() returns when all pages are in the die and the
 * die is idle; it erases nothing. Not for a session that cannot stream: with enter=never and
 * a die that is in no table nothing may be assumed of it. */
bool session_can_stream(const struct session *session);
int session_read(struct session *session, uint32_t address, uint8_t *data, size_t n) BEKEN_CHECKED;
int session_program(struct session *session, uint32_t address, const uint8_t *data, size_t n) BEKEN_CHECKED;

/* Largest in_length that leaves a caller responsive: 0.5 s on the wire. */
#define SESSION_MAX_READ 65536

/* Finishes what was commanded, then boots the chip or keeps it in SPI mode, releases the pins
 * and closes the CH341A. The chip is not reset while its die is busy. Returns the first error
 * of the whole session, said already. Frees the session in any case; NULL is fine. */
int session_close(struct session *session);

/* Boots the chip without a session. A die that answers and is busy is waited for, and the
 * chip is not reset if it stays so (BEKEN_ERR_BUSY, said already). */
int session_reset(const struct frontend *frontend, const struct params *params) BEKEN_CHECKED;

#endif
