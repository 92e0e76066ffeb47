/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "serprog.h"

#include <stdbool.h>
#include <stdlib.h>

#include "unit.h"
#include "xorshift.h"

#define ACK 0x06
#define NAK 0x15
#define MAX_OUT 4096
#define MAX_IN (1u << 20)
#define MAX_SENT 8192

/* What the fake target was asked, and what it says. */
static struct {
	unsigned int n_enables, n_disables, n_commands, n_sends;
	bool enabled;
	int enable_error, disable_error, command_error;
	uint8_t out[MAX_OUT];
	size_t out_length, in_length;
	uint8_t sent[MAX_SENT];
	size_t n_sent;
} target;

static struct serprog *serprog;

static int on_enable(void *arg)
{
	assert_ptr_equal(arg, &target);
	assert_false(target.enabled);
	target.n_enables++;
	target.enabled = !target.enable_error;
	return target.enable_error;
}

static int on_disable(void *arg)
{
	assert_ptr_equal(arg, &target);
	assert_true(target.enabled);
	target.n_disables++;
	target.enabled = false;
	return target.disable_error;
}

/* Answers with the opcode plus 0, 1, 2... */
static int on_command(void *arg, const uint8_t *out, size_t out_length, uint8_t *in, size_t in_length)
{
	assert_ptr_equal(arg, &target);
	assert_true(target.enabled);
	assert_true(out_length > 0 && out_length <= sizeof(target.out));
	target.n_commands++;
	memcpy(target.out, out, out_length);
	target.out_length = out_length;
	target.in_length = in_length;
	for (size_t i = 0; i < in_length; i++)
		in[i] = (uint8_t)(out[0] + i);
	return target.command_error;
}

static void on_send(void *arg, const uint8_t *data, size_t n)
{
	assert_ptr_equal(arg, &target);
	assert_true(n > 0 && target.n_sent + n <= sizeof(target.sent));
	memcpy(target.sent + target.n_sent, data, n);
	target.n_sent += n;
	target.n_sends++;
}

static int setup(void **state)
{
	struct serprog_target functions = { on_enable, on_disable, on_command, &target, NULL, 0, false };

	(void)state;
	memset(&target, 0, sizeof(target));
	serprog = serprog_new(&functions, on_send, &target);
	/* It is copied. */
	memset(&functions, 0, sizeof(functions));
	return !serprog;
}

static int teardown(void **state)
{
	(void)state;
	serprog_free(serprog);
	assert_false(target.enabled);
	return 0;
}

static void feed(const uint8_t *data, size_t n)
{
	serprog_feed(serprog, data, n);
}
#define FEED(...) feed((const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))

/* All that was sent since the last look. */
static void assert_sent(const uint8_t *data, size_t n)
{
	assert_int_equal(target.n_sent, n);
	assert_memory_equal(target.sent, data, n);
	target.n_sent = 0;
}
#define ASSERT_SENT(...) assert_sent((const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))

static void assert_asked(const uint8_t *out, size_t n, size_t in_length)
{
	assert_int_equal(target.out_length, n);
	assert_memory_equal(target.out, out, n);
	assert_int_equal(target.in_length, in_length);
}
#define ASSERT_ASKED(in_length, ...) \
	assert_asked((const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }), in_length)

static void turn_on(void)
{
	FEED(0x15, 1);
	ASSERT_SENT(ACK);
	assert_true(target.enabled);
}

static void the_name_is_the_target_s_own_cut_at_16_characters(void **state)
{
	static const struct serprog_target functions = {
		on_enable, on_disable, on_command, &target, "0123456789abcdefgh", 4096, false
	};
	static const uint8_t query[] = { 0x03 }, longest_read[] = { 0x11 }, name[] = "\x06" "0123456789abcdef";
	struct serprog *other = serprog_new(&functions, on_send, &target);

	(void)state;
	assert_non_null(other);
	serprog_feed(other, query, sizeof(query));
	assert_sent(name, 17);
	/* And its longest read. */
	target.n_sent = 0;
	serprog_feed(other, longest_read, sizeof(longest_read));
	ASSERT_SENT(ACK, 0x00, 0x10, 0x00);
	serprog_free(other);
}

