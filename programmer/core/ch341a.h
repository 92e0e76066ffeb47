/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A CH341A in SPI mode (1a86:5512): its packets, and streams of them over USB, several transfers
 * in flight.
 *
 * It handles what it gets on its bulk OUT endpoint in packets of 32 bytes. The first byte of each
 * is a command; nothing carries over to the next. An SPI packet (0xA8) holds up to 31 data bytes
 * and is answered by one IN packet of as many. A pin packet (0xAB) is a list of one-byte steps,
 * answered only if it reads the pins. Sources: WCH CH341DLL.H (mCH341A_CMD_*), flashrom
 * ch341a_spi.c. */
#ifndef CH341A_BEKEN_CH341A_H
#define CH341A_BEKEN_CH341A_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frontend.h"

/* ---- packets ---- */

#define CH341A_PACKET_SIZE 32
#define CH341A_SPI_PER_PACKET 31
/* Packets that n SPI bytes need. */
#define CH341A_SPI_PACKETS(n) (((n) + CH341A_SPI_PER_PACKET - 1) / CH341A_SPI_PER_PACKET)

/* D0 to D5 as bits: CS, CS1, CEN, SCK, DOUT2, MOSI. D6 and D7 (MISO) are inputs. */
#define CH341A_PIN_CS 0x01
#define CH341A_PIN_CEN 0x04 /* pin 17 of the CH341A */
/* All high but the clock (SPI mode 0), as in flashrom's ch341a_spi.c. */
#define CH341A_PINS_IDLE 0x37
#define CH341A_PINS_ALL_OUTPUTS 0x3f

/* What answers a packet: bytes in one IN packet (0: nothing), which are pin levels
 * or SPI data (least significant bit first on the wire). */
#define CH341A_REPLY_LENGTH 0x1f
#define CH341A_REPLY_PINS 0x80

struct ch341a_packet {
	uint8_t reply;
	/* A pin packet is padded to 32 bytes, unless it is the last. An SPI packet shifts
	 * all bytes that it has, so a short one ends a USB transfer. */
	uint8_t length;
	uint8_t bytes[CH341A_PACKET_SIZE];
};

/* A list of packets; they belong to the caller. Appending to a full stream does
 * nothing but set `full`. */
struct ch341a_stream {
	struct ch341a_packet *packets;
	size_t n_packets, size, n_replies;
	size_t in_length; /* bytes in all replies together */
	bool full;
};

void ch341a_stream_init(struct ch341a_stream *stream, struct ch341a_packet *packets, size_t size);

/* Copies packets from index `from` into one USB transfer of at most `size` bytes (>= 32), up to
 * and including the first short SPI packet. Returns the bytes, and how many packets they are. */
size_t ch341a_stream_transfer(const struct ch341a_stream *stream, size_t from, uint8_t *bytes, size_t size,
			      size_t *n_packets);

/* The end of what may be sent from index `from` on, so that no pin packet comes
 * behind an unread reply. unread: is there one already? */
size_t ch341a_stream_until_pins(const struct ch341a_stream *stream, size_t from, bool unread);

/* Sets the outputs to at most 26 levels in turn, 0.75 us each (flashrom). */
void ch341a_stream_levels(struct ch341a_stream *stream, const uint8_t *levels, size_t n_levels);
/* Sets the output latches, then which pins are driven. */
void ch341a_stream_drive(struct ch341a_stream *stream, uint8_t levels, uint8_t outputs);
/* Single SPI data lines; a program before us may have left the two-line mode. */
void ch341a_stream_configure(struct ch341a_stream *stream);
/* Reads D7..D0; one byte in reply. */
void ch341a_stream_read_pins(struct ch341a_stream *stream);
/* Sets the output latches, 0.75 us later drives nothing any more, and reads D7..D0
 * CH341A_SAMPLES times, about 4 us apart. */
#define CH341A_SAMPLES 13
void ch341a_stream_release_and_sample(struct ch341a_stream *stream, uint8_t levels);
/* CS high for a moment, then low. */
void ch341a_stream_select(struct ch341a_stream *stream);
void ch341a_stream_deselect(struct ch341a_stream *stream);
/* Sends n bytes to SPI (n times `fill` if data is NULL); n bytes in reply. */
void ch341a_stream_spi(struct ch341a_stream *stream, const uint8_t *data, uint8_t fill, size_t n);

/* Decodes one IN packet, see CH341A_REPLY_*. */
void ch341a_decode_reply(uint8_t *to, const uint8_t *packet, uint8_t reply);
uint8_t ch341a_reverse_bits(uint8_t byte);

/* ---- the device ---- */

