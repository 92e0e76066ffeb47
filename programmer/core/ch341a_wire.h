/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets of the CH341A in SPI mode: bytes in, bytes out, no I/O.
 *
 * The CH341A handles what it gets on its bulk OUT endpoint in packets of 32
 * bytes. The first byte of every packet is a command; nothing carries over to
 * the next packet. An SPI packet (0xA8) holds up to 31 data bytes and is
 * answered by one IN packet of as many bytes. A pin packet (0xAB) is a list of
 * one-byte steps; it is answered only if it reads the pins.
 * Sources: WCH CH341DLL.H (mCH341A_CMD_*), flashrom ch341a_spi.c.
 */
#ifndef CH341A_BEKEN_CH341A_WIRE_H
#define CH341A_BEKEN_CH341A_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CH341A_PACKET_SIZE 32
#define CH341A_SPI_PER_PACKET 31

/* Pins D0 to D5 as bits: CS, CS1, CEN, SCK, DOUT2, MOSI. D6 and D7 (MISO) are
 * always inputs. */
#define CH341A_PIN_CS 0x01  /* D0, CS of the flash */
#define CH341A_PIN_CEN 0x04 /* D2 (CH341A pin 17), reset of the chip */

/* Chip selects, CEN and both data outputs high, clock low (SPI mode 0): the
 * idle pattern of flashrom's ch341a_spi.c. */
#define CH341A_PINS_IDLE 0x37
#define CH341A_PINS_ALL_OUTPUTS 0x3f

/* What answers a packet: how many bytes in one IN packet (0: nothing), and
 * whether they are pin levels (as they are) or SPI data (least significant bit
 * first). */
#define CH341A_REPLY_LENGTH 0x1f
#define CH341A_REPLY_PINS 0x80

struct ch341a_packet {
	uint8_t reply;
	/* All 32 are sent of a pin packet, unless it is the last. An SPI packet
	 * shifts all bytes that it has, so a short one ends a USB transfer. */
	uint8_t length;
	uint8_t bytes[CH341A_PACKET_SIZE];
};

/*
 * A list of packets under construction. The packets belong to the caller.
 * Appending to a full stream does nothing but set `full`, so that a builder
 * checks once, at the end.
 */
struct ch341a_stream {
	struct ch341a_packet *packets;
	size_t n_packets, size;
	size_t n_replies;
	size_t in_length; /* bytes in all replies together */
	bool full;
};

void ch341a_stream_init(struct ch341a_stream *stream, struct ch341a_packet *packets, size_t size);

/*
 * Copies packets from index `from` into one USB transfer of at most `size`
 * bytes (>= 32): up to and including the first SPI packet that is not full, for
 * the CH341A would take what follows it for SPI data. Returns the bytes, and
 * in *n_packets how many packets they are.
 */
size_t ch341a_stream_transfer(const struct ch341a_stream *stream, size_t from, uint8_t *bytes, size_t size,
			      size_t *n_packets);

/* The end of what may be sent from index `from` on, so that no packet which moves
 * or reads pins comes behind an unread reply. unread: is there one already? */
size_t ch341a_stream_until_pins(const struct ch341a_stream *stream, size_t from, bool unread);

/* Sets the outputs to each of n_levels levels in turn (at most 26), 0.75 us
 * each as measured by flashrom's authors. */
void ch341a_stream_levels(struct ch341a_stream *stream, const uint8_t *levels, size_t n_levels);

/* Sets the levels of the output latches first and then which pins are driven,
 * so that a pin which becomes an output starts at its right level. */
void ch341a_stream_drive(struct ch341a_stream *stream, uint8_t levels, uint8_t outputs);

/* Single SPI data lines: a program before us may have left the two-line mode.
 * The same packet as in flashrom's ch341a_spi.c. */
void ch341a_stream_configure(struct ch341a_stream *stream);

/* Reads D7..D0; one byte in reply. */
void ch341a_stream_read_pins(struct ch341a_stream *stream);

/* Sets the output latches, 0.75 us later drives nothing any more, and reads D7..D0
 * CH341A_SAMPLES times, about 4 us apart. */
#define CH341A_SAMPLES 13
void ch341a_stream_release_and_sample(struct ch341a_stream *stream, uint8_t levels);

/* CS high for a moment, then low: ends a flash command and opens the next. */
void ch341a_stream_select(struct ch341a_stream *stream);
void ch341a_stream_deselect(struct ch341a_stream *stream);

/* Sends n bytes to SPI (or n times `fill` if data is NULL); n bytes in reply. */
void ch341a_stream_spi(struct ch341a_stream *stream, const uint8_t *data, uint8_t fill, size_t n);

/* Packets that n SPI bytes need, for sizing streams. */
#define CH341A_SPI_PACKETS(n) (((n) + CH341A_SPI_PER_PACKET - 1) / CH341A_SPI_PER_PACKET)

/* Decodes one IN packet as described by `reply` (see CH341A_REPLY_*). */
void ch341a_decode_reply(uint8_t *to, const uint8_t *packet, uint8_t reply);

uint8_t ch341a_reverse_bits(uint8_t byte);

#endif
