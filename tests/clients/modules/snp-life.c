// SPDX-License-Identifier: GPL-2.0-only
/*
 * Takes an SNP guest through its life by what ccp exports, without KVM: for kernels whose KVM
 * knows nothing of SNP.  Loading the module does it; the guest never runs.
 *
 * Says "snp-life: STEP=ERRNO,STATUS" for each step and what came back.  The guest ends after the
 * step that is named by stop=, after the first that fails, or after the last; then all memory is
 * taken back.
 *
 * Memory comes from snp_alloc_firmware_page(), as no other may change hands.  It is written to
 * through a small mapping of its own: the kernel's may be one of 2 MiB, through which nobody may
 * write while one page in it is somebody else's.
 */
#include <linux/fs.h>
#include <linux/psp-sev.h>

#include <linux/err.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <asm/smp.h>

#include <compat/psp-sev-api.h>
#include <sev/ops.h>
#include <sev/snp-guest.h>

#include "message.c"
#include "rmp/insn.h"

static unsigned long policy = 0xb0000;
module_param(policy, ulong, 0444);
MODULE_PARM_DESC(policy, "policy of the guest");

static unsigned int asid = 5;
module_param(asid, uint, 0444);
MODULE_PARM_DESC(asid, "ASID of the guest");

static char *stop = "";
module_param(stop, charp, 0444);
MODULE_PARM_DESC(stop, "name of the last step");

#define LAUNCH_FLAGS(kind)	(SNP_LAUNCH_##kind << SNP_LAUNCH_PAGE_TYPE_SHIFT)
#define HOST_DATA		"thirty-two bytes from the host.."
#define REPORT_DATA		"sixty-four bytes that the guest wants to see in its report....."

/* What a report has in it, from its beginning. */
#define REPORT_USER_DATA	0x50
#define REPORT_MEASUREMENT	0x90
#define REPORT_HOST_DATA	0xc0
#define REPORT_SIZE		0x4a0

/**
 * struct life_page - a page that changes hands
 * @va: from snp_alloc_firmware_page()
 * @alias: where we write to it while it is ours
 */
struct life_page {
	void *va;
	void *alias;
};

/**
 * struct life_guest_page - one of the guest's pages
 * @name: of the step that launches it
 * @flags: kind
 * @gpa: where the guest has it
 * @empty: it is launched with zeros
 */
struct life_guest_page {
	const char *name;
	u32 flags;
	u64 gpa;
	bool empty;
};

enum { FIRST_PAGE, SECOND_PAGE, ZERO_PAGE, PLAIN_PAGE, SECRETS_PAGE, CPUID_PAGE, CPU_PAGE };

static const struct life_guest_page guest_pages[] = {
	[FIRST_PAGE] = { "normal", LAUNCH_FLAGS(NORMAL), 0x1000 },
	[SECOND_PAGE] = { "second", LAUNCH_FLAGS(NORMAL), 0x2000 },
	[ZERO_PAGE] = { "zero", LAUNCH_FLAGS(ZERO), 0x5000 },
	[PLAIN_PAGE] = { "unmeasured", LAUNCH_FLAGS(UNMEASURED), 0x6000 },
	[SECRETS_PAGE] = { "secrets", LAUNCH_FLAGS(SECRETS), 0x7000 },
	[CPUID_PAGE] = { "cpuid", LAUNCH_FLAGS(CPUID), 0x8000, true },
	[CPU_PAGE] = { "vmsa", LAUNCH_FLAGS(VMSA), 0x9000 },
};

/**
 * struct life - a guest, and what it takes
 * @context: its context page
 * @answer: where the firmware puts answers
 * @pages: its memory
 * @created: the firmware knows it
 * @message: memory for messages
 */
struct life {
	struct life_page context;
	struct life_page answer;
	struct life_page pages[ARRAY_SIZE(guest_pages)];
	bool created;
	struct snp_msg_page *message;
};

/* Also tells whether to go on. */
static bool say(const char *step, int ret, int status)
{
	pr_info("snp-life: %s=%d,%#x\n", step, -ret, status);
	return !ret && strcmp(step, stop);
}

static bool command(const char *step, int id, void *data)
{
	int status = 0;
	int ret = sev_do_cmd(id, data, &status);

	return say(step, ret, status);
}

static bool page_get(struct life_page *page)
{
	struct page *backing;

	page->va = snp_alloc_firmware_page(GFP_KERNEL);
	if (!page->va)
		return false;
	backing = virt_to_page(page->va);
	page->alias = vmap(&backing, 1, VM_MAP, PAGE_KERNEL);
	return page->alias;
}

