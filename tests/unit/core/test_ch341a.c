/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ch341a.h"

#include "fake_clock.h"
#include "fake_frontend.h"
#include "fake_libusb.h"
#include "unit.h"

#define PACKETS 80

/* A frame as it is sent all the time: two pin packets and SPI data between. */
struct frame {
	struct ch341a_packet packets[PACKETS];
	struct ch341a_stream stream;
	uint8_t in[PACKETS * 31];
	struct ch341a_job job;
};

static struct ch341a *device;
static struct frame frames[9];

/* A device that is idle and sane: nothing is left over, and each packet is carried
 * out and answered before the next. Or one that is not: */
static enum {
	SANE,
	SILENT_PINS,	/* pin reads have no answer */
	PINS_FIRST,	/* pin packets overtake SPI bytes */
	JOINED,		/* answers come together */
} kind;
static unsigned int n_packets, n_behind_unread; /* those that move or read pins */

struct reply {
	size_t length;
	bool pins;
};

static size_t packets_of(const struct libusb_transfer *transfer, struct reply *replies)
{
	size_t n = 0;

	for (int at = 0; at < transfer->length; at += CH341A_PACKET_SIZE) {
		const uint8_t *packet = transfer->buffer + at;
		const int left = transfer->length - at;
		const size_t length = left < CH341A_PACKET_SIZE ? (size_t)left : CH341A_PACKET_SIZE;
		const bool reads_pins = packet[0] == 0xab && packet[1] == 0x00;

		if (packet[0] == 0xa8)
			replies[n++] = (struct reply){ length - 1, false };
		else if (reads_pins && kind != SILENT_PINS)
			replies[n++] = (struct reply){ 1, true };
		n_packets++;
		if (packet[0] != 0xa8 && n)
			n_behind_unread++;
	}
	return n;
}

static void answer_all(struct reply *replies, size_t n)
{
	static const uint8_t bytes[CH341A_PACKET_SIZE];

	for (size_t i = 0; i + 1 < n; i++) {
		if (kind == PINS_FIRST && replies[i + 1].pins) {
			const struct reply pins = replies[i + 1];

			replies[i + 1] = replies[i];
			replies[i] = pins;
		}
		if (kind == JOINED && replies[i].length + replies[i + 1].length < CH341A_PACKET_SIZE) {
			replies[i + 1].length += replies[i].length;
			replies[i].length = 0;
		}
	}
	for (size_t i = 0; i < n && fake_libusb.n_in; i++) {
		if (replies[i].length)
			fake_libusb_answer(0, bytes, replies[i].length);
	}
}

static void be_a_ch341a(void)
{
	struct reply replies[2 * PACKETS];
	size_t n = 0;

	if (fake_libusb.n_in && fake_libusb.in[0]->timeout) {
		fake_libusb_let_pass(20000);
		return;
	}
	if (!fake_libusb.n_out)
		fake_libusb_let_pass(1000000);
	while (fake_libusb.n_out) {
		n += packets_of(fake_libusb.out[0], replies + n);
		fake_libusb_take(0);
	}
	answer_all(replies, n);
}

static int open_as(bool pipeline)
{
	fake_libusb_reset();
	fake_frontend_reset();
	memset(frames, 0, sizeof(frames));
	fake_libusb.events = be_a_ch341a;
	if (ch341a_open(&fake_frontend_as_frontend, NULL, pipeline, &device))
		return 1;
	fake_libusb.events = NULL;
	n_packets = n_behind_unread = 0;
	return 0;
}

static int setup(void **state)
{
	(void)state;
	kind = SANE;
	return open_as(true);
}

static int teardown(void **state)
{
	(void)state;
	fake_libusb.events = NULL;
	ch341a_close(device);
	assert_int_equal(fake_libusb.n_allocated, 0);
	return 0;
}

static void nothing(void)
{
}

/* Queues a frame of n bytes; nothing happens to it yet. */
static void submit(struct frame *frame, size_t n)
{
	ch341a_stream_init(&frame->stream, frame->packets, PACKETS);
	ch341a_stream_spi(&frame->stream, NULL, 0x00, n);
	frame->job = (struct ch341a_job){ .stream = &frame->stream, .in = frame->in };
	fake_libusb.events = nothing;
	assert_int_equal(ch341a_submit(device, &frame->job), BEKEN_OK);
	fake_libusb.events = NULL;
}

/* n bytes of MISO, each of them this byte, which reads the same both ways. */
static void answer(unsigned int index, uint8_t byte, size_t n)
{
	uint8_t bytes[CH341A_PACKET_SIZE];

	memset(bytes, byte, sizeof(bytes));
	fake_libusb_answer(index, bytes, n);
}

