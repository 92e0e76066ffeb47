/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stand-in for the core of flashrom or flashprog, as far as a driver sees
 * it. The same for all releases on this side; core.c knows what differs.
 */
#ifndef NATIVE_CORE_H
#define NATIVE_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum core_stage { CORE_READ, CORE_WRITE };

/* Messages up to this level (0: errors only) are printed to stderr. */
void core_verbosity(unsigned int level);

/* Starts the programmer with the text behind "ch341a_beken:". Returns 0 if it
 * has registered a master and has asked for every parameter. */
int core_init(const char *params);

/* Calls what was registered, the last first. Also after a failed init. */
void core_shutdown(void);

/* What is known of the flash since the probe. */
void core_set_chip(unsigned int size, unsigned int page_size);

int core_command(const uint8_t *out, unsigned int n_out, uint8_t *in, unsigned int n_in);

/* Write enable and a command, as one list. */
int core_enabled_command(const uint8_t *out, unsigned int n_out);

int core_read(uint8_t *data, unsigned int start, unsigned int length);
int core_write(const uint8_t *data, unsigned int start, unsigned int length);
void core_delay(unsigned int us);

/* Between the two, the driver reports that it gets on; the second says whether
 * it has reported what its release asks for. */
void core_begin(enum core_stage stage, size_t total);
bool core_end(void);

#endif
