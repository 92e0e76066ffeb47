/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cen_line.h"

#include <math.h>

#include "bench.h"

/* An input reads high from here on: 0.55 RC with a pull-up to 3.3 V. */
#define SUPPLY_V 3.3
#define THRESHOLD_V 1.4

/* Modules pull CEN up by 10 kOhm. */
#define PULL_UP_OHM 10000.0
/* CH341DS1 v3B, 5.2: a pin with a pull-up draws 120 uA at 5 V; 40 % of it are
 * left at 3.3 V. */
#define INNER_PULL_UP_OHM 69000.0
/* CH341DS1: a few mA at 0.5 V from its rail. */
#define OUTPUT_OHM 150.0
/* A pin and 10 cm of wire. Only the inner pull-up is weak enough to show it. */
#define PIN_NF 0.02
/* How long a floating CMOS input holds its charge: an assumption. */
#define FLOAT_HOLD_NS 10000000

/* ---- who pulls where ---- */

static bool wired(const struct cen_line *line)
{
	return line->set->wire_cen == WIRE_OK;
}

static bool floats(const struct cen_line *line)
{
	if (line->drive != CEN_RELEASED || line->set->d2_pullup)
		return false;
	/* A module without power holds it down by a diode: see target_of(). */
	return !wired(line) || (!line->set->cen_pullup && !line->set->power_off);
}

/* A module without power pulls down: by its pull-up, or by the protection
 * diode of the chip, which leads to the same dead rail. */
static double target_of(const struct cen_line *line)
{
	if (line->drive != CEN_RELEASED)
		return line->drive == CEN_DRIVEN_HIGH ? SUPPLY_V : 0;
	return wired(line) && line->set->power_off ? 0 : SUPPLY_V;
}

static double tau_ns_of(const struct cen_line *line)
{
	double nf = wired(line) ? (double)line->set->cen_nf : 0;

	if (line->drive != CEN_RELEASED)
		return OUTPUT_OHM * nf;
	/* The inner one beside it makes less of a difference than its tolerance. */
	if (wired(line) && (line->set->cen_pullup || line->set->power_off))
		return PULL_UP_OHM * nf;
	return INNER_PULL_UP_OHM * (nf + PIN_NF);
}

/* ---- time ---- */

static double volts_at(const struct cen_line *line, int64_t t)
{
	if (line->tau_ns <= 0)
		return line->target;
	return line->target + (line->volts - line->target) * exp(-(double)(t - line->since) / line->tau_ns);
}

static void settle(struct cen_line *line)
{
	line->volts = line->target;
	line->tau_ns = 0;
	line->high = line->target > THRESHOLD_V;
	line->change = BENCH_NEVER;
}

static void plan_change(struct cen_line *line)
{
	double share = (line->volts - line->target) / (THRESHOLD_V - line->target);

	line->change = BENCH_NEVER;
	if ((line->target > THRESHOLD_V) != line->high)
		line->change = line->since + (int64_t)ceil(line->tau_ns * log(share));
}

/* The charge stays where it is, until it has leaked off. */
static void let_float(struct cen_line *line, int64_t t)
{
	line->target = line->volts;
	line->tau_ns = 0;
	line->change = line->high ? BENCH_NEVER : t + FLOAT_HOLD_NS;
}

void cen_line_drive(struct cen_line *line, int64_t t, enum cen_drive drive)
{
	cen_line_pass_time(line, t);
	if (drive == line->drive)
		return;
	line->volts = volts_at(line, t);
	line->since = t;
	line->drive = drive;
	if (floats(line)) {
		let_float(line, t);
		return;
	}
	line->target = target_of(line);
	line->tau_ns = tau_ns_of(line);
	if (line->tau_ns > 0)
		plan_change(line);
	else
		settle(line);
}

int64_t cen_line_next(const struct cen_line *line)
{
	return line->change;
}

void cen_line_pass_time(struct cen_line *line, int64_t t)
{
	if (t < line->change)
		return;
	line->change = BENCH_NEVER;
	line->high = !line->high;
	if (floats(line))
		line->volts = line->target = SUPPLY_V;
}

void cen_line_init(struct cen_line *line, const struct settings *settings)
{
	*line = (struct cen_line){ .set = settings, .drive = CEN_RELEASED };
	line->target = target_of(line);
	settle(line);
}
