/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Endpoint 0 of a CH341A: the standard requests, and those of WCH. */
#ifndef BEKEN_EMU_USB_CONTROL_H
#define BEKEN_EMU_USB_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "bench.h"
#include "settings.h"
#include "usb_descriptors.h"

struct usb_control {
	const struct settings *set;
	const struct descriptors *descriptors;
	uint8_t configuration;
	bool halted_out, halted_in;	/* the bulk endpoints */
	bool clears_buffers;		/* the last request asks for it */
};

/* As after a reset of the port by a host that has chosen the configuration. */
void usb_control_reset(struct usb_control *control);

/* Carries out the request of a control URB: takes or fills its data, and sets
 * its progress. */
enum bench_urb_status usb_control_request(struct usb_control *control, struct bench_urb *urb);

#endif
