/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nor_spi.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

/* CS packets: before the first frame, between the two, after the last. */
#define CS_PACKETS 3
/* What fits behind the opcode into one packet: the die repeats its status. */
#define STATUS_BYTES (CH341A_SPI_PER_PACKET - 1)
/* A page is polled without a pause. Erases take 40 ms and more: sleeps grow
 * with the time waited, so that they add at most 6 %. */
#define POLL_WITHOUT_SLEEP_US 2000
#define SLEEP_MIN_US 500
#define SLEEP_FRACTION 16
#define SLEEP_MAX_US 20000

/* A page lasts about 2.7 ms, so three more hide 8 ms of host latency. */
#define N_PAGES 4
#define COMMAND_BYTES 4
/* A packet of status lasts 225 us. Typical pages take 0.4 to 0.7 ms, the
 * slowest 3 ms (EN25QH16 data sheet). */
#define POLL_PACKETS_START 4
#define POLL_PACKETS_MAX 16
/* Status bytes behind the opcode in so many packets. */
#define POLLS(packets) ((packets)*CH341A_SPI_PER_PACKET - 1)
#define N_PACKETS (1 + CH341A_SPI_PACKETS(COMMAND_BYTES + NOR_PAGE_SIZE) + POLL_PACKETS_MAX + CS_PACKETS + 1)
/* Polls beyond those that the slowest page has needed: two, and 1.5 %. */
#define POLLS_TO_SPARE 2
#define POLLS_TO_SPARE_FRACTION 64
/* The fewer bytes a packet has, the earlier is its first poll: eight bytes take
 * as long on the cable as one on SPI (0.68 and 5.3 us). */
#define CABLE_BYTES_PER_POLL 8
/* A page that is late costs as much as 2000 polls, so the first measurement
 * goes over a few pages, and over twice as many after each late page. */
#define PAGES_MEASURED_START 16
#define PAGES_MEASURED_MAX 1024

/* A page program on its way, as one stream: write enable, program, status polls. */
struct page {
	struct ch341a_job job;
	struct ch341a_stream stream;
	uint32_t address;
	size_t length, polls;
	uint8_t data[NOR_PAGE_SIZE];
	struct ch341a_packet packets[N_PACKETS];
	uint8_t in[1 + COMMAND_BYTES + NOR_PAGE_SIZE + POLL_PACKETS_MAX * CH341A_SPI_PER_PACKET];
};

struct nor_spi {
	const struct frontend *frontend;
	struct ch341a *device;
	/* Grow to the largest command so far. */
	struct ch341a_packet *packets;
	size_t n_packets;
	uint8_t *in;

	struct page pages[N_PAGES]; /* a ring */
	unsigned int oldest, n_in_flight;
	size_t polls;	/* of a page */
	size_t longest; /* polls that were busy, of the pages measured */
	unsigned int pages_measured, pages_to_measure;
};

struct nor_spi *ch341a_nor_new(const struct frontend *frontend, struct ch341a *device)
{
	struct nor_spi *spi = calloc(1, sizeof(*spi));

	if (!spi)
		return NULL;
	spi->frontend = frontend;
	spi->device = device;
	spi->polls = POLLS(POLL_PACKETS_START);
	spi->pages_to_measure = PAGES_MEASURED_START;
	return spi;
}

void ch341a_nor_free(struct nor_spi *spi)
{
	if (!spi)
		return;
	ch341a_nor_drop(spi);
	free(spi->packets);
	free(spi->in);
	free(spi);
}

/* ---- commands ---- */

/* Room for one frame of n bytes, in two pieces, and one of a single byte. */
static int prepare(struct nor_spi *spi, size_t n, struct ch341a_stream *stream)
{
	const size_t needed = CH341A_SPI_PACKETS(n) + 2 + CS_PACKETS;

	if (needed > spi->n_packets) {
		struct ch341a_packet *packets = realloc(spi->packets, needed * sizeof(*packets));
		uint8_t *in = realloc(spi->in, needed * CH341A_SPI_PER_PACKET);

		spi->packets = packets ? packets : spi->packets;
		spi->in = in ? in : spi->in;
		if (!packets || !in)
			return BEKEN_ERR_MEMORY;
		spi->n_packets = needed;
	}
	ch341a_stream_init(stream, spi->packets, spi->n_packets);
	return BEKEN_OK;
}

