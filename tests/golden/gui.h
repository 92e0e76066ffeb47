/* SPDX-License-Identifier: GPL-2.0-or-later */
/* BK7231GUIFlashTool's "Beken SPI CH341" mode, packet by packet. */
#ifndef GOLDEN_GUI_H
#define GOLDEN_GUI_H

void gui_replay(void);

#endif
