/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hooks take a master since there is this file. */
