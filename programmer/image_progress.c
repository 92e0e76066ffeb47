/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image_progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "monotonic.h"

#define PATIENCE_US 1000000 /* what is done sooner needs no display */
#define INTERVAL_US 200000
#define MAX_NAME 40 /* so that the line fits on 80 columns */

void image_progress_start(struct image_progress *progress, const char *name)
{
	const char *term = getenv("TERM");
	const char *slash = strrchr(name, '/');

	progress->name = slash && slash[1] ? slash + 1 : name;
	progress->enabled = isatty(STDERR_FILENO) && term && *term && strcmp(term, "dumb");
	progress->started_us = progress->shown_us = monotonic_us();
	progress->width = 0;
}

void image_progress_show(struct image_progress *progress, size_t done, size_t total)
{
	const int64_t now_us = monotonic_us();
	char line[100];
	int n;

	if (!progress->enabled || now_us - progress->started_us < PATIENCE_US ||
	    (progress->width && now_us - progress->shown_us < INTERVAL_US))
		return;
	progress->shown_us = now_us;
	n = snprintf(line, sizeof(line), "Reading %.*s: %zu KiB", MAX_NAME, progress->name, done >> 10);
	if (n > 0 && total)
		n += snprintf(line + n, sizeof(line) - (size_t)n, " (%zu %%)", done * 100 / total);
	fprintf(stderr, "\r%-*s", (int)progress->width, line);
	fflush(stderr);
	if (n > 0 && (size_t)n > progress->width)
		progress->width = (size_t)n;
}

void image_progress_end(struct image_progress *progress)
{
	if (progress->width)
		fprintf(stderr, "\r%*s\r", (int)progress->width, "");
	progress->width = 0;
}