int ch341a_nor_command(struct nor_spi *spi, const uint8_t *out, size_t out_length, uint8_t *in,
		       size_t in_length)
{
	struct ch341a_stream stream;
	int error = prepare(spi, out_length + in_length, &stream);

	if (error)
		return error;
	ch341a_stream_select(&stream);
	/* One run of packets for both directions: a packet that is only half
	 * full costs nearly as much as a full one. */
	if (out_length <= CH341A_SPI_PER_PACKET && in_length) {
		uint8_t head[CH341A_SPI_PER_PACKET];
		const size_t room = sizeof(head) - out_length;
		const size_t shared = in_length < room ? in_length : room;

		memset(head, 0xff, sizeof(head));
		memcpy(head, out, out_length);
		ch341a_stream_spi(&stream, head, 0, out_length + shared);
		ch341a_stream_spi(&stream, NULL, 0xff, in_length - shared);
	} else {
		ch341a_stream_spi(&stream, out, 0, out_length);
		ch341a_stream_spi(&stream, NULL, 0xff, in_length);
	}
	ch341a_stream_deselect(&stream);
	/* What has an answer changes nothing in the die. */
	error = in_length ? ch341a_run(spi->device, &stream, spi->in)
			  : ch341a_run_once(spi->device, &stream, spi->in);
	if (!error && in_length)
		memcpy(in, spi->in + out_length, in_length);
	return error;
}

int ch341a_nor_read(struct nor_spi *spi, uint32_t address, uint8_t *data, size_t n)
{
	const uint8_t command[] = { NOR_READ, address >> 16 & 0xff, address >> 8 & 0xff, address & 0xff };

	return ch341a_nor_command(spi, command, sizeof(command), data, n);
}

/* The frame of `first`, then that of a command, whose CS stays low. */
static void add_enabled(struct ch341a_stream *stream, uint8_t first, const uint8_t *out, size_t out_length)
{
	ch341a_stream_select(stream);
	ch341a_stream_spi(stream, &first, 0, 1);
	ch341a_stream_select(stream);
	ch341a_stream_spi(stream, out, 0, out_length);
}

int ch341a_nor_command_after(struct nor_spi *spi, uint8_t first, const uint8_t *out, size_t out_length)
{
	struct ch341a_stream stream;
	const int error = prepare(spi, out_length, &stream);

	if (error)
		return error;
	add_enabled(&stream, first, out, out_length);
	ch341a_stream_deselect(&stream);
	return ch341a_run_once(spi->device, &stream, spi->in);
}

static int64_t pause_after(int64_t waited_us)
{
	const int64_t pause = waited_us / SLEEP_FRACTION;

	if (waited_us < POLL_WITHOUT_SLEEP_US)
		return 0;
	if (pause < SLEEP_MIN_US)
		return SLEEP_MIN_US;
	return pause < SLEEP_MAX_US ? pause : SLEEP_MAX_US;
}

int ch341a_nor_wait_idle(struct nor_spi *spi, int64_t limit_ms, unsigned int interrupts)
{
	const int64_t start = beken_clock_us();

	for (;;) {
		const uint8_t opcode = NOR_RDSR;
		uint8_t status[STATUS_BYTES];
		/* Taken before the poll, so that a computer that was asleep
		 * looks at the die once more. */
		const int64_t waited = beken_clock_us() - start;
		const bool expired = waited > limit_ms * 1000;
		const int error = ch341a_nor_command(spi, &opcode, 1, status, sizeof(status));

		if (error)
			return error;
		if (!(status[STATUS_BYTES - 1] & NOR_SR1_WIP))
			return BEKEN_OK;
		if (expired)
			return BEKEN_ERR_BUSY;
		if (frontend_interrupts(spi->frontend) > interrupts)
			return BEKEN_ERR_INTERRUPTED;
		beken_sleep_us(pause_after(waited));
	}
}

