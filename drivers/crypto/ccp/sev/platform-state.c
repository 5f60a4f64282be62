// SPDX-License-Identifier: GPL-2.0-only
/* The legacy platform, as the firmware tells it. */
#include <linux/string.h>

#include "sev.h"

/**
 * sev_platform_ask_locked() - ask for version and state, without a word
 * @sev: the SEV part, locked
 * @status: the answer
 * @error: the firmware's status
 *
 * Return: see sev_call_locked()
 */
int sev_platform_ask_locked(struct sev_device *sev, struct sev_cmd_platform_status *status,
			    u32 *error)
{
	struct sev_call call = { .id = SEV_OP_PLATFORM_STATUS, .data = status, .quiet = true };
	int ret;

	memset(status, 0, sizeof(*status));
	ret = sev_call_locked(sev, &call);
	*error = call.error;
	if (ret)
		return ret;

	WRITE_ONCE(sev->version.major, status->api_major);
	WRITE_ONCE(sev->version.minor, status->api_minor);
	WRITE_ONCE(sev->version.build, status->build);
	WRITE_ONCE(sev->state, status->state);
	sev->guests = status->guest_count;
	WRITE_ONCE(sev->state_known, true);
	/* A SHUTDOWN or INIT whose completion was not seen is noticed here. */
	if (sev->state == SEV_PSTATE_UNINIT)
		sev_platform_memory_release(sev);
	return 0;
}

/**
 * sev_platform_query_locked() - ask the firmware for version and state
 * @sev: the SEV part, locked
 * @status: the answer
 * @error: the firmware's status; may be NULL
 *
 * Return: see sev_call_locked()
 */
int sev_platform_query_locked(struct sev_device *sev, struct sev_cmd_platform_status *status,
			      u32 *error)
{
	u32 answer;
	int ret = sev_platform_ask_locked(sev, status, &answer);

	if (ret == -EIO)
		sev_report(sev, SEV_OP_PLATFORM_STATUS, answer);
	if (error)
		*error = answer;
	return ret;
}

/**
 * sev_platform_learn_locked() - make sure that the platform state is known
 * @sev: the SEV part, locked
 * @error: the firmware's status; may be NULL
 *
 * Return: 0 with &sev_device.state right, or see sev_call_locked()
 */
int sev_platform_learn_locked(struct sev_device *sev, u32 *error)
{
	struct sev_cmd_platform_status status;

	/* What was known before an unbind is true no more; asking says so. */
	if (sev->state_known && !sev->gone)
		return 0;
	return sev_platform_query_locked(sev, &status, error);
}