static void queries_are_answered_as_the_protocol_says(void **state)
{
	static const uint8_t name[] = {
		ACK, 'c', 'h', '3', '4', '1', 'a', '_', 'b', 'e', 'k', 'e', 'n', 0, 0, 0, 0
	};

	(void)state;
	FEED(0x00);
	ASSERT_SENT(ACK);
	FEED(0x01);
	ASSERT_SENT(ACK, 0x01, 0x00);
	FEED(0x03);
	assert_sent(name, sizeof(name));
	FEED(0x04);
	ASSERT_SENT(ACK, 0xff, 0xff);
	FEED(0x05);
	ASSERT_SENT(ACK, 0x08);
	FEED(0x08);
	ASSERT_SENT(ACK, 0x00, 0x01, 0x00);
	FEED(0x10);
	ASSERT_SENT(NAK, ACK);
	FEED(0x11);
	ASSERT_SENT(ACK, 0x00, 0x00, 0x01);
	assert_int_equal(target.n_enables + target.n_disables + target.n_commands, 0);
}

/* flashrom sleeps itself where the server does not offer it. */
static void delays_are_not_offered_for_a_target_that_needs_them(void **state)
{
	static const struct serprog_target functions = {
		on_enable, on_disable, on_command, &target, NULL, 0, true
	};
	struct serprog *other = serprog_new(&functions, on_send, &target);
	static const uint8_t query[] = { 0x02 };

	(void)state;
	assert_non_null(other);
	serprog_feed(other, query, sizeof(query));
	assert_int_equal(target.n_sent, 33);
	assert_int_equal(target.sent[1 + 0], 0x3f);
	assert_int_equal(target.sent[1 + 1], 0x81); /* 08, 0F */
	serprog_free(other);
}

/* A map bit for each command that is known, and none for the others. */
static void the_command_map_is_what_is_answered(void **state)
{
	static const uint8_t no_arguments[4] = { 0 };
	uint8_t map[32];

	(void)state;
	FEED(0x02);
	assert_int_equal(target.n_sent, 33);
	assert_int_equal(target.sent[0], ACK);
	memcpy(map, target.sent + 1, sizeof(map));
	assert_int_equal(map[0], 0x3f);	/* 00 to 05 */
	assert_int_equal(map[1], 0xc1);	/* 08, 0E, 0F */
	assert_int_equal(map[2], 0x2f);	/* 10 to 13, 15 */
	for (unsigned int opcode = 0; opcode < 256; opcode++) {
		const bool known = map[opcode / 8] >> opcode % 8 & 1;
		const uint8_t byte = (uint8_t)opcode;

		target.n_sent = 0;
		if (known)
			continue;
		feed(&byte, 1);
		ASSERT_SENT(NAK);
	}
	target.n_sent = 0;
	feed(&(const uint8_t){ 0x0e }, 1);
	feed(no_arguments, 4);
	FEED(0x0f);
	ASSERT_SENT(ACK, ACK);
}

static void only_the_spi_bus_can_be_chosen(void **state)
{
	(void)state;
	FEED(0x12, 0x08);
	ASSERT_SENT(ACK);
	FEED(0x12, 0x0f);
	ASSERT_SENT(ACK);
	FEED(0x12, 0x01);
	ASSERT_SENT(NAK);
	FEED(0x12, 0x00);
	ASSERT_SENT(NAK);
}

static void pins_open_and_leave_the_target_once(void **state)
{
	(void)state;
	FEED(0x15, 0);
	ASSERT_SENT(ACK);
	assert_int_equal(target.n_disables, 0);
	turn_on();
	FEED(0x15, 1);
	ASSERT_SENT(ACK);
	assert_int_equal(target.n_enables, 1);
	FEED(0x15, 0);
	ASSERT_SENT(ACK);
	FEED(0x15, 0);
	ASSERT_SENT(ACK);
	assert_int_equal(target.n_disables, 1);
	turn_on();
	assert_int_equal(target.n_enables, 2);
}

static void a_client_that_is_gone_leaves_the_target(void **state)
{
	(void)state;
	turn_on();
	serprog_free(serprog);
	serprog = NULL;
	assert_int_equal(target.n_disables, 1);
}

static void a_client_that_never_opened_leaves_nothing(void **state)
{
	(void)state;
	FEED(0x10, 0x13);
	serprog_free(serprog);
	serprog = NULL;
	assert_int_equal(target.n_disables, 0);
}

