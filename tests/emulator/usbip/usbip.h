/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `beken-emu usbip`: the bench as USB devices for any Linux kernel. */
#ifndef BEKEN_EMU_USBIP_H
#define BEKEN_EMU_USBIP_H

/* argv[0] is the word `usbip`. Returns the exit status. */
int usbip_main(int argc, char **argv);

#endif
