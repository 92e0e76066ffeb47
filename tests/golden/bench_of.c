/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench_of.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void die(const char *sentence)
{
	fprintf(stderr, "%s\n", sentence);
	abort();
}

static void set_all(struct bench *bench, const char *list)
{
	char copy[512], err[512], *rest = copy;

	if (strlen(list) >= sizeof(copy))
		die("settings are too long");
	strcpy(copy, list);
	for (char *word; (word = strsep(&rest, " ")) != NULL;) {
		if (*word && bench_set(bench, word, err, sizeof(err)))
			die(err);
	}
}

struct bench *bench_of(const char *list, ...)
{
	struct bench *bench = bench_new();
	char err[512];
	va_list lists;

	va_start(lists, list);
	for (; list; list = va_arg(lists, const char *))
		set_all(bench, list);
	va_end(lists);
	if (bench_power_on(bench, err, sizeof(err)))
		die(err);
	return bench;
}

char *bench_report_text(const struct bench *bench)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort();
	bench_print_report(bench, out);
	fclose(out);
	return text;
}

bool report_has(const char *report, const char *key, const char *value)
{
	char line[128];

	snprintf(line, sizeof(line), "device0.%s %s\n", key, value);
	return strstr(report, line);
}
