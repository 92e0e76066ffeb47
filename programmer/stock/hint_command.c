/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE /* asprintf() */
#include "hint_command.h"

#include <stdlib.h>
#include <string.h>

#include "hint.h"
#include "shell_word.h"

/* Short options of flashrom whose value can stand behind them in one element. */
#define WITH_VALUE "lipocrwv"

void hint_command_begin(struct hint_command *command, const struct hints_run *run)
{
	memset(command, 0, sizeof(*command));
	command->run = run;
}

void hint_command_edit(struct hint_command *command, enum hint_command_place place, int index, const char *text)
{
	char *copy = command->n < HINT_COMMAND_EDITS ? strdup(text) : NULL;

	if (!copy) {
		command->broken = true;
		return;
	}
	command->edits[command->n++] = (struct hint_command_edit){ index, place, copy };
}

/* The element that the value points into. */
static int element_of(const struct hints_run *run, const char *value)
{
	for (int i = 0; i < run->argc; i++)
		if (value == run->argv[i])
			return i;
	for (int i = 0; i < run->argc; i++)
		if (value > run->argv[i] && value <= run->argv[i] + strlen(run->argv[i]))
			return i;
	return 0;
}

/* Keeps the first n characters of an element and replaces the rest by two texts. */
static void set_rest(struct hint_command *command, int index, size_t n, const char *rest, const char *more)
{
	char *text;

	if (asprintf(&text, "%.*s%s%s", (int)n, command->run->argv[index], rest, more) < 0) {
		command->broken = true;
		return;
	}
	hint_command_edit(command, HINT_INSTEAD, index, text);
	free(text);
}

static bool is_long(const char *element)
{
	return !strncmp(element, "--", 2);
}

void hint_command_set_value(struct hint_command *command, const char *value, const char *text)
{
	const int index = element_of(command->run, value);

	set_rest(command, index, (size_t)(value - command->run->argv[index]), text, "");
}

void hint_command_set_file(struct hint_command *command, const char *path)
{
	const struct flashrom_args *args = command->run->args;

	if (args->file)
		hint_command_set_value(command, args->file, path);
	else
		hint_command_edit(command, HINT_BEHIND, args->operation_index, path);
}

void hint_command_read_into(struct hint_command *command, const char *path)
{
	const struct flashrom_args *args = command->run->args;
	const int index = args->operation_index;
	const char *element = command->run->argv[index];
	const bool apart = !args->file || args->file_index != index;
	const size_t end = apart ? strlen(element) : (size_t)(args->file - element);
	const size_t kept = is_long(element) ? 0 : end - 1;

	if (!apart) {
		set_rest(command, index, kept, is_long(element) ? "--read=" : "r", path);
		return;
	}
	set_rest(command, index, kept, is_long(element) ? "--read" : "r", "");
	hint_command_set_file(command, path);
}

/* ---- leaving options out ---- */

void hint_command_drop_option(struct hint_command *command, const char *value)
{
	const int index = element_of(command->run, value);
	const bool apart = value == command->run->argv[index];
	const int option = apart ? index - 1 : index;
	const char *element = command->run->argv[option];
	/* Of short options, with the letter. */
	const size_t end = apart ? strlen(element) : (size_t)(value - element);

	if (apart)
		hint_command_edit(command, HINT_INSTEAD, index, "");
	if (is_long(element) || end == 2)
		hint_command_edit(command, HINT_INSTEAD, option, "");
	else
		set_rest(command, option, end - 1, "", "");
}

/* "-Vfc" becomes "-V", "-fcNAME" becomes "". */
static void let_short_probe(struct hint_command *command, int index)
{
	const char *option = command->run->argv[index] + 1;
	char *left = strdup(command->run->argv[index]), *end = left + 1;

	if (!left) {
		command->broken = true;
		return;
	}
	for (; *option && *option != 'c'; option++) {
		if (strchr(WITH_VALUE, *option)) {
			strcpy(end, option);
			end += strlen(end);
			break;
		}
		if (*option != 'f')
			*end++ = *option;
	}
	*end = '\0';
	hint_command_edit(command, HINT_INSTEAD, index, end == left + 1 ? "" : left);
	free(left);
}

static void let_element_probe(struct hint_command *command, int index)
{
	if (is_long(command->run->argv[index]))
		hint_command_edit(command, HINT_INSTEAD, index, "");
	else
		let_short_probe(command, index);
}

void hint_command_let_probe(struct hint_command *command)
{
	const struct flashrom_args *args = command->run->args;
	int option = 0;

	if (args->chip) {
		const int value = element_of(command->run, args->chip);
		const bool apart = args->chip == command->run->argv[value];

		option = apart ? value - 1 : value;
		let_element_probe(command, option);
		if (apart)
			hint_command_edit(command, HINT_INSTEAD, value, "");
	}
	/* As in -fc NAME. */
	if (args->force_index && args->force_index != option)
		let_element_probe(command, args->force_index);
}

/* ---- saying it ---- */

static void put_inserted(struct hint_line *line, const struct hint_command *command,
			 enum hint_command_place place, int index)
{
	for (int i = 0; i < command->n; i++)
		if (command->edits[i].index == index && command->edits[i].place == place)
			shell_word(line->out, command->edits[i].text);
}

static void put_element(struct hint_line *line, const struct hint_command *command, int index)
{
	for (int i = 0; i < command->n; i++) {
		const struct hint_command_edit *edit = &command->edits[i];

		if (edit->index != index || edit->place != HINT_INSTEAD)
			continue;
		if (*edit->text)
			shell_word(line->out, edit->text);
		return;
	}
	shell_word(line->out, command->run->argv[index]);
}

void hint_command_say(struct hint_command *command, const struct hint *hint)
{
	struct hint_line line;

	if (!command->broken && hint_line_begin(&line)) {
		fputs(HINT_INDENT, line.out);
		if (command->run->tool)
			shell_word(line.out, command->run->tool);
		for (int i = 0; i < command->run->argc; i++) {
			put_inserted(&line, command, HINT_BEFORE, i);
			put_element(&line, command, i);
			put_inserted(&line, command, HINT_BEHIND, i);
		}
		hint_line_end(&line, hint, MESSAGE_INFO);
	}
	for (int i = 0; i < command->n; i++)
		free(command->edits[i].text);
}
