/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What differs between the releases of flashrom, 1.4 to 1.8, and flashprog. */
#ifndef CH341A_BEKEN_COMPAT_H
#define CH341A_BEKEN_COMPAT_H

#include "flash.h"
#include "programmer.h"
#include "spi.h"

#if defined(__LIBFLASHPROG_H__)
#if __has_include("chipdrivers/spi.h") /* since 1.6 */
#include "chipdrivers/spi.h"
#endif
#if __has_include("spi_command.h")
#include "spi_command.h"
#endif

typedef struct flashprog_programmer *config_t;
#define INIT_ARGUMENT struct flashprog_programmer *const config
#define take_parameter(config, key) ((void)(config), extract_programmer_param(key))
#define register_master(master, data) register_spi_master(master, 0, data)
#define report_read(flash, done, n, total) flashprog_progress_add(flash, n)
#define report_write(flash, done, n, total) flashprog_progress_add(flash, n)
#define DEFAULT_HOOKS .multicommand = default_spi_send_multicommand, .probe_opcode = default_spi_probe_opcode,
#define DRIVER_OF_FLASH(flash) ((struct driver *)(flash)->mst.spi->data)
#if __has_include("chipdrivers/spi.h")
typedef const struct spi_master *target_t;
#define DRIVER_OF_TARGET(target) ((struct driver *)(target)->data)
#define CHIP(flash) (&(flash)->chip)
#else
typedef const struct flashctx *target_t;
#define DRIVER_OF_TARGET(target) DRIVER_OF_FLASH(target)
#define CHIP(flash) ((flash)->chip)
#endif

#else			   /* flashrom */
#if __has_include("log.h") /* since 1.8 */
#include "log.h"
#endif

typedef const struct programmer_cfg *config_t;
typedef const struct flashctx *target_t;
#define INIT_ARGUMENT const struct programmer_cfg *config
#define take_parameter(config, key) extract_programmer_param_str(config, key)
#define register_master(master, data) register_spi_master(master, data)
#if defined(FEATURE_FLASH_HARDENING) /* since 1.5 */
#define report_read(flash, done, n, total) update_progress(flash, FLASHROM_PROGRESS_READ, n)
#define report_write(flash, done, n, total) update_progress(flash, FLASHROM_PROGRESS_WRITE, n)
#else
#define report_read(flash, done, n, total) update_progress(flash, FLASHROM_PROGRESS_READ, done, total)
#define report_write(flash, done, n, total) update_progress(flash, FLASHROM_PROGRESS_WRITE, done, total)
#endif
#define DEFAULT_HOOKS
#define DRIVER_OF_FLASH(flash) ((struct driver *)(flash)->mst->spi.data)
#define DRIVER_OF_TARGET(target) DRIVER_OF_FLASH(target)
#define CHIP(flash) ((flash)->chip)
#endif

/* Chips that the page pipeline does not know how to address or to ask. */
#if defined(FEATURE_ADDR_2BYTE) && defined(FEATURE_STATUS_PER_DIE)
#define ODD_FEATURES (FEATURE_ADDR_2BYTE | FEATURE_STATUS_PER_DIE)
#else
#define ODD_FEATURES 0
#endif

#endif
