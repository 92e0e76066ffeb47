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

/* Whether it takes the next packet. */
bool ch341a_ready(const struct ch341a *chip);
/* Starts on a packet of 1..32 bytes; only while ready. */
void ch341a_begin(struct ch341a *chip, int64_t t, const uint8_t *packet, size_t length);

/* Does what is due up to t, until there is an answer. Returns when it wants to
 * run again, which is no later than t only after an answer, or BENCH_NEVER. */
int64_t ch341a_advance(struct ch341a *chip, int64_t t);
/* A packet is being executed. SPI bytes that only wait do not count. */
bool ch341a_busy(const struct ch341a *chip);

/* The answer that the last ch341a_advance() came to; length 0 if to none.
 * Valid until the next one. */
const uint8_t *ch341a_reply(const struct ch341a *chip, size_t *length);

/* USB reset: what runs is dropped, all pins are inputs. */
void ch341a_reset(struct ch341a *chip, int64_t t);

#endif
