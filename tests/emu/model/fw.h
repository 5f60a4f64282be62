/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Firmware model: the SEV firmware of a PSP as a library.
 *
 * The caller owns the transport (mailbox registers, interrupts) and the memory of the machine;
 * the model owns everything that happens between "command accepted" and "status ready".
 * It is single-threaded: one fw_*() call at a time per instance. Instances share nothing.
 *
 * What is modelled is the state, the checks and the cryptography that a host can observe.
 * Memory encryption is not: guest data is taken and left in memory as it is, whatever ASID.
 */
#ifndef EMU_MODEL_FW_H
#define EMU_MODEL_FW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fw;

/** enum fw_log_level - How loud a line of the model is */
enum fw_log_level {
	FW_LOG_ERROR,		/* the model itself is in trouble (state directory, libcrypto) */
	FW_LOG_REFUSED,		/* a command was refused; the line says why */
	FW_LOG_INFO,		/* state changes worth a line: initialised, updated, keys made */
	FW_LOG_DEBUG,		/* every command with its status */
};

/**
 * struct fw_rmp_entry - Who owns a page, independent of how the CPU family stores it
 * @gpa: guest-physical address, or 0
 * @asid: 0 for hypervisor and firmware pages
 * @assigned: not the hypervisor's
 * @validated: PVALIDATE was executed by the guest
 * @immutable: only the firmware may change the entry
 * @vmsa: VMSA page or guest context
 * @huge: the entry stands for 2 MiB; the look-up of any 4 KiB page in it tells the same
 */
struct fw_rmp_entry {
	uint64_t gpa;
	uint32_t asid;
	bool assigned;
	bool validated;
	bool immutable;
	bool vmsa;
	bool huge;
};

/**
 * struct fw_host_ops - What the model needs from the machine around it
 * @mem_read: copy @len bytes of guest-physical memory; 0, or negative if any byte is not RAM
 * @mem_write: the same in the other direction; nothing is written on failure
 * @log: one line without newline; may be NULL
 * @msr_read: value of an MSR on a CPU; negative if there is no such CPU, or the machine does not
 *	track that MSR
 * @msr_write: the same in the other direction
 * @rmp_read: entry of the 4 KiB page at @pa in the table that the MSRs of CPU 0 describe; negative
 *	if the table does not cover the page (its state is Default)
 * @rmp_write: the same in the other direction
 * @iommu_range: the @index-th range of memory that the IOMMUs write to (event log, PPR log,
 *	completion wait store); negative if there are no more
 * @keeps: memory of the host in which the firmware keeps encrypted data for itself, from now on
 *	(@now), or not any more; @tmr: CPUs write there, too; may be NULL
 * @fatal: something that no status can say, like an initialisation vector that a guest used twice;
 *	if NULL, the process ends by abort()
 *
 * Addresses arrive here without the C-bit. An absent (NULL) operation means that the machine does
 * not have the feature: without @msr_read, @rmp_read or @rmp_write the CPUs have SNP off, without
 * @msr_write the firmware cannot turn it off on the CPUs either (SNP_SHUTDOWN_EX says so).
 */
struct fw_host_ops {
	int (*mem_read)(void *ctx, uint64_t pa, void *buf, size_t len);
	int (*mem_write)(void *ctx, uint64_t pa, const void *buf, size_t len);
	void (*log)(void *ctx, int level, const char *text);
	int (*msr_read)(void *ctx, unsigned int cpu, uint32_t msr, uint64_t *value);
	int (*msr_write)(void *ctx, unsigned int cpu, uint32_t msr, uint64_t value);
	int (*rmp_read)(void *ctx, uint64_t pa, struct fw_rmp_entry *entry);
	int (*rmp_write)(void *ctx, uint64_t pa, const struct fw_rmp_entry *entry);
	int (*iommu_range)(void *ctx, unsigned int index, uint64_t *pa, uint64_t *len);
	void (*keeps)(void *ctx, uint64_t pa, uint64_t len, bool tmr, bool now);
	void (*fatal)(void *ctx, const char *text);
};

