/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "slow_clock.h"

#include <stdbool.h>
#include <string.h>

#include "beken.h"
#include "clock.h"
#include "nor_command.h"

#define CMD_SPI 0xa8
#define CMD_PINS 0xab
#define STEP_IN 0x00
#define STEP_END 0x20
#define STEP_OUT 0x80
#define STEP_DELAY 0xc0
#define STEP_KIND 0xc0
#define STEP_LEVELS 0x3f

#define PIN_SCK 0x08
#define PIN_MOSI 0x20
#define PIN_MISO 0x80

/* A bit is low, wait, high, wait, read: 2.5 us of steps and the two waits. */
#define HALF_BIT_US 4
/* Four bits of five steps, the clock's last edge and the end: 23 of 32 bytes. */
#define BITS_PER_PACKET 4
#define PACKETS_PER_BYTE (8 / BITS_PER_PACKET)

/* What is sent at once. */
#define BATCH 64

#define SAME_IDS 4

/* Of a status register, which a die repeats, to see how long a byte takes. */
#define SAMPLE_BYTES 128
#define US_PER_MINUTE 60000000LL

struct batch {
	struct ch341a_packet packets[BATCH];
	bool is_spi[BATCH]; /* a half byte of SPI; else as it came */
	struct ch341a_stream stream;
	uint8_t replies[BATCH * CH341A_SPI_PER_PACKET];
};

static void begin(struct batch *batch)
{
	ch341a_stream_init(&batch->stream, batch->packets, BATCH);
}

static struct ch341a_packet *add(struct batch *batch, uint8_t reply, bool is_spi)
{
	struct ch341a_stream *stream = &batch->stream;
	struct ch341a_packet *packet = &stream->packets[stream->n_packets];

	batch->is_spi[stream->n_packets++] = is_spi;
	stream->n_replies += reply != 0;
	stream->in_length += reply & CH341A_REPLY_LENGTH;
	memset(packet, 0, sizeof(*packet));
	packet->reply = reply;
	return packet;
}

/* Half a byte, most significant bit first. */
static void add_bits(struct slow_clock *clock, struct batch *batch, uint8_t bits)
{
	struct ch341a_packet *packet = add(batch, CH341A_REPLY_PINS | BITS_PER_PACKET, true);
	uint8_t *to = packet->bytes;

	*to++ = CMD_PINS;
	for (int bit = BITS_PER_PACKET - 1; bit >= 0; bit--) {
		const uint8_t low =
			(uint8_t)((clock->levels & ~(PIN_SCK | PIN_MOSI)) | (bits >> bit & 1 ? PIN_MOSI : 0));

		*to++ = STEP_OUT | low;
		*to++ = STEP_DELAY | HALF_BIT_US;
		*to++ = STEP_OUT | low | PIN_SCK;
		*to++ = STEP_DELAY | HALF_BIT_US;
		*to++ = STEP_IN;
	}
	*to++ = STEP_OUT | (clock->levels & ~PIN_SCK);
	*to++ = STEP_END;
	packet->length = (uint8_t)(to - packet->bytes);
}

/* What a pin packet leaves the pins at. */
static void follow_levels(struct slow_clock *clock, const struct ch341a_packet *packet)
{
	if (packet->bytes[0] != CMD_PINS)
		return;
	for (unsigned int i = 1; i < packet->length && packet->bytes[i] != STEP_END; i++) {
		if ((packet->bytes[i] & STEP_KIND) == STEP_OUT)
			clock->levels = packet->bytes[i] & STEP_LEVELS;
	}
}

/* Two half bytes make a byte of the reply. */
static uint8_t *take_replies(const struct batch *batch, uint8_t *in)
{
	const uint8_t *from = batch->replies;
	unsigned int bits = 0;
	uint8_t byte = 0;

	for (size_t i = 0; i < batch->stream.n_packets; i++) {
		const size_t n = batch->packets[i].reply & CH341A_REPLY_LENGTH;

		if (!batch->is_spi[i]) {
			memcpy(in, from, n);
			in += n;
		}
		for (size_t k = 0; k < n && batch->is_spi[i]; k++) {
			byte = (uint8_t)(byte << 1 | (from[k] & PIN_MISO ? 1 : 0));
			if (++bits % 8 == 0)
				*in++ = byte;
		}
		from += n;
	}
	return in;
}

/* Once: in the middle of a frame nothing can be repeated. */
static int flush(struct ch341a *device, struct batch *batch, uint8_t **in)
{
	const int error =
		batch->stream.n_packets ? ch341a_run_once(device, &batch->stream, batch->replies) : BEKEN_OK;

	if (!error && batch->stream.in_length)
		*in = take_replies(batch, *in);
	begin(batch);
	return error;
}

static int add_spi(struct slow_clock *clock, struct ch341a *device, struct batch *batch,
		   const struct ch341a_packet *packet, uint8_t **in)
{
	for (unsigned int i = 1; i < packet->length; i++) {
		const uint8_t byte = ch341a_reverse_bits(packet->bytes[i]);

		if (batch->stream.n_packets + PACKETS_PER_BYTE > BATCH) {
			const int error = flush(device, batch, in);

			if (error)
				return error;
		}
		add_bits(clock, batch, byte >> BITS_PER_PACKET);
		add_bits(clock, batch, byte);
	}
	return BEKEN_OK;
}

