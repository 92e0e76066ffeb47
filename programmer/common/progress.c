/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "progress.h"

#include <inttypes.h>
#include <stdio.h>

#include "clock.h"
#include "terminal.h"

#define PATIENCE_US 1000000 /* shorter operations show nothing */
#define INTERVAL_US 200000
#define TEXT_SIZE 100

void progress_start(struct progress *progress, const char *what, bool enabled)
{
	progress->what = what;
	progress->enabled = enabled && terminal_can_overwrite();
	progress->started_us = beken_clock_us();
	progress->shown_us = progress->started_us - INTERVAL_US;
}

static bool is_time(const struct progress *progress, int64_t now_us)
{
	const int64_t printed_us = terminal_written_us();

	return now_us - progress->started_us >= PATIENCE_US && now_us - printed_us >= PATIENCE_US &&
	       now_us - progress->shown_us >= INTERVAL_US;
}

void progress_show(struct progress *progress, uint64_t done, uint64_t total)
{
	const char *what = terminal_is_at_line_start() ? progress->what : "";
	const int64_t now_us = beken_clock_us();
	char text[TEXT_SIZE];

	if (!progress->enabled || !is_time(progress, now_us))
		return;
	progress->shown_us = now_us;
	if (total)
		snprintf(text, sizeof(text), "%s%" PRIu64 "%%", what, done < total ? done * 100 / total : 100);
	else
		snprintf(text, sizeof(text), "%s%" PRIu64 " KiB", what, done >> 10);
	terminal_show(text);
}

void progress_end(struct progress *progress)
{
	if (progress->enabled)
		terminal_clear();
}
