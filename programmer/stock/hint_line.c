/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hint_line.h"

#include <stdlib.h>

#include "shell_word.h"

bool hint_line_begin(struct hint_line *line)
{
	line->text = NULL;
	line->size = 0;
	line->out = open_memstream(&line->text, &line->size);
	return line->out != NULL;
}

void hint_line_word(struct hint_line *line, const char *word)
{
	shell_word(line->out, word);
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