static int page_state(const struct life_page *page, const struct rmp_state *state)
{
	return rmpupdate(__pa(page->va), state);
}

/* After this it is ordinary memory, whoever had it. */
static int page_take(const struct life_page *page)
{
	static const struct rmp_state shared;
	struct snp_cmd_page data = { .page_paddr = __pa(page->va) };
	int ret = sev_do_cmd(SNP_OP_PAGE_RECLAIM, &data, NULL);

	return ret ?: page_state(page, &shared) ? -EFAULT : 0;
}

static void page_put(struct life_page *page)
{
	if (page->alias)
		vunmap(page->alias);
	if (page->va)
		snp_free_firmware_page(page->va);
}

static void fill(const struct life_guest_page *what, u8 *data)
{
	unsigned int i;

	for (i = 0; i < PAGE_SIZE; i++)
		data[i] = what->empty ? 0 : i * 7 + what->gpa * 7 + what->gpa / PAGE_SIZE;
}

static bool get_memory(struct life *life)
{
	unsigned int i;
	bool ok;

	life->message = kzalloc(sizeof(*life->message), GFP_KERNEL);
	ok = life->message && page_get(&life->context) && page_get(&life->answer);
	for (i = 0; ok && i < ARRAY_SIZE(guest_pages); i++)
		ok = page_get(&life->pages[i]);
	return say("memory", ok ? 0 : -ENOMEM, 0);
}

static bool start(struct life *life)
{
	struct snp_cmd_gctx create = { .gctx_paddr = __pa(life->context.va) };
	struct snp_cmd_launch_start launch = { .gctx_paddr = create.gctx_paddr, .policy = policy };
	struct snp_cmd_activate activate = { .gctx_paddr = create.gctx_paddr, .asid = asid };
	int status = 0;
	int ret = sev_do_cmd(SNP_OP_GCTX_CREATE, &create, &status);

	life->created = !ret;
	return say("create", ret, status) && command("start", SNP_OP_LAUNCH_START, &launch) &&
	       command("activate", SNP_OP_ACTIVATE, &activate);
}

/* The guest's memory gets its contents and a new owner. */
static bool give(struct life *life)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; !ret && i < ARRAY_SIZE(guest_pages); i++) {
		const struct rmp_state guest = {
			.gpa = guest_pages[i].gpa, .assigned = 1, .immutable = 1, .asid = asid,
		};

		ret = page_take(&life->pages[i]);
		if (ret)
			break;
		fill(&guest_pages[i], life->pages[i].alias);
		ret = page_state(&life->pages[i], &guest) ? -EFAULT : 0;
	}
	return say("give", ret, 0);
}

static bool launch(struct life *life, unsigned int i)
{
	struct snp_cmd_launch_update data = {
		.gctx_paddr = __pa(life->context.va),
		.flags = guest_pages[i].flags,
		.page_paddr = __pa(life->pages[i].va),
	};

	return command(guest_pages[i].name, SNP_OP_LAUNCH_UPDATE, &data);
}

static bool launch_all(struct life *life)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(guest_pages); i++)
		if (!launch(life, i))
			return false;
	return true;
}

/* What the firmware refuses leaves the guest as it is. */
static void try_wrong_things(struct life *life)
{
	struct snp_cmd_launch_update twice = {
		.gctx_paddr = __pa(life->context.va),
		.flags = LAUNCH_FLAGS(NORMAL),
		.page_paddr = __pa(life->pages[FIRST_PAGE].va),
	};
	struct snp_cmd_activate activate = { .gctx_paddr = __pa(life->context.va), .asid = asid };

	command("twice", SNP_OP_LAUNCH_UPDATE, &twice);
	command("activate-again", SNP_OP_ACTIVATE, &activate);
}

static bool finish(struct life *life)
{
	struct snp_cmd_launch_finish data = { .gctx_paddr = __pa(life->context.va) };

	memcpy(data.host_data, HOST_DATA, sizeof(data.host_data));
	return command("finish", SNP_OP_LAUNCH_FINISH, &data);
}

static bool show_status(struct life *life)
{
	struct snp_cmd_guest_status data = {
		.gctx_paddr = __pa(life->context.va), .status_paddr = __pa(life->answer.va),
	};
	const u8 *answer = life->answer.va;

	if (!command("status", SNP_OP_GUEST_STATUS, &data))
		return false;
	pr_info("snp-life: policy=%#llx asid=%u state=%u\n", *(u64 *)answer, *(u32 *)(answer + 8),
		answer[12]);
	return true;
}