int slow_clock_run(struct slow_clock *clock, struct ch341a *device, const struct ch341a_stream *stream,
		   uint8_t *in)
{
	struct batch batch;
	int error = BEKEN_OK;

	begin(&batch);
	for (size_t i = 0; i < stream->n_packets && !error; i++) {
		const struct ch341a_packet *packet = &stream->packets[i];

		if (packet->bytes[0] == CMD_SPI) {
			error = add_spi(clock, device, &batch, packet, &in);
			continue;
		}
		if (batch.stream.n_packets == BATCH)
			error = flush(device, &batch, &in);
		follow_levels(clock, packet);
		*add(&batch, packet->reply, false) = *packet;
	}
	return error ? error : flush(device, &batch, &in);
}

static int run_slowly(void *arg, struct ch341a *device, const struct ch341a_stream *stream, uint8_t *in)
{
	return slow_clock_run(arg, device, stream, in);
}

int slow_clock_use(struct slow_clock *clock, const struct frontend *frontend, struct ch341a *device)
{
	struct ch341a_packet packet;
	struct ch341a_stream stream;
	uint8_t levels;
	int error;

	ch341a_stream_init(&stream, &packet, 1);
	ch341a_stream_read_pins(&stream);
	error = ch341a_run(device, &stream, &levels);
	if (error == BEKEN_ERR_TIMEOUT && ch341a_recover(device) == BEKEN_OK) {
		frontend_message(
			frontend, MESSAGE_ERROR,
			"This CH341A does not answer pin reads, so the slow clock cannot work with it.");
		return BEKEN_ERR_PARAMETER;
	}
	clock->levels = CH341A_PINS_IDLE;
	if (!error)
		ch341a_replace_run(device, run_slowly, clock);
	return error;
}

int slow_clock_announce(const struct frontend *frontend, struct nor_spi *spi, uint64_t size)
{
	const uint8_t request = NOR_RDSR;
	const int64_t start = beken_clock_us();
	uint8_t sample[SAMPLE_BYTES];
	const int error = ch341a_nor_command(spi, &request, 1, sample, sizeof(sample));
	const int64_t us = (beken_clock_us() - start) * (int64_t)(size / SAMPLE_BYTES);

	if (error || !size)
		return error;
	if (us < 2 * US_PER_MINUTE)
		frontend_message(frontend, MESSAGE_INFO,
				 "clock=slow: reading the whole flash takes about %lld seconds.",
				 (long long)(us / 1000000 + 1));
	else
		frontend_message(frontend, MESSAGE_INFO,
				 "clock=slow: reading the whole flash takes about %lld minutes.",
				 (long long)((us + US_PER_MINUTE / 2) / US_PER_MINUTE));
	return BEKEN_OK;
}

/* ---- a second opinion ---- */

static int read_id(struct ch341a *device, uint32_t *id)
{
	const uint8_t request[4] = { NOR_RDID };
	struct ch341a_packet packets[3];
	struct ch341a_stream stream;
	uint8_t in[sizeof(request)];
	int error;

	ch341a_stream_init(&stream, packets, 3);
	ch341a_stream_select(&stream);
	ch341a_stream_spi(&stream, request, 0, sizeof(request));
	ch341a_stream_deselect(&stream);
	error = ch341a_run(device, &stream, in);
	if (!error)
		*id = (uint32_t)in[1] << 16 | (uint32_t)in[2] << 8 | in[3];
	return error;
}

static int ask_for_id(struct ch341a *device, uint32_t *id, bool *good)
{
	int error = beken_drive_pins(device);

	if (!error)
		error = read_id(device, id);
	*good = beken_plausible_id(*id);
	for (unsigned int i = 1; i < SAME_IDS && !error && *good; i++) {
		uint32_t again = 0;

		error = read_id(device, &again);
		*good = again == *id;
	}
	return error;
}

static void say_opinion(const struct frontend *frontend, bool good, uint32_t id)
{
	if (good)
		frontend_message(
			frontend, MESSAGE_ERROR,
			"Clocked slowly, the flash answers with ID %06X each time: good slowly, bad at "
			"full speed. It is the wires. Use shorter ones and a good GND, or, as a last "
			"resort, clock=slow.",
			(unsigned int)id);
	else
		frontend_message(frontend, MESSAGE_ERROR,
				 "Clocked slowly, the flash does not answer either: it is not the wires' "
				 "length, but the supply or the die.");
}

static void say_nothing(void *arg, enum message_level level, const char *text)
{
	(void)arg;
	(void)level;
	(void)text;
}

void slow_clock_second_opinion(const struct frontend *frontend, const char *selector)
{
	struct frontend quiet = *frontend;
	struct slow_clock clock;
	struct ch341a *device;
	uint32_t id = 0;
	bool good = false;
	int error;

	quiet.step = NULL;
	quiet.message = say_nothing;
	if (ch341a_open(&quiet, selector, false, &device))
		return;
	error = slow_clock_use(&clock, &quiet, device);
	if (!error)
		error = ask_for_id(device, &id, &good);
	if (!error)
		say_opinion(frontend, good, id);
	if (error ? !beken_make_safe(device) : true)
		error = beken_release_pins(device);
	ch341a_close(device);
}
