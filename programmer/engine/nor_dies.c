/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nor_dies.h"

#define KIB 1024u
#define MIB (1024u * 1024u)

#define ONE NOR_SR2_NONE
#define TWO NOR_SR2_PLAIN
#define CMP NOR_SR2_WITH_CMP
#define TWO_31 NOR_SR2_WITH_CMP_31H

/* The rows are made from dies/dies.csv by dies/generate.py; each has its source there. */
/* clang-format off */
static const struct nor_die dies[] = {
	{ 0x0b4014, "XT25F08F", 1 * MIB, 0x7c, CMP },
	{ 0x0b4015, "XT25F16B", 2 * MIB, 0x7c, CMP },
	{ 0x0b4016, "XT25F32B", 4 * MIB, 0x7c, CMP },
	{ 0x0b4017, "XT25F64B", 8 * MIB, 0x7c, CMP },
	{ 0x0b4018, "XT25F128F", 16 * MIB, 0x3c, TWO },
	{ 0x0b6017, "XT25Q64B", 8 * MIB, 0x3c, TWO },
	{ 0x0b6018, "XT25Q128B", 16 * MIB, 0x3c, TWO },
	{ 0x0b7517, "XT25W64A", 8 * MIB, 0x7c, CMP },
	{ 0x0e4016, "FT25H32", 4 * MIB, 0x7c, CMP },
	{ 0x1c3113, "PN25F04B", 512 * KIB, 0x3c, ONE },
	{ 0x1c4116, "EN25QE32A", 4 * MIB, 0x7c, CMP },
	{ 0x1c6116, "EN25QW32A", 4 * MIB, 0x7c, CMP },
	{ 0x1c7015, "EN25QH16B", 2 * MIB, 0x3c, ONE },
	{ 0x1c7016, "EN25QH32B", 4 * MIB, 0x3c, ONE },
	{ 0x204016, "XM25QH32D", 4 * MIB, 0x7c, CMP },
	{ 0x204017, "XM25QH64D", 8 * MIB, 0x7c, CMP },
	{ 0x204018, "XM25QH128D", 16 * MIB, 0x7c, CMP },
	{ 0x204118, "XM25QU128C", 16 * MIB, 0x3c, TWO },
	{ 0x4b4015, "XT25F16B", 2 * MIB, 0x7c, CMP },
	{ 0x514013, "GD25D40", 512 * KIB, 0x1c, ONE },
	{ 0x514014, "GD25D80", 1 * MIB, 0x1c, ONE },
	{ 0x5e4014, "PN25F08B", 1 * MIB, 0x3c, ONE },
	{ 0x5e5018, "ZB25LQ128C", 16 * MIB, 0x3c, ONE },
	{ 0x684018, "BY25Q128ES", 16 * MIB, 0x7c, CMP },
	{ 0x686018, "BY25Q128EL", 16 * MIB, 0x7c, CMP },
	{ 0x852015, "P25Q16HBK", 2 * MIB, 0x7c, CMP },
	{ 0x852016, "P25Q32HB", 4 * MIB, 0x7c, CMP },
	{ 0x852017, "PY25Q64HA", 8 * MIB, 0x7c, CMP },
	{ 0x852018, "P25Q128HA", 16 * MIB, 0x7c, CMP },
	{ 0x854215, "P25Q16HB", 2 * MIB, 0x7c, TWO_31 },
	{ 0x854412, "PY25D22U", 256 * KIB, 0x7c, ONE },
	{ 0x854512, "PY25D24U", 256 * KIB, 0x7c, ONE },
	{ 0x856013, "P25Q40", 512 * KIB, 0x7c, CMP },
	{ 0x856014, "P25Q80", 1 * MIB, 0x7c, CMP },
	{ 0x856015, "P25Q16SU", 2 * MIB, 0x7c, CMP },
	{ 0x856016, "P25Q32H", 4 * MIB, 0x7c, CMP },
	{ 0x856017, "P25Q64H", 8 * MIB, 0x7c, CMP },
	{ 0x856516, "PY25Q32LB", 4 * MIB, 0x7c, CMP },
	{ 0x856518, "PY25Q128LA", 16 * MIB, 0x7c, CMP },
	{ 0xa16018, "FM25LQ128I", 16 * MIB, 0x7c, CMP },
	{ 0xb36012, "UC25HQ20", 256 * KIB, 0x7c, CMP },
	{ 0xb36013, "UC25HQ40", 512 * KIB, 0x7c, CMP },
	{ 0xc22014, "MX25V8006", 1 * MIB, 0x3c, ONE },
	{ 0xc22313, "MX25V4035F", 512 * KIB, 0x3c, ONE },
	{ 0xc22314, "MX25V8035F", 1 * MIB, 0x3c, ONE },
	{ 0xc22315, "MX25V1635F", 2 * MIB, 0x3c, ONE },
	{ 0xc44010, "GT25Q05D", 64 * KIB, 0x7c, CMP },
	{ 0xc44011, "GT25Q10D", 128 * KIB, 0x7c, CMP },
	{ 0xc44012, "GT25Q20D", 256 * KIB, 0x7c, CMP },
	{ 0xc44013, "GT25Q40D", 512 * KIB, 0x7c, CMP },
	{ 0xc44018, "GT25Q128EZ", 16 * MIB, 0x7c, CMP },
	{ 0xc46015, "GT25Q16B", 2 * MIB, 0x7c, CMP },
	{ 0xc84013, "GD25Q41B", 512 * KIB, 0x1c, CMP },
	{ 0xc84014, "GD25D80", 1 * MIB, 0x7c, CMP },
	{ 0xc84015, "GD25Q16B", 2 * MIB, 0x7c, CMP },
	{ 0xc84016, "GD25Q32E", 4 * MIB, 0x7c, CMP },
	{ 0xc84017, "GD25Q64C", 8 * MIB, 0x7c, CMP },
	{ 0xc84018, "GD25Q128C", 16 * MIB, 0x7c, CMP },
	{ 0xc86015, "GD25WQ16E", 2 * MIB, 0x7c, CMP },
	{ 0xc86018, "GD25LQ128E", 16 * MIB, 0x3c, TWO },
	{ 0xc86413, "GD25Q41BT", 512 * KIB, 0x1c, CMP },
	{ 0xc86414, "GD25WD80E", 1 * MIB, 0x7c, ONE },
	{ 0xc86513, "GD25Q41B", 512 * KIB, 0x7c, CMP },
	{ 0xc86514, "GD25WQ80E", 1 * MIB, 0x7c, CMP },
	{ 0xc86515, "GD25WQ16E", 2 * MIB, 0x7c, CMP },
	{ 0xc86516, "GD25WQ32E", 4 * MIB, 0x7c, CMP },
	{ 0xc86517, "GD25WQ64E", 8 * MIB, 0x7c, CMP },
	{ 0xc86518, "GD25WQ128E", 16 * MIB, 0x7c, CMP },
	{ 0xcd6013, "TH25D40HB", 512 * KIB, 0x7c, CMP },
	{ 0xcd6014, "TH25Q80HB", 1 * MIB, 0x7c, CMP },
	{ 0xcd6016, "TH25Q32UB", 4 * MIB, 0x7c, CMP },
	{ 0xcd6017, "TH25Q64HB", 8 * MIB, 0x7c, CMP },
	{ 0xcd7017, "TH25Q64UB", 8 * MIB, 0x7c, CMP },
	{ 0xcd7113, "TH25D40UC", 512 * KIB, 0x7c, CMP },
	{ 0xcd7114, "TH25Q-80UC", 1 * MIB, 0x7c, CMP },
	{ 0xcd7115, "TH25Q16UC", 2 * MIB, 0x7c, CMP },
	{ 0xe04013, "PN25Q40A", 512 * KIB, 0x1c, CMP },
	{ 0xe04014, "PN25Q80A", 1 * MIB, 0x1c, CMP },
	{ 0xeb6012, "TH25D20HA", 256 * KIB, 0x7c, CMP },
	{ 0xeb6015, "TH25Q16HB", 2 * MIB, 0x7c, CMP },
	{ 0xeb6017, "TH25Q64HA", 8 * MIB, 0x7c, CMP },
	{ 0xef4014, "W25Q80", 1 * MIB, 0x7c, CMP },
	{ 0xef4015, "W25Q16", 2 * MIB, 0x7c, CMP },
	{ 0xef4016, "W25Q32", 4 * MIB, 0x7c, CMP },
	{ 0xef4017, "W25Q64", 8 * MIB, 0x7c, CMP },
	{ 0xef4018, "W25Q128JV", 16 * MIB, 0x7c, CMP },
	{ 0xef6018, "W25Q128JW", 16 * MIB, 0x7c, CMP },
	{ 0xef8018, "W25Q128JW-IM", 16 * MIB, 0x7c, CMP },
};
/* clang-format on */

static const struct nor_die unknown = { 0, "unknown", 0, 0x7c, NOR_SR2_WITH_CMP };

const struct nor_die *nor_die_find(uint32_t jedec_id)
{
	for (size_t i = 0; i < sizeof(dies) / sizeof(dies[0]); i++) {
		if (dies[i].jedec_id == jedec_id)
			return &dies[i];
	}
	return NULL;
}

const struct nor_die *nor_die_unknown(void)
{
	return &unknown;
}
