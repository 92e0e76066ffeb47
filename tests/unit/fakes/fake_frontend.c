/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fake_frontend.h"

#include "fake_clock.h"
#include "unit.h"

struct fake_frontend fake_frontend;

static void on_message(void *arg, enum message_level level, const char *text)
{
	assert_ptr_equal(arg, &fake_frontend);
	assert_in_range(level, MESSAGE_ERROR, MESSAGE_SPEW);
	assert_true(strlen(text) > 0 && strlen(text) < sizeof(fake_frontend.last[level]));
	assert_null(strchr(text, '\n'));
	fake_frontend.n_messages[level]++;
	strcpy(fake_frontend.last[level], text);
}

static unsigned int on_interrupts(void *arg)
{
	assert_ptr_equal(arg, &fake_frontend);
	fake_clock.now_us += fake_frontend.asleep_us;
	fake_frontend.asleep_us = 0;
	if (fake_frontend.interrupt_at_us && fake_clock.now_us >= fake_frontend.interrupt_at_us) {
		fake_frontend.interrupts++;
		fake_frontend.interrupt_at_us = 0;
	}
	return fake_frontend.interrupts;
}

static void on_hold_signals(void *arg, bool hold)
{
	assert_ptr_equal(arg, &fake_frontend);
	assert_int_equal(fake_frontend.holds_signals, !hold);
	fake_frontend.holds_signals = hold;
}

static void on_progress(void *arg, uint64_t done, uint64_t total)
{
	assert_ptr_equal(arg, &fake_frontend);
	assert_true(done > fake_frontend.done && done <= total);
	assert_true(!fake_frontend.done || total == fake_frontend.total);
	fake_frontend.done = done;
	fake_frontend.total = total;
}

const struct frontend fake_frontend_as_frontend = {
	.message = on_message,
	.interrupts = on_interrupts,
	.hold_signals = on_hold_signals,
	.progress = on_progress,
	.arg = &fake_frontend,
};

void fake_frontend_reset(void)
{
	memset(&fake_frontend, 0, sizeof(fake_frontend));
}
