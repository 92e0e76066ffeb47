/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ch341a.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libusb.h>

#include "clock.h"

#define VENDOR_WCH 0x1a86
#define PRODUCT_SPI_MODE 0x5512
#define PRODUCT_SERIAL_MODE 0x5523
#define INTERFACE 0
#define ENDPOINT_OUT 0x02
#define ENDPOINT_IN 0x82

/* 4 KiB keeps the device busy for 29 ms (225 us per packet). A page program
 * with its write enable and polls is four small transfers, since every SPI
 * packet that is not full ends one; sixteen hold what four pages need. */
#define OUT_TRANSFER_SIZE 4096
#define N_OUT_TRANSFERS 16
/* "32 most stable throughput", flashrom ch341a_spi.c USB_IN_TRANSFERS. */
#define N_IN_TRANSFERS 32

/* The slowest host on record needs 500 us per packet (heads PR 1282); four
 * times that, and a second for a host that is busy with other things. */
#define DEADLINE_BASE_US 1000000
#define DEADLINE_PER_PACKET_US 2000
/* A cancelled transfer is given back by the kernel within a frame or two. */
#define CANCEL_LIMIT_US 3000000
/* Left-over packets are there at once; the device buffers about four of them
 * (frank-zago/ch341-i2c-spi-gpio), so many more mean that it is not sane. */
#define DRAIN_QUIET_MS 20
#define DRAIN_MAX_PACKETS 64

#define MAX_CANDIDATES 32
#define MAX_PORTS 8

struct transfer {
	struct ch341a *device;
	struct libusb_transfer *usb;
	bool active;
	size_t n_packets; /* OUT only */
	uint8_t *buffer;
};

struct ch341a {
	const struct frontend *frontend;
	libusb_context *context;
	libusb_device_handle *handle;
	struct transfer out[N_OUT_TRANSFERS];
	struct transfer in[N_IN_TRANSFERS];
	uint8_t out_buffers[N_OUT_TRANSFERS][OUT_TRANSFER_SIZE];
	uint8_t in_buffers[N_IN_TRANSFERS][CH341A_PACKET_SIZE];
	unsigned int next_in; /* next IN transfer to submit, round robin */
	struct ch341a_job *first, *last;
	int error; /* of the first failure; 0 while all is well */
};

/* ---- jobs and transfers ---- */

static int error_of_status(enum libusb_transfer_status status)
{
	switch (status) {
	case LIBUSB_TRANSFER_COMPLETED: return BEKEN_OK;
	case LIBUSB_TRANSFER_NO_DEVICE: return BEKEN_ERR_GONE;
	case LIBUSB_TRANSFER_TIMED_OUT: return BEKEN_ERR_TIMEOUT;
	case LIBUSB_TRANSFER_OVERFLOW: return BEKEN_ERR_PROTOCOL;
	default: return BEKEN_ERR_USB;
	}
}

static int error_of_libusb(int code)
{
	switch (code) {
	case LIBUSB_SUCCESS: return BEKEN_OK;
	case LIBUSB_ERROR_NO_DEVICE: return BEKEN_ERR_GONE;
	case LIBUSB_ERROR_NO_MEM: return BEKEN_ERR_MEMORY;
	case LIBUSB_ERROR_ACCESS:
	case LIBUSB_ERROR_BUSY: return BEKEN_ERR_ACCESS;
	case LIBUSB_ERROR_TIMEOUT: return BEKEN_ERR_TIMEOUT;
	default: return BEKEN_ERR_USB;
	}
}

static void fail(struct ch341a *device, int error)
{
	if (!device->error)
		device->error = error;
}

static void finish_completed_jobs(struct ch341a *device)
{
	struct ch341a_job *job;

	while ((job = device->first)) {
		if (job->out_completed < job->stream->n_packets ||
		    job->replies_completed < job->stream->n_replies)
			return;
		device->first = job->next;
		if (!device->first)
			device->last = NULL;
		job->error = BEKEN_OK;
		job->done = true;
	}
}

