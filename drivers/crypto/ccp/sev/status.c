// SPDX-License-Identifier: GPL-2.0-only
/*
 * Firmware status -> name and a sentence with the remedy.
 *
 * The sentences speak to whoever administers the machine: first what the firmware
 * means, then what to do. Firmware setup pages differ between vendors, so they use
 * the words that most of them print.
 */
#include <linux/kernel.h>

#include <sev/uapi.h>

#include "status.h"

#define BUFFER_TEXT \
	"the page that holds the command is in the wrong state in the RMP table; " \
	"this is a bug of the driver, please report it with the kernel log"

/**
 * struct sev_status_row - one status of the API
 * @plain: as it is
 * @buffer: the same about the command buffer
 */
struct sev_status_row {
	struct sev_status_text plain;
	struct sev_status_text buffer;
};

#define S(api_name, sentence) { \
	.plain = { \
		.code = (u32)SEV_RET_##api_name, \
		.name = #api_name, \
		.text = (sentence), \
	}, \
	.buffer = { \
		.code = SEV_RET_##api_name + SEV_STATUS_BUFFER, \
		.name = #api_name " (command buffer)", \
		.text = BUFFER_TEXT, \
	}, \
}

static const struct sev_status_row sev_statuses[] = {
	S(INVALID_PLATFORM_STATE,
	  "the platform is in the wrong state: not initialised, already so, or guests exist; "
	  "if SNP is on, it has to be initialised first: look for an earlier SNP error"),
	S(INVALID_GUEST_STATE,
	  "the guest is in the wrong state for this step of its launch, migration or report"),
	S(INVALID_CONFIG,
	  "the firmware does not accept how the BIOS has set the processors up; "
	  "in BIOS setup look at SMEE, SEV-SNP support, RMP table coverage, SMM lock, IOMMU; "
	  "if all of them are on, look for a BIOS update"),
	S(INVALID_LEN,
	  "a length is wrong or a buffer too small; a query for the needed length ends so too"),
	S(ALREADY_OWNED,
	  "an owner's certificate is installed already; reset the platform to factory state first"),
	S(INVALID_CERTIFICATE,
	  "a certificate is malformed or not for this platform; export the signing request again"),
	S(POLICY_FAILURE,
	  "the guest's policy forbids it, or asks for more than this platform has"),
	S(INACTIVE,
	  "the guest has no ASID; activate it first"),
	S(INVALID_ADDRESS,
	  "an address is misaligned, not memory, or not allowed for the firmware"),
	S(BAD_SIGNATURE,
	  "a signature is wrong; a firmware image was damaged, or is for another processor"),
	S(BAD_MEASUREMENT,
	  "an authentication code is wrong; the data was changed or made with another key"),
	S(ASID_OWNED,
	  "the ASID belongs to another guest"),
	S(INVALID_ASID,
	  "the ASID is not in the range for this kind of guest; "
	  "see the minimum SEV (non-ES) ASID in BIOS setup"),
	S(WBINVD_REQUIRED,
	  "the caches of all processors must be written back first; "
	  "at initialisation: the firmware is too old, update linux-firmware or the BIOS"),
	S(DFFLUSH_REQUIRED,
	  "the data fabric must be flushed first (DF_FLUSH)"),
	S(INVALID_GUEST,
	  "the firmware does not know this guest"),
	S(INVALID_COMMAND,
	  "this firmware does not know the command; update linux-firmware or the BIOS"),
	S(ACTIVE,
	  "the guest is still active; deactivate it first"),
	S(HWSEV_RET_PLATFORM,
	  "memory encryption is off: enable SMEE (secure memory encryption) in BIOS setup; "
	  "if it is on, the hardware reports a fault"),
	S(HWSEV_RET_UNSAFE,
	  "the hardware is not in a secure state: an unlocked part, or debugging is enabled"),
	S(UNSUPPORTED,
	  "this processor or its boot firmware does not have it; look for a BIOS update"),
	S(INVALID_PARAM,
	  "a parameter is wrong or a reserved field not zero; "
	  "a TCB version must not be above the committed one (commit first)"),
	S(RESOURCE_LIMIT,
	  "the firmware has no room for another guest; shut one down"),
	S(SECURE_DATA_INVALID,
	  "the stored platform data was damaged and the firmware has erased it; "
	  "initialise once more, the platform gets new keys"),
	S(INVALID_PAGE_SIZE,
	  "a page has the wrong size in the RMP table"),
	S(INVALID_PAGE_STATE,
	  "a page is in the wrong state in the RMP table"),
	S(INVALID_MDATA_ENTRY,
	  "the metadata of a swapped page is wrong or used up"),
	S(INVALID_PAGE_OWNER,
	  "a page belongs to another guest"),
	S(AEAD_OFLOW,
	  "the sequence number of a guest message is wrong or used up; "
	  "something else uses the same VMPCK key of the guest"),
	S(EXIT_RING_BUFFER,
	  "the firmware left its ring buffer mode; send the command through the mailbox"),
	S(RMP_INIT_REQUIRED,
	  "the RMP table is not set up; "
	  "enable SEV-SNP support and SNP memory (RMP table) coverage in BIOS setup"),
	S(BAD_SVN,
	  "the security version is lower than the committed one; use a newer image"),
	S(BAD_VERSION,
	  "the image is older than the committed firmware; use a newer one"),
	S(SHUTDOWN_REQUIRED,
	  "this image cannot replace the running firmware while SNP is up; "
	  "stop all guests, unload kvm_amd and update again"),
	S(UPDATE_FAILED,
	  "the update did not work and the previous firmware still runs; "
	  "try again, or update at the next boot"),
	S(RESTORE_REQUIRED,
	  "the update stopped half-way; load the previous (committed) image again"),
	S(RMP_INITIALIZATION_FAILED,
	  "the RMP table could not be set up; "
	  "look at SNP memory (RMP table) coverage in BIOS setup, then for a BIOS update"),
	S(INVALID_KEY,
	  "the selected key does not exist or is masked; "
	  "check chip key masking and whether a VLEK is loaded"),
	S(SHUTDOWN_INCOMPLETE,
	  "the shutdown has not finished; repeat it"),
	S(INCORRECT_BUFFER_LENGTH,
	  "trusted I/O: a buffer has the wrong length"),
	S(EXPAND_BUFFER_LENGTH_REQUEST,
	  "trusted I/O: the firmware asks for a larger buffer"),
	S(SPDM_REQUEST,
	  "trusted I/O: the firmware has a message for the device"),
	S(SPDM_ERROR,
	  "trusted I/O: the device answered with an error; update the firmware of the device"),
	S(SEV_STATUS_ERR_IN_DEV_CONN,
	  "trusted I/O: the connection with the device could not be made"),
	S(SEV_STATUS_INVALID_DEV_CTX,
	  "trusted I/O: the device context is not valid"),
	S(SEV_STATUS_INVALID_TDI_CTX,
	  "trusted I/O: the context of the device interface is not valid"),
	S(SEV_STATUS_INVALID_TDI,
	  "trusted I/O: the device has no such interface"),
	S(SEV_STATUS_RECLAIM_REQUIRED,
	  "trusted I/O: pages of the context must be reclaimed first"),
	S(IN_USE,
	  "trusted I/O: the device or interface is in use"),
	S(SEV_STATUS_INVALID_DEV_STATE,
	  "trusted I/O: the device is in the wrong state"),
	S(SEV_STATUS_INVALID_TDI_STATE,
	  "trusted I/O: the device interface is in the wrong state"),
	S(SEV_STATUS_DEV_CERT_CHANGED,
	  "trusted I/O: the device has another certificate than before; connect it again"),
	S(SEV_STATUS_RESYNC_REQ,
	  "trusted I/O: the session with the device must be synchronised again"),
	S(SEV_STATUS_RESPONSE_TOO_LARGE,
	  "trusted I/O: the answer of the device does not fit"),
};

