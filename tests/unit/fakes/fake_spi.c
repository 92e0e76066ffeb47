/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fake_spi.h"

#include <stdio.h>

#include "fake_clock.h"
#include "fake_frontend.h"
#include "unit.h"

#define MAX_EXPECTED 1024
#define MAX_OUT (4 + 256 + 64)
#define MAX_IN (16 * 31)
#define MAX_JOBS 8

#define WREN 0x06
#define PROGRAM 0x02
#define RDSR 0x05
#define WIP 0x01
#define POLL_BYTES 30
/* What a test must never take for an answer. */
#define POISON 0xa5

enum way { BY_COMMAND, BY_AFTER_FIRST, BY_AFTER_SECOND, BY_JOB };
static const char *const way_names[] = { "ch341a_nor_command", "ch341a_nor_command_after (first frame)",
					 "ch341a_nor_command_after (second frame)", "job" };

struct expected {
	enum way way;
	uint8_t out[MAX_OUT], in[MAX_IN];
	size_t n_out, n_in;
	int error, submit_error;
	int64_t repeat_until_us;	/* 0: said once */
	unsigned int n_said;
};

static struct {
	struct expected expected[MAX_EXPECTED];
	size_t n_expected, at;
	int error_next;
	struct ch341a_job *jobs[MAX_JOBS];	/* in flight, oldest first */
	uint8_t answers[MAX_JOBS][1 + MAX_OUT + 1 + MAX_IN];
	int job_errors[MAX_JOBS];
	size_t n_jobs;
	int device_error;
} talk;

static size_t frames_checked;

struct ch341a {
	int nothing;
};

static struct ch341a the_device;
struct ch341a *const fake_device = &the_device;
struct nor_spi *fake_spi;

size_t fake_spi_frames_checked(void)
{
	return frames_checked;
}

unsigned int fake_spi_jobs_in_flight(void)
{
	return (unsigned int)talk.n_jobs;
}

int fake_spi_setup(void **state)
{
	(void)state;
	memset(&talk, 0, sizeof(talk));
	fake_clock_reset();
	fake_frontend_reset();
	fake_spi = ch341a_nor_new(&fake_frontend_as_frontend, &the_device);
	return !fake_spi;
}

void fake_spi_assert_all_said(void)
{
	const struct expected *next = &talk.expected[talk.at];
	size_t left = talk.n_expected - talk.at;

	if (left && next->repeat_until_us && next->n_said) {
		next++;
		left--;
	}
	if (left)
		fail_msg("%zu frames were not sent, the next by %s: %02X... (%zu bytes)", left,
			 way_names[next->way], next->out[0], next->n_out);
	assert_int_equal(talk.n_jobs, 0);
	assert_int_equal(talk.error_next, 0);
}

int fake_spi_teardown(void **state)
{
	(void)state;
	ch341a_nor_free(fake_spi);
	fake_spi_assert_all_said();
	return 0;
}

/* ---- writing the conversation down ---- */

static struct expected *expect(enum way way, const uint8_t *out, size_t n_out)
{
	struct expected *expected = &talk.expected[talk.n_expected++];

	assert_true(talk.n_expected < MAX_EXPECTED && n_out <= MAX_OUT);
	memset(expected, 0, sizeof(*expected));
	expected->way = way;
	memcpy(expected->out, out, n_out);
	expected->n_out = n_out;
	expected->error = talk.error_next;
	talk.error_next = 0;
	return expected;
}

void expect_command(const uint8_t *out, size_t n_out, const uint8_t *in, size_t n_in)
{
	struct expected *expected = expect(BY_COMMAND, out, n_out);

	assert_true(n_in <= MAX_IN);
	if (n_in)
		memcpy(expected->in, in, n_in);
	expected->n_in = n_in;
}

void expect_after(uint8_t first, const uint8_t *out, size_t n_out)
{
	const int error = talk.error_next;

	talk.error_next = 0;
	expect(BY_AFTER_FIRST, &first, 1);
	talk.error_next = error;
	expect(BY_AFTER_SECOND, out, n_out);
}

void expect_error_next(int error)
{
	talk.error_next = error;
}

static struct expected *expect_status_bytes(uint8_t status)
{
	const uint8_t opcode = RDSR;
	struct expected *expected = expect(BY_COMMAND, &opcode, 1);

	memset(expected->in, status, POLL_BYTES);
	expected->n_in = POLL_BYTES;
	return expected;
}

void expect_poll(uint8_t status)
{
	expect_status_bytes(status);
}

void expect_polls_busy_until(int64_t us)
{
	expect_status_bytes(WIP)->repeat_until_us = us;
}

void expect_register(uint8_t opcode, uint8_t value)
{
	expect_command(&opcode, 1, &value, 1);
}

