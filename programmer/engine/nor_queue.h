/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing commands on their way to the die. A write enable is held back until the command that it
 * is for. Programs that follow each other within a page are joined, and pages are sent without
 * waiting: an error of one is returned by a later call. Everything else waits until the die has
 * finished what came before. */
#ifndef CH341A_BEKEN_NOR_QUEUE_H
#define CH341A_BEKEN_NOR_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frontend.h"
#include "nor_command.h"
#include "nor_spi.h"
#include "nor_status.h"

struct nor_queue;

/* All pointers must outlive it. Protection is cleared before the first erase or program. Without
 * may_poll nothing is sent but the caller's commands, and the caller waits for the die. NULL: out
 * of memory. */
struct nor_queue *nor_queue_new(const struct frontend *frontend, struct nor_spi *spi,
				struct nor_protection *protection, bool may_poll);

/* What is still queued is dropped. NULL is fine. */
void nor_queue_free(struct nor_queue *queue);

/* 06 or 50. */
int nor_queue_write_enable(struct nor_queue *queue, uint8_t opcode) BEKEN_CHECKED;

/* A program or an erase, which lasts limit_ms at most. */
int nor_queue_write(struct nor_queue *queue, const struct nor_command *command, int64_t limit_ms) BEKEN_CHECKED;

/* A write to a status register, with the enable that came before it. */
int nor_queue_write_status(struct nor_queue *queue, const struct nor_command *command) BEKEN_CHECKED;

/* Reads n bytes from a 24-bit address. A write enable stays held back: it goes to
 * the die with the command that it is for. */
int nor_queue_read(struct nor_queue *queue, uint32_t address, uint8_t *data, size_t n) BEKEN_CHECKED;

/* Programs n bytes at a 24-bit address, page by page. All is in the die on return. */
int nor_queue_program(struct nor_queue *queue, uint32_t address, const uint8_t *data, size_t n) BEKEN_CHECKED;

/* Pages are on their way, and no write enable follows them. */
bool nor_queue_has_pages(const struct nor_queue *queue);

/* Any other command, behind all that came before it. */
int nor_queue_pass(struct nor_queue *queue, const struct nor_command *command) BEKEN_CHECKED;

/* Waits until all pages are in the die and the die is idle; sends a write enable that was
 * held back. */
int nor_queue_flush(struct nor_queue *queue) BEKEN_CHECKED;

/* Forgets what was not sent, and waits for the streams of what was. */
void nor_queue_drop(struct nor_queue *queue);

/* After an error: drops, and waits until the die is idle. */
int nor_queue_abandon(struct nor_queue *queue) BEKEN_CHECKED;

/* Says that the die is busy for longer than any die; returns BEKEN_ERR_BUSY. */
int nor_report_busy(const struct frontend *frontend, int64_t limit_ms);

#endif
