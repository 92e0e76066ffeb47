/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ch341a.h"

#include <assert.h>
#include <stdlib.h>

#include <libusb.h>

#include "clock.h"

#define ENDPOINT_OUT 0x02
#define ENDPOINT_IN 0x82

/* "32 most stable throughput", flashrom ch341a_spi.c; on FreeBSD that has 1. */
#ifndef CH341A_IN_TRANSFERS
#define CH341A_IN_TRANSFERS 32
#endif
/* In the device (frank-zago/ch341-i2c-spi-gpio). Fewer IN transfers get no more at a time. */
#define BUFFERED_REPLIES 4
#define FEW_IN_TRANSFERS (CH341A_IN_TRANSFERS < BUFFERED_REPLIES)
/* 4 KiB keep the device busy for 29 ms (225 us per packet). Every short SPI packet
 * ends a transfer, so a page program with its polls is four; sixteen hold four pages. */
#define OUT_TRANSFER_SIZE (FEW_IN_TRANSFERS ? BUFFERED_REPLIES * CH341A_PACKET_SIZE : 4096)
#define N_OUT_TRANSFERS 16
#define N_TRANSFERS (N_OUT_TRANSFERS + CH341A_IN_TRANSFERS)

/* The slowest host on record needs 500 us per packet (heads PR 1282); four
 * times that, and a second for a host that is busy with other things. */
#define DEADLINE_BASE_US 1000000
#define DEADLINE_PER_PACKET_US 2000
#define CANCEL_LIMIT_US 3000000 /* usually a frame or two */
/* Nothing that a die acts on, should its CS be wired to something else. */
#define NO_COMMAND 0xff
#define DRAIN_QUIET_MS 20
#define DRAIN_MAX_PACKETS 64

struct transfer {
	struct ch341a *device;
	struct libusb_transfer *usb;
	bool active;
	/* What it carries, from its submission on. */
	struct ch341a_job *job; /* IN: NULL for a reply that none has asked for */
	size_t packet;		/* IN: the packet that it is the reply to */
	uint8_t *in;		/* IN: where the reply goes */
	size_t n_packets;	/* OUT */
	uint8_t buffer[OUT_TRANSFER_SIZE];
};

struct ch341a {
	const struct frontend *frontend;
	libusb_context *context;
	libusb_device_handle *handle;
	struct transfer transfers[N_TRANSFERS]; /* first those for OUT, then those for IN */
	struct ch341a_job *oldest;		/* of those in flight */
	size_t replies_due;			/* of packets that libusb has, in all jobs */
	int error;				/* of the first failure; 0 while all is well */
	bool pipelined;				/* else no pin packet is sent before every reply is read */
	ch341a_run_fn *run;			/* in place of SPI packets, or NULL */
	void *run_arg;
};

/* ---- jobs and transfers ---- */

static void fail(struct ch341a *device, int error)
{
	if (!device->error)
		device->error = error;
}

static void end_oldest_job(struct ch341a *device, int error)
{
	struct ch341a_job *job = device->oldest;

	device->oldest = job->next;
	job->error = error;
	job->done = true;
}

static void end_completed_jobs(struct ch341a *device)
{
	const struct ch341a_job *job;

	while ((job = device->oldest) && job->out_completed == job->stream->n_packets &&
	       job->replies_completed == job->stream->n_replies)
		end_oldest_job(device, BEKEN_OK);
}

/* False: it is of no use. */
static bool take_back(struct transfer *transfer)
{
	transfer->active = false;
	if (transfer->usb->status != LIBUSB_TRANSFER_COMPLETED)
		fail(transfer->device, ch341a_error_of_status(transfer->usb->status));
	return !transfer->device->error;
}

static void LIBUSB_CALL out_done(struct libusb_transfer *usb)
{
	struct transfer *transfer = usb->user_data;

	if (!take_back(transfer))
		return;
	if (usb->actual_length != usb->length) {
		fail(transfer->device, BEKEN_ERR_USB);
		return;
	}
	transfer->job->out_completed += transfer->n_packets;
	end_completed_jobs(transfer->device);
}

static void LIBUSB_CALL in_done(struct libusb_transfer *usb)
{
	struct transfer *transfer = usb->user_data;
	struct ch341a_job *job = transfer->job;
	uint8_t reply;

	if (!job)
		transfer->active = false;
	if (!job || !take_back(transfer))
		return;
	reply = job->stream->packets[transfer->packet].reply;
	/* A reply too many, or the rest of one, takes the place of the next one:
	 * it comes too early or has another length. */
	if (transfer->packet >= job->out_submitted || usb->actual_length != (reply & CH341A_REPLY_LENGTH)) {
		frontend_message(transfer->device->frontend, MESSAGE_DEBUG,
				 "A reply of %d bytes in place of %d.", usb->actual_length,
				 reply & CH341A_REPLY_LENGTH);
		fail(transfer->device, BEKEN_ERR_PROTOCOL);
		return;
	}
	ch341a_decode_reply(transfer->in, transfer->buffer, reply);
	job->replies_completed++;
	transfer->device->replies_due--;
	end_completed_jobs(transfer->device);
}

