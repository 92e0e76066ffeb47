/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flashrom_log.h"

#include <stdlib.h>
#include <string.h>

#include "file_read.h"

/* Copies the text up to the next quotation mark. Returns what follows that, or
 * NULL. */
static const char *take_quoted(const char *text, char *name)
{
	const char *end = strchr(text, '"');

	if (!end || (size_t)(end - text) >= FLASHROM_LOG_NAME_SIZE)
		return NULL;
	memcpy(name, text, (size_t)(end - text));
	name[end - text] = '\0';
	return end + 1;
}

/* Found Eon flash chip "EN25QH16" (2048 kB, SPI) on serprog. */
static void read_found(const char *line, struct flashrom_findings *findings)
{
	static const char introduction[] = " flash chip \"";
	const char *start = strstr(line, introduction);
	char name[FLASHROM_LOG_NAME_SIZE];
	unsigned long long kib;

	if (!start)
		return;
	start = take_quoted(start + strlen(introduction), name);
	if (!start || sscanf(start, " (%llu kB,", &kib) != 1)
		return;
	strcpy(findings->name, name);
	findings->size = kib << 10;
}

/* ...: "A", "B" */
static void read_names(const char *list, struct flashrom_findings *findings)
{
	findings->n_names = 0;
	while (findings->n_names < FLASHROM_LOG_NAMES && (list = strchr(list, '"'))) {
		list = take_quoted(list + 1, findings->names[findings->n_names]);
		if (!list)
			return;
		findings->n_names++;
	}
}

static bool starts_with(const char *line, const char *start)
{
	return !strncmp(line, start, strlen(start));
}

/* Errors about files and the port. */
static void read_file_error(const char *error, struct flashrom_findings *findings)
{
	static const char *const failures[] = { "flushing file ", "fsyncing file ", "closing file " };

	if (starts_with(error, "Cannot open serial port: "))
		findings->cannot_connect = true;
	if (strstr(error, " could not be written completely."))
		findings->write_failed = true;
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++)
		if (starts_with(error, failures[i]))
			findings->write_failed = true;
}

static void read_line(const char *line, struct flashrom_findings *findings)
{
	static const char error[] = "Error: ";

	static const char several[] = "Multiple flash chip definitions match the detected chip(s): ";

	/* "Found" is flashrom's word, "Using" flashprog's, "Assuming" that of
	 * both with --force. */
	if (starts_with(line, "Found ") || starts_with(line, "Using ") || starts_with(line, "Assuming "))
		read_found(line, findings);
	else if (starts_with(line, several))
		read_names(line + strlen(several), findings);
	else if (strstr(line, "VERIFIED."))
		findings->verified = true;
	else if (starts_with(line, "Invalid region specified: "))
		findings->invalid_region = true;
	else if (starts_with(line, error))
		read_file_error(line + strlen(error), findings);
	else if (starts_with(line, "flashprog "))
		findings->is_flashprog = true;
}

void flashrom_log_read(FILE *log, struct flashrom_findings *findings)
{
	char *line = NULL;
	size_t size = 0;

	memset(findings, 0, sizeof(*findings));
	while (getline(&line, &size, log) > 0)
		read_line(line, findings);
	free(line);
}

void flashrom_log_read_file(const char *path, struct flashrom_findings *findings)
{
	uint64_t size;
	/* A log that goes into a pipe is for its reader. */
	FILE *log = file_open_regular(path, &size);

	memset(findings, 0, sizeof(*findings));
	if (!log)
		return;
	flashrom_log_read(log, findings);
	fclose(log);
}
