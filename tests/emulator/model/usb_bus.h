/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The USB cable of one board: turns URBs into packets for the CH341A and back,
 * at full-speed pace, with a host that is never instant, and with faults.
 */
#ifndef BEKEN_EMU_USB_BUS_H
#define BEKEN_EMU_USB_BUS_H

#include <stdint.h>
#include <stdio.h>

#include "bench.h"
#include "ch341a_model.h"
#include "device_trace.h"
#include "usb_descriptors.h"
#include "wires.h"

struct usb_bus;

/* All arguments must outlive it. */
struct usb_bus *usb_new(const struct settings *settings, const struct trace *trace,
			const struct descriptors *descriptors, struct ch341a *chip,
			struct wires *wires);
void usb_free(struct usb_bus *bus);

/* See bench_submit(), bench_cancel(), bench_unplug(), bench_plug(),
 * bench_usb_reset(). */
int usb_submit(struct usb_bus *bus, int64_t now, struct bench_urb *urb);
void usb_cancel(struct usb_bus *bus, int64_t now, struct bench_urb *urb);
void usb_unplug(struct usb_bus *bus, int64_t now);
void usb_plug(struct usb_bus *bus, int64_t now);
void usb_reset(struct usb_bus *bus, int64_t now);
bool usb_attached(const struct usb_bus *bus);

/* A kernel driver sends a packet past all URBs. */
void usb_inject(struct usb_bus *bus, int64_t now, const uint8_t *packet, size_t length);

int64_t usb_next(const struct usb_bus *bus);
/* See bench_next_transfer(). */
int64_t usb_next_transfer(const struct usb_bus *bus);
/* Does what is due at now. Finished URBs wait in usb_finished(). */
void usb_step(struct usb_bus *bus, int64_t now);

/* Takes the oldest finished URB, or NULL. */
struct bench_urb *usb_finished(struct usb_bus *bus);
bool usb_has_finished(const struct usb_bus *bus);

void usb_report(const struct usb_bus *bus, FILE *out);

#endif