/* &struct fw_config.platform_info; on Milan and Genoa ECC came with the check for aliases */
#define FW_INFO_SMT	0x01	/* guests whose policy forbids it are refused */
#define FW_INFO_TSME	0x02
#define FW_INFO_ECC	0x04
#define FW_INFO_BIT6	0x40	/* real Turins have it */
#define FW_INFO_ALL	(FW_INFO_SMT | FW_INFO_TSME | FW_INFO_ECC | FW_INFO_BIT6)

/**
 * struct fw_config - Which chip and which firmware
 * @api_major: API version of the firmware in the boot flash
 * @api_minor: see @api_major
 * @build: see @api_major
 * @svn: security version of that firmware (the "snp" component of the TCB)
 * @committed_svn: the security version that SNP_COMMIT has left behind, if it is lower; 0: the same
 * @family: CPU family, 0x17, 0x19 or 0x1a: decides with @model on SNP, TCB layout and C-bit
 * @model: CPU model within the family
 * @platform_info: what reports say of the BIOS's settings, FW_INFO_*
 * @sockets: 1 or 2; GET_ID answers 64 bytes per socket
 * @asids: number of ASIDs, usable ones are 1..@asids (CPUID 8000001F ECX)
 * @min_sev_asid: lowest ASID for guests without SEV-ES (CPUID 8000001F EDX)
 * @cores: number of CPUs whose WBINVD is reported by fw_note_wbinvd(); 0 if nobody can tell, then
 *	caches count as written back at any time
 * @memory_encryption_off: the BIOS did not enable memory encryption
 * @diag_mode: the chip is in diagnostic mode, which SNP does not accept
 * @unlocked: the chip is an unlocked one, which SNP does not accept
 * @old_bootloader: the PSP's boot loader is too old for SNP (seen on Bergamo)
 * @lacks: bits in ECX of SNP_FEATURE_INFO that this firmware does not have though others of its API
 *	do
 * @state_dir: existing directory that keeps fuses and non-volatile data; NULL keeps them in
 *	memory for as long as the instance lives
 */
struct fw_config {
	unsigned int api_major;
	unsigned int api_minor;
	unsigned int build;
	unsigned int svn;
	unsigned int committed_svn;
	unsigned int family;
	unsigned int model;
	unsigned int platform_info;
	unsigned int sockets;
	unsigned int asids;
	unsigned int min_sev_asid;
	unsigned int cores;
	bool memory_encryption_off;
	bool diag_mode;
	bool unlocked;
	bool old_bootloader;
	uint32_t lacks;
	const char *state_dir;
};

/**
 * struct fw_info - A look inside, for logs and control sockets
 * @api_major: running version, which differs from the configured one after an update
 * @api_minor: see @api_major
 * @build: see @api_major
 * @svn: see @api_major
 * @committed_major: version below which an update is refused
 * @committed_minor: see @committed_major
 * @committed_build: see @committed_major
 * @committed_svn: see @committed_major
 * @state: platform state, 0 UNINIT, 1 INIT, 2 WORKING
 * @guests: number of guest contexts
 * @es: SEV-ES was configured by INIT
 * @owned: an external owner's certificate was imported
 * @snp: SNP is initialised
 * @snp_guests: number of contexts of SNP guests
 */
struct fw_info {
	unsigned int api_major, api_minor, build, svn;
	unsigned int committed_major, committed_minor, committed_build, committed_svn;
	unsigned int state;
	unsigned int guests;
	bool es;
	bool owned;
	bool snp;
	unsigned int snp_guests;
};

/**
 * fw_config_init() - Fill in a chip of the given family as it left the factory
 * @cfg: every member is set: firmware 1.55.21 (0.24.15 on family 17h), one socket, 509 ASIDs of
 *	which 1..99 are for SEV-ES, no state directory
 * @family: 0x17, 0x19 or 0x1a
 */
void fw_config_init(struct fw_config *cfg, unsigned int family);

