/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages of a server that must not stop when nobody reads them. */
#ifndef BEKEN_EMU_USBIP_SAY_H
#define BEKEN_EMU_USBIP_SAY_H

/* One line to stdout, or nothing if that would have to wait. */
void usbip_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same to stderr, with the program's name in front. */
void usbip_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
