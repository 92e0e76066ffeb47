/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ch341a.h"

#include "unit.h"

#define MAX_PACKETS 16

static struct ch341a_packet packets[MAX_PACKETS + 1];
static struct ch341a_stream stream;

/* The one behind the last shows whether it was written to. */
static int setup(void **state)
{
	(void)state;
	memset(packets, 0x5a, sizeof(packets));
	ch341a_stream_init(&stream, packets, MAX_PACKETS);
	return 0;
}

static void assert_packet(size_t i, const uint8_t *bytes, size_t n, uint8_t reply)
{
	assert_true(i < stream.n_packets);
	assert_int_equal(packets[i].length, n);
	assert_memory_equal(packets[i].bytes, bytes, n);
	for (size_t k = n; k < CH341A_PACKET_SIZE; k++)
		assert_int_equal(packets[i].bytes[k], 0);
	assert_int_equal(packets[i].reply, reply);
}

static void reversing_turns_every_bit_around(void **state)
{
	(void)state;
	for (unsigned int byte = 0; byte < 256; byte++) {
		const uint8_t reversed = ch341a_reverse_bits((uint8_t)byte);

		for (unsigned int bit = 0; bit < 8; bit++)
			assert_int_equal(reversed >> (7 - bit) & 1, byte >> bit & 1);
	}
}

static void a_new_stream_is_empty(void **state)
{
	(void)state;
	assert_int_equal(stream.n_packets, 0);
	assert_int_equal(stream.n_replies, 0);
	assert_int_equal(stream.in_length, 0);
	assert_int_equal(stream.size, MAX_PACKETS);
	assert_false(stream.full);
}

static void select_raises_cs_and_lowers_it(void **state)
{
	static const uint8_t bytes[] = { 0xab, 0xb7, 0xb7, 0xb6, 0x20 };

	(void)state;
	ch341a_stream_select(&stream);
	assert_int_equal(stream.n_packets, 1);
	assert_packet(0, bytes, sizeof(bytes), 0);
	assert_int_equal(stream.n_replies, 0);
	assert_int_equal(stream.in_length, 0);
}

static void deselect_raises_cs(void **state)
{
	static const uint8_t bytes[] = { 0xab, 0xb7, 0x20 };

	(void)state;
	ch341a_stream_deselect(&stream);
	assert_packet(0, bytes, sizeof(bytes), 0);
}

static void drive_sets_levels_before_directions(void **state)
{
	static const uint8_t bytes[] = { 0xab, 0x80 | 0x33, 0x40 | 0x3f, 0x20 };

	(void)state;
	ch341a_stream_drive(&stream, 0x33, 0x3f);
	assert_packet(0, bytes, sizeof(bytes), 0);
}

static void configure_sets_single_data_lines(void **state)
{
	static const uint8_t bytes[] = { 0xaa, 0x61, 0x00 };

	(void)state;
	ch341a_stream_configure(&stream);
	assert_packet(0, bytes, sizeof(bytes), 0);
	assert_int_equal(stream.n_replies, 0);
}

static void reading_the_pins_is_answered_by_one_byte_of_pins(void **state)
{
	static const uint8_t bytes[] = { 0xab, 0x00, 0x20 };

	(void)state;
	ch341a_stream_read_pins(&stream);
	assert_packet(0, bytes, sizeof(bytes), CH341A_REPLY_PINS | 1);
	assert_int_equal(stream.n_replies, 1);
	assert_int_equal(stream.in_length, 1);
}

static void levels_take_the_most_that_fit(void **state)
{
	uint8_t levels[26], bytes[28] = { 0xab };

	(void)state;
	for (unsigned int i = 0; i < sizeof(levels); i++) {
		levels[i] = i;
		bytes[1 + i] = 0x80 | i;
	}
	bytes[27] = 0x20;
	ch341a_stream_levels(&stream, levels, sizeof(levels));
	assert_packet(0, bytes, sizeof(bytes), 0);
}

static void spi_data_goes_out_with_the_lowest_bit_first(void **state)
{
	static const uint8_t data[] = { 0x9f, 0x01, 0x80 }, bytes[] = { 0xa8, 0xf9, 0x80, 0x01 };

	(void)state;
	ch341a_stream_spi(&stream, data, 0, sizeof(data));
	assert_int_equal(stream.n_packets, 1);
	assert_packet(0, bytes, sizeof(bytes), 3);
	assert_int_equal(stream.n_replies, 1);
	assert_int_equal(stream.in_length, 3);
}

static void spi_fill_goes_out_reversed_too(void **state)
{
	static const uint8_t bytes[] = { 0xa8, 0x4b, 0x4b };

	(void)state;
	ch341a_stream_spi(&stream, NULL, 0xd2, 2);
	assert_packet(0, bytes, sizeof(bytes), 2);
}

