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

/* A device that is idle and sane: nothing is left over, and the ping is
 * answered. */
static void be_sane(void)
{
	static const uint8_t levels = 0xff;

	if (fake_libusb.n_in && fake_libusb.in[0]->timeout) {
		fake_libusb_let_pass(20000);
	} else if (fake_libusb.n_out) {
		fake_libusb_take(0);
		fake_libusb_answer(0, &levels, 1);
	}
}

static int setup(void **state)
{
	(void)state;
	fake_libusb_reset();
	fake_frontend_reset();
	memset(frames, 0, sizeof(frames));
	fake_libusb.events = be_sane;
	if (ch341a_open(&fake_frontend_as_frontend, NULL, &device))
		return 1;
	fake_libusb.events = NULL;
	return 0;
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
	fake_libusb.events = be_sane;
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
