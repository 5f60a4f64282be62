/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the model share. Nobody outside this directory includes it. */
#ifndef EMU_MODEL_INTERNAL_H
#define EMU_MODEL_INTERNAL_H

#include <openssl/evp.h>

#include "cert.h"
#include "fw.h"
#include "keys.h"
#include "snp.h"
#include "sev/legacy.h"
#include "sev/ops.h"
#include "sev/uapi.h"

#define FW_MAX_ASIDS	1024
#define FW_MAX_CORES	512
#define FW_STEPPING	1	/* of the CPU: nothing depends on it */
#define FW_CHUNK	4096	/* guest data is worked on in pieces of this size */
#define FW_ALIGN	16	/* of guest addresses and lengths: one cipher block */

/* struct fw_version - A firmware: what PLATFORM_STATUS says of it, and its security version */
struct fw_version {
	uint8_t major;
	uint8_t minor;
	uint8_t build;
	uint8_t svn;
};

/* struct fw_fuses - What is burnt into the chip */
struct fw_fuses {
	uint8_t secret[32];
};

/**
 * struct fw_identity - What the platform keeps in its non-volatile data
 * @owned: @oca came from outside, so its private key is not ours
 * @oca_key: own OCA, all zero when @owned
 * @pek_key: platform endorsement key
 * @pdh_key: platform Diffie-Hellman key
 * @oca: self-signed
 * @pek: signed by the OCA (slot 0) and the CEK (slot 1)
 * @pdh: signed by the PEK
 */
struct fw_identity {
	uint8_t owned;
	struct ec_key oca_key;
	struct ec_key pek_key;
	struct ec_key pdh_key;
	struct sev_cert oca;
	struct sev_cert pek;
	struct sev_cert pdh;
};

/* struct fw_transport - Keys that protect a guest's data outside the platform */
struct fw_transport {
	uint8_t tek[AES128_SIZE];
	uint8_t tik[AES128_SIZE];
};

/**
 * struct fw_guest - Guest context
 * @handle: never 0
 * @policy: SEV_GUEST_POLICY_*
 * @asid: 0 if not active
 * @state: &enum sev_gstate
 * @shares_key: with another guest, by LAUNCH_START's or RECEIVE_START's handle
 * @transport: TEK and TIK of the launch, the sending or the receiving
 * @digest: SHA-256 over what was launched so far; NULL when final
 * @launch_digest: its result
 * @measurement: what LAUNCH_MEASURE answered, part of the secret's MAC
 */
struct fw_guest {
	uint32_t handle;
	uint32_t policy;
	uint32_t asid;
	uint8_t state;
	bool shares_key;
	struct fw_transport transport;
	EVP_MD_CTX *digest;
	uint8_t launch_digest[SHA256_SIZE];
	uint8_t measurement[SHA256_SIZE];
};

/* enum fw_asid_state - Whether the data fabric may still hold lines of an ASID's last guest */
enum fw_asid_state {
	FW_ASID_CLEAN,		/* may be activated */
	FW_ASID_ACTIVE,		/* belongs to a guest */
	FW_ASID_DIRTY,		/* DF_FLUSH is needed first */
};

/* struct fw - One PSP */
struct fw {
	struct fw_config cfg;
	struct fw_host_ops ops;
	void *ctx;
	char *state_dir;

	/* survives fw_reset() */
	struct fw_fuses fuses;
	struct ec_key cek_key;
	struct sev_cert cek;
	uint8_t flash[SEV_NV_LEN];

	/* firmware that runs, and the one below which an update must not go */
	struct fw_version running;
	struct fw_version committed;

	/* legacy platform */
	uint8_t state;
	bool es;
	struct fw_region tmr;
	struct fw_region nv;		/* INIT_EX area; empty: the flash is used */
	struct fw_identity identity;	/* valid unless UNINIT */

	struct fw_guest *guests[FW_MAX_GUESTS];
	unsigned int guest_count;
	uint32_t last_handle;
	uint8_t asids[FW_MAX_ASIDS + 1];	/* enum fw_asid_state */
	bool wbinvd_missing[FW_MAX_CORES];

	struct fw_snp snp;

	uint32_t current_cmd;		/* for log lines */
};

/* log.c */
#ifndef __printf
#define __printf(a, b)	__attribute__((__format__(printf, a, b)))
#endif
__printf(3, 4) void fw_log(const struct fw *fw, enum fw_log_level level, const char *fmt, ...);
__printf(3, 4) uint32_t fw_refuse(const struct fw *fw, uint32_t status, const char *fmt, ...);
uint32_t fw_crypto_failed(const struct fw *fw);

/* memory.c */
uint32_t fw_read(const struct fw *fw, const char *what, uint64_t pa, void *buf, size_t len);
uint32_t fw_write(const struct fw *fw, const char *what, uint64_t pa, const void *buf, size_t len);
uint32_t fw_write_guest(const struct fw *fw, const char *what, uint64_t pa, const void *buf,
			size_t len);
