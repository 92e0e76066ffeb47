/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ch341a.h"

#include <assert.h>
#include <stdlib.h>

#include <libusb.h>

#include "ch341a_find.h"
#include "clock.h"

#define ENDPOINT_OUT 0x02
#define ENDPOINT_IN 0x82

/* "32 most stable throughput", flashrom ch341a_spi.c USB_IN_TRANSFERS. FreeBSD
 * builds flashrom's driver with 1. */
#ifndef CH341A_IN_TRANSFERS
#define CH341A_IN_TRANSFERS 32
#endif
/* The device buffers about four replies (frank-zago/ch341-i2c-spi-gpio). With
 * fewer IN transfers than that no more are asked for at a time. */
#define BUFFERED_REPLIES 4
#define FEW_IN_TRANSFERS (CH341A_IN_TRANSFERS < BUFFERED_REPLIES)
/* 4 KiB keeps the device busy for 29 ms (225 us per packet). A page program
 * with its write enable and polls is four small transfers, since every SPI
 * packet that is not full ends one; sixteen hold what four pages need. */
#define OUT_TRANSFER_SIZE (FEW_IN_TRANSFERS ? BUFFERED_REPLIES * CH341A_PACKET_SIZE : 4096)
#define N_OUT_TRANSFERS 16
#define N_TRANSFERS (N_OUT_TRANSFERS + CH341A_IN_TRANSFERS)
/* The pipeline has four pages in flight. */
#define N_JOBS 8

/* The slowest host on record needs 500 us per packet (heads PR 1282); four
 * times that, and a second for a host that is busy with other things. */
#define DEADLINE_BASE_US 1000000
#define DEADLINE_PER_PACKET_US 2000
/* A cancelled transfer is given back by the kernel within a frame or two. */
#define CANCEL_LIMIT_US 3000000
/* Left-over packets are there at once; many more than the device buffers are not sane. */
#define DRAIN_QUIET_MS 20
#define DRAIN_MAX_PACKETS 64

struct flight {
	struct ch341a_job *job;		     /* that is on its way */
	size_t out_submitted, out_completed; /* packets */
	size_t in_submitted;		     /* packets whose reply, if any, was asked for */
	size_t in_bytes;		     /* that those replies have */
	size_t replies_completed;
	int64_t deadline_us; /* 0: jobs before it are not done yet */
};

struct transfer {
	struct ch341a *device;
	struct libusb_transfer *usb;
	bool active;
	/* What it carries, from its submission on. */
	struct flight *flight;
	size_t packet;	  /* IN: the packet that it is the reply to */
	uint8_t *in;	  /* IN: where the reply goes */
	size_t n_packets; /* OUT */
	uint8_t buffer[OUT_TRANSFER_SIZE];
};

struct ch341a {
	const struct frontend *frontend;
	libusb_context *context;
	libusb_device_handle *handle;
	struct transfer transfers[N_TRANSFERS]; /* first those for OUT, then those for IN */
	struct flight flights[N_JOBS];		/* a ring */
	unsigned int oldest, n_flights;
	size_t replies_due; /* of packets that libusb has, in all flights */
	int error;	    /* of the first failure; 0 while all is well */
	/* Frames are queued behind each other. If not, no pin packet is sent
	 * before every reply is read, as all other programs do it. */
	bool pipelined;
	ch341a_run_fn *run; /* in place of SPI packets, or NULL */
	void *run_arg;
};

/* ---- jobs and transfers ---- */

static struct flight *flight_at(struct ch341a *device, unsigned int i)
{
	return &device->flights[(device->oldest + i) % N_JOBS];
}

static void fail(struct ch341a *device, int error)
{
	if (!device->error)
		device->error = error;
}

static void end_oldest_job(struct ch341a *device, int error)
{
	struct ch341a_job *job = flight_at(device, 0)->job;

	device->oldest = (device->oldest + 1) % N_JOBS;
	device->n_flights--;
	job->error = error;
	job->done = true;
}

static void end_completed_jobs(struct ch341a *device)
{
	while (device->n_flights) {
		const struct flight *flight = flight_at(device, 0);

		if (flight->out_completed < flight->job->stream->n_packets ||
		    flight->replies_completed < flight->job->stream->n_replies)
			return;
		end_oldest_job(device, BEKEN_OK);
	}
}

/* Takes a transfer back from libusb. False: it is of no use. */
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
	transfer->flight->out_completed += transfer->n_packets;
	end_completed_jobs(transfer->device);
}

