/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands from outside, one a line, while a USB/IP server runs. */
#ifndef BEKEN_EMU_USBIP_CONTROL_H
#define BEKEN_EMU_USBIP_CONTROL_H

#include <stdbool.h>

#include "usbip_exports.h"

struct usbip_control {
	int fd;			/* -1: none */
	bool is_stdin;
	char line[128];
	unsigned int length;	/* of what has come of a line */
	bool too_long;		/* the rest of the line is skipped */
};

#define USBIP_CONTROL_HELP \
	"  unplug BUSID|all   pulls the plug of a device\n" \
	"  plug BUSID|all     puts it back in, under another address\n" \
	"  quit               ends as SIGTERM does\n"

/* path: a FIFO, `-` for stdin, or NULL for none. Returns 0, or -1 after a
 * message. */
int usbip_control_open(struct usbip_control *control, const char *path);
void usbip_control_close(struct usbip_control *control);

/* Reads what there is and does it. Returns true after `quit`. */
bool usbip_control_read(struct usbip_control *control, struct usbip_exports *exports);

#endif
