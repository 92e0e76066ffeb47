/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A bench, and the little of a USB host that its tests need. */
#ifndef BEKEN_EMU_BENCH_BED_H
#define BEKEN_EMU_BENCH_BED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench.h"

/* Settings "key=value key=value"; aborts if they are wrong. */
struct bench *bench_with(const char *list);

/* A URB that sets *done when it ends. */
struct bench_urb bed_urb(uint8_t endpoint, void *data, size_t length, int64_t deadline, bool *done);

/* One URB from start to end; BENCH_URB_GONE if it was not taken. */
struct bench_urb bed_transfer(struct bench *bench, uint8_t endpoint, void *data, size_t length,
			      int64_t timeout_ms);
struct bench_urb bed_control(struct bench *bench, uint8_t type, uint8_t request, uint16_t value,
			     uint16_t index, uint8_t *data, uint16_t length);

/* A bulk OUT URB of up to 64 bytes, which must be taken whole. */
void bed_out(struct bench *bench, const uint8_t *data, size_t n);

#define OUT(bench, ...) \
	bed_out(bench, (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))

/* flashrom's start, which makes outputs of the pins, and its command. */
void bed_init(struct bench *bench);
void bed_command(struct bench *bench, const uint8_t *data, size_t n, unsigned int delay_us, uint8_t *reply);

/* Reset, D2, RDID up to four times: whether the ID of a BK7231T comes. */
bool bed_enters(struct bench *bench);

bool bed_all(const uint8_t *data, size_t n, uint8_t value);

#endif
