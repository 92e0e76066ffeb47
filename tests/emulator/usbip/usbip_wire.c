/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "usbip_wire.h"

#include <stdio.h>
#include <string.h>

#define PATH_SIZE 256
#define FULL_SPEED 2	/* enum usb_device_speed in include/uapi/linux/usb/ch9.h */

static uint32_t get32(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static uint16_t get16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static void put16(uint8_t *bytes, uint16_t number)
{
	bytes[0] = (uint8_t)(number >> 8);
	bytes[1] = (uint8_t)number;
}

void usbip_put_number(uint8_t *bytes, uint32_t number)
{
	put16(bytes, (uint16_t)(number >> 16));
	put16(bytes + 2, (uint16_t)number);
}

/* USB descriptors are little-endian. */
static void swap16(uint8_t *bytes, const uint8_t *descriptor)
{
	bytes[0] = descriptor[1];
	bytes[1] = descriptor[0];
}

void usbip_get_op(const uint8_t *bytes, struct usbip_op *op)
{
	op->version = get16(bytes);
	op->code = get16(bytes + 2);
	op->status = get32(bytes + 4);
}

void usbip_put_op(uint8_t *bytes, enum usbip_op_code code, uint32_t status)
{
	put16(bytes, USBIP_VERSION);
	put16(bytes + 2, (uint16_t)code);
	usbip_put_number(bytes + 4, status);
}

void usbip_put_device(uint8_t *bytes, const struct bench_usb *usb, const char *busid)
{
	const uint8_t *device = usb->device_descriptor;
	const uint8_t *config = usb->config_descriptor;

	memset(bytes, 0, USBIP_DEVICE_SIZE);
	snprintf((char *)bytes, PATH_SIZE, "/sys/devices/platform/beken-emu/usb%u/%s", usb->bus, busid);
	bytes += PATH_SIZE;
	snprintf((char *)bytes, USBIP_BUSID_SIZE, "%s", busid);
	bytes += USBIP_BUSID_SIZE;
	usbip_put_number(bytes, usb->bus);
	usbip_put_number(bytes + 4, usb->address);
	usbip_put_number(bytes + 8, FULL_SPEED);
	swap16(bytes + 12, device + 8);		/* idVendor */
	swap16(bytes + 14, device + 10);	/* idProduct */
	swap16(bytes + 16, device + 12);	/* bcdDevice */
	memcpy(bytes + 18, device + 4, 3);	/* class, subclass, protocol */
	bytes[21] = config[5];			/* bConfigurationValue */
	bytes[22] = device[17];			/* bNumConfigurations */
	bytes[23] = config[4];			/* bNumInterfaces */
}

void usbip_put_interface(uint8_t *bytes, const struct bench_usb *usb)
{
	/* Behind the 9 bytes of the configuration; class, subclass, protocol. */
	memcpy(bytes, usb->config_descriptor + 9 + 5, 3);
	bytes[3] = 0;
}

void usbip_get_command(const uint8_t *bytes, struct usbip_command *command)
{
	command->command = get32(bytes);
	command->seqnum = get32(bytes + 4);
	command->devid = get32(bytes + 8);
	command->direction = get32(bytes + 12);
	command->endpoint = get32(bytes + 16);
	/* The same place holds either of the two. */
	command->flags = command->unlink_seqnum = get32(bytes + 20);
	command->length = get32(bytes + 24);
	command->n_packets = get32(bytes + 32);
	memcpy(command->setup, bytes + 40, sizeof(command->setup));
}

void usbip_put_reply(uint8_t *bytes, enum usbip_command_code code, uint32_t seqnum, int32_t status,
		     uint32_t actual)
{
	/* devid, direction and endpoint are 0. So is number_of_packets: the text
	 * asks for ffffffff, Linux sends 0 (see the capture in the same text). */
	memset(bytes, 0, USBIP_HEADER_SIZE);
	usbip_put_number(bytes, code);
	usbip_put_number(bytes + 4, seqnum);
	usbip_put_number(bytes + 20, (uint32_t)status);
	usbip_put_number(bytes + 24, actual);
}

uint32_t usbip_devid(const struct bench_usb *usb)
{
	return usb->bus << 16 | usb->address;
}
