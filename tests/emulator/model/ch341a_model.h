/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command engine of a CH341A in EPP/MEM/I2C mode (1a86:5512): takes one USB
 * packet at a time, spends time on it, moves pins, and may leave an answer.
 */
#ifndef BEKEN_EMU_CH341A_MODEL_H
#define BEKEN_EMU_CH341A_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "settings.h"
#include "wires.h"

#define CH341A_PACKET 32
/* 30 one-byte I2C read commands of up to 32 bytes each. */
#define CH341A_REPLY_MAX 1024

struct ch341a;

struct ch341a *ch341a_new(const struct settings *settings, struct wires *wires);
void ch341a_free(struct ch341a *chip);

/* Starts on a packet of 1..32 bytes; not while busy. */
void ch341a_begin(struct ch341a *chip, int64_t t, const uint8_t *packet, size_t length);

/* Does all that is due up to t. Returns when it wants to run again, or
 * BENCH_NEVER when it is not busy any more. */
int64_t ch341a_advance(struct ch341a *chip, int64_t t);
bool ch341a_busy(const struct ch341a *chip);

/* The answer to the last packet; valid until the next ch341a_begin(). */
const uint8_t *ch341a_reply(const struct ch341a *chip, size_t *length);

/* USB reset: what runs is dropped, all pins are inputs. */
void ch341a_reset(struct ch341a *chip, int64_t t);

#endif
