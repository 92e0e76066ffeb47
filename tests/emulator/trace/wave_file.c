/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wave_file.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vcd.h"

#ifndef BEKEN_EMU_VERSION
#define BEKEN_EMU_VERSION "unknown"
#endif

#define NS_PER_MS 1e6
/* A year: far from the limits of int64_t. */
#define MAX_MS 3.2e10

struct wave_file {
	struct bench *bench;
	struct vcd *vcd;
	int64_t until;
	/* Those of a device come one after the other. */
	unsigned int *first_wire;
};

static void *must(void *p)
{
	if (!p)
		abort();
	return p;
}

bool wave_parse_ms(const char *text, int64_t *ns)
{
	char *end;
	double ms = strtod(text, &end);

	/* No "inf", no "0x", no blanks. */
	if (!isdigit((unsigned char)*text) || *end || text[1] == 'x' || text[1] == 'X' || ms > MAX_MS)
		return false;
	*ns = llround(ms * NS_PER_MS);
	return true;
}

const char *wave_check(const struct wave_options *options)
{
	if (!options->path && (options->from || options->until != BENCH_NEVER))
		return "--trace-from and --trace-until need --trace";
	if (options->until <= options->from)
		return "--trace-until must be later than --trace-from";
	return NULL;
}

/* Programs that know no scopes (sigrok) tell wires apart by their names, so only
 * those of device 0 go without a prefix. */
static unsigned int declare_wire(struct wave_file *wave, unsigned int dev, enum bench_wire wire)
{
	char name[32] = "";

	if (dev)
		snprintf(name, sizeof(name), "d%u_", dev);
	strcat(name, bench_wire_name(wire));
	return vcd_add_wire(wave->vcd, name);
}

static void declare_device(struct wave_file *wave, unsigned int dev)
{
	char name[32];

	snprintf(name, sizeof(name), "device%u", dev);
	vcd_begin_scope(wave->vcd, name);
	wave->first_wire[dev] = declare_wire(wave, dev, 0);
	for (unsigned int wire = 1; wire < BENCH_WIRES; wire++)
		declare_wire(wave, dev, (enum bench_wire)wire);
	vcd_end_scope(wave->vcd);
}

static void write_level(void *arg, int64_t t, unsigned int dev, enum bench_wire wire,
			enum bench_level level)
{
	static const char levels[] = { [BENCH_LOW] = '0', [BENCH_HIGH] = '1', [BENCH_FLOATS] = 'z' };
	struct wave_file *wave = arg;
	int64_t now = bench_now(wave->bench);

	vcd_settle(wave->vcd, now);
	if (now > wave->until)
		bench_on_wire(wave->bench, NULL, NULL);
	else
		vcd_set(wave->vcd, t, wave->first_wire[dev] + wire, levels[level]);
}

struct wave_file *wave_open(struct bench *bench, const struct wave_options *options)
{
	struct vcd *vcd = vcd_open(options->path, "beken-emu " BEKEN_EMU_VERSION, options->from,
				   options->until);
	struct wave_file *wave;

	if (!vcd)
		return NULL;
	wave = must(calloc(1, sizeof(*wave)));
	wave->bench = bench;
	wave->vcd = vcd;
	wave->until = options->until;
	wave->first_wire = must(calloc(bench_device_count(bench) + 1, sizeof(*wave->first_wire)));
	for (unsigned int dev = 0; dev < bench_device_count(bench); dev++)
		declare_device(wave, dev);
	bench_on_wire(bench, write_level, wave);
	return wave;
}

int wave_close(struct wave_file *wave)
{
	struct vcd *vcd = wave->vcd;
	int64_t end = bench_now(wave->bench);

	bench_on_wire(wave->bench, NULL, NULL);
	free(wave->first_wire);
	free(wave);
	return vcd_close(vcd, end);
}