bool fw_is_ram(const struct fw *fw, uint64_t pa, uint64_t len);
uint32_t fw_check_guest_data(const struct fw *fw, uint64_t pa, uint32_t len);
uint64_t fw_address(const struct fw *fw, uint64_t pa);
const char *fw_taken(const struct fw *fw, uint64_t pa, uint64_t len);
bool fw_overlap(uint64_t a, uint64_t a_len, uint64_t b, uint64_t b_len);

/* storage.c */
bool fw_storage_open(struct fw *fw);
bool fw_storage_save_flash(struct fw *fw);

/* nvdata.c */
enum fw_nv_result { FW_NV_OK, FW_NV_EMPTY, FW_NV_CORRUPT, FW_NV_ERROR };
enum fw_nv_result fw_nv_open(const struct fw *fw, const uint8_t area[SEV_NV_LEN],
			     struct fw_identity *identity);
bool fw_nv_seal(const struct fw *fw, const struct fw_identity *identity, uint8_t area[SEV_NV_LEN]);
uint32_t fw_nv_load(struct fw *fw);
uint32_t fw_nv_store(struct fw *fw);

/* identity.c */
bool fw_identity_new(const struct fw *fw, struct fw_identity *identity);
bool fw_identity_chip(struct fw *fw);

/* platform.c */
void fw_platform_clear(struct fw *fw);
void fw_distrust_caches(struct fw *fw);
size_t fw_chip_id_len(const struct fw *fw);
bool fw_chip_id(const struct fw *fw, unsigned int socket, uint8_t id[SEV_CHIP_ID_LEN]);

/* chip.c */
enum fw_generation {
	FW_NAPLES,
	FW_ROME,
	FW_MILAN,	/* the first with SNP */
	FW_GENOA,
	FW_TURIN,
	FW_VENICE,
	FW_GENERATIONS,
};

enum fw_generation fw_generation(const struct fw *fw);
const char *fw_product(const struct fw *fw);
uint64_t fw_tcb(const struct fw *fw, uint8_t svn);
bool fw_es_lost(const struct fw *fw);

/* struct fw_since - The first firmware of a processor that has something: API 1.@minor, build */
struct fw_since {
	uint8_t minor;
	uint8_t build;
};

/* version.c */
void fw_boot(struct fw *fw);
bool fw_api_at_least(const struct fw *fw, unsigned int major, unsigned int minor);
bool fw_since(const struct fw *fw, const struct fw_since since[FW_GENERATIONS]);
bool fw_has_snp(const struct fw *fw);

/* guest.c */
struct fw_guest *fw_guest_find(const struct fw *fw, uint32_t handle);
struct fw_guest *fw_guest_new(struct fw *fw);
void fw_guest_delete(struct fw *fw, struct fw_guest *guest);
uint32_t fw_guest_get(struct fw *fw, uint32_t handle, unsigned int states, bool active,
		      struct fw_guest **guest);
uint32_t fw_guest_check_policy(struct fw *fw, uint32_t policy);
uint32_t fw_guest_check_sharing(struct fw *fw, uint32_t handle, uint32_t policy);

#define FW_G(state)	SEV_BIT(SEV_GSTATE_##state)

/* commands: each gets a copy of its buffer, padded with zeros to FW_MAX_CMD */
#define FW_MAX_CMD	128
typedef uint32_t fw_handler(struct fw *fw, void *cmd);

fw_handler fw_init, fw_init_ex, fw_shutdown, fw_factory_reset, fw_platform_status, fw_df_flush,
	   fw_get_id;
fw_handler fw_pek_gen, fw_pek_csr, fw_pek_cert_import, fw_pdh_cert_export, fw_pdh_gen;
fw_handler fw_download_firmware, fw_download_firmware_ex;
fw_handler fw_activate, fw_deactivate, fw_decommission, fw_guest_status;
fw_handler fw_launch_start, fw_launch_update_data, fw_launch_update_vmsa, fw_launch_measure,
	   fw_launch_secret, fw_launch_finish, fw_attestation_report;
fw_handler fw_send_start, fw_send_update_data, fw_send_update_vmsa, fw_send_finish,
	   fw_send_cancel;
fw_handler fw_receive_start, fw_receive_update_data, fw_receive_update_vmsa, fw_receive_finish;
fw_handler fw_dbg_decrypt, fw_dbg_encrypt;
fw_handler fw_snp_platform_status, fw_snp_feature_info;
fw_handler fw_snp_config, fw_snp_commit, fw_snp_vlek_load, fw_snp_verify_mitigation;
fw_handler fw_snp_init, fw_snp_init_ex, fw_snp_shutdown, fw_snp_shutdown_ex, fw_snp_df_flush;
fw_handler fw_snp_page_reclaim, fw_snp_page_unsmash;
fw_handler fw_snp_gctx_create, fw_snp_decommission, fw_snp_activate, fw_snp_guest_status,
	   fw_snp_guest_request, fw_snp_dbg_decrypt, fw_snp_dbg_encrypt;
fw_handler fw_snp_launch_start, fw_snp_launch_update, fw_snp_launch_finish;
fw_handler fw_snp_not_modelled;

#endif