static void a_spi_operation_reaches_the_target_and_answers_in_one_piece(void **state)
{
	(void)state;
	turn_on();
	target.n_sends = 0;
	FEED(0x13, 1, 0, 0, 3, 0, 0, 0x9f);
	ASSERT_ASKED(3, 0x9f);
	ASSERT_SENT(ACK, 0x9f, 0xa0, 0xa1);
	assert_int_equal(target.n_sends, 1);
	FEED(0x13, 4, 0, 0, 0, 0, 0, 0x20, 1, 2, 3);
	ASSERT_ASKED(0, 0x20, 1, 2, 3);
	ASSERT_SENT(ACK);
	assert_int_equal(target.n_commands, 2);
}

static void a_spi_operation_may_come_byte_by_byte(void **state)
{
	static const uint8_t bytes[] = { 0x13, 2, 0, 0, 2, 0, 0, 0x05, 0x13, 0x00 };

	(void)state;
	turn_on();
	for (size_t i = 0; i < sizeof(bytes); i++) {
		assert_int_equal(target.n_sent, 0);
		assert_int_equal(target.n_commands, 0);
		feed(&bytes[i], 1);
		if (i == 8)
			break;
	}
	ASSERT_ASKED(2, 0x05, 0x13);
	ASSERT_SENT(ACK, 0x05, 0x06);
	feed(bytes + 9, 1);
	ASSERT_SENT(ACK);
}

static void commands_that_come_together_are_answered_in_order(void **state)
{
	(void)state;
	FEED(0x10, 0x15, 1, 0x13, 1, 0, 0, 1, 0, 0, 0x05, 0x0e, 1, 2, 3, 4, 0x00, 0x15, 0, 0x10);
	ASSERT_SENT(NAK, ACK, ACK, ACK, 0x05, ACK, ACK, ACK, NAK, ACK);
	assert_int_equal(target.n_commands, 1);
	assert_int_equal(target.n_disables, 1);
}

static void a_spi_operation_before_opening_is_refused(void **state)
{
	(void)state;
	FEED(0x13, 1, 0, 0, 3, 0, 0, 0x9f);
	ASSERT_SENT(NAK);
	turn_on();
	FEED(0x15, 0);
	ASSERT_SENT(ACK);
	FEED(0x13, 1, 0, 0, 3, 0, 0, 0x9f, 0x00);
	ASSERT_SENT(NAK, ACK);
	assert_int_equal(target.n_commands, 0);
}

static void a_spi_operation_of_no_bytes_is_refused(void **state)
{
	(void)state;
	turn_on();
	FEED(0x13, 0, 0, 0, 3, 0, 0);
	ASSERT_SENT(NAK);
	FEED(0x00);
	ASSERT_SENT(ACK);
	assert_int_equal(target.n_commands, 0);
}

static void the_largest_spi_operation_out_is_taken_and_a_larger_one_skipped(void **state)
{
	uint8_t bytes[7 + MAX_OUT + 2] = { 0x13, MAX_OUT & 0xff, MAX_OUT >> 8 };

	(void)state;
	turn_on();
	memset(bytes + 7, 0x13, MAX_OUT + 1);
	feed(bytes, 7 + MAX_OUT);
	ASSERT_SENT(ACK);
	assert_asked(bytes + 7, MAX_OUT, 0);
	bytes[1]++;
	feed(bytes, 7 + MAX_OUT);
	assert_int_equal(target.n_sent, 0);
	feed(bytes + 7 + MAX_OUT, 2);	/* its last byte, and a NOP */
	ASSERT_SENT(NAK, ACK);
	assert_int_equal(target.n_commands, 1);
}

static void an_answer_larger_than_one_mib_is_refused(void **state)
{
	(void)state;
	turn_on();
	FEED(0x13, 1, 0, 0, 1, 0, 0x10, 0x03);
	ASSERT_SENT(NAK);
	assert_int_equal(target.n_commands, 0);
	FEED(0x00);
	ASSERT_SENT(ACK);
}

static void a_failed_start_is_refused_and_can_be_repeated(void **state)
{
	(void)state;
	target.enable_error = -9;
	FEED(0x15, 1);
	ASSERT_SENT(NAK);
	FEED(0x13, 1, 0, 0, 1, 0, 0, 0x05);
	ASSERT_SENT(NAK);
	FEED(0x15, 0);
	ASSERT_SENT(ACK);
	assert_int_equal(target.n_disables, 0);
	target.enable_error = 0;
	turn_on();
	FEED(0x13, 1, 0, 0, 1, 0, 0, 0x05);
	ASSERT_SENT(ACK, 0x05);
}

