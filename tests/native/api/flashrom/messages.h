/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In flash.h, since 1.8 in log.h. */
#ifndef NATIVE_API_FLASHROM_MESSAGES_H
#define NATIVE_API_FLASHROM_MESSAGES_H

enum flashrom_log_level {
	FLASHROM_MSG_ERROR,
	FLASHROM_MSG_WARN,
	FLASHROM_MSG_INFO,
	FLASHROM_MSG_DEBUG,
	FLASHROM_MSG_DEBUG2,
	FLASHROM_MSG_SPEW,
};

int print(enum flashrom_log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define msg_perr(...) print(FLASHROM_MSG_ERROR, __VA_ARGS__)
#define msg_pwarn(...) print(FLASHROM_MSG_WARN, __VA_ARGS__)
#define msg_pinfo(...) print(FLASHROM_MSG_INFO, __VA_ARGS__)
#define msg_pdbg(...) print(FLASHROM_MSG_DEBUG, __VA_ARGS__)
#define msg_pspew(...) print(FLASHROM_MSG_SPEW, __VA_ARGS__)

#endif
