/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A chip that hangs on the pins and is clocked by pin packets: it sends back what it
 * received, inverted, one byte later. */
#include "slow_clock.h"

#include <stdbool.h>

#include "beken.h"
#include "fake_clock.h"
#include "fake_frontend.h"
#include "unit.h"

#define CS 0x01
#define SCK 0x08
#define MOSI 0x20
#define MISO 0x80

static struct {
	uint8_t levels;
	uint8_t in, out; /* the byte that is being received; that which is being sent */
	unsigned int bits;
	uint8_t received[512];
	size_t n_received;
	unsigned int n_cs_falls, n_packets, n_runs;
	uint8_t id[4];	   /* instead: answers to the bytes of a frame */
	bool sends_id;
	int error, error_at; /* of the run with this number */
} chip;

struct ch341a {
	ch341a_run_fn *run;
	void *run_arg;
};

static struct ch341a the_device;
static unsigned int n_opened, n_closed, n_released;

/* ---- the chip ---- */

static void set_levels(uint8_t levels)
{
	const uint8_t before = chip.levels;

	chip.levels = levels;
	if (before & CS && !(levels & CS)) {
		chip.n_cs_falls++;
		chip.bits = 0;
		chip.n_received = chip.sends_id ? 0 : chip.n_received;
		chip.out = chip.sends_id ? chip.id[0] : 0xff;
	}
	if (levels & CS || before & SCK || !(levels & SCK))
		return;
	/* It looks at the level that MOSI had before the clock rose, as well. */
	assert_int_equal(before & MOSI, levels & MOSI);
	chip.in = (uint8_t)(chip.in << 1 | (levels & MOSI ? 1 : 0));
	if (++chip.bits == 8) {
		chip.received[chip.n_received++] = chip.in;
		chip.bits = 0;
	}
}

/* Puts the next bit out when the clock falls, so it is read while the clock is high. */
static uint8_t read_levels(void)
{
	const unsigned int bit = chip.bits ? 8 - chip.bits : 0;

	assert_true(chip.levels & SCK || chip.levels & CS);
	return (uint8_t)((chip.levels & ~MISO) | (chip.out >> bit & 1 ? MISO : 0));
}

static void end_byte(void)
{
	if (chip.bits || !chip.n_received)
		return;
	chip.out = chip.sends_id ? chip.id[chip.n_received % 4] : (uint8_t)~chip.received[chip.n_received - 1];
}

static size_t carry_out(const struct ch341a_packet *packet, uint8_t *in)
{
	size_t n = 0;

	assert_int_equal(packet->bytes[0], 0xab);
	for (unsigned int i = 1; i < packet->length; i++) {
		const uint8_t step = packet->bytes[i];

		if (step == 0x20)
			break;
		if (step == 0x00) {
			in[n++] = read_levels();
			end_byte();
		} else if ((step & 0xc0) == 0x80) {
			set_levels(step & 0x3f);
		}
	}
	assert_int_equal(n, packet->reply & CH341A_REPLY_LENGTH);
	assert_true(!n || packet->reply & CH341A_REPLY_PINS);
	return n;
}

/* ---- what slow_clock.c calls ---- */

int ch341a_run_once(struct ch341a *device, const struct ch341a_stream *stream, uint8_t *in)
{
	assert_ptr_equal(device, &the_device);
	assert_true(stream->n_packets <= stream->size);
	if (++chip.n_runs == (unsigned int)chip.error_at)
		return chip.error;
	chip.n_packets += (unsigned int)stream->n_packets;
	for (size_t i = 0; i < stream->n_packets; i++)
		in += carry_out(&stream->packets[i], in);
	return BEKEN_OK;
}

int ch341a_run(struct ch341a *device, const struct ch341a_stream *stream, uint8_t *in)
{
	if (device->run)
		return device->run(device->run_arg, device, stream, in);
	return ch341a_run_once(device, stream, in);
}

void ch341a_replace_run(struct ch341a *device, ch341a_run_fn *run, void *arg)
{
	device->run = run;
	device->run_arg = arg;
}

int ch341a_open(const struct frontend *frontend, const char *selector, bool pipeline, struct ch341a **device)
{
	(void)frontend;
	(void)pipeline;
	assert_string_equal(selector, "1-2");
	n_opened++;
	*device = &the_device;
	return BEKEN_OK;
}

void ch341a_close(struct ch341a *device)
{
	device->run = NULL;
	n_closed++;
}

