/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "frontend.h"

#include <stdarg.h>
#include <stdio.h>

const char *beken_strerror(int error)
{
	switch (error) {
	case BEKEN_OK: return "no error";
	case BEKEN_ERR_PARAMETER: return "bad parameter";
	case BEKEN_ERR_MEMORY: return "out of memory";
	case BEKEN_ERR_NO_PROGRAMMER: return "no programmer";
	case BEKEN_ERR_ACCESS: return "no access to the programmer";
	case BEKEN_ERR_USB: return "USB error";
	case BEKEN_ERR_GONE: return "programmer unplugged";
	case BEKEN_ERR_TIMEOUT: return "programmer not answering";
	case BEKEN_ERR_PROTOCOL: return "wrong reply from the programmer";
	case BEKEN_ERR_NO_CHIP: return "chip not in SPI mode";
	case BEKEN_ERR_PROTECTED: return "flash is write-protected";
	case BEKEN_ERR_BUSY: return "flash stays busy";
	case BEKEN_ERR_REFUSED: return "flash refused a page";
	case BEKEN_ERR_INTERRUPTED: return "interrupted";
	case BEKEN_ERR_BACKUP: return "no backup of the flash";
	}
	return "unknown error";
}

void frontend_message(const struct frontend *frontend, enum message_level level, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	frontend->message(frontend->arg, level, text);
}

unsigned int frontend_interrupts(const struct frontend *frontend)
{
	return frontend->interrupts ? frontend->interrupts(frontend->arg) : 0;
}

void frontend_hold_signals(const struct frontend *frontend, bool hold)
{
	if (frontend->hold_signals)
		frontend->hold_signals(frontend->arg, hold);
}

void frontend_step(const struct frontend *frontend, enum frontend_step step, enum step_outcome outcome)
{
	if (frontend->step)
		frontend->step(frontend->arg, step, outcome);
}

void frontend_attempt(const struct frontend *frontend, const char *text)
{
	if (frontend->attempt)
		frontend->attempt(frontend->arg, text);
}

void frontend_progress(const struct frontend *frontend, uint64_t done, uint64_t total)
{
	if (frontend->progress)
		frontend->progress(frontend->arg, done, total);
}
