/* SPDX-License-Identifier: GPL-2.0-only */
/* Control socket: change faults and ask questions while a VM runs. README.md has the commands. */
#ifndef EMU_PSP_CONTROL_H
#define EMU_PSP_CONTROL_H

struct control;
struct loop;
struct psp;

struct control *control_new(struct loop *loop, const char *path, struct psp *psp);
void control_free(struct control *control);

#endif
