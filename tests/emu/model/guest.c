// SPDX-License-Identifier: GPL-2.0-only
/* Guest contexts and the ASIDs they run under. */
#include <stdlib.h>

#include <openssl/crypto.h>

#include "internal.h"

static const char * const guest_states[] = {
	"UNINIT", "LUPDATE", "LSECRET", "RUNNING", "SUPDATE", "RUPDATE", "SENT",
};

/**
 * fw_guest_find() - Look a guest up
 * @fw: instance
 * @handle: any number
 *
 * Return: the guest or NULL.
 */
struct fw_guest *fw_guest_find(const struct fw *fw, uint32_t handle)
{
	unsigned int i;

	for (i = 0; i < FW_MAX_GUESTS; i++)
		if (fw->guests[i] && fw->guests[i]->handle == handle)
			return fw->guests[i];
	return NULL;
}

/**
 * fw_guest_new() - Make a context
 * @fw: instance
 *
 * Handles are not reused until the counter wraps, so that a stale one is caught.
 *
 * Return: the context, all zero but for its handle, or NULL if there is no room.
 */
struct fw_guest *fw_guest_new(struct fw *fw)
{
	struct fw_guest *guest;
	unsigned int i;

	for (i = 0; i < FW_MAX_GUESTS; i++) {
		if (fw->guests[i])
			continue;
		guest = calloc(1, sizeof(*guest));
		if (!guest)
			return NULL;
		do
			fw->last_handle++;
		while (!fw->last_handle || fw_guest_find(fw, fw->last_handle));
		guest->handle = fw->last_handle;
		fw->guests[i] = guest;
		fw->guest_count++;
		fw->state = SEV_PSTATE_WORKING;
		return guest;
	}
	return NULL;
}

/**
 * fw_guest_delete() - Drop a context with its keys
 * @fw: instance
 * @guest: context of @fw
 */
void fw_guest_delete(struct fw *fw, struct fw_guest *guest)
{
	unsigned int i;

	for (i = 0; i < FW_MAX_GUESTS; i++) {
		if (fw->guests[i] != guest)
			continue;
		fw->guests[i] = NULL;
		if (guest->asid)
			fw->asids[guest->asid] = FW_ASID_DIRTY;
		EVP_MD_CTX_free(guest->digest);
		OPENSSL_cleanse(guest, sizeof(*guest));
		free(guest);
		fw->guest_count--;
		break;
	}
	if (!fw->guest_count)
		fw->state = SEV_PSTATE_INIT;
}

/**
 * fw_guest_get() - The guest that a command is about
 * @fw: instance
 * @handle: as the driver gave it
 * @states: allowed guest states, FW_G() each
 * @active: the guest must have an ASID
 * @guest: filled in on success
 *
 * Return: 0, or a status (said in the log).
 */
uint32_t fw_guest_get(struct fw *fw, uint32_t handle, unsigned int states, bool active,
		      struct fw_guest **guest)
{
	struct fw_guest *found = fw_guest_find(fw, handle);

	if (!found)
		return fw_refuse(fw, SEV_RET_INVALID_GUEST, "there is no guest %u", handle);
	if (!(states & SEV_BIT(found->state)))
		return fw_refuse(fw, SEV_RET_INVALID_GUEST_STATE, "guest %u is in state %s", handle,
				 guest_states[found->state]);
	if (active && !found->asid)
		return fw_refuse(fw, SEV_RET_INACTIVE, "guest %u is not active", handle);
	*guest = found;
	return 0;
}

/**
 * fw_guest_check_policy() - Whether this platform can keep what a policy promises
 * @fw: instance
 * @policy: SEV_GUEST_POLICY_*
 *
 * Return: 0, or POLICY_FAILURE (said in the log).
 */
uint32_t fw_guest_check_policy(struct fw *fw, uint32_t policy)
{
	const uint32_t known = SEV_GUEST_POLICY_NODBG | SEV_GUEST_POLICY_NOKS |
			       SEV_GUEST_POLICY_ES | SEV_GUEST_POLICY_NOSEND |
			       SEV_GUEST_POLICY_DOMAIN | SEV_GUEST_POLICY_SEV |
			       SEV_GUEST_POLICY_API_MAJOR | SEV_GUEST_POLICY_API_MINOR;
	unsigned int major = (policy & SEV_GUEST_POLICY_API_MAJOR) >> 16;
	unsigned int minor = (policy & SEV_GUEST_POLICY_API_MINOR) >> 24;

	if (policy & ~known)
		return fw_refuse(fw, SEV_RET_POLICY_FAILURE, "reserved bits in policy %#x",
				 policy);
	if (!fw_api_at_least(fw, major, minor))
		return fw_refuse(fw, SEV_RET_POLICY_FAILURE,
				 "policy demands API %u.%u, this is %u.%u", major, minor,
				 fw->running.major, fw->running.minor);
	if ((policy & SEV_GUEST_POLICY_ES) && !fw->es)
		return fw_refuse(fw, SEV_RET_POLICY_FAILURE,
				 "policy demands SEV-ES, INIT did not ask for it");
	return 0;
}