/**
 * fw_new() - Power on
 * @cfg: copied
 * @ops: copied
 * @ctx: first argument of every operation
 *
 * Return: the instance, or NULL if the configuration makes no sense, the state directory cannot
 * be used (both said by @ops->log) or memory is short.
 */
struct fw *fw_new(const struct fw_config *cfg, const struct fw_host_ops *ops, void *ctx);

/**
 * fw_free() - Power off; what is persistent is on disk already
 * @fw: instance or NULL
 */
void fw_free(struct fw *fw);

/**
 * fw_reset() - Reset of the machine
 * @fw: instance
 *
 * Guests, keys in memory and a downloaded firmware are gone; fuses and flash stay.
 */
void fw_reset(struct fw *fw);

/**
 * fw_command() - Run one command to its end
 * @fw: instance
 * @cmd: command id, bits 26:16 of the command register
 * @buffer_pa: what the driver put into the two buffer address registers
 *
 * Return: status, bits 15:0 of the response register.
 */
uint32_t fw_command(struct fw *fw, uint32_t cmd, uint64_t buffer_pa);

/**
 * fw_note_wbinvd() - A CPU has executed WBINVD
 * @fw: instance
 * @core: CPU number below the configured number of cores
 */
void fw_note_wbinvd(struct fw *fw, unsigned int core);

/**
 * fw_get_info() - Current version, state and guests
 * @fw: instance
 * @info: filled in
 */
void fw_get_info(const struct fw *fw, struct fw_info *info);

/**
 * fw_list_pages() - How many pages are in which state, as the RMP has it now
 * @fw: instance
 * @emit: gets a line "STATE=COUNT" for each state that occurs, none while SNP is off on the CPUs
 * @arg: first argument of @emit
 */
void fw_list_pages(const struct fw *fw, void (*emit)(void *arg, const char *line), void *arg);

/* enum fw_snp_cert - Certificates that the vendor's key server gives out */
enum fw_snp_cert {
	FW_CERT_ARK,
	FW_CERT_ASK,
	FW_CERT_VCEK,
	FW_CERT_ASVK,
	FW_CERT_VLEK,
};

/**
 * fw_snp_certificate() - Play the vendor's key server: an X.509 certificate
 * @fw: instance whose chip it is about
 * @which: which one; ARK, ASK and ASVK are the same for all chips of a product, the VLEK for all of
 *	a cloud
 * @tcb: TCB version that the VCEK or VLEK is for: the reported one of a report
 * @der: filled in
 * @room: bytes there are
 *
 * Return: length of the certificate in DER, nothing is written if that is more than @room; 0 if
 * libcrypto fails.
 */
size_t fw_snp_certificate(const struct fw *fw, enum fw_snp_cert which, uint64_t tcb, void *der,
			  size_t room);

/**
 * fw_fixed_memory() - May another part of the PSP write there?
 * @fw: instance
 * @pa: address, with or without C-bit
 * @len: bytes
 *
 * While SNP is initialised only memory that no guest can be given is good enough.
 *
 * Return: false if it is not (said in the log).
 */
bool fw_fixed_memory(const struct fw *fw, uint64_t pa, uint64_t len);

/**
 * fw_rmp_state_name() - Which page state is this?
 * @entry: entry of the page
 *
 * Return: its name for people.
 */
const char *fw_rmp_state_name(const struct fw_rmp_entry *entry);

struct fw_snp_guest;

/**
 * struct fw_lone_guest - An SNP guest whose launch was not seen, because the host is not modelled
 * @policy: guest policy
 * @measurement: launch digest
 * @host_data: host data
 * @vcek_off: no reports by the chip's key
 * @id_block: identity block that the launch must match, 96 bytes, or NULL
 * @id_auth: page that authenticates it, 4096 bytes
 * @author_key: that page has an author key
 */
struct fw_lone_guest {
	uint64_t policy;
	uint8_t measurement[48];
	uint8_t host_data[32];
	bool vcek_off;
	const void *id_block;
	const void *id_auth;
	bool author_key;
};