static void LIBUSB_CALL in_done(struct libusb_transfer *usb)
{
	struct transfer *transfer = usb->user_data;
	struct flight *flight = transfer->flight;
	uint8_t reply;

	if (!take_back(transfer))
		return;
	reply = flight->job->stream->packets[transfer->packet].reply;
	/* A reply too many, or the rest of one, takes the place of the next one:
	 * it comes too early or has another length. */
	if (transfer->packet >= flight->out_submitted || usb->actual_length != (reply & CH341A_REPLY_LENGTH)) {
		frontend_message(transfer->device->frontend, MESSAGE_DEBUG,
				 "A reply of %d bytes in place of %d.", usb->actual_length,
				 reply & CH341A_REPLY_LENGTH);
		fail(transfer->device, BEKEN_ERR_PROTOCOL);
		return;
	}
	ch341a_decode_reply(transfer->in, transfer->buffer, reply);
	flight->replies_completed++;
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
static size_t sendable(const struct ch341a *device, const struct flight *flight)
{
	const struct ch341a_stream *stream = flight->job->stream;
	const size_t from = flight->out_submitted, asked_for = flight->in_submitted;
	const size_t end = device->pipelined ? stream->n_packets
					     : ch341a_stream_until_pins(stream, from, device->replies_due);

	if (device->pipelined || FEW_IN_TRANSFERS || asked_for >= end)
		return end;
	return asked_for < from + CH341A_IN_TRANSFERS / 2 ? from : asked_for;
}

static bool feed_out(struct ch341a *device, struct flight *flight)
{
	struct ch341a_stream now = *flight->job->stream;
	const size_t n_packets = now.n_packets;

	while (flight->out_submitted < n_packets) {
		struct transfer *transfer = find_transfer(device, 0, N_OUT_TRANSFERS, false);
		size_t length;

		now.n_packets = sendable(device, flight);
		if (!transfer || now.n_packets == flight->out_submitted ||
		    (FEW_IN_TRANSFERS && device->replies_due))
			return false;
		length = ch341a_stream_transfer(&now, flight->out_submitted, transfer->buffer,
						OUT_TRANSFER_SIZE, &transfer->n_packets);
		transfer->flight = flight;
		if (!submit_transfer(transfer, ENDPOINT_OUT, length, out_done, 0))
			return false;
		for (size_t i = 0; i < transfer->n_packets; i++)
			device->replies_due += now.packets[flight->out_submitted++].reply != 0;
	}
	return true;
}

/* One IN transfer per expected packet, each as large as any packet: a shorter
 * one would turn a surprising packet into an overflow. */
static bool feed_in(struct ch341a *device, struct flight *flight)
{
	const struct ch341a_stream *stream = flight->job->stream;

	for (; flight->in_submitted < stream->n_packets; flight->in_submitted++) {
		const uint8_t reply = stream->packets[flight->in_submitted].reply;
		struct transfer *transfer;

		if (!reply)
			continue;
		transfer = find_transfer(device, N_OUT_TRANSFERS, CH341A_IN_TRANSFERS, false);
		if (!transfer)
			return false;
		transfer->flight = flight;
		transfer->packet = flight->in_submitted;
		transfer->in = flight->job->in + flight->in_bytes;
		if (!submit_transfer(transfer, ENDPOINT_IN, CH341A_PACKET_SIZE, in_done, 0))
			return false;
		flight->in_bytes += reply & CH341A_REPLY_LENGTH;
	}
	return true;
}

/* Hands as many transfers to libusb as there are, replies first. */
static void feed(struct ch341a *device)
{
	for (unsigned int i = 0; i < device->n_flights && feed_in(device, flight_at(device, i)); i++)
		;
	for (unsigned int i = 0; i < device->n_flights && feed_out(device, flight_at(device, i)); i++)
		;
}

static void handle_events(struct ch341a *device, int64_t limit_us)
{
	struct timeval limit;
	int code;

	limit_us = limit_us < 0 ? 0 : limit_us;
	limit.tv_sec = (time_t)(limit_us / 1000000);
	limit.tv_usec = (suseconds_t)(limit_us % 1000000);
	code = libusb_handle_events_timeout(device->context, &limit);
	/* A signal is not an error here: callers ask for interrupts between jobs. */
	if (code && code != LIBUSB_ERROR_INTERRUPTED)
		fail(device, ch341a_error_of_libusb(code));
}

/* Gets every transfer back from libusb, then ends all jobs with the error. */
static void abandon_jobs(struct ch341a *device)
{
	const int64_t limit = clock_us() + CANCEL_LIMIT_US;

	for (unsigned int i = 0; i < N_TRANSFERS; i++) {
		if (device->transfers[i].active)
			libusb_cancel_transfer(device->transfers[i].usb);
	}
	while (find_transfer(device, 0, N_TRANSFERS, true) && clock_us() < limit)
		handle_events(device, limit - clock_us());
	device->replies_due = 0;
	while (device->n_flights)
		end_oldest_job(device, device->error);
}

/* Waits until something completes, at most until the oldest job's deadline. */
static void progress(struct ch341a *device)
{
	struct flight *flight = flight_at(device, 0);
	const struct ch341a_job *job = flight->job;

	feed(device);
	if (!device->error) {
		/* A job's time starts when all before it are done. */
		if (!flight->deadline_us)
			flight->deadline_us = clock_us() + DEADLINE_BASE_US +
					      (int64_t)job->stream->n_packets * DEADLINE_PER_PACKET_US;
		handle_events(device, flight->deadline_us - clock_us());
		if (!job->done && clock_us() >= flight->deadline_us)
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
	assert(!job->stream->full);
	if (device->run)
		return run_replaced(device, job);
	while (device->n_flights == N_JOBS)
		progress(device);
	job->error = device->error;
	job->done = device->error;
	if (device->error)
		return device->error;
	*flight_at(device, device->n_flights++) = (struct flight){ .job = job };
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

/* ---- recovery ---- */

static void LIBUSB_CALL leftover_done(struct libusb_transfer *usb)
{
	struct transfer *transfer = usb->user_data;

	transfer->active = false;
}

/* Waits for a packet that no job has asked for. flashrom's unit tests have no
 * synchronous transfers before its release 1.7. */
static int read_leftover(struct ch341a *device, struct transfer *transfer)
{
	const int64_t limit = clock_us() + CANCEL_LIMIT_US;

	submit_transfer(transfer, ENDPOINT_IN, CH341A_PACKET_SIZE, leftover_done, DRAIN_QUIET_MS);
	while (transfer->active && !device->error) {
		handle_events(device, limit - clock_us());
		if (transfer->active && clock_us() >= limit)
			fail(device, BEKEN_ERR_TIMEOUT);
	}
	if (device->error)
		abandon_jobs(device);
	return device->error;
}

/* Reads until the device has nothing more to say. */
static int drain(struct ch341a *device)
{
	struct transfer *transfer = &device->transfers[N_OUT_TRANSFERS];
	const struct libusb_transfer *usb = transfer->usb;

	for (unsigned int i = 0; i < DRAIN_MAX_PACKETS; i++) {
		const int error = read_leftover(device, transfer);

		if (error)
			return error;
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

int ch341a_recover(struct ch341a *device)
{
	int error = device->error;

	if (error == BEKEN_ERR_GONE || find_transfer(device, 0, N_TRANSFERS, true))
		return error ? error : BEKEN_ERR_USB;
	if (error)
		libusb_clear_halt(device->handle, ENDPOINT_OUT);
	device->error = BEKEN_OK;
	error = drain(device);
	if (!error)
		error = ch341a_ping(device);
	if (error)
		device->error = error;
	return error;
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

static bool allocate_transfers(struct ch341a *device)
{
	for (unsigned int i = 0; i < N_TRANSFERS; i++) {
		device->transfers[i].device = device;
		device->transfers[i].usb = libusb_alloc_transfer(0);
		if (!device->transfers[i].usb)
			return false;
	}
	return true;
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
	error = BEKEN_ERR_MEMORY;
	if (!allocate_transfers(device))
		goto failed;
	error = ch341a_recover(device);
	device->pipelined = pipeline;
	if (!error && pipeline && ch341a_self_test(device) && !ch341a_fall_back(device, "the self-test failed"))
		error = device->error;
	if (error) {
		frontend_message(frontend, MESSAGE_ERROR,
				 "The CH341A does not answer as it should (%s). Unplug it, plug it in "
				 "again, and avoid USB hubs.",
				 beken_strerror(error));
		frontend_step(frontend, STEP_ACCESS, OUTCOME_FAILED);
		goto failed;
	}
	frontend_step(frontend, STEP_ACCESS, OUTCOME_GOOD);
	*result = device;
	return BEKEN_OK;

failed:
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
