/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hint_dd.h"

#include "hint_line.h"
#include "shell_word.h"

/* The larger, the faster. */
#define MAX_BLOCK 4096u

/* The largest that divides all of them. */
static unsigned int block_size(const struct hint_dd *dd)
{
	unsigned int block = MAX_BLOCK;

	while (dd->skip % block || dd->seek % block || dd->count % block)
		block /= 2;
	return block;
}

static void put_count(struct hint_line *line, const char *operand, uint64_t bytes, unsigned int block)
{
	if (bytes)
		fprintf(line->out, " %s=%llu", operand, (unsigned long long)(bytes / block));
}

void hint_dd_say(const struct hint_dd *dd, const struct hint *hint)
{
	const unsigned int block = block_size(dd);
	struct hint_line line;

	if (!hint_line_begin(&line))
		return;
	fputs(HINT_INDENT " dd if=", line.out);
	shell_word_quoted(line.out, dd->from);
	fputs(" of=", line.out);
	shell_word_quoted(line.out, dd->to);
	fprintf(line.out, " bs=%u", block);
	put_count(&line, "skip", dd->skip, block);
	put_count(&line, "seek", dd->seek, block);
	put_count(&line, "count", dd->count, block);
	if (dd->keep)
		fputs(" conv=notrunc", line.out);
	hint_line_end(&line, hint, MESSAGE_INFO);
}
