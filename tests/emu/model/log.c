// SPDX-License-Identifier: GPL-2.0-only
/* One line per refusal: what a driver developer reads first. */
#include <stdarg.h>
#include <stdio.h>

#include "internal.h"

static void fw_vlog(const struct fw *fw, enum fw_log_level level, const char *prefix,
		    const char *fmt, va_list args)
{
	char line[320];
	int len;

	if (!fw->ops.log)
		return;
	len = snprintf(line, sizeof(line), "%s", prefix);
	vsnprintf(line + len, sizeof(line) - (size_t)len, fmt, args);
	fw->ops.log(fw->ctx, level, line);
}

/**
 * fw_log() - Say something
 * @fw: instance
 * @level: how loud
 * @fmt: one line without newline
 */
void fw_log(const struct fw *fw, enum fw_log_level level, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fw_vlog(fw, level, "", fmt, args);
	va_end(args);
}

/**
 * fw_refuse() - Refuse the running command
 * @fw: instance
 * @status: what the host gets to see
 * @fmt: why, for people
 *
 * Return: @status, so that a check is one statement.
 */
uint32_t fw_refuse(const struct fw *fw, uint32_t status, const char *fmt, ...)
{
	char prefix[96];
	va_list args;

	snprintf(prefix, sizeof(prefix), "%s refused with %s (%#x): ",
		 fw_command_name(fw->current_cmd), fw_status_name(status), status);
	va_start(args, fmt);
	fw_vlog(fw, FW_LOG_REFUSED, prefix, fmt, args);
	va_end(args);
	return status;
}

/**
 * fw_crypto_failed() - Give up because libcrypto did
 * @fw: instance
 *
 * Return: HWERR_PLATFORM, which is what a broken crypto engine would answer.
 */
uint32_t fw_crypto_failed(const struct fw *fw)
{
	fw_log(fw, FW_LOG_ERROR, "%s: libcrypto failed", fw_command_name(fw->current_cmd));
	return SEV_RET_HWSEV_RET_PLATFORM;
}
