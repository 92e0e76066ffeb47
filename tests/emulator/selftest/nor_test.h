/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The groups of nor_test. */
#ifndef BEKEN_EMU_NOR_TEST_H
#define BEKEN_EMU_NOR_TEST_H

void nor_test_reading(void);
void nor_test_writing(void);
void nor_test_status(void);
void nor_test_protection(void);
void nor_test_power(void);
void nor_test_large(void);

#endif