static void LIBUSB_CALL out_done(struct libusb_transfer *usb)
{
	struct transfer *transfer = usb->user_data;
	struct ch341a *device = transfer->device;
	struct ch341a_job *job = device->first;

	transfer->active = false;
	if (device->error)
		return;
	if (usb->status != LIBUSB_TRANSFER_COMPLETED) {
		fail(device, error_of_status(usb->status));
		return;
	}
	if (usb->actual_length != usb->length) {
		fail(device, BEKEN_ERR_USB);
		return;
	}
	while (job && job->out_completed == job->stream->n_packets)
		job = job->next;
	assert(job);
	job->out_completed += transfer->n_packets;
	finish_completed_jobs(device);
}

/* The reply of the next packet from *index on that has one. */
static uint8_t next_reply(const struct ch341a_stream *stream, size_t *index)
{
	while (*index < stream->n_packets) {
		const uint8_t reply = stream->packets[(*index)++].reply;

		if (reply)
			return reply;
	}
	return 0;
}

static void LIBUSB_CALL in_done(struct libusb_transfer *usb)
{
	struct transfer *transfer = usb->user_data;
	struct ch341a *device = transfer->device;
	struct ch341a_job *job = device->first;
	uint8_t reply;

	transfer->active = false;
	if (device->error)
		return;
	if (usb->status != LIBUSB_TRANSFER_COMPLETED) {
		fail(device, error_of_status(usb->status));
		return;
	}
	while (job && job->replies_completed == job->stream->n_replies)
		job = job->next;
	assert(job);
	reply = next_reply(job->stream, &job->in_completed);
	if (usb->actual_length != (reply & CH341A_REPLY_LENGTH)) {
		fail(device, BEKEN_ERR_PROTOCOL);
		return;
	}
	ch341a_decode_reply(job->in + job->in_received, transfer->buffer, reply);
	job->in_received += (size_t)usb->actual_length;
	job->replies_completed++;
	finish_completed_jobs(device);
}

static bool submit_transfer(struct transfer *transfer)
{
	const int code = libusb_submit_transfer(transfer->usb);

	if (code) {
		fail(transfer->device, error_of_libusb(code));
		return false;
	}
	transfer->active = true;
	return true;
}

static struct transfer *free_out_transfer(struct ch341a *device)
{
	for (unsigned int i = 0; i < N_OUT_TRANSFERS; i++) {
		if (!device->out[i].active)
			return &device->out[i];
	}
	return NULL;
}

static void feed_out(struct ch341a *device)
{
	for (struct ch341a_job *job = device->first; job; job = job->next) {
		while (job->out_submitted < job->stream->n_packets) {
			struct transfer *transfer = free_out_transfer(device);
			size_t length;

			if (!transfer)
				return;
			length = ch341a_stream_transfer(job->stream, job->out_submitted, transfer->buffer,
							OUT_TRANSFER_SIZE, &transfer->n_packets);
			libusb_fill_bulk_transfer(transfer->usb, device->handle, ENDPOINT_OUT, transfer->buffer,
						  (int)length, out_done, transfer, 0);
			if (!submit_transfer(transfer))
				return;
			job->out_submitted += transfer->n_packets;
		}
	}
}

/* One IN transfer per expected packet, each as large as any packet: a shorter
 * one would turn a surprising packet into an overflow. */
static void feed_in(struct ch341a *device)
{
	for (struct ch341a_job *job = device->first; job; job = job->next) {
		while (job->in_submitted < job->stream->n_packets) {
			struct transfer *transfer = &device->in[device->next_in];

			if (!job->stream->packets[job->in_submitted].reply) {
				job->in_submitted++;
				continue;
			}
			if (transfer->active)
				return;
			libusb_fill_bulk_transfer(transfer->usb, device->handle, ENDPOINT_IN, transfer->buffer,
						  CH341A_PACKET_SIZE, in_done, transfer, 0);
			if (!submit_transfer(transfer))
				return;
			device->next_in = (device->next_in + 1) % N_IN_TRANSFERS;
			job->in_submitted++;
		}
	}
}