static bool submit_transfer(struct transfer *transfer, unsigned char endpoint, size_t length,
			    libusb_transfer_cb_fn done, unsigned int timeout_ms)
{
	int code;

	libusb_fill_bulk_transfer(transfer->usb, transfer->device->handle, endpoint, transfer->buffer,
				  (int)length, done, transfer, timeout_ms);
	code = libusb_submit_transfer(transfer->usb);
	if (code)
		fail(transfer->device, ch341a_error_of_libusb(code));
	else
		transfer->active = true;
	return !code;
}

static struct transfer *find_transfer(struct ch341a *device, unsigned int first, unsigned int n, bool active)
{
	for (unsigned int i = first; i < first + n; i++) {
		if (device->transfers[i].active == active)
			return &device->transfers[i];
	}
	return NULL;
}

/* The end of what may be sent now. Without the pipeline no packet goes out before its
 * reply is asked for: a device may hang if a slow host leaves more in it than it buffers. */
static size_t sendable(const struct ch341a *device, const struct ch341a_job *job)
{
	const size_t from = job->out_submitted, asked_for = job->in_submitted;
	size_t end = job->stream->n_packets;

	if (FEW_IN_TRANSFERS && device->replies_due)
		return from;
	if (!device->pipelined)
		end = ch341a_stream_until_pins(job->stream, from, device->replies_due);
	if (device->pipelined || FEW_IN_TRANSFERS || asked_for >= end)
		return end;
	return asked_for < from + CH341A_IN_TRANSFERS / 2 ? from : asked_for;
}

static bool feed_out(struct ch341a *device, struct ch341a_job *job)
{
	while (job->out_submitted < job->stream->n_packets) {
		struct transfer *transfer = find_transfer(device, 0, N_OUT_TRANSFERS, false);
		struct ch341a_stream now = *job->stream;
		size_t length;

		now.n_packets = sendable(device, job);
		if (!transfer || now.n_packets == job->out_submitted)
			return false;
		length = ch341a_stream_transfer(&now, job->out_submitted, transfer->buffer, OUT_TRANSFER_SIZE,
						&transfer->n_packets);
		transfer->job = job;
		if (!submit_transfer(transfer, ENDPOINT_OUT, length, out_done, 0))
			return false;
		for (size_t i = 0; i < transfer->n_packets; i++)
			device->replies_due += now.packets[job->out_submitted++].reply != 0;
	}
	return true;
}

/* One IN transfer per expected packet, each as large as any packet: a shorter
 * one would turn a surprising packet into an overflow. */
static bool feed_in(struct ch341a *device, struct ch341a_job *job)
{
	for (; job->in_submitted < job->stream->n_packets; job->in_submitted++) {
		const uint8_t reply = job->stream->packets[job->in_submitted].reply;
		struct transfer *transfer;

		if (!reply)
			continue;
		transfer = find_transfer(device, N_OUT_TRANSFERS, CH341A_IN_TRANSFERS, false);
		if (!transfer)
			return false;
		transfer->job = job;
		transfer->packet = job->in_submitted;
		transfer->in = job->in + job->in_bytes;
		if (!submit_transfer(transfer, ENDPOINT_IN, CH341A_PACKET_SIZE, in_done, 0))
			return false;
		job->in_bytes += reply & CH341A_REPLY_LENGTH;
	}
	return true;
}

/* Hands as many transfers to libusb as there are, replies first. */
static void feed(struct ch341a *device)
{
	for (struct ch341a_job *job = device->oldest; job && feed_in(device, job); job = job->next)
		;
	for (struct ch341a_job *job = device->oldest; job && feed_out(device, job); job = job->next)
		;
}

static void handle_events(struct ch341a *device, int64_t limit_us)
{
	struct timeval limit;
	int code;

	/* The types of the fields differ between systems. */
	limit.tv_sec = limit_us < 0 ? 0 : (long)(limit_us / 1000000);
	limit.tv_usec = limit_us < 0 ? 0 : (int)(limit_us % 1000000);
	code = libusb_handle_events_timeout(device->context, &limit);
	/* A signal is not an error here: callers ask for interrupts between jobs. */
	if (code && code != LIBUSB_ERROR_INTERRUPTED)
		fail(device, ch341a_error_of_libusb(code));
}

