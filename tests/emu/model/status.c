// SPDX-License-Identifier: GPL-2.0-only
/* Names of the statuses, for log lines. */
#include "fw.h"

#include "keys.h"
#include "sev/uapi.h"

#define NAME(status)	[SEV_RET_##status] = #status

static const char * const status_names[] = {
	NAME(SUCCESS),
	NAME(INVALID_PLATFORM_STATE),
	NAME(INVALID_GUEST_STATE),
	NAME(INVALID_CONFIG),
	NAME(INVALID_LEN),
	NAME(ALREADY_OWNED),
	NAME(INVALID_CERTIFICATE),
	NAME(POLICY_FAILURE),
	NAME(INACTIVE),
	NAME(INVALID_ADDRESS),
	NAME(BAD_SIGNATURE),
	NAME(BAD_MEASUREMENT),
	NAME(ASID_OWNED),
	NAME(INVALID_ASID),
	NAME(WBINVD_REQUIRED),
	NAME(DFFLUSH_REQUIRED),
	NAME(INVALID_GUEST),
	NAME(INVALID_COMMAND),
	NAME(ACTIVE),
	[SEV_RET_HWSEV_RET_PLATFORM] = "HWERROR_PLATFORM",
	[SEV_RET_HWSEV_RET_UNSAFE] = "HWERROR_UNSAFE",
	NAME(UNSUPPORTED),
	NAME(INVALID_PARAM),
	NAME(RESOURCE_LIMIT),
	NAME(SECURE_DATA_INVALID),
	NAME(BAD_SVN),
	NAME(BAD_VERSION),
};

const char *fw_status_name(uint32_t status)
{
	if (status >= ARRAY_SIZE(status_names) || !status_names[status])
		return "unknown status";
	return status_names[status];
}
