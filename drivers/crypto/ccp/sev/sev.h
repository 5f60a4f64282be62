/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The SEV part of one PSP, and how its files call each other.
 *
 * Calls go one way, and tests/matrix/test_layers.py sees to it: kvm.c and device.c, then
 * node.c, ioctl*.c, sysfs.c and sleep.c, then platform.c, snp.c and firmware.c, then
 * features.c and platform-state.c, then execute.c, then nvdata.c, buffers.c, cmd-map.c, pages.c
 * and the mailbox.  Where a lower file needs something from above, it is handed down: the
 * firmware gives a page back only by a command (&sev_device.reclaim).
 */
#ifndef CCP_SEV_H
#define CCP_SEV_H

#include <linux/cleanup.h>
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/ratelimit.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include <sev/legacy.h>
#include <sev/ops.h>
#include <sev/snp.h>
#include <sev/uapi.h>

#include "../mailbox.h"
#include "../psp.h"
#include "../rmp/rmp.h"
#include "commands.h"
#include "status.h"

/* One for the command, one for the single command that may nest in it. */
#define SEV_COMMAND_BUFFERS	2

/* The first firmware with SNP */
#define SNP_MAJOR		1
#define SNP_MINOR		51

/* Largest certificate or request that is taken from or given to a user. */
#define SEV_USER_BLOB_MAX	0x4000

/**
 * struct sev_blob - physically contiguous memory that the firmware reads or writes
 * @users: the owner, and the firmware while @node is listed
 * @node: place in &sev_device.held
 * @data: the memory, page-aligned and zeroed
 * @size: bytes asked for
 */
struct sev_blob {
	refcount_t users;
	struct list_head node;
	void *data;
	size_t size;
};

/**
 * struct sev_memory - memory of ours that the firmware may own for a while
 * @mem: where it is, &rmp_memory.va is NULL if there is none
 * @rmp: who gave it, NULL for the page allocator
 * @given: how many of its pages, from the first on, are in firmware state
 */
struct sev_memory {
	struct rmp_memory mem;
	const struct rmp_ops *rmp;
	unsigned int given;
};

/**
 * struct sev_cmd_buf - one buffer of a command, in firmware state while that runs
 * @bounce: memory of ours that stands in for it, none for a guest's own pages
 * @addr: its address as the caller gave it
 * @len: its length
 * @addr_offset: where in the command struct the address stands
 * @mapped: pages of the guest that the firmware works on
 * @given: how many of them are in firmware state
 */
struct sev_cmd_buf {
	struct sev_memory bounce;
	u64 addr;
	u32 len;
	u16 addr_offset;
	unsigned int mapped;
	unsigned int given;
};

/**
 * struct sev_cmd_map - all buffers of a command that are mapped for the firmware
 * @buf: the buffers
 * @count: how many
 */
struct sev_cmd_map {
	struct sev_cmd_buf buf[SEV_COMMAND_BUFS];
	unsigned int count;
};

#define SNP_ADVICE_LEN		320
#define SNP_REASON_LEN		(SNP_ADVICE_LEN + 128)

/**
 * struct snp_platform - SNP on this machine; some of it is read without the lock (sysfs.c)
 * @rmp: who manages the RMP table; NULL where SNP can't be
 * @prepared: @rmp has the machine ready for SNP
 * @up: SNP is initialised: what the firmware writes to must be in firmware state
 * @failed: the firmware has refused, and is not asked again before KVM is loaded anew
 * @borrowed: it was initialised for one command and goes down with the platform
 * @es_told: that it allows no SEV-ES has been said
 * @asleep: it was up when the machine went to sleep
 * @max_asid: ciphertext hiding: highest ASID of SNP guests, 0 to do without
 * @rapl_wanted: KVM wants power reporting off; the module parameter says so, too
 * @rapl_off: it is off while @up
 * @status: the firmware's last answer to SNP_PLATFORM_STATUS, if @status_known
 * @status_known: there was one
 * @features: FEATURE_INFO of the firmware, all zero if it has none
 * @committed: the committed TCB version, if @committed_known
 * @committed_known: it has been seen since it could have changed
 * @mitigations: the firmware's last answer to SNP_VERIFY_MITIGATION, if @mitigations_known
 * @mitigations_known: there was one since SNP came or went
 * @command_buffer: pages for command structs while @prepared
 * @panic_page: command struct of the last command before the end
 * @panic: called when the kernel panics, while @up
 * @pages_out: firmware pages that KVM has
 * @advice: why the firmware may refuse to initialise SNP, one clause; empty if there is
 *	no reason in sight
 * @reason_lock: lets @reason be read without &sev_device.lock
 * @reason: why it is not up, one clause
 */