static void take_all(void)
{
	while (fake_libusb.n_out)
		fake_libusb_take(0);
}

static void each_reply_goes_to_its_place_in_whatever_order_they_come(void **state)
{
	(void)state;
	submit(&frames[0], 31 + 5);
	submit(&frames[1], 7);
	take_all();
	assert_int_equal(fake_libusb.n_in, 3);
	answer(2, 0x18, 7);
	answer(1, 0x81, 5);
	assert_false(frames[0].job.done || frames[1].job.done);
	answer(0, 0xff, 31);
	assert_true(frames[0].job.done && frames[1].job.done);
	assert_int_equal(frames[0].job.error, BEKEN_OK);
	assert_int_equal(frames[0].in[0], 0xff);
	assert_int_equal(frames[0].in[30], 0xff);
	assert_int_equal(frames[0].in[31], 0x81);
	assert_int_equal(frames[0].in[35], 0x81);
	assert_int_equal(frames[1].in[0], 0x18);
}

static void a_job_is_done_when_all_is_sent_and_answered(void **state)
{
	(void)state;
	submit(&frames[0], 3);
	answer(0, 0xff, 3);
	assert_false(frames[0].job.done);
	fake_libusb_take(0);
	assert_true(frames[0].job.done);
}

static void a_reply_of_another_length_fails_all_jobs(void **state)
{
	(void)state;
	submit(&frames[0], 4);
	submit(&frames[1], 4);
	take_all();
	answer(0, 0xff, 3);
	assert_int_equal(ch341a_wait(device, &frames[0].job), BEKEN_ERR_PROTOCOL);
	assert_true(frames[1].job.done);
	assert_int_equal(frames[1].job.error, BEKEN_ERR_PROTOCOL);
	assert_int_equal(ch341a_submit(device, &frames[1].job), BEKEN_ERR_PROTOCOL);
}

/* One reply too many takes the place of the one behind it. */
static void a_surplus_reply_fails_the_job(void **state)
{
	(void)state;
	submit(&frames[0], 31);
	submit(&frames[1], 2);
	take_all();
	answer(0, 0xff, 31);
	assert_true(frames[0].job.done);
	answer(0, 0xff, 31);
	assert_int_equal(ch341a_wait(device, &frames[1].job), BEKEN_ERR_PROTOCOL);
}

static void a_reply_to_what_was_not_sent_yet_fails_the_job(void **state)
{
	(void)state;
	/* Each frame is an OUT transfer, of which there are 16. */
	for (unsigned int i = 0; i < 8; i++) {
		struct frame *frame = &frames[i];

		ch341a_stream_init(&frame->stream, frame->packets, PACKETS);
		for (unsigned int j = 0; j < 3; j++)
			ch341a_stream_spi(&frame->stream, NULL, 0x00, 1);
		frame->job = (struct ch341a_job){ .stream = &frame->stream, .in = frame->in };
		fake_libusb.events = nothing;
		assert_int_equal(ch341a_submit(device, &frame->job), BEKEN_OK);
	}
	fake_libusb.events = NULL;
	assert_int_equal(fake_libusb.n_out, 16);
	assert_int_equal(fake_libusb.n_in, 24);
	for (unsigned int i = 0; i < 16; i++)
		answer(0, 0xff, 1);
	answer(0, 0xff, 1);
	assert_int_equal(ch341a_wait(device, &frames[5].job), BEKEN_ERR_PROTOCOL);
}

static void a_device_that_is_unplugged_fails_all_jobs(void **state)
{
	(void)state;
	submit(&frames[0], 4);
	submit(&frames[1], 4);
	fake_libusb.in[0]->status = LIBUSB_TRANSFER_NO_DEVICE;
	fake_libusb.in[0]->callback(fake_libusb.in[0]);
	memmove(fake_libusb.in, fake_libusb.in + 1, --fake_libusb.n_in * sizeof(fake_libusb.in[0]));
	assert_int_equal(ch341a_wait(device, &frames[1].job), BEKEN_ERR_GONE);
	assert_int_equal(frames[0].job.error, BEKEN_ERR_GONE);
	assert_int_equal(fake_libusb.n_in + fake_libusb.n_out, 0);
	assert_int_equal(ch341a_recover(device), BEKEN_ERR_GONE);
}

