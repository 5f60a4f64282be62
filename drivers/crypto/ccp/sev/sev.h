/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The SEV part of one PSP, and how its files call each other.
 *
 * Calls go one way: ioctl.c and kvm.c, then platform.c, then execute.c, then
 * buffers.c and the mailbox.  No file calls back up.
 */
#ifndef CCP_SEV_H
#define CCP_SEV_H

#include <linux/cleanup.h>
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/ratelimit.h>
#include <linux/refcount.h>
#include <linux/types.h>

#include <sev/legacy.h>
#include <sev/ops.h>
#include <sev/snp.h>
#include <sev/uapi.h>

#include "../mailbox.h"
#include "../psp.h"
#include "commands.h"
#include "status.h"

/* One for the command, one for the single command that may nest in it. */
#define SEV_COMMAND_BUFFERS	2

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
 * @lock: one firmware command, or one sequence of them, at a time; protects all
 *	below.  User memory is never touched under it.
 * @killable: a fatal signal may end the waits of the present holder of @lock.
 *	Only for holders whose memory is all in &sev_call.blob.
 * @gone: unbound
 * @started: sev_start() has begun
 * @published: /dev/sev counts on this part
 * @responded: the firmware has completed a command, so it is alive
 * @state: last known platform state
 * @state_known: @state is right; false after a command whose end nobody saw
 * @version: running firmware; 0.0 while unknown
 * @command_buffer: pages for command structs
 * @command_buffer_busy: bitmap of those in use
 * @held: blobs of commands whose end nobody saw
 * @orphan: the command whose sender was killed, NULL if none
 * @orphan_buffer: the command buffer that it was given
 * @tmr: trusted memory region for SEV-ES, NULL if none
 * @tmr_owned: the firmware owns @tmr
 * @nv: non-volatile data for INIT_EX, NULL if init_ex_path is not set
 * @nv_owned: the firmware owns @nv
 * @reports: keeps a client that fails all the time from filling the log
 * @leaked_pages: pages that could not be given back to the kernel
 */
struct sev_device {
	struct psp_device *psp;
	struct device *dev;
	struct psp_mailbox mbox;

	struct mutex lock;	/* see above */
	bool killable;
	bool gone;
	bool started;
	bool published;
	bool responded;
	u8 state;
	bool state_known;
	struct sev_version version;

	void *command_buffer[SEV_COMMAND_BUFFERS];
	unsigned long command_buffer_busy;
	struct list_head held;
	const struct sev_command *orphan;
	void *orphan_buffer;

	void *tmr;
	bool tmr_owned;
	struct sev_blob *nv;
	bool nv_owned;
	struct ratelimit_state reports;
	unsigned long leaked_pages;
};

/**
 * struct sev_call - one firmware command
 * @id: command id
 * @data: its struct, NULL for a command without one; copied back afterwards
 * @blob: memory of ours that the struct points to; kept if the wait is given up
 * @quiet: the caller reports failures itself
 * @error: out: the firmware's status, SEV_RET_NO_FW_CALL if it was not reached
 */
struct sev_call {
	u32 id;
	void *data;
	struct sev_blob *blob[2];
	bool quiet;
	u32 error;
};

/* buffers.c */
int sev_buffers_init(struct sev_device *sev);
void sev_buffers_free(struct sev_device *sev);
void *sev_command_buffer_get(struct sev_device *sev);
void sev_command_buffer_put(struct sev_device *sev, void *buffer);
struct sev_blob *sev_blob_alloc(size_t size);
struct sev_blob *sev_blob_from_user(u64 uaddr, u32 len);
void sev_blob_put(struct sev_blob *blob);
void sev_blob_hold(struct sev_device *sev, struct sev_blob *blob);
void sev_blob_release_held(struct sev_device *sev);
u64 sev_phys(const void *addr);

DEFINE_FREE(sev_blob, struct sev_blob *, if (!IS_ERR_OR_NULL(_T)) sev_blob_put(_T))

/* execute.c */
int sev_call_locked(struct sev_device *sev, struct sev_call *call);
int sev_execute_locked(struct sev_device *sev, u32 id, void *data, u32 *error);
int sev_execute(struct sev_device *sev, u32 id, void *data, u32 *error);
void sev_report(struct sev_device *sev, u32 id, u32 error);

/* platform.c */
struct sev_device *sev_get_master(void);
void sev_put(struct sev_device *sev);
int sev_platform_query_locked(struct sev_device *sev, struct sev_cmd_platform_status *status,
			      u32 *error);
int sev_platform_init_locked(struct sev_device *sev, u32 *error);
int sev_platform_borrow_locked(struct sev_device *sev, bool *borrowed, u32 *error);
void sev_platform_return_locked(struct sev_device *sev, bool borrowed);
int sev_platform_learn_locked(struct sev_device *sev, u32 *error);
int sev_platform_shutdown_locked(struct sev_device *sev, u32 *error);
bool sev_version_at_least(const struct sev_device *sev, u8 major, u8 minor);
bool sev_init_on_probe(void);
unsigned int sev_timeout_ms(const struct sev_device *sev);

DEFINE_FREE(sev_put, struct sev_device *, if (_T) sev_put(_T))

/* nvdata.c */
bool sev_nv_wanted(void);
int sev_nv_load(struct sev_device *sev);
int sev_nv_store(struct sev_device *sev);
int sev_nv_erase(struct sev_device *sev);

/* firmware.c */
void sev_firmware_update_locked(struct sev_device *sev);

/* ioctl.c */
int sev_ioctl_publish(struct sev_device *sev);
void sev_ioctl_withdraw(void);
int sev_issue_from_file(struct file *file, unsigned int id, void *data, int *error);

/* preflight.c */
int sev_preflight_check(struct sev_device *sev);
void sev_preflight_publish(struct dentry *dir);

#endif /* CCP_SEV_H */