int ch341a_recover(struct ch341a *device)
{
	(void)device;
	return BEKEN_OK;
}

int beken_drive_pins(struct ch341a *device)
{
	(void)device;
	return BEKEN_OK;
}

int beken_make_safe(struct ch341a *device)
{
	(void)device;
	return BEKEN_OK;
}

int beken_release_pins(struct ch341a *device)
{
	(void)device;
	n_released++;
	return BEKEN_OK;
}

bool beken_plausible_id(uint32_t jedec_id)
{
	return jedec_id != 0 && jedec_id != 0xffffff;
}

/* A byte takes 150 us. */
int ch341a_nor_command(struct nor_spi *spi, const uint8_t *out, size_t out_length, uint8_t *in,
		       size_t in_length)
{
	(void)spi;
	assert_int_equal(out[0], 0x05);
	memset(in, 0, in_length);
	fake_clock.now_us += 150 * (int64_t)(out_length + in_length);
	return BEKEN_OK;
}

/* ---- tests ---- */

static struct slow_clock slow;

static int setup(void **state)
{
	(void)state;
	memset(&chip, 0, sizeof(chip));
	chip.levels = CH341A_PINS_IDLE;
	the_device.run = NULL;
	n_opened = n_closed = n_released = 0;
	slow.levels = CH341A_PINS_IDLE;
	fake_clock_reset();
	fake_frontend_reset();
	return 0;
}

static void all_bytes_arrive_and_come_back(void **state)
{
	static struct ch341a_packet packets[16];
	static uint8_t out[300], in[300];
	struct ch341a_stream stream;

	(void)state;
	for (size_t i = 0; i < sizeof(out); i++)
		out[i] = (uint8_t)(i * 7 + i / 256);
	ch341a_stream_init(&stream, packets, N_ELEMENTS(packets));
	ch341a_stream_select(&stream);
	ch341a_stream_spi(&stream, out, 0, sizeof(out));
	ch341a_stream_deselect(&stream);
	assert_false(stream.full);
	assert_int_equal(slow_clock_run(&slow, &the_device, &stream, in), BEKEN_OK);
	assert_int_equal(chip.n_received, sizeof(out));
	assert_memory_equal(chip.received, out, sizeof(out));
	assert_int_equal(in[0], 0xff);
	for (size_t i = 1; i < sizeof(in); i++)
		assert_int_equal(in[i], (uint8_t)~out[i - 1]);
	assert_int_equal(chip.n_cs_falls, 1);
	assert_int_equal(chip.levels, CH341A_PINS_IDLE);
}

/* The window's bursts after the first hold no chip select of their own. */
static void chip_select_stays_low_over_streams(void **state)
{
	struct ch341a_packet packets[4];
	struct ch341a_stream stream;
	const uint8_t out[] = { 0xd2 };
	uint8_t in[1];

	(void)state;
	ch341a_stream_init(&stream, packets, N_ELEMENTS(packets));
	ch341a_stream_select(&stream);
	assert_int_equal(slow_clock_run(&slow, &the_device, &stream, NULL), BEKEN_OK);
	for (unsigned int i = 0; i < 3; i++) {
		ch341a_stream_init(&stream, packets, N_ELEMENTS(packets));
		ch341a_stream_spi(&stream, out, 0, sizeof(out));
		assert_int_equal(slow_clock_run(&slow, &the_device, &stream, in), BEKEN_OK);
		assert_false(chip.levels & (CS | SCK));
	}
	assert_int_equal(chip.n_cs_falls, 1);
	assert_memory_equal(chip.received, "\xd2\xd2\xd2", 3);
}

static void pin_reads_keep_their_place(void **state)
{
	struct ch341a_packet packets[8];
	struct ch341a_stream stream;
	const uint8_t out[] = { 0x5a, 0xc3 };
	uint8_t in[4];

	(void)state;
	ch341a_stream_init(&stream, packets, N_ELEMENTS(packets));
	ch341a_stream_read_pins(&stream);
	ch341a_stream_select(&stream);
	ch341a_stream_spi(&stream, out, 0, sizeof(out));
	ch341a_stream_deselect(&stream);
	ch341a_stream_read_pins(&stream);
	assert_int_equal(slow_clock_run(&slow, &the_device, &stream, in), BEKEN_OK);
	assert_int_equal(in[0] & 0x3f, CH341A_PINS_IDLE);
	assert_int_equal(in[1], 0xff);
	assert_int_equal(in[2], (uint8_t)~0x5a);
	assert_int_equal(in[3] & 0x3f, CH341A_PINS_IDLE);
}

