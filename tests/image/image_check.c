/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdbool.h>
#include <stdio.h>

#include "blocks.h"
#include "image.h"

struct report {
	char *text;
	size_t size, used;
};

static void add(struct report *report, const char *name, size_t start, const struct blocks_result *result)
{
	const size_t at = start + result->offset;
	char *text = report->text + report->used;
	const size_t size = report->size - report->used;
	int n;

	if (result->fault == BLOCKS_BAD_CRC)
		n = snprintf(text, size, "%s: bad block at 0x%06zx: CRC %04x, should be %04x", name, at,
			     result->stored, result->computed);
	else if (result->fault == BLOCKS_CUT_OFF)
		n = snprintf(text, size, "%s: block at 0x%06zx is cut off", name, at);
	else if (!result->good)
		n = snprintf(text, size, "%s: no code at 0x%06zx, all bytes are ff", name, at);
	else
		n = snprintf(text, size, "%s%s: %zu blocks fine, %zu erased", report->used ? "; " : "", name,
			     result->good, result->erased);
	if (n > 0 && (size_t)n < size)
		report->used += (size_t)n;
}

/* Only the first problem is to be seen. */
static bool check_part(struct report *report, const char *name, const uint8_t *file, size_t start, size_t end)
{
	struct blocks_result result;

	blocks_check(file + start, end - start, &result);
	if (result.fault != BLOCKS_FINE || !result.good) {
		report->used = 0;
		add(report, name, start, &result);
		return false;
	}
	add(report, name, start, &result);
	return true;
}

bool image_check(const uint8_t *file, size_t n, const struct layout *layout, enum image_kind kind, char *text,
		 size_t text_size)
{
	struct report report = { text, text_size, 0 };

	text[0] = '\0';
	if (kind == IMAGE_UA)
		return check_part(&report, "application", file, 0, n);
	for (size_t i = 0; i < layout->n; i++) {
		const struct partition *p = &layout->partitions[i];
		/* Behind the application a QIO file has nothing else. */
		const bool to_end = kind == IMAGE_QIO && p->kind == PARTITION_APPLICATION;

		if (p->kind != PARTITION_BOOTLOADER && p->kind != PARTITION_APPLICATION)
			continue;
		if (!check_part(&report, p->name, file, p->start, to_end ? n : p->end))
			return false;
	}
	if (!layout_find(layout, PARTITION_APPLICATION)) {
		snprintf(text, text_size, "application: the file ends before it");
		return false;
	}
	return true;
}
