/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Part C, by the engine: the pages as they are written in earnest. */
#include <string.h>

#include "clock.h"
#include "nor_command.h"
#include "report_steps.h"
#include "session.h"

#define SECTOR_SIZE 4096
#define ERASE_LIMIT_US 3000000
#define ERASE_PAUSE_US 2000

static int erase(struct session *session, uint32_t address)
{
	const uint8_t enable = NOR_WREN, request = NOR_RDSR;
	const uint8_t out[] = { NOR_ERASE_4K, (uint8_t)(address >> 16), (uint8_t)(address >> 8),
				(uint8_t)address };
	const int64_t limit = clock_us() + ERASE_LIMIT_US;
	uint8_t status = NOR_SR1_WIP;
	int error = session_command(session, &enable, 1, NULL, 0);

	if (!error)
		error = session_command(session, out, sizeof(out), NULL, 0);
	while (!error && status & NOR_SR1_WIP) {
		if (clock_us() > limit)
			return BEKEN_ERR_BUSY;
		error = session_command(session, &request, 1, &status, 1);
		if (!error && status & NOR_SR1_WIP)
			clock_sleep_us(ERASE_PAUSE_US);
	}
	return error;
}

static int program_and_erase(struct session *session, struct report_scratch *scratch)
{
	uint8_t data[SECTOR_SIZE], found[SECTOR_SIZE];
	const int64_t start = clock_us();
	int error;

	report_pattern(data, sizeof(data));
	scratch->dirty = true;
	error = session_program(session, scratch->address, data, sizeof(data));
	scratch->pipelined_us = clock_us() - start;
	if (!error)
		error = session_read(session, scratch->address, found, sizeof(found));
	if (!error) {
		scratch->verified = scratch->verified && !memcmp(data, found, sizeof(data));
		error = erase(session, scratch->address);
	}
	if (!error)
		error = session_read(session, scratch->address, found, sizeof(found));
	for (size_t i = 0; i < sizeof(found) && !error; i++) {
		if (found[i] != 0xff)
			return BEKEN_OK;
	}
	scratch->dirty = error;
	return error;
}

int report_pipeline(const struct frontend *frontend, const struct params *params,
		    struct report_scratch *scratch)
{
	struct params own = *params;
	struct session *session;
	int error, close_error;

	report_say("C3 Writes and erases the same pages once more, by the pipeline.");
	own.beken.keep = true;
	own.unprotect = false;
	error = session_open(frontend, &own, &session);
	if (error)
		return error;
	error = program_and_erase(session, scratch);
	close_error = session_close(session);
	return error ? error : close_error;
}