static void spi_data_is_split_after_31_bytes(void **state)
{
	uint8_t data[63], first[32] = { 0xa8 }, second[32] = { 0xa8 }, third[2] = { 0xa8 };

	(void)state;
	for (unsigned int i = 0; i < sizeof(data); i++)
		data[i] = i + 1;
	for (unsigned int i = 0; i < 31; i++) {
		first[1 + i] = ch341a_reverse_bits(data[i]);
		second[1 + i] = ch341a_reverse_bits(data[31 + i]);
	}
	third[1] = ch341a_reverse_bits(data[62]);
	ch341a_stream_spi(&stream, data, 0, sizeof(data));
	assert_int_equal(stream.n_packets, 3);
	assert_packet(0, first, sizeof(first), 31);
	assert_packet(1, second, sizeof(second), 31);
	assert_packet(2, third, sizeof(third), 1);
	assert_int_equal(stream.n_replies, 3);
	assert_int_equal(stream.in_length, 63);
	assert_int_equal(CH341A_SPI_PACKETS(63), 3);
}

static void no_spi_data_is_no_packet(void **state)
{
	(void)state;
	ch341a_stream_spi(&stream, NULL, 0xff, 0);
	assert_int_equal(stream.n_packets, 0);
	assert_int_equal(CH341A_SPI_PACKETS(0), 0);
	assert_int_equal(CH341A_SPI_PACKETS(1), 1);
	assert_int_equal(CH341A_SPI_PACKETS(31), 1);
	assert_int_equal(CH341A_SPI_PACKETS(32), 2);
}

static void a_full_stream_takes_no_more_and_says_so(void **state)
{
	(void)state;
	ch341a_stream_spi(&stream, NULL, 0xff, MAX_PACKETS * 31);
	assert_false(stream.full);
	ch341a_stream_read_pins(&stream);
	assert_true(stream.full);
	ch341a_stream_spi(&stream, NULL, 0xff, 100);
	ch341a_stream_select(&stream);
	assert_int_equal(stream.n_packets, MAX_PACKETS);
	assert_int_equal(stream.n_replies, MAX_PACKETS);
	assert_int_equal(stream.in_length, MAX_PACKETS * 31);
	for (size_t i = 0; i < sizeof(packets[0]); i++)
		assert_int_equal(((const uint8_t *)&packets[MAX_PACKETS])[i], 0x5a);
}

static void a_stream_that_overflows_in_the_middle_of_data_is_full(void **state)
{
	(void)state;
	ch341a_stream_spi(&stream, NULL, 0xff, MAX_PACKETS * 31 + 1);
	assert_true(stream.full);
	assert_int_equal(stream.n_packets, MAX_PACKETS);
}

/* ---- transfers ---- */

static void pin_packets_are_padded_and_the_last_packet_is_not(void **state)
{
	uint8_t bytes[256];
	size_t n_packets;

	(void)state;
	ch341a_stream_select(&stream);
	ch341a_stream_deselect(&stream);
	memset(bytes, 0x5a, sizeof(bytes));
	assert_int_equal(ch341a_stream_transfer(&stream, 0, bytes, sizeof(bytes), &n_packets), 32 + 3);
	assert_int_equal(n_packets, 2);
	assert_memory_equal(bytes, packets[0].bytes, 32);
	assert_memory_equal(bytes + 32, packets[1].bytes, 3);
	assert_int_equal(bytes[32 + 3], 0x5a);
}

static void a_short_spi_packet_ends_its_transfer(void **state)
{
	static const uint8_t data[] = { 0x9f, 0xff, 0xff, 0xff };
	uint8_t bytes[256];
	size_t n_packets;

	(void)state;
	ch341a_stream_select(&stream);
	ch341a_stream_spi(&stream, data, 0, sizeof(data));
	ch341a_stream_deselect(&stream);
	assert_int_equal(ch341a_stream_transfer(&stream, 0, bytes, sizeof(bytes), &n_packets), 32 + 5);
	assert_int_equal(n_packets, 2);
	assert_int_equal(bytes[32], 0xa8);
	assert_int_equal(bytes[33], 0xf9);
	assert_int_equal(ch341a_stream_transfer(&stream, 2, bytes, sizeof(bytes), &n_packets), 3);
	assert_int_equal(n_packets, 1);
	assert_int_equal(bytes[0], 0xab);
}

static void full_spi_packets_share_a_transfer_with_what_follows(void **state)
{
	uint8_t bytes[256];
	size_t n_packets;

	(void)state;
	ch341a_stream_spi(&stream, NULL, 0x00, 62);
	ch341a_stream_deselect(&stream);
	assert_int_equal(ch341a_stream_transfer(&stream, 0, bytes, sizeof(bytes), &n_packets), 64 + 3);
	assert_int_equal(n_packets, 3);
	assert_int_equal(bytes[0], 0xa8);
	assert_int_equal(bytes[32], 0xa8);
	assert_int_equal(bytes[64], 0xab);
}