static void after_a_failed_spi_operation_the_target_is_only_left(void **state)
{
	(void)state;
	turn_on();
	target.command_error = -7;
	FEED(0x13, 1, 0, 0, 4, 0, 0, 0x9f);
	ASSERT_SENT(NAK);
	target.command_error = 0;
	FEED(0x13, 1, 0, 0, 4, 0, 0, 0x9f);
	ASSERT_SENT(NAK);
	assert_int_equal(target.n_commands, 1);
	FEED(0x15, 0);
	ASSERT_SENT(ACK);
	assert_int_equal(target.n_disables, 1);
}

static void leaving_is_acknowledged_even_if_it_fails(void **state)
{
	(void)state;
	turn_on();
	target.disable_error = -6;
	FEED(0x15, 0);
	ASSERT_SENT(ACK);
	assert_int_equal(target.n_disables, 1);
}

static void freeing_nothing_is_fine(void **state)
{
	(void)state;
	serprog_free(NULL);
}

/* ---- fuzz: the same bytes, read by a second, simpler parser ---- */

#define FUZZ_BYTES 300
#define FUZZ_REPLIES (2 * FUZZ_BYTES)
#define HEAD_SIZE 4
/* Opcodes of SPI operations that fail. */
#define FAILS(opcode) ((opcode) % 16 == 15)

/* A reply, as far as it is compared: its first bytes, last byte and length. */
struct reply {
	uint8_t head[HEAD_SIZE];
	size_t length;
	uint8_t last;
};

static struct {
	struct reply replies[FUZZ_REPLIES];
	size_t n_replies, at, at_byte;
	unsigned int n_enables, n_disables, n_commands;
	bool enable_fails, enabled, failed;
	/* What the target has seen. */
	unsigned int seen_enables, seen_disables, seen_commands;
	bool seen_enabled;
} fuzz;

static int fuzz_enable(void *arg)
{
	(void)arg;
	assert_false(fuzz.seen_enabled);
	fuzz.seen_enables++;
	fuzz.seen_enabled = !fuzz.enable_fails;
	return fuzz.enable_fails;
}

static int fuzz_disable(void *arg)
{
	(void)arg;
	assert_true(fuzz.seen_enabled);
	fuzz.seen_disables++;
	fuzz.seen_enabled = false;
	return 0;
}

static int fuzz_command(void *arg, const uint8_t *out, size_t out_length, uint8_t *in, size_t in_length)
{
	(void)arg;
	assert_true(fuzz.seen_enabled);
	assert_true(out_length > 0 && out_length <= MAX_OUT && in_length <= MAX_IN);
	fuzz.seen_commands++;
	memset(in, out[0] ^ out[out_length - 1], in_length);
	return FAILS(out[0]);
}

static void fuzz_send(void *arg, const uint8_t *data, size_t n)
{
	(void)arg;
	while (n) {
		const struct reply *reply = &fuzz.replies[fuzz.at];
		size_t now;

		assert_true(fuzz.at < fuzz.n_replies);
		now = reply->length - fuzz.at_byte;
		if (n < now)
			now = n;
		for (size_t i = 0; i < now && fuzz.at_byte + i < HEAD_SIZE; i++)
			assert_int_equal(data[i], reply->head[fuzz.at_byte + i]);
		fuzz.at_byte += now;
		if (fuzz.at_byte == reply->length) {
			assert_int_equal(data[now - 1], reply->last);
			fuzz.at++;
			fuzz.at_byte = 0;
		}
		data += now;
		n -= now;
	}
}

static void reply_of(size_t length, const uint8_t head[HEAD_SIZE], uint8_t last)
{
	struct reply *reply = &fuzz.replies[fuzz.n_replies++];

	assert_true(fuzz.n_replies < FUZZ_REPLIES);
	memcpy(reply->head, head, HEAD_SIZE);
	reply->length = length;
	reply->last = last;
}
#define REPLY(length, last, ...) reply_of(length, (const uint8_t[HEAD_SIZE]){ __VA_ARGS__ }, last)

static void expect_spi_operation(uint32_t n_out, uint32_t n_in, const uint8_t *out)
{
	if (!fuzz.enabled || fuzz.failed || !n_out || n_out > MAX_OUT || n_in > MAX_IN) {
		REPLY(1, NAK, NAK);
		return;
	}
	fuzz.n_commands++;
	if (FAILS(out[0])) {
		fuzz.failed = true;
		REPLY(1, NAK, NAK);
	} else {
		const uint8_t fill = out[0] ^ out[n_out - 1];

		REPLY(1 + n_in, n_in ? fill : ACK, ACK, fill, fill, fill);
	}
}

