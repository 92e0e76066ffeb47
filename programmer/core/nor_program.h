/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page programs, several on their way at once. Each travels as one stream:
 * write enable, page program, status polls. Nobody waits between pages; the
 * status bytes are checked as they come back.
 */
#ifndef CH341A_BEKEN_NOR_PROGRAM_H
#define CH341A_BEKEN_NOR_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frontend.h"
#include "nor_spi.h"

struct nor_program;

/* Sends pages to device, and all else through spi, which is on the same device. All
 * must outlive it. NULL: out of memory. */
struct nor_program *nor_program_new(const struct frontend *frontend, struct ch341a *device,
				    struct nor_spi *spi);

/* No page may be in flight. NULL is fine. */
void nor_program_free(struct nor_program *program);

/*
 * Queues n bytes (1..256, within one page) at a 24-bit address; copies them.
 * The die must be idle, apart from pages pushed before. May wait for a page
 * that is in flight, and then returns its error. After an error nothing is in
 * flight.
 */
int nor_program_push(struct nor_program *program, uint32_t address, const uint8_t *data, size_t n)
	__attribute__((nonnull, warn_unused_result));

/* Waits until all pages are in the die and the die is idle. */
int nor_program_drain(struct nor_program *program) __attribute__((nonnull, warn_unused_result));

/* Waits for the streams of the pages in flight and forgets the pages. */
void nor_program_drop(struct nor_program *program) __attribute__((nonnull));

/* Pages in flight. */
bool nor_program_active(const struct nor_program *program) __attribute__((nonnull));

#endif
