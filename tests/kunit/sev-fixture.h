/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A SEV part without a machine: the whole SEV code of the driver, with a scripted
 * firmware behind its mailbox and no PSP around it.
 *
 * Including this file makes a suite out of all sources of drivers/crypto/ccp/sev
 * but those that export symbols.
 */
#ifndef KUNIT_SEV_FIXTURE_H
#define KUNIT_SEV_FIXTURE_H

#include <linux/suspend.h>
#include <linux/types.h>
#include <asm/processor.h>
#include <asm/smp.h>

/*
 * The caches may still hold encrypted lines of what the firmware had: after the commands
 * that end that, until all are written back.
 */
static bool sev_fixture_dirty;
/* How often all caches were written back. */
static unsigned int sev_fixture_flushes;

static inline void sev_fixture_flush(void)
{
	sev_fixture_dirty = false;
	sev_fixture_flushes++;
}

#undef wbinvd_on_all_cpus
#define wbinvd_on_all_cpus()	sev_fixture_flush()

/* How deep the machine is to sleep. */
static suspend_state_t sev_fixture_sleep;

#undef pm_suspend_target_state
#define pm_suspend_target_state	sev_fixture_sleep

#include "mailbox.c"
#include "hv-fixed.c"
#include "sev/commands.c"
#include "sev/status.c"
#include "sev/master.c"
#include "sev/snp-reason.c"
#include "sev/pages.c"
#include "sev/cmd-map.c"
#include "sev/buffers.c"
#include "sev/nvdata.c"

/* The processor, for the layout of TCB versions: a Milan. */
static struct {
	u8 x86;
	u8 x86_model;
} sev_fixture_cpu = { 0x19, 0x01 };

#define boot_cpu_data sev_fixture_cpu
#include "sev/tcb.c"
#undef boot_cpu_data

#include "sev/execute.c"
#include "sev/platform-memory.c"
#include "sev/platform-state.c"
#include "sev/firmware.c"
#include "sev/features.c"
#include "sev/snp-ranges.c"
#include "sev/snp-panic.c"
#include "sev/snp.c"
#include "sev/platform.c"
#include "sev/sleep.c"
#include "sev/device.c"
#include "sev/ioctl-snp.c"
#include "sev/ioctl-sev.c"
#include "sev/ioctl.c"
#include "sev/node.c"

#include <linux/sched/signal.h>
#include <kunit/device.h>
#include <kunit/test.h>

#include "fake-mailbox.h"

static const struct psp_mailbox_layout sev_fixture_layout = FAKE_MAILBOX_LAYOUT("sev");

/**
 * struct sev_fixture - what a test works with
 * @psp: the processor, of which only the parts that the code looks at are set
 * @sev: the SEV part, started, its state not known
 * @fake: the scripted firmware
 */
struct sev_fixture {
	struct psp_device psp;
	struct sev_device sev;
	struct fake_mailbox *fake;
};

/* Stands in for psp.c: who is the master. */
static struct psp_device *sev_fixture_master;

struct psp_device *psp_get_master(enum psp_role role)
{
	return sev_fixture_master;
}

void psp_put(struct psp_device *psp)
{
}

struct psp_device *psp_get(struct psp_device *psp)
{
	return psp;
}

const struct psp_mailbox_ops psp_mmio_ops = { };

/* Stand in for rmp/core.c: SNP is for suites that set &snp_platform.rmp themselves. */
static bool sev_fixture_can_restart;
static const struct rmp_ops *sev_fixture_rmp;

const struct rmp_ops *rmp_select(struct device *dev)
{
	return sev_fixture_rmp;
}

bool rmp_can_restart(const struct rmp_ops *ops)
{
	return sev_fixture_can_restart;
}

/* Do the processors look at the table? */
static bool sev_fixture_snp_on = true;

bool rmp_enabled_here(void)
{
	return sev_fixture_snp_on;
}

/* Host save areas that were taken off the processors, and not given back yet. */
static u64 sev_fixture_parked;
static bool sev_fixture_park_fails;

