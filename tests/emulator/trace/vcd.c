/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vcd.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Identifier codes are made of the printable characters without the blank. */
#define ID_FIRST '!'
#define ID_CHARACTERS 94
#define ID_SIZE 6

struct change {
	int64_t t;
	unsigned int wire;
	char level;
};

struct vcd {
	FILE *out;
	int error;		/* errno of the first failure, or 0 */
	int64_t from, until;
	int64_t settled;

	char *levels;		/* as of the last change written or left out */
	size_t n_wires;
	unsigned int depth;	/* of scopes */

	/* Not final yet, in order of time. */
	struct change *pending;
	size_t n_pending, pending_size;

	bool defined, begun;
	int64_t written;	/* the last time stamp; if begun */
};

static void *must(void *p)
{
	if (!p)
		abort();
	return p;
}

static void put(struct vcd *vcd, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct vcd *vcd, const char *format, ...)
{
	va_list args;

	if (vcd->error)
		return;
	va_start(args, format);
	if (vfprintf(vcd->out, format, args) < 0)
		vcd->error = errno;
	va_end(args);
}

/* ---- header ---- */

struct vcd *vcd_open(const char *path, const char *writer, int64_t from, int64_t until)
{
	FILE *out = fopen(path, "we");
	struct vcd *vcd;

	if (!out)
		return NULL;
	vcd = must(calloc(1, sizeof(*vcd)));
	vcd->out = out;
	vcd->from = from;
	vcd->until = until;
	vcd->settled = INT64_MIN;
	put(vcd, "$version %s $end\n$timescale 1 ns $end\n", writer);
	return vcd;
}

void vcd_begin_scope(struct vcd *vcd, const char *name)
{
	assert(!vcd->defined);
	put(vcd, "$scope module %s $end\n", name);
	vcd->depth++;
}

void vcd_end_scope(struct vcd *vcd)
{
	assert(!vcd->defined && vcd->depth);
	put(vcd, "$upscope $end\n");
	vcd->depth--;
}

static const char *identifier(size_t wire, char text[ID_SIZE])
{
	size_t n = 0;

	do {
		text[n++] = (char)(ID_FIRST + wire % ID_CHARACTERS);
		wire /= ID_CHARACTERS;
	} while (wire && n < ID_SIZE - 1);
	text[n] = '\0';
	return text;
}

unsigned int vcd_add_wire(struct vcd *vcd, const char *name)
{
	char id[ID_SIZE];

	assert(!vcd->defined);
	put(vcd, "$var wire 1 %s %s $end\n", identifier(vcd->n_wires, id), name);
	vcd->levels = must(realloc(vcd->levels, vcd->n_wires + 1));
	vcd->levels[vcd->n_wires] = 'x';
	return (unsigned int)vcd->n_wires++;
}

static void end_header(struct vcd *vcd)
{
	assert(!vcd->depth);
	if (!vcd->defined)
		put(vcd, "$enddefinitions $end\n");
	vcd->defined = true;
}

/* ---- what is final ---- */

static void stamp(struct vcd *vcd, int64_t t)
{
	if (vcd->begun && t == vcd->written)
		return;
	put(vcd, "#%" PRId64 "\n", t);
	vcd->written = t;
}

static void put_level(struct vcd *vcd, size_t wire)
{
	char id[ID_SIZE];

	put(vcd, "%c%s\n", vcd->levels[wire], identifier(wire, id));
}

static void begin(struct vcd *vcd, int64_t t)
{
	stamp(vcd, t);
	vcd->begun = true;
	put(vcd, "$dumpvars\n");
	for (size_t i = 0; i < vcd->n_wires; i++)
		put_level(vcd, i);
	put(vcd, "$end\n");
}

static void write_change(struct vcd *vcd, const struct change *change)
{
	if (change->t > vcd->until)
		return;
	/* All up to the beginning goes into the levels at the beginning. */
	if (!vcd->begun && change->t > vcd->from)
		begin(vcd, vcd->from);
	if (vcd->levels[change->wire] == change->level)
		return;
	vcd->levels[change->wire] = change->level;
	if (!vcd->begun)
		return;
	stamp(vcd, change->t);
	put_level(vcd, change->wire);
}

/* ---- what is not ---- */

static void drop(struct vcd *vcd, size_t first, size_t n)
{
	if (!n)
		return;
	memmove(vcd->pending + first, vcd->pending + first + n,
		(vcd->n_pending - first - n) * sizeof(*vcd->pending));
	vcd->n_pending -= n;
}

static void insert(struct vcd *vcd, size_t at, struct change change)
{
	if (vcd->n_pending == vcd->pending_size) {
		vcd->pending_size = vcd->pending_size ? 2 * vcd->pending_size : 256;
		vcd->pending = must(realloc(vcd->pending, vcd->pending_size * sizeof(change)));
	}
	memmove(vcd->pending + at + 1, vcd->pending + at,
		(vcd->n_pending - at) * sizeof(change));
	vcd->pending[at] = change;
	vcd->n_pending++;
}

void vcd_set(struct vcd *vcd, int64_t t, unsigned int wire, char level)
{
	size_t at = vcd->n_pending;

	assert(t >= vcd->settled && wire < vcd->n_wires && strchr("01xz", level));
	end_header(vcd);
	/* Changes mostly come in order, so the place is near the end. */
	while (at && vcd->pending[at - 1].t >= t) {
		at--;
		if (vcd->pending[at].wire == wire)
			drop(vcd, at, 1);
	}
	/* Behind those of other wires at the same time. */
	while (at < vcd->n_pending && vcd->pending[at].t == t)
		at++;
	insert(vcd, at, (struct change){ t, wire, level });
}

void vcd_settle(struct vcd *vcd, int64_t t)
{
	size_t n = 0;

	if (t <= vcd->settled)
		return;
	vcd->settled = t;
	while (n < vcd->n_pending && vcd->pending[n].t < t)
		write_change(vcd, &vcd->pending[n++]);
	drop(vcd, 0, n);
}

static int64_t clamp(int64_t t, int64_t min, int64_t max)
{
	if (t < min)
		return min;
	return t > max ? max : t;
}

int vcd_close(struct vcd *vcd, int64_t t)
{
	int64_t end = t < vcd->until ? t : vcd->until;
	int error;

	end_header(vcd);
	vcd_settle(vcd, t == INT64_MAX ? t : t + 1);
	if (!vcd->begun)
		begin(vcd, clamp(vcd->from, INT64_MIN, end));
	/* For how long the last levels lasted. */
	stamp(vcd, clamp(end, vcd->written, INT64_MAX));
	if (fclose(vcd->out) && !vcd->error)
		vcd->error = errno;
	error = vcd->error;
	free(vcd->pending);
	free(vcd->levels);
	free(vcd);
	errno = error;
	return error ? -1 : 0;
}
