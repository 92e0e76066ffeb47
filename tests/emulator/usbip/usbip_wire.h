/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The messages of USB/IP 1.1.1: bytes in, bytes out. All numbers are big-endian.
 * Source: Linux Documentation/usb/usbip_protocol.rst; status codes of the
 * operations from tools/usb/usbip/libsrc/usbip_common.h.
 */
#ifndef BEKEN_EMU_USBIP_WIRE_H
#define BEKEN_EMU_USBIP_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "bench.h"

#define USBIP_PORT 3240
#define USBIP_VERSION 0x0111

#define USBIP_OP_SIZE 8
#define USBIP_BUSID_SIZE 32
#define USBIP_DEVICE_SIZE 312
#define USBIP_INTERFACE_SIZE 4
#define USBIP_HEADER_SIZE 48

enum usbip_op_code {
	USBIP_REQ_IMPORT = 0x8003,
	USBIP_REP_IMPORT = 0x0003,
	USBIP_REQ_DEVLIST = 0x8005,
	USBIP_REP_DEVLIST = 0x0005,
};

enum usbip_op_status {
	USBIP_ST_OK, USBIP_ST_NA, USBIP_ST_DEV_BUSY, USBIP_ST_DEV_ERR, USBIP_ST_NODEV, USBIP_ST_ERROR
};

enum usbip_command_code {
	USBIP_CMD_SUBMIT = 1, USBIP_CMD_UNLINK, USBIP_RET_SUBMIT, USBIP_RET_UNLINK
};

enum { USBIP_DIR_OUT, USBIP_DIR_IN };

/* URB flag (include/linux/usb.h): a short IN transfer is an error. */
#define USBIP_SHORT_NOT_OK 0x0001

/* Error numbers travel as Linux has them on most machines, whatever ours is. */
enum {
	USBIP_ENOENT = 2, USBIP_EINVAL = 22, USBIP_EPIPE = 32, USBIP_EPROTO = 71, USBIP_EOVERFLOW = 75,
	USBIP_ECONNRESET = 104, USBIP_ESHUTDOWN = 108, USBIP_ETIMEDOUT = 110, USBIP_EREMOTEIO = 121
};

struct usbip_op {
	uint16_t version, code;
	uint32_t status;
};

struct usbip_command {
	uint32_t command, seqnum, devid, direction, endpoint;
	uint32_t flags, length, n_packets;	/* of a SUBMIT */
	uint8_t setup[8];
	uint32_t unlink_seqnum;			/* of an UNLINK */
};

void usbip_get_op(const uint8_t *bytes, struct usbip_op *op);
void usbip_put_op(uint8_t *bytes, enum usbip_op_code code, uint32_t status);
void usbip_put_number(uint8_t *bytes, uint32_t number);
void usbip_put_device(uint8_t *bytes, const struct bench_usb *usb, const char *busid);
/* The one interface of the device. */
void usbip_put_interface(uint8_t *bytes, const struct bench_usb *usb);

void usbip_get_command(const uint8_t *bytes, struct usbip_command *command);
/* actual: bytes moved, 0 for an UNLINK. */
void usbip_put_reply(uint8_t *bytes, enum usbip_command_code code, uint32_t seqnum, int32_t status,
		     uint32_t actual);

/* How clients name the device in each command. */
uint32_t usbip_devid(const struct bench_usb *usb);

#endif
