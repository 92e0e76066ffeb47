/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a die has given to the program that reads it, collected from its commands; the rest of it;
 * and a second read of what may be wrong. Where both reads differ, the CRC of a block of code
 * tells which one is right. */
#ifndef CH341A_BEKEN_DIE_COPY_H
#define CH341A_BEKEN_DIE_COPY_H

#include <stddef.h>
#include <stdint.h>

#include "frontend.h"
#include "nor_command.h"
#include "session.h"

/* Three bytes of address. */
#define DIE_COPY_MAX ((uint64_t)16 << 20)

/* Of a byte. */
enum die_copy_state {
	DIE_COPY_MISSING,  /* not read yet */
	DIE_COPY_READ,	   /* once, or what no CRC proves */
	DIE_COPY_PROVEN,   /* by the CRC of its block */
	DIE_COPY_SUSPECT,  /* by the CRC of its block */
	DIE_COPY_REPAIRED, /* was suspect, but not in the second read */
};

struct die_copy_blocks {
	size_t n;
	size_t first; /* address; only if n */
};

struct die_copy {
	const struct frontend *frontend;
	struct session *session;
	size_t size;	/* bytes */
	uint8_t *data;	/* of them */
	uint8_t *state; /* of each */
	/* What die_copy_read() has found in a second read. */
	struct die_copy_blocks repaired;
	struct die_copy_blocks same;   /* the CRC is wrong, but both reads are alike */
	struct die_copy_blocks differ; /* and no CRC tells which is right */
	uint64_t done, total;	       /* bytes read by it; total != 0: progress is told */
};

/* 0 < size <= DIE_COPY_MAX. The others must outlive it. NULL: no memory. */
struct die_copy *die_copy_new(const struct frontend *frontend, struct session *session, uint64_t size)
	__attribute__((nonnull, warn_unused_result));
void die_copy_free(struct die_copy *copy); /* NULL is fine */

/* A command that the die has answered. NULL is fine. */
void die_copy_note(struct die_copy *copy, const struct nor_command *command) __attribute__((nonnull(2)));

/* The first bytes in a row from `at` on that are in this state; n: how many. Returns
 * their address, or the size if there are none. */
size_t die_copy_find(const struct die_copy *copy, enum die_copy_state state, size_t at, size_t *n)
	__attribute__((nonnull));
size_t die_copy_count(const struct die_copy *copy, enum die_copy_state state) __attribute__((nonnull));

/* Where nothing is missing: which bytes are proven, and which are suspect? */
int die_copy_judge(struct die_copy *copy) __attribute__((nonnull, warn_unused_result));

/* Reads the bytes that are in this state: for the first time if they are missing, else
 * again. BEKEN_ERR_INTERRUPTED, or an error of session_read(). */
int die_copy_read(struct die_copy *copy, enum die_copy_state state)
	__attribute__((nonnull, warn_unused_result));

#endif