/* ---- pages ---- */

bool ch341a_nor_active(const struct nor_spi *spi)
{
	return spi->n_in_flight;
}

static struct page *page_at(struct nor_spi *spi, unsigned int i)
{
	return &spi->pages[(spi->oldest + i) % N_PAGES];
}

static int submit(struct nor_spi *spi, struct page *page, size_t polls)
{
	uint8_t command[COMMAND_BYTES + NOR_PAGE_SIZE] = { NOR_PROGRAM, page->address >> 16 & 0xff,
							   page->address >> 8 & 0xff, page->address & 0xff };
	uint8_t poll[POLL_PACKETS_MAX * CH341A_SPI_PER_PACKET];

	memcpy(command + COMMAND_BYTES, page->data, page->length);
	memset(poll, 0xff, sizeof(poll));
	poll[0] = NOR_RDSR;
	ch341a_stream_init(&page->stream, page->packets, N_PACKETS);
	add_enabled(&page->stream, NOR_WREN, command, COMMAND_BYTES + page->length);
	ch341a_stream_select(&page->stream);
	ch341a_stream_spi(&page->stream, poll, 0, 1 + polls);
	ch341a_stream_deselect(&page->stream);
	page->polls = polls;
	page->job = (struct ch341a_job){ .stream = &page->stream, .in = page->in };
	return ch341a_submit(spi->device, &page->job);
}

static bool was_busy(const struct page *page, size_t poll)
{
	return page->in[1 + COMMAND_BYTES + page->length + 1 + poll] & NOR_SR1_WIP;
}

/* 0: never, though a page takes longer than the 70 us from CS to the first poll. */
static size_t busy_polls(const struct page *page)
{
	size_t busy = 0;

	while (busy < page->polls && was_busy(page, busy))
		busy++;
	return busy;
}

/* The polls for pages of which the slowest was busy for so many. */
static size_t enough_polls(size_t busy)
{
	const size_t polls = busy + POLLS_TO_SPARE + busy / POLLS_TO_SPARE_FRACTION;
	const size_t in_last = (1 + polls) % CH341A_SPI_PER_PACKET;
	const size_t missing = in_last ? CH341A_SPI_PER_PACKET - in_last : 0;
	const size_t enough = polls + (missing + CABLE_BYTES_PER_POLL - 1) / CABLE_BYTES_PER_POLL;

	return enough < POLLS(POLL_PACKETS_MAX) ? enough : POLLS(POLL_PACKETS_MAX);
}

static void at_least(struct nor_spi *spi, size_t polls)
{
	if (polls > spi->polls)
		spi->polls = polls;
}

/* Fits the number of polls to the die at hand. */
static void adapt(struct nor_spi *spi, const struct page *page)
{
	const size_t busy = busy_polls(page);
	const bool late = busy == page->polls;

	if (!busy)
		return; /* refused, perhaps */
	if (busy + POLLS_TO_SPARE > page->polls)
		at_least(spi, enough_polls(busy + (late ? CH341A_SPI_PER_PACKET : 0)));
	if (busy > spi->longest)
		spi->longest = busy;
	if (late && spi->pages_to_measure < PAGES_MEASURED_MAX)
		spi->pages_to_measure *= 2;
	if (!late && ++spi->pages_measured < spi->pages_to_measure)
		return;
	if (!late && enough_polls(spi->longest) < spi->polls)
		spi->polls = enough_polls(spi->longest);
	spi->longest = 0;
	spi->pages_measured = 0;
}

/* Is the page in the die? Only asked when the die was never seen busy. */
static int compare(struct nor_spi *spi, const struct page *page, bool *equal)
{
	uint8_t data[NOR_PAGE_SIZE];
	const int error = ch341a_nor_read(spi, page->address, data, page->length);

	*equal = !error && !memcmp(data, page->data, page->length);
	return error;
}

