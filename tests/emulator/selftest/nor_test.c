/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The flash die against its data sheets: W25Q32JV, W25Q64JV, W25X10CL, GD25Q16C,
 * EN25QH16, MX25V1635F, JESD216 for SFDP; and against what people have measured
 * or logged, named where it is used.
 */
#include "nor_test.h"

#include "check.h"

int main(void)
{
	nor_test_reading();
	nor_test_writing();
	nor_test_status();
	nor_test_protection();
	nor_test_power();
	nor_test_large();
	return check_summary();
}
