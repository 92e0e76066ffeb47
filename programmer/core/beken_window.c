/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "beken_window.h"

#include <string.h>

#include "clock.h"

/* 8 packets are 248 bytes and last 1.8 ms. Three bursts in flight hide pauses
 * of the PC of 3 ms; a larger burst would only stop later. */
#define PACKETS_PER_BURST 8
#define BURST_SIZE (PACKETS_PER_BURST * CH341A_SPI_PER_PACKET)
#define N_BURSTS 3

/* "D2 00 00 ..." is what every author reports on acceptance; eight zeros are
 * no bit error. */
#define ACCEPTED_ZEROS 8
/* What authors have sent is 2 to 255 bytes. These take 7 ms; no window is so short. */
#define ACCEPTED_SYNC 1024
/* So many 0xD2 in a row are not noise. */
#define ECHO_RUN 4
/* The chip shows 0xD2 without gaps, so a packet without one ends it. */
#define SILENCE CH341A_SPI_PER_PACKET

struct burst {
	struct ch341a_job job;
	struct ch341a_stream stream;
	struct ch341a_packet packets[PACKETS_PER_BURST + 2];
	uint8_t in[BURST_SIZE];
	bool in_flight;
};

/* 0xD2 as read by a master whose first clock is not the chip's first bit (52 D2
 * D2 ... in libretiny discussion 206) may be rotated. */
static bool is_echo(uint8_t byte)
{
	for (unsigned int shift = 0; shift < 8; shift++) {
		if (byte == (uint8_t)(BEKEN_SYNC << shift | BEKEN_SYNC >> (8 - shift)))
			return true;
	}
	return false;
}

static void look_at(struct beken_window *seen, uint8_t byte)
{
	seen->n_bytes++;
	seen->n_high += byte == 0xff;
	seen->n_low += byte == 0x00;
	seen->since_echo++;
	if (byte == 0x00) {
		seen->zeros++;
	} else {
		const bool again = byte == seen->sync && !seen->zeros;

		seen->zeros = 0;
		seen->sync_run = !is_echo(byte) ? 0 : again ? seen->sync_run + 1 : 1;
		seen->sync = byte;
		if (seen->sync_run) {
			seen->since_echo = 0;
			seen->n_sync++;
		}
	}
	/* A chip that hears us at once shows a single 0xD2 before the zeros. If it
	 * does not, MISO may fall to 00 when it boots. */
	if (seen->sync_run && seen->zeros >= ACCEPTED_ZEROS && seen->n_sync <= ACCEPTED_SYNC)
		seen->accepted = true;
	if (seen->sync_run >= ECHO_RUN || seen->accepted)
		seen->echo = true;
}

void beken_window_look(struct beken_window *seen, const uint8_t *miso, size_t n)
{
	for (size_t i = 0; i < n; i++)
		look_at(seen, miso[i]);
}

static void build_burst(struct burst *burst, bool first)
{
	static const uint8_t cen_up_then_select[] = { CH341A_PINS_IDLE, CH341A_PINS_IDLE & ~CH341A_PIN_CS };

	ch341a_stream_init(&burst->stream, burst->packets, PACKETS_PER_BURST + 2);
	if (first) {
		ch341a_stream_drive(&burst->stream, CH341A_PINS_IDLE, CH341A_PINS_ALL_OUTPUTS);
		ch341a_stream_levels(&burst->stream, cen_up_then_select, sizeof(cen_up_then_select));
	}
	ch341a_stream_spi(&burst->stream, NULL, BEKEN_SYNC, BURST_SIZE);
	burst->job = (struct ch341a_job){ .stream = &burst->stream, .in = burst->in };
}

static bool over(const struct beken_window *seen, int64_t end_us)
{
	return seen->accepted || (seen->echo && seen->since_echo >= SILENCE) || clock_us() >= end_us;
}

static int stream_bursts(struct ch341a *device, struct burst *bursts, int64_t end_us, struct beken_window *seen)
{
	bool first = true;

	for (unsigned int i = 0;; i = (i + 1) % N_BURSTS) {
		struct burst *burst = &bursts[i];
		int error;

		if (burst->in_flight) {
			burst->in_flight = false;
			error = ch341a_wait(device, &burst->job);
			if (error)
				return error;
			beken_window_look(seen, burst->in, BURST_SIZE);
		}
		if (over(seen, end_us))
			return BEKEN_OK;
		build_burst(burst, first);
		first = false;
		error = ch341a_submit(device, &burst->job);
		if (error)
			return error;
		burst->in_flight = true;
	}
}

int beken_stream_window(struct ch341a *device, unsigned int window_ms, struct beken_window *seen)
{
	struct burst bursts[N_BURSTS] = { 0 };
	struct ch341a_packet packet;
	struct ch341a_stream last;
	const int64_t end_us = clock_us() + (int64_t)window_ms * 1000;
	int error;

	memset(seen, 0, sizeof(*seen));
	error = stream_bursts(device, bursts, end_us, seen);
	/* The bursts are on this stack, so all of them must have ended. */
	for (unsigned int i = 0; i < N_BURSTS; i++) {
		if (!bursts[i].in_flight)
			continue;
		if (ch341a_wait(device, &bursts[i].job) == BEKEN_OK)
			beken_window_look(seen, bursts[i].in, BURST_SIZE);
	}
	if (error)
		return error;
	ch341a_stream_init(&last, &packet, 1);
	ch341a_stream_deselect(&last);
	return ch341a_run(device, &last, NULL);
}