static void expect_pin_state(bool on)
{
	if (on && !fuzz.enabled) {
		fuzz.n_enables++;
		fuzz.enabled = !fuzz.enable_fails;
		fuzz.failed = fuzz.enable_fails;
		REPLY(1, fuzz.enabled ? ACK : NAK, fuzz.enabled ? ACK : NAK);
		return;
	}
	if (!on && fuzz.enabled) {
		fuzz.n_disables++;
		fuzz.enabled = false;
	}
	REPLY(1, ACK, ACK);
}

/* Bytes of one whole command at data, or 0 if some are missing; expects its
 * answer. */
static size_t expect_one(const uint8_t *data, size_t n)
{
	uint32_t n_out, n_in;

	switch (data[0]) {
	case 0x00:
	case 0x0f:
		REPLY(1, ACK, ACK);
		return 1;
	case 0x01:
		REPLY(3, 0, ACK, 1, 0);
		return 1;
	case 0x02:
		REPLY(33, 0, ACK, 0x3f, 0xc1, 0x2f);
		return 1;
	case 0x03:
		REPLY(17, 0, ACK, 'c', 'h', '3');
		return 1;
	case 0x04:
		REPLY(3, 0xff, ACK, 0xff, 0xff);
		return 1;
	case 0x05:
		REPLY(2, 8, ACK, 8);
		return 1;
	case 0x08:
		REPLY(4, 0, ACK, 0, 1, 0);
		return 1;
	case 0x10:
		REPLY(2, ACK, NAK, ACK);
		return 1;
	case 0x11:
		REPLY(4, 1, ACK, 0, 0, 1);
		return 1;
	case 0x0e:
		if (n < 5)
			return 0;
		REPLY(1, ACK, ACK);
		return 5;
	case 0x12:
		if (n < 2)
			return 0;
		REPLY(1, data[1] & 8 ? ACK : NAK, data[1] & 8 ? ACK : NAK);
		return 2;
	case 0x15:
		if (n < 2)
			return 0;
		expect_pin_state(data[1]);
		return 2;
	case 0x13:
		if (n < 7)
			return 0;
		n_out = data[1] | (uint32_t)data[2] << 8 | (uint32_t)data[3] << 16;
		n_in = data[4] | (uint32_t)data[5] << 8 | (uint32_t)data[6] << 16;
		if (n < 7 + n_out)
			return 0;
		expect_spi_operation(n_out, n_in, data + 7);
		return 7 + n_out;
	default:
		REPLY(1, NAK, NAK);
		return 1;
	}
}

/* One valid command. */
static size_t put_command(uint64_t *rng, uint8_t *to)
{
	static const uint8_t simple[] = {
		0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x08, 0x0f, 0x10, 0x11
	};
	const uint32_t n_out = xorshift_below(rng, 40), n_in = xorshift_below(rng, 300);

	switch (xorshift_below(rng, 8)) {
	case 0:
		to[0] = simple[xorshift_below(rng, sizeof(simple))];
		return 1;
	case 1:
		to[0] = 0x15;
		to[1] = xorshift_below(rng, 4) ? 1 : 0;
		return 2;
	case 2:
		to[0] = 0x0e;
		memset(to + 1, 0x13, 4);
		return 5;
	case 3:
		to[0] = 0x12;
		to[1] = xorshift_below(rng, 16) & 0xff;
		return 2;
	}
	memset(to, 0, 7);
	to[0] = 0x13;
	to[1] = n_out & 0xff;
	to[4] = n_in & 0xff;
	to[5] = n_in >> 8 & 0xff;
	for (uint32_t i = 0; i < n_out; i++)
		to[7 + i] = xorshift(rng) & 0xff;
	return 7 + n_out;
}

/* Valid commands, changed in a few places or not; or noise with many opcodes in
 * it. Opens the target first, mostly. */