struct ch341a;

/* A stream on its way. All of it belongs to the caller and stays in place from
 * ch341a_submit() until `done` is set. */
struct ch341a_job {
	const struct ch341a_stream *stream;
	uint8_t *in; /* gets the stream->in_length bytes of all replies, decoded */
	bool done;
	int error; /* valid once done */
	/* For ch341a.c. */
	struct ch341a_job *next;
	size_t out_submitted, out_completed; /* packets */
	size_t in_submitted, in_bytes;	     /* packets whose reply, if any, was asked for */
	size_t replies_completed;
	int64_t deadline_us;
};

/* Opens the CH341A that `selector` names (NULL: the only one; else a number from 0, BUS:ADDRESS,
 * a port path such as 1-2.3, or a serial number), detaches a kernel driver, throws away old
 * replies, drives the idle levels. pipeline: queue frames behind each other, if a self-test shows
 * that they are carried out in order. Says through frontend, which must outlive the device, what
 * is wrong. Tells STEP_USB and STEP_ACCESS. */
int ch341a_open(const struct frontend *frontend, const char *selector, bool pipeline,
		struct ch341a **device) BEKEN_CHECKED;

/* Cancels jobs in flight; pins stay as they are. No kernel driver is attached again:
 * spi-ch341 would drive the pins of the chip. NULL is fine. */
void ch341a_close(struct ch341a *device);

/* Queues a job. An error fails all jobs in flight, and every further one until ch341a_recover(). */
int ch341a_submit(struct ch341a *device, struct ch341a_job *job) BEKEN_CHECKED;

/* Waits until the job is done, for a time that grows with its length. */
int ch341a_wait(struct ch341a *device, struct ch341a_job *job) BEKEN_CHECKED;

/* Submit and wait; `in` may be NULL if there are no replies. */
int ch341a_run_once(struct ch341a *device, const struct ch341a_stream *stream, uint8_t *in) BEKEN_CHECKED;

/* The same, for what does no harm if it is done twice: after a wrong reply once more,
 * behind ch341a_fall_back(). */
int ch341a_run(struct ch341a *device, const struct ch341a_stream *stream, uint8_t *in) BEKEN_CHECKED;

/* From now on `run` carries out each job, with ch341a_run(), in another way than by SPI packets. */
typedef int ch341a_run_fn(void *arg, struct ch341a *device, const struct ch341a_stream *stream, uint8_t *in);
void ch341a_replace_run(struct ch341a *device, ch341a_run_fn *run, void *arg);

/* After an error: throws away late replies, checks that the device answers, and drives
 * all pins at their idle levels. */
int ch341a_recover(struct ch341a *device) BEKEN_CHECKED;

/* Ends the queueing of frames, says so, and recovers. False: frames were not queued, or
 * the device does not answer any more. No job may be in flight. */
bool ch341a_fall_back(struct ch341a *device, const char *why);
bool ch341a_is_pipelined(const struct ch341a *device);

/* Drives all pins at their idle levels and sends one SPI byte, CS high. */
int ch341a_ping(struct ch341a *device) BEKEN_CHECKED;

/* Whether queued packets are carried out in order; CS stays high. Behind ch341a_ping(). */
int ch341a_self_test(struct ch341a *device) BEKEN_CHECKED;

/* ---- finding one ---- */

#define CH341A_INTERFACE 0
#define CH341A_VENDOR 0x1a86
#define CH341A_SPI_MODE 0x5512
#define CH341A_SERIAL_MODE 0x5523
#define CH341A_PORT_SIZE 32
#define CH341A_MAX_CANDIDATES 32

struct libusb_context;
struct libusb_device;
struct libusb_device_handle;

struct ch341a_candidate {
	struct libusb_device *usb;
	unsigned int bus, address;
	char serial[64]; /* empty: none, or not readable */
};

/* For ch341a_open(): on success the caller owns the context and the claimed handle. */
int ch341a_find(const struct frontend *frontend, const char *selector, struct libusb_context **context,
		struct libusb_device_handle **handle) BEKEN_CHECKED;

/* Those of n devices that have this product ID, in the order of their numbers. */
size_t ch341a_candidates(struct libusb_device **list, size_t n, uint16_t product,
			 struct ch341a_candidate candidates[CH341A_MAX_CANDIDATES]);
/* Such as 1-2.3. */
void ch341a_port_path(const struct ch341a_candidate *candidate, char path[CH341A_PORT_SIZE]);

/* The enum beken_error for an error code of libusb; for an enum libusb_transfer_status. */
int ch341a_error_of_libusb(int code);
int ch341a_error_of_status(int status);

#endif
