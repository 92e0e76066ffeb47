/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "usb_control.h"

#include <string.h>

void usb_control_reset(struct usb_control *control)
{
	control->halted_out = control->halted_in = false;
	control->configuration = 1;
}

static bool *halt_flag(struct usb_control *control, uint16_t endpoint)
{
	if (endpoint == 0x02)
		return &control->halted_out;
	return endpoint == 0x82 ? &control->halted_in : NULL;
}

static enum bench_urb_status reply_control(struct bench_urb *urb, const uint8_t *data, size_t n)
{
	size_t wanted = urb->setup[6] | urb->setup[7] << 8;

	wanted = wanted < urb->length ? wanted : urb->length;
	n = n < wanted ? n : wanted;
	if (n)
		memcpy(urb->data, data, n);
	urb->priv.progress = n;
	return BENCH_URB_OK;
}

static enum bench_urb_status get_descriptor(struct usb_control *control, struct bench_urb *urb)
{
	uint8_t data[256];
	size_t n = descriptors_get(control->descriptors,
				   (uint16_t)(urb->setup[2] | urb->setup[3] << 8), data);

	return n ? reply_control(urb, data, n) : BENCH_URB_STALL;
}

static enum bench_urb_status standard_in(struct usb_control *control, struct bench_urb *urb)
{
	uint8_t data[2] = { 0, 0 };
	const bool *halted = halt_flag(control, urb->setup[4]);

	switch (urb->setup[1]) {
	case 0:		/* GET_STATUS */
		data[0] = (urb->setup[0] & 0x1f) == 2 && halted && *halted;
		return reply_control(urb, data, 2);
	case 6:
		return get_descriptor(control, urb);
	case 8:		/* GET_CONFIGURATION */
		data[0] = control->configuration;
		return reply_control(urb, data, 1);
	case 10:	/* GET_INTERFACE */
		return reply_control(urb, data, 1);
	default:
		return BENCH_URB_STALL;
	}
}

static enum bench_urb_status set_configuration(struct usb_control *control, unsigned int value)
{
	/* USB 2.0, 9.4.7: 0 or one that a descriptor has named. */
	if (value && value != control->descriptors->config[5])
		return BENCH_URB_STALL;
	control->configuration = (uint8_t)value;
	control->halted_out = control->halted_in = false;
	return BENCH_URB_OK;
}

static enum bench_urb_status set_interface(struct usb_control *control, const uint8_t *setup)
{
	/* USB 2.0, 9.4.10: there is interface 0, without alternatives. */
	if (setup[2] || setup[3] || setup[4] || setup[5])
		return BENCH_URB_STALL;
	control->halted_out = control->halted_in = false;
	return BENCH_URB_OK;
}

static enum bench_urb_status standard_out(struct usb_control *control, struct bench_urb *urb)
{
	bool *halted = halt_flag(control, urb->setup[4]);

	switch (urb->setup[1]) {
	case 1:		/* CLEAR_FEATURE */
	case 3:		/* SET_FEATURE */
		if ((urb->setup[0] & 0x1f) == 2 && urb->setup[2] == 0 && halted)
			*halted = urb->setup[1] == 3;
		return BENCH_URB_OK;
	case 9:		/* SET_CONFIGURATION */
		return set_configuration(control, urb->setup[2] | urb->setup[3] << 8);
	case 11:	/* SET_INTERFACE */
		return set_interface(control, urb->setup);
	case 5:		/* SET_ADDRESS */
		return BENCH_URB_OK;
	default:
		return BENCH_URB_STALL;
	}
}

/* Requests of WCH CH341DLL.H. Registers of the UART read as 0. */
static enum bench_urb_status vendor_in(struct usb_control *control, struct bench_urb *urb)
{
	uint8_t data[2] = { 0, 0 };

	if (urb->setup[1] == 0x5f) {
		data[0] = (uint8_t)control->set->usb_version;
		data[1] = (uint8_t)(control->set->usb_version >> 8);
	}
	return reply_control(urb, data, 2);
}

static enum bench_urb_status vendor_out(struct usb_control *control, struct bench_urb *urb)
{
	bool clears = urb->setup[1] == 0xb1 || urb->setup[1] == 0xb2;

	control->clears_buffers = clears && control->set->buffer_clear;
	return BENCH_URB_OK;
}

enum bench_urb_status usb_control_request(struct usb_control *control, struct bench_urb *urb)
{
	const bool in = urb->setup[0] & 0x80;
	enum bench_urb_status status;

	control->clears_buffers = false;
	urb->priv.progress = in ? 0 : urb->length;
	if (urb->setup[0] & 0x40)
		status = in ? vendor_in(control, urb) : vendor_out(control, urb);
	else if (urb->setup[0] & 0x20)
		status = BENCH_URB_STALL;
	else
		status = in ? standard_in(control, urb) : standard_out(control, urb);
	if (status == BENCH_URB_STALL)
		urb->priv.progress = 0;
	return status;
}
