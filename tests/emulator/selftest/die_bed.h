/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A die alone, with power, and what a SPI master does with it. */
#ifndef BEKEN_EMU_DIE_BED_H
#define BEKEN_EMU_DIE_BED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nor_die.h"

struct die_bed {
	struct settings set;
	struct trace trace;
	struct nor_die *die;
	int64_t t;		/* ns; each byte takes 1 us */
};

/* chip as in `beken-emu chips`; settings "key=value key=value". Aborts if they
 * are wrong. */
struct die_bed *die_bed_new(const char *chip, const char *settings);
void die_bed_free(struct die_bed *bed);

/* One frame; returns the last byte that came out, or NOR_HI_Z. in, if not NULL,
 * gets all of them, FF for NOR_HI_Z. */
int die_frame(struct die_bed *bed, const uint8_t *out, size_t n, uint8_t *in);

#define FRAME(bed, ...) \
	die_frame(bed, (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }), NULL)

/* Opcode and address. */
void die_command(struct die_bed *bed, uint8_t op, uint32_t address);

/* A status register by its opcode. */
int die_sr(struct die_bed *bed, uint8_t op);

/* Write enable, the status write of n bytes, time for it, write disable. */
void die_write_sr(struct die_bed *bed, const uint8_t *bytes, size_t n);

#define WRITE_SR(bed, ...) \
	die_write_sr(bed, (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))

/* Write enable and a program of one byte, and time for it. */
void die_program_byte(struct die_bed *bed, uint32_t address, uint8_t value);

/* Whether a 4 KiB erase of the sector works. */
bool die_erases(struct die_bed *bed, uint32_t address);

void die_wait_ms(struct die_bed *bed, int64_t ms);

/* Off for 10 ms, and on again. */
void die_power_cycle(struct die_bed *bed);

uint8_t *die_array(struct die_bed *bed);

/* Whether all n bytes from start on are value. */
bool die_is(struct die_bed *bed, size_t start, size_t n, uint8_t value);

/* A number of the report, such as "programs"; -1 if it is not there. */
long die_count(struct die_bed *bed, const char *key);

#endif
