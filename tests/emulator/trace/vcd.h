/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes a Value Change Dump (IEEE 1364-2005, 18.2): one-bit wires in named
 * scopes, times in ns. A trace that was cut off at the end of a line is still
 * one. The file has no date: the same changes make the same file.
 *
 * Errors are kept until vcd_close(); after the first one nothing is written.
 */
#ifndef BEKEN_EMU_VCD_H
#define BEKEN_EMU_VCD_H

#include <stdint.h>

struct vcd;

/* Replaces the file. NULL with errno set if that fails. `writer` goes into the
 * header. Changes outside of from..until (ns, both included) are not written;
 * the levels at the beginning are. */
struct vcd *vcd_open(const char *path, const char *writer, int64_t from, int64_t until);

/* The header: before the first vcd_set(). Names are without blanks. */
void vcd_begin_scope(struct vcd *vcd, const char *name);
void vcd_end_scope(struct vcd *vcd);
/* A wire in the present scope; returns its number. Its level is x until set. */
unsigned int vcd_add_wire(struct vcd *vcd, const char *name);

/* The wire has the level '0', '1', 'x' or 'z' from t on. Takes back what was set
 * for it at t and later. t must not lie before what vcd_settle() got. */
void vcd_set(struct vcd *vcd, int64_t t, unsigned int wire, char level);

/* What was set for times before t is final. Until then it is kept in memory. */
void vcd_settle(struct vcd *vcd, int64_t t);

/* The trace ends at t: what was set for later is dropped. Returns 0, or -1 with
 * errno set if anything could not be written. Frees vcd in any case. */
int vcd_close(struct vcd *vcd, int64_t t);

#endif