/**
 * fw_lone_mask() - SNP_CONFIG by a host that is not modelled: what reports don't tell
 * @fw: instance
 * @chip_id: the chip's identity
 * @chip_key: the signature of its key
 */
void fw_lone_mask(struct fw *fw, bool chip_id, bool chip_key);

/**
 * fw_lone_report() - SNP_CONFIG by a host that is not modelled: the TCB version that reports tell
 * @fw: instance
 * @svn: security version of the SEV firmware in it
 *
 * Return: false if it is above the committed one.
 */
bool fw_lone_report(struct fw *fw, unsigned int svn);

/**
 * fw_lone_vlek_load() - SNP_VLEK_LOAD by a host that is not modelled
 * @fw: instance
 *
 * From then on guests get reports by a VLEK unless they ask for the VCEK.
 *
 * Return: false if libcrypto fails.
 */
bool fw_lone_vlek_load(struct fw *fw);

/**
 * fw_lone_guest_new() - A running guest without host
 * @fw: instance; needs no memory, table or CPUs
 * @what: copied
 *
 * The host that is not there has verified all mitigations that are in place.
 *
 * Return: the guest with fresh keys, or NULL, also if the identity is not that of the launch. Free
 * it before @fw.
 */
struct fw_snp_guest *fw_lone_guest_new(struct fw *fw, const struct fw_lone_guest *what);

/**
 * fw_lone_guest_free() - End a guest without host
 * @guest: guest or NULL
 */
void fw_lone_guest_free(struct fw_snp_guest *guest);

/**
 * fw_lone_guest_secrets() - The secrets page that the guest finds
 * @fw: instance
 * @guest: guest
 * @page: filled
 */
void fw_lone_guest_secrets(const struct fw *fw, const struct fw_snp_guest *guest,
			   uint8_t page[4096]);

#define FW_REPORT_LEN	0x4a0

/**
 * fw_lone_guest_report() - A report for software at privilege level 0 of the guest
 * @fw: instance
 * @guest: guest
 * @user_data: for the report
 * @report: filled in
 *
 * Nobody sees the messages by which such software gets it, so there are none.
 *
 * Return: false if the guest can't have one or libcrypto fails.
 */
bool fw_lone_guest_report(const struct fw *fw, const struct fw_snp_guest *guest,
			  const uint8_t user_data[64], uint8_t report[FW_REPORT_LEN]);

/**
 * fw_guest_request() - Answer a guest's message
 * @fw: instance
 * @guest: who sent it
 * @request: page with the message
 * @response: page for the answer, written on success only
 *
 * Return: status, as SNP_GUEST_REQUEST gives it.
 */
uint32_t fw_guest_request(struct fw *fw, struct fw_snp_guest *guest, const uint8_t request[4096],
			  uint8_t response[4096]);

/**
 * fw_guest_request_lost() - A message that the host kept from the firmware
 * @fw: instance
 * @guest: who sent it
 * @request: page with the message
 *
 * Nothing comes of it, but its sequence number counts as used.
 */
void fw_guest_request_lost(struct fw *fw, struct fw_snp_guest *guest, const uint8_t request[4096]);

/**
 * fw_vlek_wrap() - Play the vendor's key server: a VLEK for SNP_VLEK_LOAD
 * @fw: instance whose chip shall be able to unwrap it
 * @tcb: TCB version that it is for; SNP_VLEK_LOAD wants the reported one
 * @wrapped: 432 bytes, filled in
 *
 * Return: false if libcrypto fails.
 */
bool fw_vlek_wrap(const struct fw *fw, uint64_t tcb, void *wrapped);

/**
 * fw_command_name() - Name of a command for people
 * @cmd: command id
 *
 * Return: the name, or "unknown command".
 */
const char *fw_command_name(uint32_t cmd);

/**
 * fw_status_name() - Name of a status for people
 * @status: firmware status
 *
 * Return: the name, or "unknown status".
 */
const char *fw_status_name(uint32_t status);

#endif
