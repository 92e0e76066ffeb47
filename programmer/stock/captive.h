/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs a program as our client on a pseudo terminal, until it ends. */
#ifndef CH341A_BEKEN_CAPTIVE_H
#define CH341A_BEKEN_CAPTIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pty.h"

struct captive;

/* What the program sends. */
typedef void captive_receive_fn(void *arg, const uint8_t *data, size_t n);

/*
 * Starts argv[0] from path with argv. From now on the signals of
 * signals_count.h are counted and passed on to it. With take_output, what it
 * prints comes to the screen through us; see captive_output.h. The pty must
 * outlive the captive. NULL with errno on failure. Only one captive can exist
 * at a time.
 */
struct captive *captive_start(const char *path, char *const *argv, struct pty *pty, bool take_output);

/* Serves the program until it has ended and all that it has printed is on the
 * screen; its wait status. */
int captive_run(struct captive *captive, captive_receive_fn *receive, void *arg);

/* Sends to the program; returns when all is on its way, or the program ended. */
void captive_send(struct captive *captive, const uint8_t *data, size_t n);

void captive_free(struct captive *captive);

#endif
