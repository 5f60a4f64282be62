// SPDX-License-Identifier: GPL-2.0-only
/*
 * sev_issue_cmd_external_user(), alone in its file.
 *
 * Where the kernel checks versions of symbols, that of a function with a struct
 * file * depends on which of the hundreds of types behind it happen to be known in
 * the file that exports it.  So what is included here is chosen for the types that
 * it makes known: two headers whose types were known in some kernels' in-tree
 * driver and not in others' are included as SEV_FILE_VIEW says.  The build finds
 * the view that gives the version which the kernel's own kvm_amd asks for
 * (scripts/probe-kernel).  Don't add includes, other than for the compiler only.
 */
#include <linux/dmaengine.h>
#include <linux/module.h>
#include <linux/psp-sev.h>

#include "views.h"

#if SEV_FILE_VIEW & 1
#include <linux/fs_struct.h>
#endif
#if SEV_FILE_VIEW & 2
#include <linux/crash_dump.h>
#endif

#ifndef __GENKSYMS__
#include "sev.h"
#endif

/**
 * sev_issue_cmd_external_user() - send a command for the holder of a /dev/sev file
 * @filep: the open /dev/sev that user space gave to the caller
 * @cmd: command id
 * @data: command struct
 * @error: out: the firmware's status
 *
 * Return: 0, -EBADF if @filep is not /dev/sev, or what sending the command gave.
 */
int sev_issue_cmd_external_user(struct file *filep, unsigned int cmd, void *data, int *error)
{
	return sev_issue_from_file(filep, cmd, data, error);
}
EXPORT_SYMBOL_GPL(sev_issue_cmd_external_user);
