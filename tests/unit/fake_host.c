/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fake_host.h"

#include "fake_clock.h"
#include "unit.h"

struct fake_host fake_host;

static void on_message(void *arg, enum message_level level, const char *text)
{
	assert_ptr_equal(arg, &fake_host);
	assert_in_range(level, MESSAGE_ERROR, MESSAGE_SPEW);
	assert_true(strlen(text) > 0 && strlen(text) < sizeof(fake_host.last[level]));
	assert_null(strchr(text, '\n'));
	fake_host.n_messages[level]++;
	strcpy(fake_host.last[level], text);
}

static unsigned int on_interrupts(void *arg)
{
	assert_ptr_equal(arg, &fake_host);
	fake_clock.now_us += fake_host.asleep_us;
	fake_host.asleep_us = 0;
	if (fake_host.interrupt_at_us && fake_clock.now_us >= fake_host.interrupt_at_us) {
		fake_host.interrupts++;
		fake_host.interrupt_at_us = 0;
	}
	return fake_host.interrupts;
}

static void on_hold_signals(void *arg, bool hold)
{
	assert_ptr_equal(arg, &fake_host);
	assert_int_equal(fake_host.holds_signals, !hold);
	fake_host.holds_signals = hold;
}

static void on_progress(void *arg, uint64_t done, uint64_t total)
{
	assert_ptr_equal(arg, &fake_host);
	assert_true(done > fake_host.done && done <= total);
	assert_true(!fake_host.done || total == fake_host.total);
	fake_host.done = done;
	fake_host.total = total;
}

const struct host fake_host_as_host = {
	.message = on_message,
	.interrupts = on_interrupts,
	.hold_signals = on_hold_signals,
	.progress = on_progress,
	.arg = &fake_host,
};

void fake_host_reset(void)
{
	memset(&fake_host, 0, sizeof(fake_host));
}
