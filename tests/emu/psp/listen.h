/* SPDX-License-Identifier: GPL-2.0-only */
/* UNIX sockets that others connect to. */
#ifndef EMU_PSP_LISTEN_H
#define EMU_PSP_LISTEN_H

int listen_at(const char *path);

#endif
