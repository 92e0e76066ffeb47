/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "die_bed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chips.h"

#define BYTE_NS 1000

struct die_bed *die_bed_new(const char *chip, const char *settings)
{
	struct die_bed *bed = calloc(1, sizeof(*bed));

	if (!bed)
		abort();
	settings_defaults(&bed->set, 0);
	if (!chips_apply(&bed->set, chip))
		abort();
	settings_apply_own(&bed->set, settings);
	bed->die = nor_new(&bed->set, &bed->trace);
	nor_power(bed->die, 0, true);
	return bed;
}

void die_bed_free(struct die_bed *bed)
{
	nor_free(bed->die);
	free(bed);
}

int die_frame(struct die_bed *bed, const uint8_t *out, size_t n, uint8_t *in)
{
	int last = NOR_HI_Z;

	nor_select(bed->die, bed->t, true, 0);
	for (size_t i = 0; i < n; i++) {
		last = nor_out(bed->die, bed->t);
		if (in)
			in[i] = (uint8_t)(last == NOR_HI_Z ? 0xff : last);
		bed->t += BYTE_NS;
		nor_in(bed->die, bed->t, out[i]);
	}
	nor_select(bed->die, bed->t, false, 0);
	return last;
}

void die_command(struct die_bed *bed, uint8_t op, uint32_t address)
{
	FRAME(bed, op, (uint8_t)(address >> 16), (uint8_t)(address >> 8), (uint8_t)address);
}

int die_sr(struct die_bed *bed, uint8_t op)
{
	return FRAME(bed, op, 0);
}

void die_write_sr(struct die_bed *bed, const uint8_t *bytes, size_t n)
{
	FRAME(bed, 0x06);
	die_frame(bed, bytes, n, NULL);
	die_wait_ms(bed, 50);
	FRAME(bed, 0x04);
}

void die_program_byte(struct die_bed *bed, uint32_t address, uint8_t value)
{
	FRAME(bed, 0x06);
	FRAME(bed, 0x02, (uint8_t)(address >> 16), (uint8_t)(address >> 8), (uint8_t)address, value);
	die_wait_ms(bed, 10);
}

bool die_erases(struct die_bed *bed, uint32_t address)
{
	die_array(bed)[address] = 0x55;
	FRAME(bed, 0x06);
	die_command(bed, 0x20, address);
	die_wait_ms(bed, 100);
	return die_array(bed)[address] == 0xff && !(die_sr(bed, 0x05) & 3);
}

void die_wait_ms(struct die_bed *bed, int64_t ms)
{
	bed->t += ms * 1000000;
}

void die_power_cycle(struct die_bed *bed)
{
	nor_power(bed->die, bed->t, false);
	die_wait_ms(bed, 10);
	nor_power(bed->die, bed->t, true);
}

uint8_t *die_array(struct die_bed *bed)
{
	size_t size;

	return nor_array(bed->die, &size);
}

bool die_is(struct die_bed *bed, size_t start, size_t n, uint8_t value)
{
	const uint8_t *data = die_array(bed) + start;

	for (size_t i = 0; i < n; i++) {
		if (data[i] != value)
			return false;
	}
	return true;
}

long die_count(struct die_bed *bed, const char *key)
{
	char *text = NULL, wanted[64];
	size_t size;
	FILE *out = open_memstream(&text, &size);
	const char *at;
	long value;

	if (!out)
		abort();
	nor_report(bed->die, bed->t, out);
	fclose(out);
	snprintf(wanted, sizeof(wanted), "device0.%s ", key);
	at = strstr(text, wanted);
	value = at ? strtol(at + strlen(wanted), NULL, 10) : -1;
	free(text);
	return value;
}
