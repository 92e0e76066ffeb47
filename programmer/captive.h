/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs a program as our client on a pseudo terminal, until it ends. */
#ifndef CH341A_BEKEN_CAPTIVE_H
#define CH341A_BEKEN_CAPTIVE_H

#include <stddef.h>
#include <stdint.h>

#include "pty.h"

struct captive;

/* What the program sends. */
typedef void captive_receive_fn(void *arg, const uint8_t *data, size_t n);

/*
 * Starts argv[0] from path with argv. From now on SIGINT, SIGTERM, SIGHUP and
 * SIGQUIT are counted and passed on to it. The pty must outlive the captive.
 * NULL with errno on failure. Only one captive can exist at a time.
 */
struct captive *captive_start(const char *path, char *const *argv, struct pty *pty);

/* Serves the program until it has ended; its wait status. */
int captive_run(struct captive *captive, captive_receive_fn *receive, void *arg);

/* Sends to the program; returns when all is on its way, or the program ended. */
void captive_send(struct captive *captive, const uint8_t *data, size_t n);

/* Signals that came so far. Safe to ask without a captive: 0. */
unsigned int captive_signals(void);

/* The number of the last of them; 0 if none came. */
int captive_last_signal(void);

void captive_free(struct captive *captive);

#endif