static void a_job_without_an_answer_ends_after_its_time(void **state)
{
	const int64_t start = fake_clock.now_us;

	(void)state;
	submit(&frames[0], 40);
	take_all();
	assert_int_equal(ch341a_wait(device, &frames[0].job), BEKEN_ERR_TIMEOUT);
	assert_in_range(fake_clock.now_us - start, 1000000, 1100000);
	/* All transfers are back, and the device can be used again. */
	assert_int_equal(fake_libusb.n_in + fake_libusb.n_out, 0);
	fake_libusb.events = be_a_ch341a;
	assert_int_equal(ch341a_recover(device), BEKEN_OK);
	submit(&frames[1], 1);
	take_all();
	answer(0, 0xff, 1);
	assert_true(frames[1].job.done);
}

static void end_the_oldest(void)
{
	if (frames[0].job.done)
		return;
	take_all();
	answer(0, 0xff, 1);
}

static void a_ninth_job_waits_for_the_first(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 8; i++)
		submit(&frames[i], 1);
	ch341a_stream_init(&frames[8].stream, frames[8].packets, PACKETS);
	ch341a_stream_spi(&frames[8].stream, NULL, 0x00, 1);
	frames[8].job = (struct ch341a_job){ .stream = &frames[8].stream, .in = frames[8].in };
	fake_libusb.events = end_the_oldest;
	assert_int_equal(ch341a_submit(device, &frames[8].job), BEKEN_OK);
	fake_libusb.events = NULL;
	assert_true(frames[0].job.done);
	assert_false(frames[1].job.done || frames[8].job.done);
	take_all();
	for (unsigned int i = 0; i < 8; i++)
		answer(0, 0xff, 1);
	assert_true(frames[8].job.done);
}

static void more_replies_than_transfers_are_asked_for_in_turn(void **state)
{
	(void)state;
	submit(&frames[0], 40 * 31);
	assert_int_equal(fake_libusb.n_in, 32);
	take_all();
	for (unsigned int i = 0; i < 32; i++)
		answer(0, 0xff, 31);
	fake_libusb.events = nothing;
	submit(&frames[1], 1);
	assert_int_equal(fake_libusb.n_in, 8 + 1);
	take_all();
	for (unsigned int i = 0; i < 8; i++)
		answer(0, 0x81, 31);
	assert_true(frames[0].job.done);
	assert_int_equal(frames[0].in[32 * 31 - 1], 0xff);
	assert_int_equal(frames[0].in[32 * 31], 0x81);
}

/* ---- one frame at a time ---- */

static void reopen(bool pipeline)
{
	fake_libusb.events = NULL;
	ch341a_close(device);
	assert_int_equal(open_as(pipeline), 0);
}

/* Chip select, n bytes, chip select. */
static void build_frame(struct frame *frame, size_t n)
{
	ch341a_stream_init(&frame->stream, frame->packets, PACKETS);
	ch341a_stream_select(&frame->stream);
	ch341a_stream_spi(&frame->stream, NULL, 0x00, n);
	ch341a_stream_deselect(&frame->stream);
	frame->job = (struct ch341a_job){ .stream = &frame->stream, .in = frame->in };
}

static void submit_frames(void)
{
	static const size_t lengths[] = { 31, 4, 62, 100, 1 };

	for (unsigned int i = 0; i < 5; i++) {
		build_frame(&frames[i], lengths[i]);
		fake_libusb.events = nothing;
		assert_int_equal(ch341a_submit(device, &frames[i].job), BEKEN_OK);
	}
	fake_libusb.events = be_a_ch341a;
	for (unsigned int i = 0; i < 5; i++)
		assert_int_equal(ch341a_wait(device, &frames[i].job), BEKEN_OK);
	fake_libusb.events = NULL;
}

static void frames_are_queued_if_the_ch341a_keeps_their_order(void **state)
{
	(void)state;
	assert_true(ch341a_is_pipelined(device));
	assert_int_equal(fake_frontend.n_messages[MESSAGE_INFO], 0);
	submit_frames();
	assert_int_not_equal(n_behind_unread, 0);
}

static void without_the_pipeline_no_pin_packet_is_sent_behind_an_unread_reply(void **state)
{
	(void)state;
	reopen(false);
	assert_false(ch341a_is_pipelined(device));
	assert_int_equal(fake_frontend.n_messages[MESSAGE_INFO], 0);
	submit_frames();
	assert_int_equal(n_behind_unread, 0);
	assert_int_equal(n_packets, 5 * 2 + 1 + 1 + 2 + 4 + 1);
}

static size_t sent, answered;