static bool any_active(const struct ch341a *device)
{
	for (unsigned int i = 0; i < N_OUT_TRANSFERS; i++) {
		if (device->out[i].active)
			return true;
	}
	for (unsigned int i = 0; i < N_IN_TRANSFERS; i++) {
		if (device->in[i].active)
			return true;
	}
	return false;
}

static void handle_events(struct ch341a *device, int64_t limit_us)
{
	struct timeval limit;
	int code;

	if (limit_us < 0)
		limit_us = 0;
	limit.tv_sec = (time_t)(limit_us / 1000000);
	limit.tv_usec = (suseconds_t)(limit_us % 1000000);
	code = libusb_handle_events_timeout(device->context, &limit);
	/* A signal is no error here: what it asks for is looked at between jobs. */
	if (code && code != LIBUSB_ERROR_INTERRUPTED)
		fail(device, error_of_libusb(code));
}

/* Gets every transfer back from libusb, then ends all jobs with the error. */
static void abandon_jobs(struct ch341a *device)
{
	const int64_t limit = clock_us() + CANCEL_LIMIT_US;
	struct ch341a_job *job;

	for (unsigned int i = 0; i < N_OUT_TRANSFERS; i++) {
		if (device->out[i].active)
			libusb_cancel_transfer(device->out[i].usb);
	}
	for (unsigned int i = 0; i < N_IN_TRANSFERS; i++) {
		if (device->in[i].active)
			libusb_cancel_transfer(device->in[i].usb);
	}
	while (any_active(device) && clock_us() < limit)
		handle_events(device, limit - clock_us());
	device->next_in = 0;

	while ((job = device->first)) {
		device->first = job->next;
		job->error = device->error;
		job->done = true;
	}
	device->last = NULL;
}

static int64_t deadline_of(const struct ch341a_job *job)
{
	return clock_us() + DEADLINE_BASE_US + (int64_t)job->stream->n_packets * DEADLINE_PER_PACKET_US;
}

/* Lets things happen for a while: until something completes at the latest. */
static void progress(struct ch341a *device)
{
	struct ch341a_job *job = device->first;

	feed_in(device);
	feed_out(device);
	if (job && !device->error) {
		/* A job's time starts when all before it are done. */
		if (!job->deadline_us)
			job->deadline_us = deadline_of(job);
		handle_events(device, job->deadline_us - clock_us());
		if (!device->error && device->first == job && clock_us() >= job->deadline_us)
			fail(device, BEKEN_ERR_TIMEOUT);
	}
	if (device->error)
		abandon_jobs(device);
}

int ch341a_submit(struct ch341a *device, struct ch341a_job *job)
{
	assert(!job->stream->full);
	job->in_received = 0;
	job->done = false;
	job->error = BEKEN_OK;
	job->out_submitted = job->out_completed = 0;
	job->in_submitted = job->in_completed = 0;
	job->replies_completed = 0;
	job->deadline_us = 0;
	job->next = NULL;
	if (device->error) {
		job->done = true;
		job->error = device->error;
		return device->error;
	}
	if (device->last)
		device->last->next = job;
	else
		device->first = job;
	device->last = job;
	feed_in(device);
	feed_out(device);
	if (!device->error)
		handle_events(device, 0);
	if (device->error)
		abandon_jobs(device);
	finish_completed_jobs(device);
	return device->error;
}

int ch341a_wait_received(struct ch341a *device, struct ch341a_job *job, size_t bytes)
{
	while (!job->done && job->in_received < bytes)
		progress(device);
	return job->done ? job->error : BEKEN_OK;
}

int ch341a_wait(struct ch341a *device, struct ch341a_job *job)
{
	while (!job->done)
		progress(device);
	return job->error;
}