static void nothing_is_sent_after_an_error(void **state)
{
	static struct ch341a_packet packets[16];
	static uint8_t in[400];
	struct ch341a_stream stream;

	(void)state;
	chip.error = BEKEN_ERR_PROTOCOL;
	chip.error_at = 2;
	ch341a_stream_init(&stream, packets, N_ELEMENTS(packets));
	ch341a_stream_select(&stream);
	ch341a_stream_spi(&stream, NULL, 0x00, sizeof(in));
	assert_int_equal(slow_clock_run(&slow, &the_device, &stream, in), BEKEN_ERR_PROTOCOL);
	assert_int_equal(chip.n_runs, 2);
}

static void a_device_uses_it_from_then_on(void **state)
{
	struct ch341a_packet packets[3];
	struct ch341a_stream stream;
	const uint8_t out[] = { 0x9f };
	uint8_t in[1];

	(void)state;
	assert_int_equal(slow_clock_use(&slow, &fake_frontend_as_frontend, &the_device), BEKEN_OK);
	ch341a_stream_init(&stream, packets, N_ELEMENTS(packets));
	ch341a_stream_select(&stream);
	ch341a_stream_spi(&stream, out, 0, 1);
	assert_int_equal(ch341a_run(&the_device, &stream, in), BEKEN_OK);
	assert_int_equal(chip.received[0], 0x9f);
}

static void an_adapter_without_pin_reads_is_refused(void **state)
{
	(void)state;
	chip.error = BEKEN_ERR_TIMEOUT;
	chip.error_at = 1;
	assert_int_equal(slow_clock_use(&slow, &fake_frontend_as_frontend, &the_device), BEKEN_ERR_PARAMETER);
	assert_contains(fake_frontend.last[MESSAGE_ERROR], "does not answer pin reads");
	assert_null(the_device.run);
}

static void the_estimate_is_measured(void **state)
{
	struct nor_spi *const spi = (struct nor_spi *)&the_device;

	(void)state;
	assert_int_equal(slow_clock_announce(&fake_frontend_as_frontend, spi, 2 << 20), BEKEN_OK);
	assert_contains(fake_frontend.last[MESSAGE_INFO], "about 5 minutes");
	assert_int_equal(slow_clock_announce(&fake_frontend_as_frontend, spi, 64 << 10), BEKEN_OK);
	assert_contains(fake_frontend.last[MESSAGE_INFO], "about 10 seconds");
	fake_frontend_reset();
	assert_int_equal(slow_clock_announce(&fake_frontend_as_frontend, spi, 0), BEKEN_OK);
	assert_int_equal(fake_frontend.n_messages[MESSAGE_INFO], 0);
}

static void ask(const char *id)
{
	memcpy(chip.id, id, sizeof(chip.id));
	chip.sends_id = true;
	slow_clock_second_opinion(&fake_frontend_as_frontend, "1-2");
	assert_int_equal(n_opened, 1);
	assert_int_equal(n_closed, 1);
	assert_int_equal(n_released, 1);
}

static void a_good_id_means_that_it_is_the_wires(void **state)
{
	(void)state;
	ask("\x00\x1c\x70\x15");
	assert_contains(fake_frontend.last[MESSAGE_ERROR], "ID 1C7015");
	assert_contains(fake_frontend.last[MESSAGE_ERROR], "It is the wires");
}

static void no_id_means_that_it_is_not(void **state)
{
	(void)state;
	ask("\x00\x00\x00\x00");
	assert_contains(fake_frontend.last[MESSAGE_ERROR], "the supply or the die");
}

static void an_adapter_that_cannot_be_asked_says_nothing(void **state)
{
	(void)state;
	chip.error = BEKEN_ERR_TIMEOUT;
	chip.error_at = 1;
	ask("\x00\x1c\x70\x15");
	assert_int_equal(fake_frontend.n_messages[MESSAGE_ERROR], 0);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_bytes_arrive_and_come_back),
		TEST(chip_select_stays_low_over_streams),
		TEST(pin_reads_keep_their_place),
		TEST(nothing_is_sent_after_an_error),
		TEST(a_device_uses_it_from_then_on),
		TEST(an_adapter_without_pin_reads_is_refused),
		TEST(the_estimate_is_measured),
		TEST(a_good_id_means_that_it_is_the_wires),
		TEST(no_id_means_that_it_is_not),
		TEST(an_adapter_that_cannot_be_asked_says_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
