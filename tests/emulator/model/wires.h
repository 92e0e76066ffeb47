/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The wires from the pins D0..D7 of a CH341A to the chip, with their faults. */
#ifndef BEKEN_EMU_WIRES_H
#define BEKEN_EMU_WIRES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "beken_soc.h"
#include "settings.h"

#define PIN_CS0 0x01
#define PIN_CS1 0x02
#define PIN_CEN 0x04	/* CS2 in CH341A terms */
#define PIN_SCK 0x08
#define PIN_DOUT2 0x10
#define PIN_MOSI 0x20
#define PIN_DIN2 0x40
#define PIN_MISO 0x80

struct wires;

/* All pins are inputs at first. The arguments must outlive it. */
struct wires *wires_new(const struct settings *settings, const struct trace *trace,
			struct beken_soc *soc);
void wires_free(struct wires *wires);

/* Pin latches D5..D0 and directions (1 = output). */
void wires_set(struct wires *wires, int64_t t, uint8_t out, uint8_t direction);

/* Eight clocks from t to t_end, MSB first; returns what MISO showed. */
uint8_t wires_byte(struct wires *wires, int64_t t, int64_t t_end, uint8_t mosi);

/* Tells the probes, if any, the levels of all wires. */
void wires_show(struct wires *wires, int64_t t);

/* Levels of D7..D0. */
uint8_t wires_read(struct wires *wires, int64_t t);

/* The board is unplugged: pins float, and a chip fed by it loses power. */
void wires_unplug(struct wires *wires, int64_t t);
/* Plugged in again: such a chip has power. The pins float until told otherwise. */
void wires_plug(struct wires *wires, int64_t t);

int64_t wires_next(const struct wires *wires);
void wires_pass_time(struct wires *wires, int64_t t);

void wires_report(const struct wires *wires, FILE *out);

#endif