/* Gets every transfer back from libusb, then ends all jobs with the error. */
static void abandon_jobs(struct ch341a *device)
{
	const int64_t limit = beken_clock_us() + CANCEL_LIMIT_US;

	for (unsigned int i = 0; i < N_TRANSFERS; i++) {
		if (device->transfers[i].active)
			libusb_cancel_transfer(device->transfers[i].usb);
	}
	while (find_transfer(device, 0, N_TRANSFERS, true) && beken_clock_us() < limit)
		handle_events(device, limit - beken_clock_us());
	device->replies_due = 0;
	while (device->oldest)
		end_oldest_job(device, device->error);
}

/* Waits until something completes, at most until the oldest job's deadline, which runs
 * from the end of the job before. */
static void progress(struct ch341a *device)
{
	struct ch341a_job *job = device->oldest;

	feed(device);
	if (!device->error) {
		if (!job->deadline_us)
			job->deadline_us = beken_clock_us() + DEADLINE_BASE_US +
					   (int64_t)job->stream->n_packets * DEADLINE_PER_PACKET_US;
		handle_events(device, job->deadline_us - beken_clock_us());
		if (!job->done && beken_clock_us() >= job->deadline_us)
			fail(device, BEKEN_ERR_TIMEOUT);
	}
	if (device->error)
		abandon_jobs(device);
}

/* Its own streams go out as they are. */
static int run_replaced(struct ch341a *device, struct ch341a_job *job)
{
	ch341a_run_fn *const run = device->run;

	device->run = NULL;
	job->error = run(device->run_arg, device, job->stream, job->in);
	job->done = true;
	device->run = run;
	return job->error;
}

void ch341a_replace_run(struct ch341a *device, ch341a_run_fn *run, void *arg)
{
	device->run = run;
	device->run_arg = arg;
}

int ch341a_submit(struct ch341a *device, struct ch341a_job *job)
{
	struct ch341a_job **last = &device->oldest;

	assert(!job->stream->full);
	if (device->run)
		return run_replaced(device, job);
	*job = (struct ch341a_job){ .stream = job->stream, .in = job->in };
	while (*last)
		last = &(*last)->next;
	*last = job;
	if (!device->error)
		feed(device);
	if (!device->error)
		handle_events(device, 0);
	if (device->error)
		abandon_jobs(device);
	return device->error;
}

int ch341a_wait(struct ch341a *device, struct ch341a_job *job)
{
	while (!job->done)
		progress(device);
	return job->error;
}

int ch341a_run_once(struct ch341a *device, const struct ch341a_stream *stream, uint8_t *in)
{
	struct ch341a_job job = { .stream = stream, .in = in };

	return ch341a_submit(device, &job) ? job.error : ch341a_wait(device, &job);
}

int ch341a_run(struct ch341a *device, const struct ch341a_stream *stream, uint8_t *in)
{
	const int error = ch341a_run_once(device, stream, in);

	if (error == BEKEN_ERR_PROTOCOL && ch341a_fall_back(device, "a wrong reply"))
		return ch341a_run_once(device, stream, in);
	return error;
}

/* ---- recovery, and tests that need no chip: CS is high all the time ---- */

/* Waits for a packet that no job has asked for. flashrom's unit tests have no
 * synchronous transfers before its release 1.7. */
static void read_leftover(struct ch341a *device, struct transfer *transfer)
{
	const int64_t limit = beken_clock_us() + CANCEL_LIMIT_US;

	transfer->job = NULL;
	submit_transfer(transfer, ENDPOINT_IN, CH341A_PACKET_SIZE, in_done, DRAIN_QUIET_MS);
	while (transfer->active && !device->error) {
		handle_events(device, limit - beken_clock_us());
		if (transfer->active && beken_clock_us() >= limit)
			fail(device, BEKEN_ERR_TIMEOUT);
	}
	if (device->error)
		abandon_jobs(device);
}

/* Reads until the device has nothing more to say. */
static int drain(struct ch341a *device)
{
	struct transfer *transfer = &device->transfers[N_OUT_TRANSFERS];
	const struct libusb_transfer *usb = transfer->usb;

	for (unsigned int i = 0; i < DRAIN_MAX_PACKETS; i++) {
		read_leftover(device, transfer);
		if (device->error)
			return device->error;
		if (usb->status == LIBUSB_TRANSFER_TIMED_OUT && !usb->actual_length)
			return BEKEN_OK;
		if (usb->status == LIBUSB_TRANSFER_STALL)
			libusb_clear_halt(device->handle, ENDPOINT_IN);
		else if (usb->status != LIBUSB_TRANSFER_COMPLETED && usb->status != LIBUSB_TRANSFER_TIMED_OUT &&
			 usb->status != LIBUSB_TRANSFER_OVERFLOW)
			return ch341a_error_of_status(usb->status);
	}
	return BEKEN_ERR_PROTOCOL;
}