void expect_page(const struct fake_page *page)
{
	const uint8_t enable = WREN, status = RDSR;
	const size_t n_busy = page->n_busy < page->polls ? page->n_busy : page->polls;
	uint8_t command[4 + 256] = {
		PROGRAM, page->address >> 16 & 0xff, page->address >> 8 & 0xff, page->address & 0xff
	};
	struct expected *expected = expect(BY_JOB, &enable, 1);

	expected->error = page->error;
	expected->submit_error = page->submit_error;
	memcpy(command + 4, page->data, page->length);
	expect(BY_JOB, command, 4 + page->length);
	expected = expect(BY_JOB, &status, 1);
	expected->n_in = page->polls;
	memset(expected->in, WIP, n_busy);
}

/* ---- holding it ---- */

static void describe(const uint8_t *bytes, size_t n, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < n && i < 12 && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%02X ", bytes[i]);
	if (used < size)
		snprintf(text + used, size - used, "(%zu bytes)", n);
}

static struct expected *next_expected(void)
{
	struct expected *expected = &talk.expected[talk.at];

	if (talk.at < talk.n_expected && expected->repeat_until_us &&
	    fake_clock.now_us >= expected->repeat_until_us) {
		assert_true(expected->n_said > 0);
		expected = &talk.expected[++talk.at];
	}
	return expected;
}

/* The frame that was expected, and now is said. */
static struct expected *say(enum way way, const uint8_t *out, size_t n_out, size_t n_in)
{
	struct expected *expected = next_expected();
	char sent[80], wanted[80];

	describe(out, n_out, sent, sizeof(sent));
	if (talk.at == talk.n_expected)
		fail_msg("frame %zu by %s was not expected: %s", talk.at, way_names[way], sent);
	describe(expected->out, expected->n_out, wanted, sizeof(wanted));
	if (way != expected->way || n_out != expected->n_out || memcmp(out, expected->out, n_out))
		fail_msg("frame %zu by %s is %s; expected by %s: %s", talk.at, way_names[way], sent,
			 way_names[expected->way], wanted);
	if (n_in != expected->n_in)
		fail_msg("frame %zu (%s) reads %zu bytes; expected %zu", talk.at, sent, n_in, expected->n_in);
	expected->n_said++;
	frames_checked++;
	if (!expected->repeat_until_us)
		talk.at++;
	fake_clock.now_us += FAKE_SPI_FRAME_US;
	return expected;
}

static void end_oldest_job(int error)
{
	struct ch341a_job *job = talk.jobs[0];

	job->error = error;
	if (!error) {
		memcpy(job->in, talk.answers[0], job->stream->in_length);
	}
	job->done = true;
	talk.n_jobs--;
	memmove(talk.jobs, talk.jobs + 1, talk.n_jobs * sizeof(talk.jobs[0]));
	memmove(talk.job_errors, talk.job_errors + 1, talk.n_jobs * sizeof(talk.job_errors[0]));
	memmove(talk.answers, talk.answers + 1, talk.n_jobs * sizeof(talk.answers[0]));
}

static void fail_all_jobs(int error)
{
	talk.device_error = error;
	while (talk.n_jobs)
		end_oldest_job(error);
}

static void finish_oldest_job(void)
{
	if (talk.job_errors[0])
		fail_all_jobs(talk.job_errors[0]);
	else
		end_oldest_job(BEKEN_OK);
}

static int finish_jobs(void)
{
	while (talk.n_jobs)
		finish_oldest_job();
	return talk.device_error;
}

/* ---- jobs ---- */

static uint8_t reversed(uint8_t byte)
{
	uint8_t result = 0;

	for (unsigned int i = 0; i < 8; i++)
		result |= (byte >> i & 1) << (7 - i);
	return result;
}

static bool is_packet(const struct ch341a_packet *packet, const uint8_t *bytes, size_t n)
{
	return packet->length == n && !memcmp(packet->bytes, bytes, n);
}

/* What CS does in this packet: up and down, up only, or (false) nothing. */
static bool is_select(const struct ch341a_packet *packet)
{
	static const uint8_t bytes[] = { 0xab, 0xb7, 0xb7, 0xb6, 0x20 };

	return is_packet(packet, bytes, sizeof(bytes));
}

static bool is_deselect(const struct ch341a_packet *packet)
{
	static const uint8_t bytes[] = { 0xab, 0xb7, 0x20 };

	return is_packet(packet, bytes, sizeof(bytes));
}

/* The bytes of one frame from the packets behind its select. */
static size_t frame_of(const struct ch341a_stream *stream, size_t *at, uint8_t *out, size_t size)
{
	size_t n = 0;

	while (*at < stream->n_packets && stream->packets[*at].bytes[0] == 0xa8) {
		const struct ch341a_packet *packet = &stream->packets[(*at)++];

		assert_in_range(packet->length, 2, 32);
		assert_int_equal(packet->reply, packet->length - 1);
		assert_true(n + packet->length - 1 <= size);
		for (unsigned int i = 1; i < packet->length; i++)
			out[n++] = reversed(packet->bytes[i]);
	}
	return n;
}

