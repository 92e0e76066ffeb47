/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flashrom_log.h"

#include <stdlib.h>
#include <string.h>

#include "file_read.h"

/* A name in quotation marks; FLASHROM_LOG_NAME_SIZE has room for it. */
#define QUOTED "\"%63[^\"]\""

/* Found Eon flash chip "EN25QH16" (2048 kB, SPI) on serprog. */
static void read_found(const char *line, struct flashrom_findings *findings)
{
	const char *start = strstr(line, " flash chip \"");
	char name[FLASHROM_LOG_NAME_SIZE];
	unsigned long long kib;

	if (!start || sscanf(start, " flash chip " QUOTED " (%llu kB,", name, &kib) != 2)
		return;
	strcpy(findings->name, name);
	findings->size = kib << 10;
}

/* ...: "A", "B" */
static void read_names(const char *list, struct flashrom_findings *findings)
{
	int length = 1;

	findings->n_names = 0;
	while (length && findings->n_names < FLASHROM_LOG_NAMES && (list = strchr(list, '"'))) {
		length = 0;
		sscanf(list, QUOTED "%n", findings->names[findings->n_names], &length);
		findings->n_names += length > 0;
		list += length;
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

void flashrom_log_read(const char *path, struct flashrom_findings *findings)
{
	char *line = NULL;
	size_t size = 0;
	/* A log that goes into a pipe is for its reader. */
	FILE *log = file_open_regular(path);

	memset(findings, 0, sizeof(*findings));
	if (!log)
		return;
	while (getline(&line, &size, log) > 0)
		read_line(line, findings);
	free(line);
	fclose(log);
}
