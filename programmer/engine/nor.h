/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Between flashrom's commands and the die. Commands go to the die as they are,
 * except that
 *  - the status registers can be shown as unprotected, and are really
 *    unprotected right before the first erase or program;
 *  - SFDP is answered for known dies that have none;
 *  - pieces of a page are joined, and pages are programmed behind the caller's
 *    back: an error of one is returned by a later command or
 *    nor_queue_flush();
 *  - a status register is answered when the die is idle, so that nobody polls
 *    for ever.
 */
#ifndef CH341A_BEKEN_NOR_H
#define CH341A_BEKEN_NOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frontend.h"
#include "nor_command.h"
#include "nor_dies.h"
#include "nor_queue.h"
#include "nor_spi.h"
#include "nor_status.h"

struct nor;

struct nor_options {
	bool unprotect; /* show as unprotected, unprotect before writing */
	bool sfdp;	/* answer for known dies without SFDP */
	/* Not in a Beken chip: a die that is in no table may be of any kind, so
	 * its commands are passed on untouched. */
	bool plain;
};

/* Looks at the die behind spi, says what it is, and returns 0 and a nor. Its frontend and spi
 * must outlive it. Sends reading commands only. */
int nor_new(const struct frontend *frontend, struct nor_spi *spi, const struct nor_options *options,
	    uint32_t jedec_id, struct nor **nor) BEKEN_CHECKED;

/* What nor_new() has found. */
struct nor_facts {
	uint32_t jedec_id;
	const struct nor_die *die; /* static data */
	bool has_status;	   /* the registers were read */
	struct nor_status status;
	bool is_protected;
};
const struct nor_facts *nor_facts(const struct nor *nor);
/* "1C7015 (EN25QH16B, 2 MiB)" */
void nor_flash_name(const struct nor_facts *facts, char *text, size_t size);

/* What is still queued is dropped: nor_queue_flush() first. NULL is fine. */
void nor_free(struct nor *nor);

/* What was commanded and is not finished yet. */
struct nor_queue *nor_queue_of(const struct nor *nor);

int nor_execute(struct nor *nor, const struct nor_command *command) BEKEN_CHECKED;

/* Whether the die is one that nor_queue_read() and nor_queue_program() may assume to know. */
bool nor_can_stream(const struct nor *nor);

#endif
