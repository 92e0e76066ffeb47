/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A SPI NOR die: bytes in, bytes out, chip select edges and time. It knows
 * nothing of how the bytes come to it.
 */
#ifndef BEKEN_EMU_NOR_DIE_H
#define BEKEN_EMU_NOR_DIE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "device_trace.h"
#include "settings.h"

#define NOR_HI_Z (-1)

struct nor_die;

/* settings and trace must outlive the die. It has no power yet. */
struct nor_die *nor_new(const struct settings *settings, const struct trace *trace);
void nor_free(struct nor_die *die);

uint8_t *nor_array(struct nor_die *die, size_t *size);

/* Losing power in the middle of an operation leaves its target indeterminate. */
void nor_power(struct nor_die *die, int64_t t, bool on);

/* Chip select low (true) or high. bits: clocks since the last whole byte, for
 * the rising edge; operations start only on a byte boundary. */
void nor_select(struct nor_die *die, int64_t t, bool low, unsigned int bits);

/* The byte that the next eight clocks shift out, or NOR_HI_Z. No side effects
 * besides the time. */
int nor_out(struct nor_die *die, int64_t t);
/* The byte that eight clocks have shifted in; t is their end. */
void nor_in(struct nor_die *die, int64_t t, uint8_t byte);

/* How many bytes of address a command has as things are; 0: it has none. */
unsigned int nor_address_length(const struct nor_die *die, uint8_t op);

bool nor_busy(struct nor_die *die, int64_t t);

/* The firmware of the chip writes the status registers at once. */
void nor_firmware_protects(struct nor_die *die, int64_t t);

void nor_report(struct nor_die *die, int64_t t, FILE *out);

#endif