int ch341a_ping(struct ch341a *device)
{
	struct ch341a_packet packets[3];
	struct ch341a_stream stream;
	uint8_t in;

	ch341a_stream_init(&stream, packets, 3);
	ch341a_stream_configure(&stream);
	ch341a_stream_drive(&stream, CH341A_PINS_IDLE, CH341A_PINS_ALL_OUTPUTS);
	ch341a_stream_spi(&stream, NULL, NO_COMMAND, 1);
	return ch341a_run_once(device, &stream, &in);
}

/* A full packet takes longest, so a pin packet behind it shows best whether it waits. */
int ch341a_self_test(struct ch341a *device)
{
	struct ch341a_packet packets[5];
	struct ch341a_stream stream;
	uint8_t in[1 + CH341A_SPI_PER_PACKET + 1 + 1 + 4];

	ch341a_stream_init(&stream, packets, 5);
	ch341a_stream_read_pins(&stream);
	ch341a_stream_spi(&stream, NULL, NO_COMMAND, CH341A_SPI_PER_PACKET);
	ch341a_stream_read_pins(&stream);
	ch341a_stream_spi(&stream, NULL, NO_COMMAND, 1);
	ch341a_stream_spi(&stream, NULL, NO_COMMAND, 4);
	return ch341a_run_once(device, &stream, in);
}

int ch341a_recover(struct ch341a *device)
{
	int error = device->error;

	if (error == BEKEN_ERR_GONE || find_transfer(device, 0, N_TRANSFERS, true))
		return error ? error : BEKEN_ERR_USB;
	if (error)
		libusb_clear_halt(device->handle, ENDPOINT_OUT);
	device->error = BEKEN_OK;
	error = drain(device);
	device->error = error ? error : ch341a_ping(device);
	return device->error;
}

bool ch341a_is_pipelined(const struct ch341a *device)
{
	return device->pipelined;
}

bool ch341a_fall_back(struct ch341a *device, const char *why)
{
	if (!device->pipelined)
		return false;
	device->pipelined = false;
	frontend_message(device->frontend, MESSAGE_INFO,
			 "From now on each frame is sent alone, as with pipeline=no (-V says why).");
	frontend_message(device->frontend, MESSAGE_DEBUG, "Why pipeline=no: %s.", why);
	return ch341a_recover(device) == BEKEN_OK;
}

/* ---- opening and closing ---- */

static int start(struct ch341a *device, bool pipeline)
{
	int error;

	for (unsigned int i = 0; i < N_TRANSFERS; i++) {
		device->transfers[i].device = device;
		device->transfers[i].usb = libusb_alloc_transfer(0);
		if (!device->transfers[i].usb)
			return BEKEN_ERR_MEMORY;
	}
	error = ch341a_recover(device);
	device->pipelined = pipeline;
	if (!error && pipeline && ch341a_self_test(device) && !ch341a_fall_back(device, "the self-test failed"))
		error = device->error;
	if (error)
		frontend_message(device->frontend, MESSAGE_ERROR,
				 "The CH341A does not answer as it should (%s). Unplug it, plug it in "
				 "again, and avoid USB hubs.",
				 beken_strerror(error));
	frontend_step(device->frontend, STEP_ACCESS, error ? OUTCOME_FAILED : OUTCOME_GOOD);
	return error;
}

int ch341a_open(const struct frontend *frontend, const char *selector, bool pipeline, struct ch341a **result)
{
	struct ch341a *device = calloc(1, sizeof(*device));
	int error;

	if (!device)
		return BEKEN_ERR_MEMORY;
	device->frontend = frontend;
	error = ch341a_find(frontend, selector, &device->context, &device->handle);
	if (error) {
		free(device);
		return error;
	}
	error = start(device, pipeline);
	*result = error ? NULL : device;
	if (error)
		ch341a_close(device);
	return error;
}

void ch341a_close(struct ch341a *device)
{
	if (!device)
		return;
	fail(device, BEKEN_ERR_GONE);
	abandon_jobs(device);
	libusb_release_interface(device->handle, CH341A_INTERFACE);
	libusb_close(device->handle);
	/* The kernel may still write to a transfer that it never gave back, so
	 * its memory is not freed. */
	if (find_transfer(device, 0, N_TRANSFERS, true))
		return;
	for (unsigned int i = 0; i < N_TRANSFERS; i++)
		libusb_free_transfer(device->transfers[i].usb);
	libusb_exit(device->context);
	free(device);
}