/* Answers one packet, whatever else could be answered. */
static void be_ahead_of_the_host(void)
{
	while (fake_libusb.n_out) {
		const size_t length = (size_t)fake_libusb.out[0]->length;
		const size_t n = (length + CH341A_PACKET_SIZE - 1) / CH341A_PACKET_SIZE;

		/* Short pieces would cost a slow host time. */
		assert_true(n >= 16 || sent + n == frames[0].stream.n_packets);
		sent += n;
		fake_libusb_take(0);
	}
	assert_in_range(sent - answered, 1, fake_libusb.n_in);
	answered++;
	answer(0, 0xff, answered < frames[0].stream.n_packets ? 31 : 1);
}

/* What waits in the device for a host that is held up is lost on one that buffers
 * little (in_buffer_strict of the emulator). */
static void without_the_pipeline_nothing_is_sent_before_its_reply_is_asked_for(void **state)
{
	(void)state;
	reopen(false);
	sent = answered = 0;
	submit(&frames[0], (PACKETS - 1) * 31 + 1);
	assert_int_equal(fake_libusb.n_in, 32);
	fake_libusb.events = be_ahead_of_the_host;
	assert_int_equal(ch341a_wait(device, &frames[0].job), BEKEN_OK);
	assert_int_equal(answered, PACKETS);
}

static void whoever_fails_the_self_test_gets_frames_one_by_one(void **state)
{
	(void)state;
	for (kind = SILENT_PINS; kind <= JOINED; kind++) {
		reopen(true);
		assert_false(ch341a_is_pipelined(device));
		assert_int_equal(fake_frontend.n_messages[MESSAGE_INFO], 1);
		assert_non_null(strstr(fake_frontend.last[MESSAGE_INFO], "pipeline=no"));
		assert_string_equal(fake_frontend.last[MESSAGE_DEBUG],
				    "Why pipeline=no: the self-test failed.");
		submit_frames();
		assert_int_equal(n_behind_unread, 0);
	}
}

static void a_wrong_reply_ends_the_pipeline_and_the_stream_is_sent_once_more(void **state)
{
	(void)state;
	build_frame(&frames[0], 3);
	ch341a_stream_select(&frames[0].stream);
	ch341a_stream_spi(&frames[0].stream, NULL, 0x00, 1);
	kind = JOINED;
	fake_libusb.events = be_a_ch341a;
	assert_int_equal(ch341a_run(device, &frames[0].stream, frames[0].in), BEKEN_OK);
	assert_false(ch341a_is_pipelined(device));
	assert_int_equal(fake_frontend.n_messages[MESSAGE_INFO], 1);
}

/* ch341a_run_once() is for what changes the die. */
static void a_wrong_reply_to_what_must_not_be_repeated_is_an_error(void **state)
{
	(void)state;
	build_frame(&frames[0], 3);
	ch341a_stream_spi(&frames[0].stream, NULL, 0x00, 1);
	kind = JOINED;
	fake_libusb.events = be_a_ch341a;
	assert_int_equal(ch341a_run_once(device, &frames[0].stream, frames[0].in), BEKEN_ERR_PROTOCOL);
	assert_true(ch341a_is_pipelined(device));
	assert_int_equal(fake_frontend.n_messages[MESSAGE_INFO], 0);
	assert_true(ch341a_fall_back(device, "of a test"));
	assert_false(ch341a_fall_back(device, "of a test"));
	kind = SANE;
	assert_int_equal(ch341a_run_once(device, &frames[0].stream, frames[0].in), BEKEN_OK);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(each_reply_goes_to_its_place_in_whatever_order_they_come),
		TEST(a_job_is_done_when_all_is_sent_and_answered),
		TEST(a_reply_of_another_length_fails_all_jobs),
		TEST(a_surplus_reply_fails_the_job),
		TEST(a_reply_to_what_was_not_sent_yet_fails_the_job),
		TEST(a_device_that_is_unplugged_fails_all_jobs),
		TEST(a_job_without_an_answer_ends_after_its_time),
		TEST(a_ninth_job_waits_for_the_first),
		TEST(more_replies_than_transfers_are_asked_for_in_turn),
		TEST(frames_are_queued_if_the_ch341a_keeps_their_order),
		TEST(without_the_pipeline_no_pin_packet_is_sent_behind_an_unread_reply),
		TEST(without_the_pipeline_nothing_is_sent_before_its_reply_is_asked_for),
		TEST(whoever_fails_the_self_test_gets_frames_one_by_one),
		TEST(a_wrong_reply_ends_the_pipeline_and_the_stream_is_sent_once_more),
		TEST(a_wrong_reply_to_what_must_not_be_repeated_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