struct snp_platform {
	const struct rmp_ops *rmp;
	bool prepared;
	bool up;
	bool failed;
	bool borrowed;
	bool es_told;
	bool asleep;
	u16 max_asid;
	bool rapl_wanted;
	bool rapl_off;
	struct snp_platform_status status __aligned(8);
	bool status_known;
	struct snp_feature_leaf features __aligned(8);
	u64 committed;
	bool committed_known;
	struct snp_mitigation_result mitigations;
	bool mitigations_known;
	struct sev_memory command_buffer[SEV_COMMAND_BUFFERS];
	struct sev_memory panic_page;
	struct notifier_block panic;
	unsigned long pages_out;
	char advice[SNP_ADVICE_LEN];
	spinlock_t reason_lock;	/* see above */
	char reason[SNP_REASON_LEN];
};

/**
 * struct sev_version - version of the SEV firmware
 * @major: API major
 * @minor: API minor
 * @build: build number
 */
struct sev_version {
	u8 major;
	u8 minor;
	u8 build;
};

/**
 * struct sev_device - the SEV part of one PSP
 * @psp: the PSP
 * @dev: its struct device
 * @mbox: the SEV mailbox
 * @reclaim: asks the firmware to let go of a page, see snp_page_reclaim(); for whoever takes
 *	memory back while a command is on its way
 * @lock: one firmware command, or one sequence of them, at a time; protects all
 *	below.  User memory is never touched under it.
 * @killable: a fatal signal may end the waits of the present holder of @lock.
 *	Only for holders whose memory is all in &sev_call.blob.
 * @gone: unbound
 * @started: sev_start() has begun
 * @published: /dev/sev counts on this part
 * @responded: the firmware has completed a command, so it is alive
 * @state: last known platform state
 * @guests: how many guests of the legacy platform there are, while it is initialised
 * @state_known: @state is right; false after a command whose end nobody saw
 * @flush_due: since INIT was sent the caches have not been flushed for new guests
 * @version: running firmware; 0.0 while unknown
 * @command_buffer: pages for command structs, see also &snp_platform.command_buffer
 * @command_buffer_busy: bitmap of those in use, of whichever set
 * @held: blobs of commands whose end nobody saw
 * @orphan: the command whose sender was killed, NULL if none
 * @orphan_buffer: the command buffer that it was given
 * @orphan_map: the buffers that were mapped for it
 * @tmr: trusted memory region for SEV-ES
 * @tmr_owned: the firmware works on @tmr
 * @nv: non-volatile data for INIT_EX, none if init_ex_path is not set
 * @nv_owned: the firmware works on @nv
 * @nv_unsaved: the file of init_ex_path does not hold what is in @nv
 * @nv_offline: the machine goes to sleep, and a file would not be written before it wakes
 * @snp: SNP
 * @reports: keeps a client that fails all the time from filling the log
 * @last_failure: the last command that failed, and in the upper half the firmware's
 *	status, SEV_RET_NO_FW_CALL if there was no answer; 0 if none failed
 * @sysfs: its directory, there from sev_start() to sev_destroy()
 * @leaked_pages: pages that could not be given back to the kernel
 */
struct sev_device {
	struct psp_device *psp;
	struct device *dev;
	struct psp_mailbox mbox;
	int (*reclaim)(struct sev_device *sev, u64 pa, u32 *error);

	struct mutex lock;	/* see above */
	bool killable;
	bool gone;
	bool started;
	bool published;
	bool responded;
	u8 state;
	u32 guests;
	bool state_known;
	bool flush_due;
	struct sev_version version;

	struct sev_memory command_buffer[SEV_COMMAND_BUFFERS];
	unsigned long command_buffer_busy;
	struct list_head held;
	const struct sev_command *orphan;
	struct sev_memory *orphan_buffer;
	struct sev_cmd_map orphan_map;