int ch341a_run(struct ch341a *device, const struct ch341a_stream *stream, uint8_t *in)
{
	struct ch341a_job job = { .stream = stream, .in = in };
	const int error = ch341a_submit(device, &job);

	return error ? error : ch341a_wait(device, &job);
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

	libusb_fill_bulk_transfer(transfer->usb, device->handle, ENDPOINT_IN, transfer->buffer,
				  CH341A_PACKET_SIZE, leftover_done, transfer, DRAIN_QUIET_MS);
	submit_transfer(transfer);
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
	struct transfer *transfer = &device->in[0];
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
			return error_of_status(usb->status);
	}
	return BEKEN_ERR_PROTOCOL;
}

/* Asks for the pin levels: one byte, a length that nothing else has. */
static int ping(struct ch341a *device)
{
	struct ch341a_packet packets[2];
	struct ch341a_stream stream;
	uint8_t levels;

	ch341a_stream_init(&stream, packets, 2);
	ch341a_stream_configure(&stream);
	ch341a_stream_read_pins(&stream);
	return ch341a_run(device, &stream, &levels);
}

int ch341a_recover(struct ch341a *device)
{
	int error = device->error;

	if (error == BEKEN_ERR_GONE || any_active(device))
		return error ? error : BEKEN_ERR_USB;
	if (error)
		libusb_clear_halt(device->handle, ENDPOINT_OUT);
	device->error = BEKEN_OK;
	error = drain(device);
	if (!error)
		error = ping(device);
	if (error)
		device->error = error;
	return error;
}

/* ---- finding ---- */

struct candidate {
	libusb_device *usb;
	unsigned int bus, address;
	char serial[CH341A_SERIAL_SIZE];
};

/* The rest of ports is 0. */
static int get_ports(const struct candidate *candidate, uint8_t ports[MAX_PORTS])
{
	memset(ports, 0, MAX_PORTS);
	return libusb_get_port_numbers(candidate->usb, ports, MAX_PORTS);
}

static void port_path(const struct candidate *candidate, char *text, size_t size)
{
	uint8_t ports[MAX_PORTS];
	const int n_ports = get_ports(candidate, ports);
	int used = snprintf(text, size, "%u", candidate->bus);

	for (int i = 0; i < n_ports && used < (int)size; i++)
		used += snprintf(text + used, size - (size_t)used, "%c%u", i ? '.' : '-', ports[i]);
}

static int compare_candidates(const void *left, const void *right)
{
	const struct candidate *a = left, *b = right;
	uint8_t ports_a[MAX_PORTS], ports_b[MAX_PORTS];
	int order;

	if (a->bus != b->bus)
		return a->bus < b->bus ? -1 : 1;
	get_ports(a, ports_a);
	get_ports(b, ports_b);
	order = memcmp(ports_a, ports_b, MAX_PORTS);
	if (order)
		return order;
	return a->address < b->address ? -1 : a->address > b->address;
}

/* Only boards with an EEPROM of their own, or customised chips, have one. */
static void read_serial(libusb_device *usb, uint8_t index, char *serial, size_t size)
{
	libusb_device_handle *handle;

	serial[0] = '\0';
	if (!index || libusb_open(usb, &handle))
		return;
	if (libusb_get_string_descriptor_ascii(handle, index, (unsigned char *)serial, (int)size) < 0)
		serial[0] = '\0';
	libusb_close(handle);
}

static void describe(struct candidate *candidate, libusb_device *usb, uint8_t serial_index)
{
	memset(candidate, 0, sizeof(*candidate));
	candidate->usb = usb;
	candidate->bus = libusb_get_bus_number(usb);
	candidate->address = libusb_get_device_address(usb);
	read_serial(usb, serial_index, candidate->serial, sizeof(candidate->serial));
}

