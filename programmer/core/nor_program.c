/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nor_program.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "nor_command.h"

/* A page lasts about 2.7 ms, so three more hide 8 ms of host latency. */
#define N_SLOTS 4

#define COMMAND_BYTES 4
#define CS_PACKETS 4
/* A packet of status lasts 225 us. Typical pages take 0.4 to 0.7 ms, the
 * slowest 3 ms (EN25QH16 data sheet). */
#define POLL_PACKETS_START 4
#define POLL_PACKETS_MAX 16
/* Status bytes behind the opcode in so many packets. */
#define POLLS(packets) ((packets)*CH341A_SPI_PER_PACKET - 1)
#define N_PACKETS (1 + CH341A_SPI_PACKETS(COMMAND_BYTES + NOR_PAGE_SIZE) + POLL_PACKETS_MAX + CS_PACKETS)
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

struct slot {
	struct ch341a_job job;
	struct ch341a_stream stream;
	uint32_t address;
	size_t length;
	uint8_t data[NOR_PAGE_SIZE];
	size_t polls;
	struct ch341a_packet packets[N_PACKETS];
	uint8_t in[1 + COMMAND_BYTES + NOR_PAGE_SIZE + POLL_PACKETS_MAX * CH341A_SPI_PER_PACKET];
};

struct nor_program {
	const struct frontend *frontend;
	struct ch341a *device;
	struct nor_spi *spi;
	struct slot slots[N_SLOTS];
	unsigned int oldest, n_in_flight;
	size_t polls;	/* of a page */
	size_t longest; /* polls that were busy, of the pages measured */
	unsigned int pages_measured, pages_to_measure;
};

struct nor_program *nor_program_new(const struct frontend *frontend, struct ch341a *device, struct nor_spi *spi)
{
	struct nor_program *program = calloc(1, sizeof(*program));

	if (!program)
		return NULL;
	program->frontend = frontend;
	program->device = device;
	program->spi = spi;
	program->polls = POLLS(POLL_PACKETS_START);
	program->pages_to_measure = PAGES_MEASURED_START;
	return program;
}

void nor_program_free(struct nor_program *program)
{
	assert(!program || !program->n_in_flight);
	free(program);
}

bool nor_program_active(const struct nor_program *program)
{
	return program->n_in_flight;
}

static struct slot *slot_at(struct nor_program *program, unsigned int i)
{
	return &program->slots[(program->oldest + i) % N_SLOTS];
}

static void build(struct slot *slot, size_t polls)
{
	const uint8_t write_enable = NOR_WREN;
	uint8_t command[COMMAND_BYTES + NOR_PAGE_SIZE] = { NOR_PROGRAM, slot->address >> 16 & 0xff,
							   slot->address >> 8 & 0xff, slot->address & 0xff };
	uint8_t poll[POLL_PACKETS_MAX * CH341A_SPI_PER_PACKET];

	memcpy(command + COMMAND_BYTES, slot->data, slot->length);
	memset(poll, 0xff, sizeof(poll));
	poll[0] = NOR_RDSR;
	ch341a_stream_init(&slot->stream, slot->packets, N_PACKETS);
	ch341a_stream_select(&slot->stream);
	ch341a_stream_spi(&slot->stream, &write_enable, 0, 1);
	ch341a_stream_select(&slot->stream);
	ch341a_stream_spi(&slot->stream, command, 0, COMMAND_BYTES + slot->length);
	ch341a_stream_select(&slot->stream);
	ch341a_stream_spi(&slot->stream, poll, 0, 1 + polls);
	ch341a_stream_deselect(&slot->stream);
	slot->polls = polls;
	slot->job = (struct ch341a_job){ .stream = &slot->stream, .in = slot->in };
}

/* The status bytes that came back behind the page, one for each poll. */
static const uint8_t *statuses(const struct slot *slot)
{
	return slot->in + 1 + COMMAND_BYTES + slot->length + 1;
}

static bool ended_busy(const struct slot *slot)
{
	return statuses(slot)[slot->polls - 1] & NOR_SR1_WIP;
}

/* A page takes longer than the 70 us from CS to the first status byte. */
static bool never_busy(const struct slot *slot)
{
	return !(statuses(slot)[0] & NOR_SR1_WIP);
}