/**
 * fw_guest_check_sharing() - Whether a new guest may use the key of another
 * @fw: instance
 * @handle: the other guest, 0 for none
 * @policy: of the new guest
 *
 * Return: 0, or a status (said in the log).
 */
uint32_t fw_guest_check_sharing(struct fw *fw, uint32_t handle, uint32_t policy)
{
	const struct fw_guest *other = fw_guest_find(fw, handle);

	if (!handle)
		return 0;
	if (!other)
		return fw_refuse(fw, SEV_RET_INVALID_GUEST,
				 "there is no guest %u to share a key with", handle);
	if ((policy | other->policy) & SEV_GUEST_POLICY_NOKS)
		return fw_refuse(fw, SEV_RET_POLICY_FAILURE,
				 "a policy forbids to share a key with guest %u", handle);
	return 0;
}

static uint32_t check_asid(struct fw *fw, const struct fw_guest *guest, uint32_t asid)
{
	bool es = guest->policy & SEV_GUEST_POLICY_ES;
	bool es_asid = asid < fw->cfg.min_sev_asid;

	if (!asid || asid > fw->cfg.asids)
		return fw_refuse(fw, SEV_RET_INVALID_ASID, "ASID %u is not in 1..%u", asid,
				 fw->cfg.asids);
	if (es != es_asid)
		return fw_refuse(fw, SEV_RET_INVALID_ASID,
				 "ASID %u is not for guests %s SEV-ES, limit is %u", asid,
				 es ? "with" : "without", fw->cfg.min_sev_asid);
	if (fw->asids[asid] == FW_ASID_ACTIVE)
		return fw_refuse(fw, SEV_RET_ASID_OWNED, "ASID %u belongs to another guest", asid);
	if (fw->asids[asid] == FW_ASID_DIRTY)
		return fw_refuse(fw, SEV_RET_DFFLUSH_REQUIRED,
				 "ASID %u was used since the last DF_FLUSH", asid);
	return 0;
}

/**
 * fw_activate() - ACTIVATE: give a guest an ASID
 * @fw: instance
 * @cmd: struct sev_cmd_activate
 *
 * Return: status.
 */
uint32_t fw_activate(struct fw *fw, void *cmd)
{
	const struct sev_cmd_activate *in = cmd;
	const unsigned int states = FW_G(LUPDATE) | FW_G(LSECRET) | FW_G(RUNNING) |
				    FW_G(SUPDATE) | FW_G(RUPDATE);
	struct fw_guest *guest;
	uint32_t status;

	status = fw_guest_get(fw, in->handle, states, false, &guest);
	if (status)
		return status;
	if (guest->asid)
		return fw_refuse(fw, SEV_RET_ACTIVE, "guest %u has ASID %u already", in->handle,
				 guest->asid);
	status = check_asid(fw, guest, in->asid);
	if (status)
		return status;
	fw->asids[in->asid] = FW_ASID_ACTIVE;
	guest->asid = in->asid;
	return 0;
}

/**
 * fw_deactivate() - DEACTIVATE: take the ASID away
 * @fw: instance
 * @cmd: struct sev_cmd_handle
 *
 * Return: status.
 */
uint32_t fw_deactivate(struct fw *fw, void *cmd)
{
	const struct sev_cmd_handle *in = cmd;
	struct fw_guest *guest;
	uint32_t status;
	unsigned int i;

	status = fw_guest_get(fw, in->handle, ~0U, true, &guest);
	if (status)
		return status;
	fw->asids[guest->asid] = FW_ASID_DIRTY;
	guest->asid = 0;
	for (i = 0; i < fw->cfg.cores; i++)
		fw->wbinvd_missing[i] = true;
	return 0;
}

/**
 * fw_decommission() - DECOMMISSION: delete a guest's context
 * @fw: instance
 * @cmd: struct sev_cmd_handle
 *
 * Return: status.
 */
uint32_t fw_decommission(struct fw *fw, void *cmd)
{
	const struct sev_cmd_handle *in = cmd;
	struct fw_guest *guest;
	uint32_t status;

	status = fw_guest_get(fw, in->handle, ~0U, false, &guest);
	if (status)
		return status;
	if (guest->asid)
		return fw_refuse(fw, SEV_RET_ACTIVE, "guest %u still has ASID %u", in->handle,
				 guest->asid);
	fw_guest_delete(fw, guest);
	return 0;
}

/**
 * fw_guest_status() - GUEST_STATUS
 * @fw: instance
 * @cmd: struct sev_cmd_guest_status
 *
 * Return: status.
 */
uint32_t fw_guest_status(struct fw *fw, void *cmd)
{
	struct sev_cmd_guest_status *io = cmd;
	struct fw_guest *guest;
	uint32_t status;

	status = fw_guest_get(fw, io->handle, ~0U, false, &guest);
	if (status)
		return status;
	io->policy = guest->policy;
	io->asid = guest->asid;
	io->state = guest->state;
	return 0;
}