	struct sev_memory tmr;
	bool tmr_owned;
	struct sev_memory nv;
	bool nv_owned;
	bool nv_unsaved;
	bool nv_offline;
	struct snp_platform snp;
	struct ratelimit_state reports;
	u64 last_failure;
	struct kobject *sysfs;
	unsigned long leaked_pages;
};

/**
 * struct sev_call - one firmware command
 * @id: command id
 * @data: its struct, NULL for a command without one; copied back afterwards
 * @blob: memory of ours that the struct points to; kept if the wait is given up
 * @quiet: the caller reports failures itself
 * @own: what the table calls SEV_PAGE_FIRMWARE is ordinary memory of this driver, so
 *	map pages in its place as for SEV_PAGE_BOUNCE
 * @uninterruptible: not even a fatal signal ends the wait
 * @error: out: the firmware's status, SEV_RET_NO_FW_CALL if it was not reached
 */
struct sev_call {
	u32 id;
	void *data;
	struct sev_blob *blob[2];
	bool quiet;
	bool own;
	bool uninterruptible;
	u32 error;
};

/**
 * sev_version_at_least() - is the running firmware new enough?
 * @sev: the SEV part
 * @major: wanted API major
 * @minor: wanted API minor
 *
 * Return: true if the firmware's API version is known and not older
 */
static inline bool sev_version_at_least(const struct sev_device *sev, u8 major,
					u8 minor)
{
	u8 have = READ_ONCE(sev->version.major);

	return have != major ? have > major : READ_ONCE(sev->version.minor) >= minor;
}

/* buffers.c */
int sev_buffers_init(struct sev_device *sev);
void sev_buffers_free(struct sev_device *sev);
struct sev_memory *sev_command_buffer_get(struct sev_device *sev);
void sev_command_buffer_put(struct sev_device *sev, struct sev_memory *buffer);
struct sev_blob *sev_blob_alloc(size_t size);
struct sev_blob *sev_blob_from_user(u64 uaddr, u32 len);
void sev_blob_put(struct sev_blob *blob);
void sev_blob_hold(struct sev_device *sev, struct sev_blob *blob);
void sev_blob_release_held(struct sev_device *sev);
u64 sev_phys(const void *addr);

DEFINE_FREE(sev_blob, struct sev_blob *, if (!IS_ERR_OR_NULL(_T)) sev_blob_put(_T))

/* pages.c */
struct snp_cmd_page;
int sev_memory_alloc(struct sev_device *sev, struct sev_memory *memory, size_t size);
void sev_memory_free(struct sev_device *sev, struct sev_memory *memory);
int sev_memory_give(struct sev_device *sev, struct sev_memory *memory);
int sev_memory_take(struct sev_device *sev, struct sev_memory *memory);
void sev_memory_lose(struct sev_device *sev, struct sev_memory *memory);
u64 sev_memory_phys(const struct sev_memory *memory);
unsigned int snp_reclaim_locked(struct sev_device *sev, u64 pa, unsigned int npages);
void *snp_firmware_page_alloc(struct sev_device *sev, gfp_t mask);
void snp_firmware_page_free(void *addr);
bool snp_firmware_pages_out(void);
void snp_page_taken(const struct snp_cmd_page *cmd);

/* cmd-map.c */
int sev_cmd_map(struct sev_device *sev, const struct sev_command *cmd, void *data,
		const struct sev_call *call, struct sev_cmd_map *map);
int sev_cmd_unmap(struct sev_device *sev, struct sev_cmd_map *map, void *data);
void sev_cmd_map_hold(struct sev_device *sev, struct sev_cmd_map *map);
void sev_cmd_map_release_held(struct sev_device *sev);
void sev_cmd_map_lose_held(struct sev_device *sev);

/* execute.c */
int snp_page_reclaim(struct sev_device *sev, u64 pa, u32 *error);
int sev_call_locked(struct sev_device *sev, struct sev_call *call);
int sev_execute_locked(struct sev_device *sev, u32 id, void *data, u32 *error);
int sev_execute(struct sev_device *sev, u32 id, void *data, u32 *error);
void sev_report(struct sev_device *sev, u32 id, u32 error);

/* sleep.c */
unsigned int snp_guests_locked(struct sev_device *sev);
int sev_suspend(struct psp_device *psp);
int sev_resume(struct psp_device *psp, bool memory_lost);

/* device.c */
bool sev_init_on_probe(void);

