/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>
#include <stdio.h>

#include "beken.h"
#include "clock.h"
#include "commands.h"
#include "json_output.h"
#include "signals.h"
#include "slow_clock.h"
#include "tool_options.h"
#include "tool_say.h"

#define FAST_PACKETS 256
#define SLOW_PACKETS 4
#define CHARGE_US 10000

/* What came back of one way to clock. */
struct came_back {
	unsigned int bytes, wrong_bits;
	uint8_t first; /* the first byte that came back */
	bool constant; /* and all others are the same */
};

struct loopback {
	struct came_back fast, slow;
};

/* ---- the CH341A alone ---- */

/* One packet; chip select stays as it is. */
static int send_packet(struct ch341a *device, const uint8_t *out, uint8_t *in)
{
	struct ch341a_packet packet;
	struct ch341a_stream stream;

	ch341a_stream_init(&stream, &packet, 1);
	ch341a_stream_spi(&stream, out, 0, CH341A_SPI_PER_PACKET);
	return ch341a_run(device, &stream, in);
}

/* After an error, too. */
static int release(struct ch341a *device)
{
	int error = beken_drive_pins(device);

	/* A capacitor at CEN is charged faster by a pin than by a resistor. */
	beken_sleep_us(CHARGE_US);
	if (!error)
		error = beken_release_pins(device);
	if (!error)
		return BEKEN_OK;
	return beken_make_safe(device) ? error : beken_release_pins(device);
}

/* ---- the test ---- */

/* All byte values in turn, each in its own neighbourhood. */
static uint8_t pattern(unsigned int i)
{
	return (uint8_t)(i * 73 + (i >> 8) * 29);
}

static int send_and_compare(struct ch341a *device, unsigned int n_packets, struct came_back *back)
{
	*back = (struct came_back){ .constant = true };
	for (unsigned int packet = 0; packet < n_packets && !signals_count(); packet++) {
		uint8_t out[CH341A_SPI_PER_PACKET], in[CH341A_SPI_PER_PACKET];
		int error;

		for (unsigned int i = 0; i < sizeof(out); i++)
			out[i] = pattern(packet * CH341A_SPI_PER_PACKET + i);
		error = send_packet(device, out, in);
		if (error)
			return error;
		if (!packet)
			back->first = in[0];
		for (unsigned int i = 0; i < sizeof(in); i++) {
			back->wrong_bits += (unsigned int)__builtin_popcount(in[i] ^ out[i]);
			back->constant = back->constant && in[i] == back->first;
		}
		back->bytes += CH341A_SPI_PER_PACKET;
	}
	return BEKEN_OK;
}

static bool is_good(const struct came_back *back)
{
	return back->bytes && !back->wrong_bits;
}

static void describe(const struct loopback *result, char *text, size_t size)
{
	const struct came_back *fast = &result->fast, *slow = &result->slow;

	if (is_good(fast) && is_good(slow))
		snprintf(text, size, "%u bytes came back at full speed, %u clocked slowly.", fast->bytes,
			 slow->bytes);
	else if (fast->constant && slow->constant)
		snprintf(text, size,
			 "Nothing comes back: MISO reads %02X whatever is sent. Join D5 (MOSI, pin 20 of the "
			 "CH341A) and D7 (MISO, pin 22) by a short wire, with no chip connected.",
			 fast->first);
	else if (is_good(slow))
		snprintf(text, size,
			 "%u of %u bits are wrong at full speed, none clocked slowly: the wire is too long or "
			 "loose, or the board's supply is weak.",
			 fast->wrong_bits, fast->bytes * 8);
	else
		snprintf(text, size,
			 "%u of %u bits are wrong at full speed, %u of %u clocked slowly: "
			 "a loose wire, something else that drives D7, or a broken CH341A.",
			 fast->wrong_bits, fast->bytes * 8, slow->wrong_bits, slow->bytes * 8);
}

static struct json_object *way_json(const struct came_back *back)
{
	struct json_object *object = json_new();

	json_add_number(object, "bytes", back->bytes);
	json_add_number(object, "wrong_bits", back->wrong_bits);
	return object;
}

static void print(const struct loopback *result, bool json)
{
	const bool good = is_good(&result->fast) && is_good(&result->slow);
	char text[512];

	describe(result, text, sizeof(text));
	if (json) {
		struct json_object *object = json_new();

		json_add_bool(object, "ok", good);
		json_add_object(object, "fast", way_json(&result->fast));
		json_add_object(object, "slow", way_json(&result->slow));
		json_add_text(object, "detail", text);
		json_print(object);
	} else {
		printf("%-11s %s\n", "Loop-back", good ? "ok" : "failed");
		tool_print_wrapped(stdout, "    ", text);
	}
}

int check_loopback(const struct frontend *frontend, const char *selector, bool json)
{
	struct loopback result = { 0 };
	struct slow_clock clock;
	struct ch341a *device;
	int error, release_error;

	if (ch341a_open(frontend, selector, false, &device))
		return TOOL_FAILED;
	error = beken_drive_pins(device);
	if (!error)
		error = send_and_compare(device, FAST_PACKETS, &result.fast);
	if (!error)
		error = slow_clock_use(&clock, frontend, device);
	if (!error)
		error = send_and_compare(device, SLOW_PACKETS, &result.slow);
	release_error = release(device);
	error = error ? error : release_error;
	ch341a_close(device);
	signals_end_by(signals_last());
	if (error) {
		if (error != BEKEN_ERR_PARAMETER)
			tool_connection_error(error);
		return TOOL_FAILED;
	}
	print(&result, json);
	return is_good(&result.fast) && is_good(&result.slow) ? TOOL_OK : TOOL_FAILED;
}