static size_t busy_polls(const struct slot *slot)
{
	size_t busy = 0;

	while (busy < slot->polls && statuses(slot)[busy] & NOR_SR1_WIP)
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

static void at_least(struct nor_program *program, size_t polls)
{
	if (polls > program->polls)
		program->polls = polls;
}

static void measure_anew(struct nor_program *program)
{
	program->longest = 0;
	program->pages_measured = 0;
}

static void adapt_to_late(struct nor_program *program, size_t busy)
{
	at_least(program, enough_polls(busy + CH341A_SPI_PER_PACKET));
	if (program->pages_to_measure < PAGES_MEASURED_MAX)
		program->pages_to_measure *= 2;
	measure_anew(program);
}

/* Fits the number of polls to the die at hand. */
static void adapt(struct nor_program *program, const struct slot *slot)
{
	const size_t n = slot->polls, busy = busy_polls(slot);

	if (busy == n) {
		adapt_to_late(program, busy);
		return;
	}
	if (!busy)
		return; /* refused, perhaps */
	if (busy + POLLS_TO_SPARE > n)
		at_least(program, enough_polls(busy));
	if (busy > program->longest)
		program->longest = busy;
	if (++program->pages_measured < program->pages_to_measure)
		return;
	if (enough_polls(program->longest) < program->polls)
		program->polls = enough_polls(program->longest);
	measure_anew(program);
}

static int wait_idle(struct nor_program *program)
{
	return nor_wait_idle(program->frontend, program->spi, NOR_MAX_PROGRAM_MS, ~0u);
}

/* Is the page in the die? Only asked when the die was never seen busy. */
static int compare(struct nor_program *program, const struct slot *slot, bool *equal)
{
	uint8_t data[NOR_PAGE_SIZE];
	const int error = nor_spi_read(program->spi, slot->address, data, slot->length);

	*equal = !error && !memcmp(data, slot->data, slot->length);
	return error;
}

/* Once more, alone. Programming a page twice with the same data is harmless. */
static int send_again(struct nor_program *program, struct slot *slot)
{
	int error;

	build(slot, POLLS(POLL_PACKETS_MAX));
	error = ch341a_submit(program->device, &slot->job);
	if (!error)
		error = ch341a_wait(program->device, &slot->job);
	if (error)
		return error;
	at_least(program, enough_polls(busy_polls(slot)));
	return wait_idle(program);
}

static int repair(struct nor_program *program, struct slot *slot)
{
	bool equal;
	int error = compare(program, slot, &equal);

	if (error || equal)
		return error;
	error = send_again(program, slot);
	if (!error)
		error = compare(program, slot, &equal);
	if (error || equal)
		return error;
	frontend_message(program->frontend, MESSAGE_ERROR, "The flash refused to program the page at 0x%06X.",
			 (unsigned int)slot->address);
	return BEKEN_ERR_REFUSED;
}

static int wait_for_all(struct nor_program *program)
{
	for (unsigned int i = 0; i < program->n_in_flight; i++) {
		const int error = ch341a_wait(program->device, &slot_at(program, i)->job);

		if (error)
			return error;
	}
	return BEKEN_OK;
}

/*
 * The oldest page did not go well: the die was still busy at its end, so it may
 * have ignored the page behind it, or the die was never busy. Waits for all
 * pages in flight and then checks each of them.
 */
static int settle(struct nor_program *program)
{
	bool after_busy = false;
	int error = wait_for_all(program);

	if (!error)
		error = wait_idle(program);
	for (unsigned int i = 0; !error && i < program->n_in_flight; i++) {
		struct slot *slot = slot_at(program, i);
		const bool late = ended_busy(slot);

		if (after_busy)
			error = send_again(program, slot);
		if (!error && never_busy(slot))
			error = repair(program, slot);
		after_busy = late;
	}
	program->n_in_flight = 0;
	return error;
}

/* Takes the oldest page out of the pipeline. */
static int retire(struct nor_program *program)
{
	struct slot *slot = slot_at(program, 0);
	const int error = ch341a_wait(program->device, &slot->job);

	if (error) {
		/* The transport has ended all of them. */
		program->n_in_flight = 0;
		return error;
	}
	adapt(program, slot);
	if (ended_busy(slot) || never_busy(slot))
		return settle(program);
	program->oldest = (program->oldest + 1) % N_SLOTS;
	program->n_in_flight--;
	return BEKEN_OK;
}

int nor_program_push(struct nor_program *program, uint32_t address, const uint8_t *data, size_t n)
{
	struct slot *slot;
	int error;

	assert(n && address % NOR_PAGE_SIZE + n <= NOR_PAGE_SIZE);
	if (program->n_in_flight == N_SLOTS) {
		error = retire(program);
		if (error)
			return error;
	}
	slot = slot_at(program, program->n_in_flight);
	slot->address = address;
	slot->length = n;
	memcpy(slot->data, data, n);
	build(slot, program->polls);
	error = ch341a_submit(program->device, &slot->job);
	if (error) {
		program->n_in_flight = 0;
		return error;
	}
	program->n_in_flight++;
	return BEKEN_OK;
}

int nor_program_drain(struct nor_program *program)
{
	while (program->n_in_flight) {
		const int error = retire(program);

		if (error)
			return error;
	}
	return BEKEN_OK;
}

void nor_program_drop(struct nor_program *program)
{
	/* An error ends all streams as well. */
	(void)wait_for_all(program);
	program->n_in_flight = 0;
}
