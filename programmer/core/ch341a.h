/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A CH341A in SPI mode (1a86:5512) on USB: finding it, and moving packet
 * streams in and out with several transfers in flight. This is the only part
 * that knows libusb.
 */
#ifndef CH341A_BEKEN_CH341A_H
#define CH341A_BEKEN_CH341A_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ch341a_wire.h"
#include "frontend.h"

struct ch341a;

#define CH341A_PORT_SIZE 32
#define CH341A_SERIAL_SIZE 64

enum ch341a_access {
	CH341A_ACCESS_FREE,   /* may be opened */
	CH341A_ACCESS_KERNEL, /* a driver of the kernel has it; it gives way when opened */
	CH341A_ACCESS_BUSY,   /* another program has it */
	CH341A_ACCESS_DENIED, /* no permission */
	CH341A_ACCESS_BROKEN, /* anything else */
};

/* A CH341A on USB. */
struct ch341a_info {
	unsigned int bus, address;
	char port[CH341A_PORT_SIZE];	 /* such as 1-2.3 */
	char serial[CH341A_SERIAL_SIZE]; /* empty: none, or not readable */
	bool spi_mode;			 /* 1a86:5512; else serial port mode, 1a86:5523 */
	enum ch341a_access access;
};

/*
 * Looks for CH341As and fills up to `size` of infos: first those in SPI mode,
 * in the order of the numbers of ch341a_open(), then those in serial port mode.
 * Nothing is sent to any of them but requests for their descriptors. *n gets
 * how many there are. Returns 0, or an error that was said through frontend.
 */
int ch341a_list(const struct frontend *frontend, struct ch341a_info *infos, size_t size, size_t *n)
	__attribute__((nonnull, warn_unused_result));

/*
 * One stream on its way through the device. The caller owns it and its
 * buffers; all must stay in place from ch341a_submit() until `done` is set.
 */
struct ch341a_job {
	const struct ch341a_stream *stream;
	uint8_t *in;	    /* stream->in_length bytes, decoded, in order */
	size_t in_received; /* how many of them are there already */
	bool done;
	int error; /* valid once done */

	/* private to ch341a.c */
	size_t out_submitted, out_completed; /* packets */
	size_t in_submitted, in_completed;   /* packets looked at for their reply */
	size_t replies_completed;
	int64_t deadline_us;
	struct ch341a_job *next;
};

/*
 * Opens the CH341A that `selector` names (NULL: the only one attached; else a
 * number counted from 0, BUS:ADDRESS, a port path such as 1-2.3, or a serial
 * number), detaches a kernel driver, takes the interface and throws away
 * replies that a program before us has left. The pins are not touched yet. Tells
 * STEP_USB and STEP_ACCESS.
 *
 * What is wrong is said through frontend, which must outlive the device. Returns 0
 * and the device, to be closed with ch341a_close(), or BEKEN_ERR_NO_PROGRAMMER,
 * _ACCESS, _USB, _GONE, _TIMEOUT, _MEMORY.
 */
int ch341a_open(const struct frontend *frontend, const char *selector, struct ch341a **device)
	__attribute__((nonnull(1, 3), warn_unused_result));

/* Releases the device; pins stay as they are. Jobs in flight are cancelled. A
 * kernel driver that was there is not attached again: the kernel's spi-ch341
 * would drive the pins of the chip. NULL is fine. */
void ch341a_close(struct ch341a *device);

/*
 * Queues a job behind those in flight and returns at once. An error here or in
 * a job fails all jobs in flight, and every further job until
 * ch341a_recover().
 */
int ch341a_submit(struct ch341a *device, struct ch341a_job *job) __attribute__((nonnull, warn_unused_result));

/* Waits until the job is done, at most for a time that grows with its length.
 * Returns the job's error. */
int ch341a_wait(struct ch341a *device, struct ch341a_job *job) __attribute__((nonnull, warn_unused_result));

/* Waits until the job has at least `bytes` of its reply, or is done. */
int ch341a_wait_received(struct ch341a *device, struct ch341a_job *job, size_t bytes)
	__attribute__((nonnull, warn_unused_result));

/* Submit and wait; `in` takes stream->in_length bytes (may be NULL if 0). */
int ch341a_run(struct ch341a *device, const struct ch341a_stream *stream, uint8_t *in)
	__attribute__((nonnull(1, 2), warn_unused_result));

/* After an error: throws away late replies and checks that the device answers
 * again. Returns 0 if jobs can be submitted again. */
int ch341a_recover(struct ch341a *device) __attribute__((nonnull, warn_unused_result));

#endif
