/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host.h"

#include <stdarg.h>
#include <stdio.h>

const char *engine_strerror(int error)
{
	switch (error) {
	case ENGINE_OK:			return "no error";
	case ENGINE_ERR_PARAMETER:	return "bad parameter";
	case ENGINE_ERR_MEMORY:		return "out of memory";
	case ENGINE_ERR_NO_PROGRAMMER:	return "no programmer";
	case ENGINE_ERR_ACCESS:		return "no access to the programmer";
	case ENGINE_ERR_USB:		return "USB error";
	case ENGINE_ERR_GONE:		return "programmer unplugged";
	case ENGINE_ERR_TIMEOUT:	return "programmer not answering";
	case ENGINE_ERR_PROTOCOL:	return "wrong reply from the programmer";
	case ENGINE_ERR_NO_CHIP:	return "chip not in SPI mode";
	case ENGINE_ERR_PROTECTED:	return "flash is write-protected";
	case ENGINE_ERR_BUSY:		return "flash stays busy";
	case ENGINE_ERR_REFUSED:	return "flash refused a page";
	case ENGINE_ERR_INTERRUPTED:	return "interrupted";
	case ENGINE_ERR_BACKUP:		return "no backup of the flash";
	}
	return "unknown error";
}

void host_message(const struct host *host, enum message_level level, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	host->message(host->arg, level, text);
}

unsigned int host_interrupts(const struct host *host)
{
	return host->interrupts ? host->interrupts(host->arg) : 0;
}

void host_hold_signals(const struct host *host, bool hold)
{
	if (host->hold_signals)
		host->hold_signals(host->arg, hold);
}

void host_step(const struct host *host, enum host_step step, enum step_outcome outcome)
{
	if (host->step)
		host->step(host->arg, step, outcome);
}

void host_progress(const struct host *host, uint64_t done, uint64_t total)
{
	if (host->progress)
		host->progress(host->arg, done, total);
}
