/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NATIVE_API_FLASHPROG_PROGRAMMER_H
#define NATIVE_API_FLASHPROG_PROGRAMMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flash.h"

enum programmer_type { PCI = 1, USB, OTHER };

struct dev_entry {
	uint16_t vendor_id;
	uint16_t device_id;
#if NATIVE_FLASHPROG_MAIN
	const enum flashprog_test_state status;
#else
	const enum test_state status;
#endif
	const char *vendor_name;
	const char *device_name;
};

struct programmer_entry {
	const char *name;
	const enum programmer_type type;
	union {
		const struct dev_entry *const dev;
		const char *const note;
	} devs;
	int (*init)(struct flashprog_programmer *programmer);
	void (*delay)(unsigned int usecs);
};

struct flashprog_programmer {
	const struct programmer_entry *driver;
	char *param;
	void *data;
};

extern const struct programmer_entry programmer_ch341a_beken;

char *extract_programmer_param(const char *param_name);
void internal_delay(unsigned int usecs);

#define MAX_DATA_READ_UNLIMITED 64 * 1024
#define MAX_DATA_WRITE_UNLIMITED 256
#define SPI_MASTER_4BA (1U << 0)

struct spi_command;

#if NATIVE_FLASHPROG_MAIN
typedef const struct spi_master *spi_hook_target;
struct master_common {
	size_t max_rom_decode;
};
#else
typedef const struct flashctx *spi_hook_target;
#endif

struct spi_master {
#if NATIVE_FLASHPROG_MAIN
	struct master_common common;
#endif
	uint32_t features;
	unsigned int max_data_read;
	unsigned int max_data_write;
	int (*command)(spi_hook_target target, unsigned int writecnt, unsigned int readcnt,
		       const unsigned char *writearr, unsigned char *readarr);
	int (*multicommand)(spi_hook_target target, struct spi_command *cmds);
	int (*read)(struct flashctx *flash, uint8_t *buf, unsigned int start, unsigned int len);
	int (*write_256)(struct flashctx *flash, const uint8_t *buf, unsigned int start, unsigned int len);
	int (*write_aai)(struct flashctx *flash, const uint8_t *buf, unsigned int start, unsigned int len);
	int (*shutdown)(void *data);
	bool (*probe_opcode)(const struct flashctx *flash, uint8_t opcode);
	void *data;
};

int default_spi_read(struct flashctx *flash, uint8_t *buf, unsigned int start, unsigned int len);
int default_spi_write_256(struct flashctx *flash, const uint8_t *buf, unsigned int start, unsigned int len);
int default_spi_send_multicommand(spi_hook_target target, struct spi_command *cmds);
bool default_spi_probe_opcode(const struct flashctx *flash, uint8_t opcode);
int register_spi_master(const struct spi_master *mst, size_t max_rom_decode, void *data);

#endif