/* Once more, alone. Programming a page twice with the same data is harmless. */
static int send_again(struct nor_spi *spi, struct page *page)
{
	int error = submit(spi, page, POLLS(POLL_PACKETS_MAX));

	if (!error)
		error = ch341a_wait(spi->device, &page->job);
	if (error)
		return error;
	at_least(spi, enough_polls(busy_polls(page)));
	return ch341a_nor_wait_idle(spi, NOR_MAX_PROGRAM_MS, ~0u);
}

static int repair(struct nor_spi *spi, struct page *page)
{
	bool equal;
	int error = compare(spi, page, &equal);

	if (error || equal)
		return error;
	error = send_again(spi, page);
	if (!error)
		error = compare(spi, page, &equal);
	if (error || equal)
		return error;
	frontend_message(spi->frontend, MESSAGE_ERROR, "The flash refused to program the page at 0x%06X.",
			 (unsigned int)page->address);
	return BEKEN_ERR_REFUSED;
}

static int wait_for_all(struct nor_spi *spi)
{
	int error = BEKEN_OK;

	for (unsigned int i = 0; !error && i < spi->n_in_flight; i++)
		error = ch341a_wait(spi->device, &page_at(spi, i)->job);
	return error;
}

/* The oldest page did not go well: the die was still busy at its end, so it may have ignored the
 * page behind it, or the die was never busy. Waits for all pages in flight and then checks each
 * of them. */
static int settle(struct nor_spi *spi)
{
	bool after_busy = false;
	int error = wait_for_all(spi);

	if (!error)
		error = ch341a_nor_wait_idle(spi, NOR_MAX_PROGRAM_MS, ~0u);
	for (unsigned int i = 0; !error && i < spi->n_in_flight; i++) {
		struct page *page = page_at(spi, i);
		const bool late = was_busy(page, page->polls - 1);

		if (after_busy)
			error = send_again(spi, page);
		if (!error && !was_busy(page, 0))
			error = repair(spi, page);
		after_busy = late;
	}
	spi->n_in_flight = 0;
	return error;
}

/* Takes the oldest page out of the pipeline. */
static int retire(struct nor_spi *spi)
{
	struct page *page = page_at(spi, 0);
	const int error = ch341a_wait(spi->device, &page->job);

	if (error) {
		/* The transport has ended all of them. */
		spi->n_in_flight = 0;
		return error;
	}
	adapt(spi, page);
	if (!was_busy(page, 0) || was_busy(page, page->polls - 1))
		return settle(spi);
	spi->oldest = (spi->oldest + 1) % N_PAGES;
	spi->n_in_flight--;
	return BEKEN_OK;
}

int ch341a_nor_push(struct nor_spi *spi, uint32_t address, const uint8_t *data, size_t n)
{
	int error = spi->n_in_flight == N_PAGES ? retire(spi) : BEKEN_OK;
	struct page *const page = page_at(spi, spi->n_in_flight);

	assert(n && address % NOR_PAGE_SIZE + n <= NOR_PAGE_SIZE);
	if (error)
		return error;
	page->address = address;
	page->length = n;
	memcpy(page->data, data, n);
	error = submit(spi, page, spi->polls);
	spi->n_in_flight = error ? 0 : spi->n_in_flight + 1;
	return error;
}

int ch341a_nor_drain(struct nor_spi *spi)
{
	int error = BEKEN_OK;

	while (!error && spi->n_in_flight)
		error = retire(spi);
	return error;
}

int ch341a_nor_program(struct nor_spi *spi, uint32_t address, const uint8_t *data, size_t n)
{
	int error = BEKEN_OK;

	while (!error && n) {
		const size_t left_in_page = NOR_PAGE_SIZE - address % NOR_PAGE_SIZE;
		const size_t now = n < left_in_page ? n : left_in_page;

		error = ch341a_nor_push(spi, address, data, now);
		address += (uint32_t)now;
		data += now;
		n -= now;
	}
	return error ? error : ch341a_nor_drain(spi);
}

void ch341a_nor_drop(struct nor_spi *spi)
{
	/* An error ends all streams as well. */
	(void)wait_for_all(spi);
	spi->n_in_flight = 0;
}
