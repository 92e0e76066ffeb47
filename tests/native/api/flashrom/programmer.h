/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NATIVE_API_FLASHROM_PROGRAMMER_H
#define NATIVE_API_FLASHROM_PROGRAMMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flash.h"

struct programmer_cfg {
	char *params;
	struct board_cfg *bcfg;
};

enum programmer_type { PCI = 1, USB, OTHER };

struct dev_entry {
	uint16_t vendor_id;
	uint16_t device_id;
	const enum test_state status;
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
	int (*init)(const struct programmer_cfg *cfg);
};

extern const struct programmer_entry programmer_ch341a_beken;

char *extract_programmer_param_str(const struct programmer_cfg *cfg, const char *param_name);

#define MAX_DATA_READ_UNLIMITED 64 * 1024
#define MAX_DATA_WRITE_UNLIMITED 256
#define SPI_MASTER_4BA (1U << 0)

struct spi_master {
	uint32_t features;
	unsigned int max_data_read;
	unsigned int max_data_write;
	int (*command)(const struct flashctx *flash, unsigned int writecnt, unsigned int readcnt,
		       const unsigned char *writearr, unsigned char *readarr);
	int (*multicommand)(const struct flashctx *flash, struct spi_command *cmds);
	void *(*map_flash_region)(const char *descr, uintptr_t phys_addr, size_t len);
	void (*unmap_flash_region)(void *virt_addr, size_t len);
	int (*read)(struct flashctx *flash, uint8_t *buf, unsigned int start, unsigned int len);
	int (*write_256)(struct flashctx *flash, const uint8_t *buf, unsigned int start, unsigned int len);
	int (*write_aai)(struct flashctx *flash, const uint8_t *buf, unsigned int start, unsigned int len);
	int (*shutdown)(void *data);
	bool (*probe_opcode)(const struct flashctx *flash, uint8_t opcode);
	void (*delay)(const struct flashctx *flash, unsigned int usecs);
	void *data;
};

struct registered_master {
	struct {
		struct spi_master spi;
	};
};

int default_spi_read(struct flashctx *flash, uint8_t *buf, unsigned int start, unsigned int len);
int default_spi_write_256(struct flashctx *flash, const uint8_t *buf, unsigned int start, unsigned int len);
#if NATIVE_RELEASE < 106
void default_delay(unsigned int usecs);
#endif
int register_spi_master(const struct spi_master *mst, void *data);

#endif