u64 *rmp_park_save_areas(void)
{
	if (sev_fixture_park_fails)
		return NULL;
	sev_fixture_parked++;
	return &sev_fixture_parked;
}

void rmp_unpark_save_areas(u64 *areas)
{
	--*areas;
}

/* Stands in for sev/preflight.c. */
static int sev_fixture_preflight;

int sev_preflight_check(struct sev_device *sev)
{
	return sev_fixture_preflight;
}

/* Suites that have sev/sysfs.c say so. */
#ifndef SEV_FIXTURE_SYSFS
void sev_sysfs_publish(struct sev_device *sev)
{
}

void sev_sysfs_withdraw(struct kobject *dir)
{
}
#endif

static void sev_fixture_drop(void *ctx)
{
	struct sev_fixture *fixture = ctx;

	sev_fixture_master = NULL;
	/* The scripted firmware writes to nothing any more. */
	snp_panic_unregister(&fixture->sev);
	sev_blob_release_held(&fixture->sev);
	fixture->sev.command_buffer_busy = 0;
	fixture->sev.tmr_owned = false;
	fixture->sev.nv_owned = false;
	sev_tmr_release(&fixture->sev);
	sev_nv_release(&fixture->sev);
	snp_command_buffers_free(&fixture->sev);
	sev_buffers_free(&fixture->sev);
}

static struct sev_fixture *sev_fixture_new(struct kunit *test)
{
	struct sev_fixture *fixture = kunit_kzalloc(test, sizeof(*fixture), GFP_KERNEL);
	struct device *dev = kunit_device_register(test, "psp");

	KUNIT_ASSERT_NOT_NULL(test, fixture);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dev);
	fixture->psp.dev = dev;
	fixture->psp.part[PSP_ROLE_SEV] = &fixture->sev;
	fixture->sev.psp = &fixture->psp;
	fixture->sev.dev = dev;
	fixture->sev.started = true;
	fixture->sev.reclaim = snp_page_reclaim;
	mutex_init(&fixture->sev.lock);
	spin_lock_init(&fixture->sev.snp.reason_lock);
	KUNIT_ASSERT_EQ(test, sev_buffers_init(&fixture->sev), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, sev_fixture_drop, fixture), 0);

	fixture->fake = fake_mailbox_new(test, &sev_fixture_layout);
	fixture->fake->mbox = &fixture->sev.mbox;
	fixture->fake->priv = fixture;
	psp_mailbox_init(&fixture->sev.mbox, dev, &sev_fixture_layout, &fake_mailbox_ops,
			 fixture->fake);
	sev_fixture_master = &fixture->psp;
	return fixture;
}

/* The answer to a PLATFORM_STATUS: firmware 1.55.21 in the state of the name. */
static void sev_fixture_say(void *buffer, u8 state)
{
	struct sev_cmd_platform_status *status = buffer;

	*status = (struct sev_cmd_platform_status){
		.api_major = 1, .api_minor = 55, .build = 21, .state = state,
	};
}

static inline void sev_fixture_say_uninit(struct fake_mailbox *fake, void *buffer)
{
	sev_fixture_say(buffer, SEV_PSTATE_UNINIT);
}

static inline void sev_fixture_say_init(struct fake_mailbox *fake, void *buffer)
{
	sev_fixture_say(buffer, SEV_PSTATE_INIT);
}

static inline void sev_fixture_say_working(struct fake_mailbox *fake, void *buffer)
{
	sev_fixture_say(buffer, SEV_PSTATE_WORKING);
}

/* For &fake_answer.act: the process that waits for the answer is killed. */
static inline void sev_fixture_kill(struct fake_mailbox *fake, void *buffer)
{
	allow_signal(SIGKILL);
	send_sig(SIGKILL, current, 1);
}

static inline void sev_fixture_revive(void)
{
	flush_signals(current);
	disallow_signal(SIGKILL);
}

#endif /* KUNIT_SEV_FIXTURE_H */
