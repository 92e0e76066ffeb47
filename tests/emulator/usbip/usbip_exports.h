/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The devices of a bench as a USB/IP server offers them: by bus id, each to one
 * client at a time, plugged and unplugged. Says on stdout what happens. */
#ifndef BEKEN_EMU_USBIP_EXPORTS_H
#define BEKEN_EMU_USBIP_EXPORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench.h"
#include "usbip_wire.h"

struct usbip_exports;

/* The bench is borrowed and must have power. replug_after: so long after it was
 * unplugged, a device comes back (emulated ns), or BENCH_NEVER. */
struct usbip_exports *usbip_exports_new(struct bench *bench, int64_t replug_after);
void usbip_exports_free(struct usbip_exports *exports); /* NULL is fine */

struct bench *usbip_exports_bench(const struct usbip_exports *exports);
unsigned int usbip_exports_count(const struct usbip_exports *exports);
const char *usbip_exports_busid(const struct usbip_exports *exports, unsigned int dev);
/* Attached, and nobody has imported it. */
bool usbip_exports_available(const struct usbip_exports *exports, unsigned int dev);

/* The device of that bus id, attached or not; or -1. */
int usbip_exports_find(const struct usbip_exports *exports, const char *busid);

/* Gives the device to a client; USBIP_ST_OK if it may have it. `client` is for
 * the message. */
enum usbip_op_status usbip_exports_import(struct usbip_exports *exports, unsigned int dev, const char *client);
/* Takes it back, with a reset of the port as usbip-host does: all URBs end and
 * have been given back when this returns. */
void usbip_exports_release(struct usbip_exports *exports, unsigned int dev);

void usbip_exports_unplug(struct usbip_exports *exports, unsigned int dev);
void usbip_exports_plug(struct usbip_exports *exports, unsigned int dev);

/* Notices what the bench has unplugged, and plugs in what is due. Returns the
 * emulated time at which to call it again, or BENCH_NEVER. */
int64_t usbip_exports_look(struct usbip_exports *exports);

#endif
