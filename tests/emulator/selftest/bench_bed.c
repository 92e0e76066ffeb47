/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench_bed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

bool bed_all(const uint8_t *data, size_t n, uint8_t value)
{
	for (size_t i = 0; i < n; i++)
		if (data[i] != value)
			return false;
	return true;
}

struct bench *bench_with(const char *list)
{
	struct bench *bench = bench_new();
	char copy[512], err[512], *rest = copy;

	strcpy(copy, list);
	for (char *word; (word = strsep(&rest, " ")) != NULL;) {
		if (*word && bench_set(bench, word, err, sizeof(err))) {
			printf("%s\n", err);
			abort();
		}
	}
	if (bench_power_on(bench, err, sizeof(err))) {
		printf("%s\n", err);
		abort();
	}
	return bench;
}

static void on_done(struct bench *bench, struct bench_urb *urb)
{
	(void)bench;
	*(bool *)urb->owner = true;
}

struct bench_urb bed_urb(uint8_t endpoint, void *data, size_t length, int64_t deadline,
				 bool *done)
{
	*done = false;
	return (struct bench_urb){
		.endpoint = endpoint, .data = data, .length = length, .deadline = deadline,
		.done = on_done, .owner = done,
	};
}

static void run_until_done(struct bench *bench, const bool *done)
{
	while (!*done) {
		int64_t next = bench_next_event(bench);

		if (next == BENCH_NEVER) {
			CHECK(!"the bench is idle for ever");
			return;
		}
		bench_run_until(bench, next);
	}
}

struct bench_urb bed_transfer(struct bench *bench, uint8_t endpoint, void *data, size_t length,
				 int64_t timeout_ms)
{
	bool done;
	struct bench_urb urb = bed_urb(endpoint, data, length,
					bench_now(bench) + timeout_ms * 1000000, &done);

	if (bench_submit(bench, &urb)) {
		urb.status = BENCH_URB_GONE;
		return urb;
	}
	run_until_done(bench, &done);
	return urb;
}

struct bench_urb bed_control(struct bench *bench, uint8_t type, uint8_t request, uint16_t value,
				uint16_t index, uint8_t *data, uint16_t length)
{
	bool done;
	struct bench_urb urb = bed_urb(type & 0x80, data, length, BENCH_NEVER, &done);
	const uint8_t setup[8] = {
		type, request, (uint8_t)value, (uint8_t)(value >> 8), (uint8_t)index,
		(uint8_t)(index >> 8), (uint8_t)length, (uint8_t)(length >> 8),
	};

	memcpy(urb.setup, setup, 8);
	CHECK(!bench_submit(bench, &urb));
	run_until_done(bench, &done);
	return urb;
}

void bed_out(struct bench *bench, const uint8_t *data, size_t n)
{
	uint8_t copy[64];
	struct bench_urb urb;

	memcpy(copy, data, n);
	urb = bed_transfer(bench, 0x02, copy, n, 1000);
	EXPECT(urb.status == BENCH_URB_OK && urb.actual == n);
}

static uint8_t swap_bits(uint8_t b)
{
	uint8_t r = 0;

	for (unsigned int i = 0; i < 8; i++)
		r |= (uint8_t)((b >> i & 1) << (7 - i));
	return r;
}

/* flashrom's pattern: a chip select packet (with the delay folded in), then A8
 * packets; up to 32 IN URBs wait all the time. */
#define QUEUE 32

struct pattern {
	struct bench_urb in[QUEUE];
	uint8_t data[QUEUE][32];
	uint8_t *reply;
	size_t wanted, asked, got;
	bool out_done;
};

static void ask(struct bench *bench, struct pattern *p, struct bench_urb *urb);

static void in_done(struct bench *bench, struct bench_urb *urb)
{
	struct pattern *p = urb->owner;

	EXPECT(urb->status == BENCH_URB_OK);
	for (size_t i = 0; i < urb->actual; i++)
		p->reply[p->got++] = swap_bits(urb->data[i]);
	ask(bench, p, urb);
}

static void ask(struct bench *bench, struct pattern *p, struct bench_urb *urb)
{
	size_t n = p->wanted - p->asked;

	if (!n)
		return;
	urb->length = n < 31 ? n : 31;
	urb->deadline = bench_now(bench) + 1000000000;
	p->asked += urb->length;
	EXPECT(!bench_submit(bench, urb));
}

static size_t build_out(uint8_t *out, const uint8_t *data, size_t n, unsigned int delay_us)
{
	unsigned int pulses = delay_us ? delay_us * 4 / 3 : 2;
	size_t at = 0, used = 32;

	memset(out, 0, 32);
	out[at++] = 0xab;
	for (unsigned int i = 0; i < 1 + pulses; i++)
		out[at++] = 0xb7;
	out[at++] = 0xb6;
	out[at] = 0x20;
	for (size_t i = 0; i < n; i++) {
		if (i % 31 == 0)
			out[used++] = 0xa8;
		out[used++] = swap_bits(data[i]);
	}
	return used;
}

void bed_command(struct bench *bench, const uint8_t *data, size_t n, unsigned int delay_us,
		    uint8_t *reply)
{
	static uint8_t out[5000];
	static struct pattern p;
	struct bench_urb urb = bed_urb(0x02, out, build_out(out, data, n, delay_us),
					bench_now(bench) + 1000000000, &p.out_done);

	p.reply = reply;
	p.wanted = n;
	p.asked = p.got = 0;
	EXPECT(!bench_submit(bench, &urb));
	for (unsigned int i = 0; i < QUEUE; i++) {
		p.in[i] = (struct bench_urb){
			.endpoint = 0x82, .data = p.data[i], .done = in_done, .owner = &p,
		};
		ask(bench, &p, &p.in[i]);
	}
	while (p.got < n || !p.out_done)
		bench_run_until(bench, bench_next_event(bench));
}

void bed_init(struct bench *bench)
{
	OUT(bench, 0xaa, 0x61, 0x00);
	OUT(bench, 0xab, 0xb7, 0x7f, 0x20);
}

/* Reset, D2 in one frame, then RDID: what a user sees through a CH341A. */
bool bed_enters(struct bench *bench)
{
	uint8_t sync[100], rdid[4] = { 0x9f }, reply[100];

	bed_init(bench);
	OUT(bench, 0xab, 0xb3, 0x20);
	bench_run_until(bench, bench_now(bench) + 100000000);
	OUT(bench, 0xab, 0xb7, 0x20);
	memset(sync, 0xd2, sizeof(sync));
	for (unsigned int i = 0; i < 20; i++)
		bed_command(bench, sync, sizeof(sync), 0, reply);
	bench_run_until(bench, bench_now(bench) + 100000000);
	for (unsigned int i = 0; i < 4; i++) {
		bed_command(bench, rdid, 4, 0, reply);
		if (!memcmp(reply + 1, "\x1c\x70\x15", 3))
			return true;
	}
	return false;
}
