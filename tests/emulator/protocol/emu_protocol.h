/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the preload library in a client process and the server say to each
 * other. Both are built from the same tree, so the structs go over the
 * socket as they lie in memory.
 *
 * A connection belongs to one thread. It is a byte stream of messages, each
 * with a struct emu_msg in front; all sizes are multiples of 8, so that a
 * message in a receive buffer is aligned.
 */
#ifndef BEKEN_EMU_PROTOCOL_H
#define BEKEN_EMU_PROTOCOL_H

#include <stdatomic.h>
#include <stdint.h>

#define EMU_SOCKET_ENV "BEKEN_EMU_SOCKET"
#define EMU_CLOCK_NAME "clock"	/* beside the socket */
#define EMU_MAGIC 0x424b3031u
#define EMU_NEVER INT64_MAX
#define EMU_MAX_DEVICES 32	/* bits in emu_page.attached */

/* The file that every client maps read-only. */
struct emu_page {
	uint32_t magic;
	uint32_t virtual_clock;	/* 0: clocks and sleeps stay real */
	int64_t realtime_base_ns;
	int64_t monotonic_base_ns;
	int64_t real_start_ns;	/* CLOCK_MONOTONIC when the time was 0 */
	_Atomic int64_t now_ns;
	_Atomic uint32_t attached;	/* bit per device */
};

enum emu_type {
	/* client to server */
	EMU_HELLO = 1,
	EMU_WAIT,
	EMU_UNWAIT,
	EMU_NOTIFY,
	EMU_SUBMIT,
	EMU_CANCEL,
	EMU_REQUEST,
	/* server to client */
	EMU_WOKE = 64,
	EMU_DONE,
	EMU_RESULT,
};

struct emu_msg {
	uint32_t size;	/* of all, with this header and the padding */
	uint32_t type;
};

struct emu_hello {
	struct emu_msg msg;
	uint32_t magic;
	int32_t pid;
	int32_t tid;
	uint32_t pad;
};

/* The thread sleeps until `deadline`, or until what the flags name. */
#define EMU_WAIT_EVENTS 1u	/* completed URBs of context ctx */
#define EMU_WAIT_NOTIFY 2u	/* an EMU_NOTIFY for ctx newer than gen */
#define EMU_WAIT_FDS 4u	/* it also polls file descriptors of its own */
/* It sleeps on something else (a futex), cannot be woken over the socket, and
 * will look at the clock page by itself, soon: no EMU_WOKE is sent. */
#define EMU_WAIT_TIMER 8u

struct emu_wait_msg {
	struct emu_msg msg;
	uint32_t seq;
	uint32_t flags;
	int64_t deadline;
	uint32_t ctx;
	uint32_t gen;
};

struct emu_seq {	/* EMU_UNWAIT, EMU_WOKE */
	struct emu_msg msg;
	uint32_t seq;
	uint32_t pad;
};

struct emu_notify {
	struct emu_msg msg;
	uint32_t ctx;
	uint32_t gen;
};

struct emu_submit {	/* data of an OUT transfer follows */
	struct emu_msg msg;
	uint32_t urb;	/* the client's number for it */
	uint32_t handle;
	uint32_t ctx;
	uint32_t length;
	uint32_t timeout_ms;	/* 0: none */
	uint8_t endpoint;
	uint8_t pad[3];
	uint8_t setup[8];
};

struct emu_cancel {
	struct emu_msg msg;
	uint32_t urb;
	uint32_t pad;
};

struct emu_done {	/* data of an IN transfer follows */
	struct emu_msg msg;
	uint32_t urb;
	uint32_t status;	/* enum emu_status */
	uint32_t actual;
	uint32_t pad;
};

enum emu_status {
	EMU_OK,
	EMU_STALL,
	EMU_OVERFLOW,
	EMU_ERROR,
	EMU_CANCELLED,
	EMU_TIMED_OUT,
	EMU_GONE,
};

enum emu_op {
	EMU_OP_LIST,	/* -> struct emu_device each */
	EMU_OP_OPEN,	/* a: device -> value: handle */
	EMU_OP_CLOSE,	/* a: handle */
	EMU_OP_CLAIM,	/* a: handle, b: interface, c: 1 to detach a driver */
	EMU_OP_RELEASE,	/* a: handle, b: interface */
	EMU_OP_DRIVER_ACTIVE,
	EMU_OP_DETACH,
	EMU_OP_ATTACH,
	EMU_OP_GET_CONFIG,	/* a: handle -> value */
	EMU_OP_SET_CONFIG,	/* a: handle, b: value */
	EMU_OP_SET_ALT,	/* a: handle, b: interface, c: alternate setting */
	EMU_OP_RESET,	/* a: handle */
	EMU_OP_SET_TIMER,	/* first, interval: of SIGALRM; -> old ones */
	EMU_OP_GET_TIMER,
};

struct emu_request {
	struct emu_msg msg;
	uint32_t seq;
	uint32_t op;
	uint32_t a, b, c, pad;
	int64_t first_ns;	/* from now; 0: off */
	int64_t interval_ns;
};

/* Negative results are the errors of libusb, by their numbers. */
struct emu_result {	/* data follows */
	struct emu_msg msg;
	uint32_t seq;
	int32_t status;
	uint32_t value;
	uint32_t length;	/* of the data */
	int64_t first_ns;
	int64_t interval_ns;
};

#define EMU_MAX_CONFIG 512
#define EMU_MAX_PORTS 8

struct emu_device {
	uint32_t index;
	uint8_t bus, address, n_ports, pad;
	uint8_t ports[EMU_MAX_PORTS];
	uint8_t descriptor[18];
	uint8_t pad2[2];
	uint32_t config_length;
	uint8_t config[EMU_MAX_CONFIG];
};

#define EMU_ERROR_IO (-1)
#define EMU_ERROR_INVALID (-2)
#define EMU_ERROR_ACCESS (-3)
#define EMU_ERROR_NO_DEVICE (-4)
#define EMU_ERROR_NOT_FOUND (-5)
#define EMU_ERROR_BUSY (-6)
#define EMU_ERROR_NO_MEM (-11)

static inline uint32_t emu_padded(uint64_t size)
{
	return (uint32_t)((size + 7) & ~(uint64_t)7);
}

#endif
