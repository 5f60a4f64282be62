// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of firmware statuses is that of the host driver.
 */
#include "../../../crypto/ccp/sev/status.c"