static size_t find_candidates(libusb_device **list, ssize_t n, uint16_t product, struct candidate *candidates)
{
	size_t found = 0;

	for (ssize_t i = 0; i < n && found < MAX_CANDIDATES; i++) {
		struct libusb_device_descriptor descriptor;

		if (libusb_get_device_descriptor(list[i], &descriptor) || descriptor.idVendor != VENDOR_WCH)
			continue;
		if (descriptor.idProduct == product)
			describe(&candidates[found++], list[i], descriptor.iSerialNumber);
	}
	qsort(candidates, found, sizeof(*candidates), compare_candidates);
	return found;
}

static bool is_index(const char *selector)
{
	const size_t length = strspn(selector, "0123456789");

	/* Three digits or more can only be a serial number. */
	return length && length < 3 && !selector[length];
}

static bool matches(const struct candidate *candidate, size_t index, const char *selector)
{
	char text[64];

	if (is_index(selector))
		return index == strtoul(selector, NULL, 10);
	snprintf(text, sizeof(text), "%u:%u", candidate->bus, candidate->address);
	if (!strcmp(text, selector))
		return true;
	/* lsusb prints 001:004. */
	snprintf(text, sizeof(text), "%03u:%03u", candidate->bus, candidate->address);
	if (!strcmp(text, selector))
		return true;
	port_path(candidate, text, sizeof(text));
	if (!strcmp(text, selector))
		return true;
	return candidate->serial[0] && !strcmp(candidate->serial, selector);
}

static void list_candidates(const struct frontend *frontend, const struct candidate *candidates, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char path[64];

		port_path(&candidates[i], path, sizeof(path));
		frontend_message(frontend, MESSAGE_ERROR, "  device=%zu or device=%u:%u or device=%s%s%s", i,
				 candidates[i].bus, candidates[i].address, path,
				 candidates[i].serial[0] ? " or device=" : "", candidates[i].serial);
	}
}

static bool any_in_serial_mode(libusb_device **list, ssize_t n)
{
	for (ssize_t i = 0; i < n; i++) {
		struct libusb_device_descriptor descriptor;

		if (!libusb_get_device_descriptor(list[i], &descriptor) && descriptor.idVendor == VENDOR_WCH &&
		    descriptor.idProduct == PRODUCT_SERIAL_MODE)
			return true;
	}
	return false;
}

static const struct candidate *choose(const struct frontend *frontend, const struct candidate *candidates,
				      size_t n, bool serial_mode, const char *selector)
{
	if (!n && serial_mode) {
		frontend_message(frontend, MESSAGE_ERROR,
				 "The CH341A is in serial port mode (1a86:5523). Unplug it, set "
				 "its mode jumper to I2C/SPI (1a86:5512), and plug it in again.");
		return NULL;
	}
	if (!n) {
		frontend_message(frontend, MESSAGE_ERROR,
				 "No CH341A found (USB 1a86:5512). Is it plugged in? Try another "
				 "cable or port; `lsusb` must list it.");
		return NULL;
	}
	if (!selector && n == 1)
		return &candidates[0];
	for (size_t i = 0; selector && i < n; i++) {
		if (matches(&candidates[i], i, selector))
			return &candidates[i];
	}
	if (selector)
		frontend_message(frontend, MESSAGE_ERROR, "No CH341A matches device=%s. Attached:", selector);
	else
		frontend_message(frontend, MESSAGE_ERROR,
				 "%zu CH341A are attached. Choose one with device=:", n);
	list_candidates(frontend, candidates, n);
	return NULL;
}

/* ---- opening ---- */