/* Says one frame; its answer has a byte for each byte sent. */
static const struct expected *say_frame(enum way way, const uint8_t *out, size_t n, uint8_t *answer)
{
	const size_t n_out = next_expected()->n_out;
	const size_t n_in = n > n_out ? n - n_out : 0;
	const struct expected *expected = say(way, out, n - n_in, n_in);

	for (size_t i = 0; i < n_in; i++)
		assert_int_equal(out[n_out + i], 0xff);
	memset(answer, POISON, n - n_in);
	memcpy(answer + n - n_in, expected->in, n_in);
	return expected;
}

/* How the first frame of a stream is sent that is waited for. */
static enum way way_of_run(const struct ch341a_stream *stream)
{
	unsigned int frames = 0;

	for (size_t i = 0; i < stream->n_packets; i++)
		frames += is_select(&stream->packets[i]);
	assert_in_range(frames, 1, 2);
	return frames == 1 ? BY_COMMAND : BY_AFTER_FIRST;
}

/* Says all frames of a stream. Returns the error of the job. */
static int say_stream(const struct ch341a_stream *stream, enum way way, uint8_t *answer, int *submit_error)
{
	size_t at = 0, n_answer = 0;
	int error = BEKEN_OK;

	assert_false(stream->full);
	*submit_error = BEKEN_OK;
	while (at < stream->n_packets && is_select(&stream->packets[at])) {
		uint8_t out[MAX_OUT + MAX_IN];
		const struct expected *expected;
		size_t n;

		at++;
		n = frame_of(stream, &at, out, sizeof(out));
		assert_true(n > 0 && n_answer + n <= sizeof(talk.answers[0]));
		expected = say_frame(way, out, n, answer + n_answer);
		n_answer += n;
		error = error ? error : expected->error;
		*submit_error = *submit_error ? *submit_error : expected->submit_error;
		way = way == BY_AFTER_FIRST ? BY_AFTER_SECOND : way;
	}
	assert_int_equal(at + 1, stream->n_packets);
	assert_true(is_deselect(&stream->packets[at]));
	assert_int_equal(n_answer, stream->in_length);
	return error;
}

static int submit_error_of(struct ch341a_job *job, int error)
{
	fail_all_jobs(error);
	job->done = true;
	job->error = error;
	return error;
}

int ch341a_submit(struct ch341a *device, struct ch341a_job *job)
{
	int error, submit_error;

	assert_ptr_equal(device, &the_device);
	assert_true(talk.n_jobs < MAX_JOBS);
	if (talk.device_error)
		return submit_error_of(job, talk.device_error);
	error = say_stream(job->stream, BY_JOB, talk.answers[talk.n_jobs], &submit_error);
	if (submit_error)
		return submit_error_of(job, submit_error);
	memset(job->in, POISON, job->stream->in_length);
	job->done = false;
	talk.jobs[talk.n_jobs] = job;
	talk.job_errors[talk.n_jobs++] = error;
	return BEKEN_OK;
}

int ch341a_wait(struct ch341a *device, struct ch341a_job *job)
{
	assert_ptr_equal(device, &the_device);
	while (!job->done) {
		assert_true(talk.n_jobs > 0);
		finish_oldest_job();
	}
	return job->error;
}

int ch341a_run_once(struct ch341a *device, const struct ch341a_stream *stream, uint8_t *in)
{
	uint8_t answer[MAX_OUT + MAX_IN];
	int error = finish_jobs(), submit_error;

	assert_ptr_equal(device, &the_device);
	if (error)
		return error;
	error = say_stream(stream, way_of_run(stream), answer, &submit_error);
	if (error)
		fail_all_jobs(error);
	memcpy(in, answer, stream->in_length);
	return error;
}

/* After a wrong reply the real one sends all of it again. */
int ch341a_run(struct ch341a *device, const struct ch341a_stream *stream, uint8_t *in)
{
	static const uint8_t changes[] = { 0x06, 0x02, 0x01, 0x31, 0x11, 0x20, 0x52, 0xd8, 0x60, 0xc7 };

	for (size_t i = 0; i + 1 < stream->n_packets; i++) {
		const uint8_t opcode = ch341a_reverse_bits(stream->packets[i + 1].bytes[1]);

		if (!is_select(&stream->packets[i]))
			continue;
		for (size_t j = 0; j < sizeof(changes); j++)
			assert_int_not_equal(opcode, changes[j]);
	}
	return ch341a_run_once(device, stream, in);
}