static void a_transfer_never_exceeds_its_buffer(void **state)
{
	uint8_t bytes[100];
	size_t n_packets;

	(void)state;
	ch341a_stream_spi(&stream, NULL, 0xff, 5 * 31);
	memset(bytes, 0x5a, sizeof(bytes));
	assert_int_equal(ch341a_stream_transfer(&stream, 0, bytes, 95, &n_packets), 64);
	assert_int_equal(n_packets, 2);
	assert_int_equal(bytes[64], 0x5a);
	assert_int_equal(ch341a_stream_transfer(&stream, 2, bytes, 96, &n_packets), 96);
	assert_int_equal(n_packets, 3);
	assert_int_equal(bytes[96], 0x5a);
}

static void the_transfers_of_a_stream_hold_all_its_packets_once(void **state)
{
	uint8_t bytes[64];
	size_t from = 0, n_spi = 0, n_packets;

	(void)state;
	ch341a_stream_select(&stream);
	ch341a_stream_spi(&stream, NULL, 0xff, 1);
	ch341a_stream_select(&stream);
	ch341a_stream_spi(&stream, NULL, 0xff, 260);
	ch341a_stream_deselect(&stream);
	while (from < stream.n_packets) {
		const size_t n = ch341a_stream_transfer(&stream, from, bytes, sizeof(bytes), &n_packets);

		assert_true(n_packets > 0);
		for (size_t at = 0; at < n; at += 32) {
			const size_t length = n - at < 32 ? n - at : 32;

			n_spi += bytes[at] == 0xa8 ? length - 1 : 0;
			assert_int_equal(bytes[at], packets[from + at / 32].bytes[0]);
		}
		from += n_packets;
	}
	assert_int_equal(from, stream.n_packets);
	assert_int_equal(n_spi, 261);
	assert_int_equal(n_spi, stream.in_length);
}

/* ---- replies ---- */

static void spi_replies_are_reversed(void **state)
{
	static const uint8_t packet[] = { 0x01, 0xf9, 0x4b }, data[] = { 0x80, 0x9f, 0x5a };
	uint8_t to[3] = { 0x5a, 0x5a, 0x5a };

	(void)state;
	ch341a_decode_reply(to, packet, 2);
	assert_memory_equal(to, data, sizeof(data));
}

static void pin_replies_stay_as_they_are(void **state)
{
	static const uint8_t packet[] = { 0x87 };
	uint8_t to[2] = { 0x5a, 0x5a };

	(void)state;
	ch341a_decode_reply(to, packet, CH341A_REPLY_PINS | 1);
	assert_int_equal(to[0], 0x87);
	assert_int_equal(to[1], 0x5a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(reversing_turns_every_bit_around, setup),
		cmocka_unit_test_setup(a_new_stream_is_empty, setup),
		cmocka_unit_test_setup(select_raises_cs_and_lowers_it, setup),
		cmocka_unit_test_setup(deselect_raises_cs, setup),
		cmocka_unit_test_setup(drive_sets_levels_before_directions, setup),
		cmocka_unit_test_setup(configure_sets_single_data_lines, setup),
		cmocka_unit_test_setup(reading_the_pins_is_answered_by_one_byte_of_pins, setup),
		cmocka_unit_test_setup(levels_take_the_most_that_fit, setup),
		cmocka_unit_test_setup(spi_data_goes_out_with_the_lowest_bit_first, setup),
		cmocka_unit_test_setup(spi_fill_goes_out_reversed_too, setup),
		cmocka_unit_test_setup(spi_data_is_split_after_31_bytes, setup),
		cmocka_unit_test_setup(no_spi_data_is_no_packet, setup),
		cmocka_unit_test_setup(a_full_stream_takes_no_more_and_says_so, setup),
		cmocka_unit_test_setup(a_stream_that_overflows_in_the_middle_of_data_is_full, setup),
		cmocka_unit_test_setup(pin_packets_are_padded_and_the_last_packet_is_not, setup),
		cmocka_unit_test_setup(a_short_spi_packet_ends_its_transfer, setup),
		cmocka_unit_test_setup(full_spi_packets_share_a_transfer_with_what_follows, setup),
		cmocka_unit_test_setup(a_transfer_never_exceeds_its_buffer, setup),
		cmocka_unit_test_setup(the_transfers_of_a_stream_hold_all_its_packets_once, setup),
		cmocka_unit_test_setup(spi_replies_are_reversed, setup),
		cmocka_unit_test_setup(pin_replies_stay_as_they_are, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