static int report_access(const struct frontend *frontend, const struct candidate *candidate, int code)
{
	char path[64];

	port_path(candidate, path, sizeof(path));
	if (code == LIBUSB_ERROR_ACCESS)
		frontend_message(frontend, MESSAGE_ERROR,
				 "No permission to open the CH341A at %u:%u (port %s). Install the "
				 "udev rule of flashrom or of this programmer and plug it in again, or run as "
				 "root.",
				 candidate->bus, candidate->address, path);
	else if (code == LIBUSB_ERROR_BUSY)
		frontend_message(frontend, MESSAGE_ERROR,
				 "Another program uses the CH341A at %u:%u (port %s). End it, or "
				 "choose another one with device=.",
				 candidate->bus, candidate->address, path);
	else
		frontend_message(frontend, MESSAGE_ERROR, "Cannot open the CH341A at %u:%u (port %s): %s.",
				 candidate->bus, candidate->address, path, libusb_error_name(code));
	return error_of_libusb(code);
}

static int claim(struct ch341a *device, const struct candidate *candidate)
{
	int code = libusb_open(candidate->usb, &device->handle);

	if (code) {
		device->handle = NULL;
		return report_access(device->frontend, candidate, code);
	}
	/* Most often there is none, and not every platform has kernel drivers to
	 * detach. Whether it is a problem, claiming tells. */
	code = libusb_detach_kernel_driver(device->handle, INTERFACE);
	if (code != LIBUSB_ERROR_NOT_FOUND && code != LIBUSB_ERROR_NOT_SUPPORTED)
		frontend_message(device->frontend, MESSAGE_DEBUG, "Kernel driver detached from the CH341A: %s.",
				 code ? libusb_error_name(code) : "ok");
	code = libusb_claim_interface(device->handle, INTERFACE);
	if (code) {
		libusb_close(device->handle);
		device->handle = NULL;
		return report_access(device->frontend, candidate, code);
	}
	frontend_message(device->frontend, MESSAGE_DEBUG, "CH341A at %u:%u opened.", candidate->bus,
			 candidate->address);
	return BEKEN_OK;
}

static int report_no_list(const struct frontend *frontend, int code)
{
	frontend_message(frontend, MESSAGE_ERROR, "Cannot list USB devices: %s.", libusb_error_name(code));
	frontend_step(frontend, STEP_USB, OUTCOME_FAILED);
	return error_of_libusb(code);
}

static int find_and_claim(struct ch341a *device, const char *selector)
{
	struct candidate candidates[MAX_CANDIDATES];
	const struct candidate *chosen;
	libusb_device **list = NULL;
	const ssize_t n = libusb_get_device_list(device->context, &list);
	int error = BEKEN_ERR_NO_PROGRAMMER;
	size_t found;

	if (n < 0)
		return report_no_list(device->frontend, (int)n);
	found = find_candidates(list, n, PRODUCT_SPI_MODE, candidates);
	chosen = choose(device->frontend, candidates, found, any_in_serial_mode(list, n), selector);
	frontend_step(device->frontend, STEP_USB, chosen ? OUTCOME_GOOD : OUTCOME_FAILED);
	if (chosen) {
		error = claim(device, chosen);
		if (error)
			frontend_step(device->frontend, STEP_ACCESS, OUTCOME_FAILED);
	}
	libusb_free_device_list(list, 1);
	return error;
}

static bool allocate_transfers(struct ch341a *device, struct transfer *transfers, unsigned int n,
			       uint8_t *buffers, size_t buffer_size)
{
	for (unsigned int i = 0; i < n; i++) {
		transfers[i].device = device;
		transfers[i].buffer = buffers + i * buffer_size;
		transfers[i].usb = libusb_alloc_transfer(0);
		if (!transfers[i].usb)
			return false;
	}
	return true;
}

static void free_transfers(struct transfer *transfers, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		libusb_free_transfer(transfers[i].usb);
}

static int report_no_usb(const struct frontend *frontend, int code)
{
	frontend_message(frontend, MESSAGE_ERROR, "Cannot use USB: %s.", libusb_error_name(code));
	frontend_step(frontend, STEP_USB, OUTCOME_FAILED);
	return error_of_libusb(code);
}