/* Reads a page of the guest; what the host sees of it itself is encrypted. */
static bool look(struct life *life, const char *step, unsigned int page)
{
	struct snp_cmd_dbg data = {
		.gctx_paddr = __pa(life->context.va),
		.src_paddr = __pa(life->pages[page].va),
		.dst_paddr = __pa(life->answer.va),
	};

	return command(step, SNP_OP_DBG_DECRYPT, &data);
}

static bool look_inside(struct life *life)
{
	u8 *want = life->message->payload;

	if (!look(life, "decrypt", SECOND_PAGE))
		return false;
	fill(&guest_pages[SECOND_PAGE], (u8 *)life->message);
	pr_info("snp-life: same=%d\n", !memcmp(want, life->answer.va +
					       offsetof(struct snp_msg_page, payload),
					       sizeof(life->message->payload)));
	return look(life, "secrets-page", SECRETS_PAGE);
}

static void show_report(const struct snp_msg_page *message)
{
	const struct snp_msg_report_answer *head = (const void *)message->payload;
	const u8 *report = (const u8 *)(head + 1);

	pr_info("snp-life: report=%u,%u\n", head->status, head->size);
	pr_info("snp-life: measurement=%*phN\n", 48, report + REPORT_MEASUREMENT);
	pr_info("snp-life: host-data=%.32s\n", report + REPORT_HOST_DATA);
	pr_info("snp-life: user-data=%.64s\n", report + REPORT_USER_DATA);
}

/* The guest asks for a report, with the key that it finds in its secrets. */
static int ask(struct life *life, int *status)
{
	const struct snp_msg_head head = {
		.seqno = 1, .type = SNP_MSG_REPORT, .version = 1, .size = 96,
	};
	const struct snp_secrets *secrets = life->answer.va;
	struct snp_cmd_guest_request data = {
		.gctx_paddr = __pa(life->context.va),
		.request_paddr = __pa(life->message),
		.response_paddr = __pa(life->answer.va),
	};
	struct snp_msg_key *key;
	u8 request[96] = REPORT_DATA;
	int ret;

	key = snp_msg_key_new(secrets->vmpck[0]);
	if (IS_ERR(key))
		return PTR_ERR(key);
	ret = snp_msg_seal(key, life->message, &head, request);
	if (!ret)
		ret = sev_do_cmd(SNP_OP_GUEST_REQUEST, &data, status);
	if (!ret) {
		memcpy(life->message, life->answer.va, sizeof(*life->message));
		ret = snp_msg_open(key, life->message, &head, sizeof(life->message->payload), NULL);
	}
	snp_msg_key_free(key);
	if (ret > 0)
		show_report(life->message);
	return min(ret, 0);
}

static bool request(struct life *life)
{
	int status = 0;
	int ret = ask(life, &status);

	return say("request", ret, status);
}

static void live(struct life *life)
{
	if (!get_memory(life) || !start(life) || !give(life) || !launch_all(life))
		return;
	try_wrong_things(life);
	if (finish(life) && show_status(life) && look_inside(life))
		request(life);
}

/* All that there is of a guest, wherever it has stopped. */
static void end(struct life *life)
{
	struct snp_cmd_gctx data;
	unsigned int i, kept = 0;

	if (life->created) {
		data.gctx_paddr = __pa(life->context.va);
		command("decommission", SNP_OP_DECOMMISSION, &data);
	}
	for (i = 0; i < ARRAY_SIZE(guest_pages); i++) {
		if (life->pages[i].va && page_take(&life->pages[i]))
			kept++;
		page_put(&life->pages[i]);
	}
	page_put(&life->answer);
	page_put(&life->context);
	kfree(life->message);
	pr_info("snp-life: kept=%u\n", kept);

	/* The next guest may get the same ASID. */
	wbinvd_on_all_cpus();
	command("flush", SNP_OP_DF_FLUSH, NULL);
}

static int __init snp_life_init(void)
{
	struct life *life = kzalloc(sizeof(*life), GFP_KERNEL);

	if (!life)
		return -ENOMEM;
	live(life);
	end(life);
	kfree(life);
	return 0;
}
module_init(snp_life_init);

static void __exit snp_life_exit(void)
{
}
module_exit(snp_life_exit);

MODULE_DESCRIPTION("Life of an SNP guest by what ccp exports");
MODULE_LICENSE("GPL");
