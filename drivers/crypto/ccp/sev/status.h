/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a firmware status means, for people.
 */
#ifndef CCP_SEV_STATUS_H
#define CCP_SEV_STATUS_H

#include <linux/types.h>

/*
 * With SNP up the firmware adds this to a status that is about the command buffer
 * itself, not about what the buffer points to.
 */
#define SEV_STATUS_BUFFER	0x40

/**
 * struct sev_status_text - one firmware status
 * @code: the number; 0x100 for all that are not of the API, 0 for unknown ones
 * @name: name in the API, without the prefix %SEV_RET_
 * @text: what it means and what to do about it, one sentence
 */
struct sev_status_text {
	u32 code;
	const char *name;
	const char *text;
};

const struct sev_status_text *sev_status_find(u32 code);
const char *sev_status_while_running(const struct sev_status_text *status);

#endif /* CCP_SEV_STATUS_H */
