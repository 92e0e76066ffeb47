/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NATIVE_API_FLASHPROG_SPI_COMMAND_H
#define NATIVE_API_FLASHPROG_SPI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

enum io_mode { SINGLE_IO_1_1_1 };

/* The bytes of all phases, one behind the other. */
struct spi_command {
	enum io_mode io_mode;
	size_t opcode_len, address_len, write_len;
	size_t high_z_len, read_len;
	const unsigned char *writearr;
	unsigned char *readarr;
};

static inline size_t spi_write_len(const struct spi_command *command)
{
	return command->opcode_len + command->address_len + command->write_len;
}

static inline size_t spi_read_len(const struct spi_command *command)
{
	return command->high_z_len + command->read_len;
}

static inline bool spi_is_empty(const struct spi_command *command)
{
	return !spi_write_len(command) && !spi_read_len(command);
}

#endif