static const struct sev_status_text sev_status_success = {
	.code = SEV_RET_SUCCESS,
	.name = "SUCCESS",
	.text = "no error",
};

static const struct sev_status_text sev_status_no_call = {
	.code = (u32)SEV_RET_NO_FW_CALL,
	.name = "NO_FW_CALL",
	.text = "the firmware was not asked; the kernel log says why, before this line",
};

/* A code of the API that is newer than this table. */
static const struct sev_status_text sev_status_unknown = {
	.name = "UNKNOWN",
	.text = "this driver does not know the status; a newer version of it may",
};

/* What the boot loader or the operating system of the PSP answer in place of SEV. */
static const struct sev_status_text sev_status_foreign = {
	.code = 0x100,
	.name = "NOT_A_SEV_STATUS",
	.text = "this is no status of the SEV API: the SEV application is not running on the PSP; "
		"load the BIOS defaults, then look for a BIOS (AGESA) update",
};

/**
 * sev_status_find() - look a firmware status up
 * @code: as the firmware reported it, or SEV_RET_NO_FW_CALL
 *
 * Return: name, error number and explanation; there is one for every number
 */
const struct sev_status_text *sev_status_find(u32 code)
{
	size_t i;

	if (code == SEV_RET_SUCCESS)
		return &sev_status_success;
	if (code == (u32)SEV_RET_NO_FW_CALL)
		return &sev_status_no_call;
	if (code >= sev_status_foreign.code)
		return &sev_status_foreign;

	for (i = 0; i < ARRAY_SIZE(sev_statuses); i++) {
		if (sev_statuses[i].plain.code == code)
			return &sev_statuses[i].plain;
		if (sev_statuses[i].buffer.code == code)
			return &sev_statuses[i].buffer;
	}
	return &sev_status_unknown;
}

/* Does it come from something else than the SEV API? */
static bool sev_status_is_foreign(const struct sev_status_text *status)
{
	return status == &sev_status_foreign;
}

/**
 * sev_status_while_running() - what a status means from firmware that has answered before
 * @status: from sev_status_find()
 *
 * One that is not of the SEV API means at first that the SEV application does not run at all.
 *
 * Return: a sentence in place of &sev_status_text.text
 */
const char *sev_status_while_running(const struct sev_status_text *status)
{
	static const char failed[] =
		"this is no status of the SEV API: the firmware has failed inside this command; "
		"try again, and look for a firmware or BIOS (AGESA) update if that does not help";

	return sev_status_is_foreign(status) ? failed : status->text;
}