/* master.c */
static inline struct sev_device *sev_of(const struct psp_device *psp)
{
	return psp->part[PSP_ROLE_SEV];
}

struct sev_device *sev_get_master(void);
void sev_put(struct sev_device *sev);
unsigned int sev_timeout_ms(const struct sev_device *sev);

DEFINE_FREE(sev_put, struct sev_device *, if (_T) sev_put(_T))

/* platform-state.c */
int sev_platform_ask_locked(struct sev_device *sev, struct sev_cmd_platform_status *status,
			    u32 *error);
int sev_platform_query_locked(struct sev_device *sev, struct sev_cmd_platform_status *status,
			      u32 *error);
int sev_platform_learn_locked(struct sev_device *sev, u32 *error);

/* platform.c */
int sev_platform_init_locked(struct sev_device *sev, u32 *error);
int sev_platform_borrow_locked(struct sev_device *sev, bool *borrowed, u32 *error);
void sev_platform_return_locked(struct sev_device *sev, bool borrowed);
int sev_platform_shutdown_locked(struct sev_device *sev, u32 *error);
int sev_platform_stop_locked(struct sev_device *sev);

/* platform-memory.c */
void sev_tmr_prepare(struct sev_device *sev);
void sev_tmr_release(struct sev_device *sev);
int sev_nv_prepare(struct sev_device *sev);
void sev_nv_release(struct sev_device *sev);
void sev_platform_memory_release(struct sev_device *sev);

/* snp.c */
int snp_init_locked(struct sev_device *sev, u32 *error);
int snp_shutdown_locked(struct sev_device *sev, u32 *error);
void snp_abandon_locked(struct sev_device *sev, unsigned int guests);
bool snp_is_left_over(u32 error);
int snp_take_over_locked(struct sev_device *sev);

/* snp-reason.c */
__printf(2, 3) void snp_reason_set(struct sev_device *sev, const char *fmt, ...);
void snp_reason_read(struct sev_device *sev, char reason[SNP_REASON_LEN]);

/* snp-panic.c */
void snp_panic_register(struct sev_device *sev);
void snp_panic_unregister(struct sev_device *sev);

/* snp-ranges.c */
int snp_ranges_fill(struct device *dev, struct snp_range_list *list);

/* tcb.c */
struct snp_tcb_layout;
const struct snp_tcb_layout *snp_tcb_layout_here(void);
const char *snp_tcb_above(const struct snp_tcb_layout *layout, u64 wanted, u64 limit, u8 *want,
			  u8 *have);
bool snp_tcb_field(const struct snp_tcb_layout *layout, const char *name, u64 tcb, u8 *value);
bool snp_allows_es(const struct sev_device *sev);
void snp_tell_es(struct sev_device *sev);
const char *snp_refusal(const struct sev_device *sev, u32 id, u32 error);

/* features.c */
int snp_status_locked(struct sev_device *sev, u32 *error);
void snp_learn_locked(struct sev_device *sev);
bool snp_can_hide_ciphertext(const struct sev_device *sev);
u64 snp_policy_bits(const struct sev_device *sev);
bool snp_can_verify_mitigations(const struct sev_device *sev);
int snp_verify_mitigation_locked(struct sev_device *sev, u64 vector, u32 *error);

/* nvdata.c */
bool sev_nv_wanted(void);
int sev_nv_load(struct sev_device *sev);
int sev_nv_store(struct sev_device *sev);
void sev_nv_retry(struct sev_device *sev);
void sev_nv_give_up(struct sev_device *sev);
int sev_nv_erase(struct sev_device *sev);

/* firmware.c */
void sev_firmware_update_locked(struct sev_device *sev);

/* node.c */
int sev_node_publish(struct sev_device *sev);
void sev_node_withdraw(void);
int sev_issue_from_file(struct file *file, unsigned int id, void *data, int *error);

/* debugfs.c */
void sev_debugfs_publish(struct dentry *dir);

/* sysfs.c */
void sev_sysfs_publish(struct sev_device *sev);
void sev_sysfs_withdraw(struct kobject *dir);

/* preflight.c */
int sev_preflight_check(struct sev_device *sev);

/* preflight-show.c */
int sev_preflight_verdict(bool up, char *text, size_t size);
void sev_preflight_publish(struct dentry *dir);

#endif /* CCP_SEV_H */
