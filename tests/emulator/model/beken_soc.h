/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What stands between the pins P20..P23, CEN and the flash die: a Beken Wi-Fi
 * chip with its boot window, or nothing (soc=none).
 */
#ifndef BEKEN_EMU_BEKEN_SOC_H
#define BEKEN_EMU_BEKEN_SOC_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "device_trace.h"
#include "nor_die.h"
#include "settings.h"

#define SOC_HI_Z (-1)

struct beken_soc;

/* All arguments must outlive it. CEN is high; the supply comes at time 0 if it
 * is on, long before unless soc_state=window. */
struct beken_soc *soc_new(const struct settings *settings, const struct trace *trace,
			  struct nor_die *die);
void soc_free(struct beken_soc *soc);

/* The supply fails (false), once and for all. */
void soc_supply(struct beken_soc *soc, int64_t t, bool on);
/* The level at the CEN pin. */
void soc_cen(struct beken_soc *soc, int64_t t, bool high);
void soc_select(struct beken_soc *soc, int64_t t, bool low, unsigned int bits);

/* As nor_out() and nor_in(), whatever the level of chip select. out: what soc_out() gave
 * at the start of the byte that ends now, for the record. */
int soc_out(struct beken_soc *soc, int64_t t);
void soc_in(struct beken_soc *soc, int64_t t, uint8_t byte, int out);

/* When it next does something by itself, or BENCH_NEVER. */
int64_t soc_next(const struct beken_soc *soc);
void soc_pass_time(struct beken_soc *soc, int64_t t);

/* Whether MISO carries the D2 stream right now (for wire_swap=d2). */
bool soc_in_window(const struct beken_soc *soc);

void soc_report(struct beken_soc *soc, int64_t t, FILE *out);

#endif