static size_t put_bytes(uint64_t *rng, uint8_t *bytes)
{
	size_t n = 0;

	if (xorshift_below(rng, 4)) {
		bytes[n++] = 0x15;
		bytes[n++] = 1;
	}
	if (xorshift_below(rng, 3)) {
		for (uint32_t left = xorshift_below(rng, 6); left; left--)
			n += put_command(rng, bytes + n);
	} else {
		for (uint32_t left = xorshift_below(rng, 100); left; left--)
			bytes[n++] = xorshift(rng) % (xorshift_below(rng, 2) ? 256 : 24);
	}
	for (uint32_t left = n && xorshift_below(rng, 2) ? xorshift_below(rng, 4) : 0; left; left--)
		bytes[xorshift_below(rng, (uint32_t)n)] = xorshift(rng) & 0xff;
	assert_true(n <= FUZZ_BYTES);
	return n;
}

/* Each piece in a buffer of its own size, for tools that watch its end. */
static void feed_in_pieces(uint64_t *rng, struct serprog *server, const uint8_t *bytes, size_t n)
{
	while (n) {
		const size_t most = xorshift_below(rng, 2) || n < 4 ? n : 4;
		const size_t now = 1 + xorshift_below(rng, (uint32_t)most);
		uint8_t *piece = malloc(now);

		assert_non_null(piece);
		memcpy(piece, bytes, now);
		serprog_feed(server, piece, now);
		free(piece);
		bytes += now;
		n -= now;
	}
}

static void any_bytes_get_one_reply_per_command(void **state)
{
	static const struct serprog_target functions = {
		fuzz_enable, fuzz_disable, fuzz_command, NULL, NULL, 0, false
	};
	uint64_t rng = 0x5e49406ab1e55ed5;
	unsigned int n_replies = 0, n_commands = 0;

	(void)state;
	for (unsigned int i = 0; i < 200000; i++) {
		uint8_t bytes[FUZZ_BYTES];
		const size_t n = put_bytes(&rng, bytes);
		struct serprog *server = serprog_new(&functions, fuzz_send, NULL);
		size_t taken;

		assert_non_null(server);
		fuzz.n_replies = fuzz.at = fuzz.at_byte = 0;
		fuzz.n_enables = fuzz.n_disables = fuzz.n_commands = 0;
		fuzz.seen_enables = fuzz.seen_disables = fuzz.seen_commands = 0;
		fuzz.enabled = fuzz.failed = fuzz.seen_enabled = false;
		fuzz.enable_fails = !xorshift_below(&rng, 8);
		for (size_t at = 0; at < n && (taken = expect_one(bytes + at, n - at)); at += taken)
			;
		feed_in_pieces(&rng, server, bytes, n);
		assert_int_equal(fuzz.at, fuzz.n_replies);
		assert_int_equal(fuzz.at_byte, 0);
		assert_int_equal(fuzz.seen_enables, fuzz.n_enables);
		assert_int_equal(fuzz.seen_disables, fuzz.n_disables);
		assert_int_equal(fuzz.seen_commands, fuzz.n_commands);
		serprog_free(server);
		assert_false(fuzz.seen_enabled);
		n_replies += (unsigned int)fuzz.n_replies;
		n_commands += fuzz.n_commands;
	}
	/* Not all of it was refused. */
	assert_true(n_replies > 1000000 && n_commands > 50000);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(queries_are_answered_as_the_protocol_says),
		TEST(the_name_is_the_target_s_own_cut_at_16_characters),
		TEST(the_command_map_is_what_is_answered),
		TEST(delays_are_not_offered_for_a_target_that_needs_them),
		TEST(only_the_spi_bus_can_be_chosen),
		TEST(pins_open_and_leave_the_target_once),
		TEST(a_client_that_is_gone_leaves_the_target),
		TEST(a_client_that_never_opened_leaves_nothing),
		TEST(a_spi_operation_reaches_the_target_and_answers_in_one_piece),
		TEST(a_spi_operation_may_come_byte_by_byte),
		TEST(commands_that_come_together_are_answered_in_order),
		TEST(a_spi_operation_before_opening_is_refused),
		TEST(a_spi_operation_of_no_bytes_is_refused),
		TEST(the_largest_spi_operation_out_is_taken_and_a_larger_one_skipped),
		TEST(an_answer_larger_than_one_mib_is_refused),
		TEST(a_failed_start_is_refused_and_can_be_repeated),
		TEST(after_a_failed_spi_operation_the_target_is_only_left),
		TEST(leaving_is_acknowledged_even_if_it_fails),
		TEST(freeing_nothing_is_fine),
		cmocka_unit_test(any_bytes_get_one_reply_per_command),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
