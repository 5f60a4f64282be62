// SPDX-License-Identifier: GPL-2.0-only
/* 5.12: renamedata has a user namespace for each side (until 6.2) */
#include <linux/fs.h>

static inline struct user_namespace *probe(struct renamedata *rd)
{
	return rd->old_mnt_userns;
}
