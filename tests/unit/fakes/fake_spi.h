/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In place of ch341a.c, below nor_spi.c: the die's side of a conversation that the
 * test writes down beforehand. Every byte that is sent must be the next one of
 * it, in the way that was said, or the test fails. The fake clock moves with
 * each frame.
 */
#ifndef CH341A_BEKEN_FAKE_SPI_H
#define CH341A_BEKEN_FAKE_SPI_H

#include <stddef.h>
#include <stdint.h>

#include "ch341a.h"
#include "frontend.h"
#include "nor_spi.h"

/* What one frame takes, in us on the fake clock. */
#define FAKE_SPI_FRAME_US 250

extern struct ch341a *const fake_device;
/* On the fake device; there from setup to teardown. */
extern struct nor_spi *fake_spi;

/* Fixtures: an empty conversation; and the proof that all of it was said. */
int fake_spi_setup(void **state);
int fake_spi_teardown(void **state);

/* The proof, in the middle of a test. */
void fake_spi_assert_all_said(void);

/* The frames of an ch341a_nor_command(): n_out bytes, n_in bytes in answer. */
void expect_command(const uint8_t *out, size_t n_out, const uint8_t *in, size_t n_in);

/* An ch341a_nor_command_after(): WREN (or `first`) in a frame, this in the next. */
void expect_after(uint8_t first, const uint8_t *out, size_t n_out);

/* The next frame, not yet expected, ends with this error. */
void expect_error_next(int error);

/* One look of ch341a_nor_wait_idle(): 05 and 30 times this status. */
void expect_poll(uint8_t status);

/* As many looks as it likes (one or more), all busy, until the fake clock shows
 * this time. */
void expect_polls_busy_until(int64_t us);

/* A status register (05, 35, 15) read with an answer of one byte. */
void expect_register(uint8_t opcode, uint8_t value);

/*
 * A job of ch341a_submit(): frames WREN; 02, address and data; 05 with
 * so many status bytes behind it. The first n_busy bytes of the answer to 05
 * have WIP set (n_busy of SIZE_MAX: all). `error` is that of the job.
 */
struct fake_page {
	uint32_t address;
	const uint8_t *data;
	size_t length;
	size_t polls;
	size_t n_busy;
	int error;
	int submit_error;
};
void expect_page(const struct fake_page *page);

/* Jobs submitted and not waited for. */
unsigned int fake_spi_jobs_in_flight(void);

/* Of all tests so far. */
size_t fake_spi_frames_checked(void);

#endif
