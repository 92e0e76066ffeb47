/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A CH341A in SPI mode (1a86:5512) on USB: moves packet streams in and out,
 * with several transfers in flight.
 */
#ifndef CH341A_BEKEN_CH341A_H
#define CH341A_BEKEN_CH341A_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ch341a_wire.h"
#include "frontend.h"

struct ch341a;

/*
 * One stream on its way through the device. The caller owns the job, its stream
 * and its buffer; all must stay in place from ch341a_submit() until `done` is
 * set.
 */
struct ch341a_job {
	const struct ch341a_stream *stream;
	uint8_t *in; /* gets the stream->in_length bytes of all replies, decoded */
	bool done;
	int error; /* valid once done */
};

/*
 * Opens the CH341A that `selector` names (NULL: the only one attached; else a
 * number counted from 0, BUS:ADDRESS, a port path such as 1-2.3, or a serial
 * number), detaches a kernel driver, takes the interface, throws away replies that
 * a program before us has left, and drives the idle levels. Tells STEP_USB and
 * STEP_ACCESS.
 *
 * pipeline: frames are queued behind each other, if a self-test shows that this
 * CH341A carries them out in order. Else no pin packet is sent before the replies
 * to all packets before it are read.
 *
 * What is wrong is said through frontend, which must outlive the device. Returns 0 and the device, to be closed
 * with ch341a_close(), or BEKEN_ERR_NO_PROGRAMMER,
 * _ACCESS, _USB, _GONE, _TIMEOUT, _MEMORY.
 */
int ch341a_open(const struct frontend *frontend, const char *selector, bool pipeline, struct ch341a **device)
	__attribute__((nonnull(1, 4), warn_unused_result));

/* Releases the device; pins stay as they are. Jobs in flight are cancelled. A
 * kernel driver that was there is not attached again: the kernel's spi-ch341
 * would drive the pins of the chip. NULL is fine. */
void ch341a_close(struct ch341a *device);

/*
 * Queues a job behind those in flight. Returns at once, unless eight jobs are in
 * flight: then it waits for the oldest. An error here or in a job fails all jobs
 * in flight, and every further job until ch341a_recover().
 */
int ch341a_submit(struct ch341a *device, struct ch341a_job *job) __attribute__((nonnull, warn_unused_result));

/* Waits until the job is done, at most for a time that grows with its length.
 * Returns the job's error. */
int ch341a_wait(struct ch341a *device, struct ch341a_job *job) __attribute__((nonnull, warn_unused_result));

/* Submit and wait; `in` takes stream->in_length bytes (may be NULL if 0). */
int ch341a_run_once(struct ch341a *device, const struct ch341a_stream *stream, uint8_t *in)
	__attribute__((nonnull(1, 2), warn_unused_result));

/* The same, for what does no harm if it is done twice: after a wrong reply once
 * more, behind ch341a_fall_back(). */
int ch341a_run(struct ch341a *device, const struct ch341a_stream *stream, uint8_t *in)
	__attribute__((nonnull(1, 2), warn_unused_result));

/* Carries out a stream in another way than by SPI packets, with ch341a_run(). Returns
 * 0 or an error. */
typedef int ch341a_run_fn(void *arg, struct ch341a *device, const struct ch341a_stream *stream, uint8_t *in);

/* From now on each job is carried out by `run`, while ch341a_submit() waits for it.
 * arg must stay valid until the device is closed. */
void ch341a_replace_run(struct ch341a *device, ch341a_run_fn *run, void *arg) __attribute__((nonnull(1, 2)));

/* After an error: throws away late replies and checks that the device answers
 * again. All pins are driven, at their idle levels. Returns 0 if jobs can be
 * submitted again. */
int ch341a_recover(struct ch341a *device) __attribute__((nonnull, warn_unused_result));

/* Ends the queueing of frames, says so, with -V also why, and recovers. False: frames
 * were not queued before, or the device does not answer any more. No job may be in
 * flight. */
bool ch341a_fall_back(struct ch341a *device, const char *why) __attribute__((nonnull));
bool ch341a_is_pipelined(const struct ch341a *device) __attribute__((nonnull));

/* Drives all pins at their idle levels and sends one SPI byte, CS high. Returns 0 if
 * one byte came back. No job may be in flight. */
int ch341a_ping(struct ch341a *device) __attribute__((nonnull, warn_unused_result));

/* Whether queued packets are carried out in order, each with a reply of its own. CS
 * is high all the time. Pins must be as after ch341a_ping(). */
int ch341a_self_test(struct ch341a *device) __attribute__((nonnull, warn_unused_result));

#endif
