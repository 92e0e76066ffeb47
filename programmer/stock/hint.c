/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hint.h"

#include <stdarg.h>
#include <stdlib.h>

#include "shell_word.h"

/* Of dd: the larger, the faster. */
#define MAX_BLOCK 4096u

const char *hint_program(const struct hint *hint)
{
	return hint->run->found->is_flashprog ? "flashprog" : "flashrom";
}

bool hint_writes(const struct hint *hint)
{
	const char operation = hint->run->args->operation;

	return operation == 'w' || operation == 'v';
}

bool hint_line_begin(struct hint_line *line)
{
	line->text = NULL;
	line->size = 0;
	line->out = open_memstream(&line->text, &line->size);
	return line->out != NULL;
}

void hint_line_file(struct hint_line *line, const char *path)
{
	if (*path == '-')
		fputs("./", line->out);
	shell_word_quoted(line->out, path);
}

void hint_line_end(struct hint_line *line, const struct hint *hint, enum message_level level)
{
	const bool complete = !ferror(line->out);

	/* Half a command can do harm. */
	if (!fclose(line->out) && complete)
		hint->say(hint->arg, level, line->text);
	free(line->text);
}

void hint_say(const struct hint *hint, enum message_level level, const char *format, ...)
{
	struct hint_line line;
	va_list args;

	if (!hint_line_begin(&line))
		return;
	va_start(args, format);
	vfprintf(line.out, format, args);
	va_end(args);
	hint_line_end(&line, hint, level);
}

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