int ch341a_open(const struct frontend *frontend, const char *selector, struct ch341a **result)
{
	struct ch341a *device = calloc(1, sizeof(*device));
	int error, code;

	if (!device)
		return BEKEN_ERR_MEMORY;
	device->frontend = frontend;
	code = libusb_init(&device->context);
	if (code) {
		free(device);
		return report_no_usb(frontend, code);
	}
	error = BEKEN_ERR_MEMORY;
	if (!allocate_transfers(device, device->out, N_OUT_TRANSFERS, device->out_buffers[0],
				OUT_TRANSFER_SIZE) ||
	    !allocate_transfers(device, device->in, N_IN_TRANSFERS, device->in_buffers[0], CH341A_PACKET_SIZE))
		goto failed;
	error = find_and_claim(device, selector);
	if (error)
		goto failed;
	error = ch341a_recover(device);
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
	if (device->handle) {
		libusb_release_interface(device->handle, INTERFACE);
		libusb_close(device->handle);
	}
	/* A transfer that the kernel never gave back is still in its hands:
	 * leaking it is the lesser evil. */
	if (any_active(device))
		return;
	free_transfers(device->out, N_OUT_TRANSFERS);
	free_transfers(device->in, N_IN_TRANSFERS);
	libusb_exit(device->context);
	free(device);
}

/* ---- listing ---- */

static enum ch341a_access access_of_claim(libusb_device_handle *handle)
{
	const int code = libusb_claim_interface(handle, INTERFACE);

	if (!code) {
		libusb_release_interface(handle, INTERFACE);
		return CH341A_ACCESS_FREE;
	}
	return code == LIBUSB_ERROR_BUSY ? CH341A_ACCESS_BUSY : CH341A_ACCESS_BROKEN;
}

static enum ch341a_access access_of(libusb_device *usb)
{
	libusb_device_handle *handle;
	enum ch341a_access access;
	const int code = libusb_open(usb, &handle);

	if (code)
		return code == LIBUSB_ERROR_ACCESS ? CH341A_ACCESS_DENIED
		       : code == LIBUSB_ERROR_BUSY ? CH341A_ACCESS_BUSY
						   : CH341A_ACCESS_BROKEN;
	if (libusb_kernel_driver_active(handle, INTERFACE) == 1)
		access = CH341A_ACCESS_KERNEL;
	else
		access = access_of_claim(handle);
	libusb_close(handle);
	return access;
}

static void inform(const struct candidate *candidate, bool spi_mode, struct ch341a_info *info)
{
	info->bus = candidate->bus;
	info->address = candidate->address;
	port_path(candidate, info->port, sizeof(info->port));
	strcpy(info->serial, candidate->serial);
	info->spi_mode = spi_mode;
	info->access = access_of(candidate->usb);
}

static void list_mode(libusb_device **list, ssize_t n_devices, bool spi_mode, struct ch341a_info *infos,
		      size_t size, size_t *n)
{
	struct candidate candidates[MAX_CANDIDATES];
	const size_t found =
		find_candidates(list, n_devices, spi_mode ? PRODUCT_SPI_MODE : PRODUCT_SERIAL_MODE, candidates);

	for (size_t i = 0; i < found; i++, (*n)++) {
		if (*n < size)
			inform(&candidates[i], spi_mode, &infos[*n]);
	}
}

int ch341a_list(const struct frontend *frontend, struct ch341a_info *infos, size_t size, size_t *n)
{
	libusb_context *context;
	libusb_device **list = NULL;
	ssize_t n_devices;
	int code = libusb_init(&context);

	*n = 0;
	if (code)
		return report_no_usb(frontend, code);
	n_devices = libusb_get_device_list(context, &list);
	if (n_devices < 0) {
		code = report_no_list(frontend, (int)n_devices);
	} else {
		list_mode(list, n_devices, true, infos, size, n);
		list_mode(list, n_devices, false, infos, size, n);
		libusb_free_device_list(list, 1);
	}
	libusb_exit(context);
	return code;
}
