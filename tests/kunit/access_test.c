// SPDX-License-Identifier: GPL-2.0-only
/*
 * Platform access: a mailbox that others use too, and the doorbell.
 */
#include "platform-access.c"

#include "fail-nth.h"
#include "fake-psp.h"

static struct access_device *access_of(const struct fake_psp *fake)
{
	return fake->psp.part[PSP_ROLE_ACCESS];
}

#define CMDRESP		0x570
#define ADDR_LO		0x574
#define ADDR_HI		0x578
#define BUTTON		0xa24
#define BELL		0xa40

#define DONE		BIT(31)
#define RECOVERY	BIT(30)

#define SHORT_MS	30
#define LONG_MS		20000
#define NEVER		UINT_MAX

static const struct psp_mailbox_layout layout = {
	.name = "access",
	.cmdresp = CMDRESP,
	.addr_lo = ADDR_LO,
	.addr_hi = ADDR_HI,
	.cmd_mask = GENMASK(23, 16),
	.status_mask = GENMASK(15, 0),
	.done = DONE,
	.recovery = RECOVERY,
	.idle_is_done = true,
};

static const struct psp_doorbell_regs doorbell = { .button = BUTTON, .cmd = BELL };

/**
 * struct platform - the firmware behind the mailbox and the doorbell
 * @fake: its PSP
 * @cmdresp: the register
 * @addr_lo: the register
 * @addr_hi: the register
 * @bell: the doorbell's command register
 * @reads: reads that find it busy before it is done; NEVER: all of them
 * @status: goes into the status field
 * @answer: goes into the header's status
 * @size: goes into the header's size, if not 0
 * @overtaken: somebody else's address is in the registers afterwards
 * @gone: the device vanishes while it works
 * @messages: how many came
 * @message: the last one
 * @rings: how often the doorbell rang
 * @bell_msg: the last message of the doorbell
 * @seen: what was in the buffer
 */
struct platform {
	struct fake_psp *fake;
	u32 cmdresp;
	u32 addr_lo;
	u32 addr_hi;
	u32 bell;
	unsigned int reads;
	u32 status;
	u32 answer;
	u32 size;
	bool overtaken;
	bool gone;
	unsigned int messages;
	u32 message;
	unsigned int rings;
	u32 bell_msg;
	u8 seen[64];
};

/* What an answer has in its data, and memory that nobody may touch. */
#define ANSWER		0xa5
#define CANARY		0xcc

static struct psp_access_header *platform_buffer(struct platform *fw)
{
	return phys_to_virt(((u64)fw->addr_hi << 32 | fw->addr_lo) & ~sme_me_mask);
}

static void platform_finish(struct platform *fw)
{
	struct psp_access_header *buf = platform_buffer(fw);

	buf->status = fw->answer;
	memset(buf + 1, ANSWER, buf->size - sizeof(*buf));
	if (fw->size)
		buf->size = fw->size;
	if (fw->overtaken)
		fw->addr_lo ^= 0x1000;
	fw->cmdresp = fw->gone ? ~0u : DONE | fw->status;
}

static u32 platform_read(struct fake_psp *fake, u32 reg)
{
	struct platform *fw = fake->priv;

	switch (reg) {
	case CMDRESP:
		if (!(fw->cmdresp & (DONE | RECOVERY)) && fw->reads != NEVER && !fw->reads--) {
			fw->reads = 0;
			if (fw->cmdresp)
				platform_finish(fw);
			else
				fw->cmdresp = DONE;
		}
		return fw->cmdresp;
	case ADDR_LO:
		return fw->addr_lo;
	case ADDR_HI:
		return fw->addr_hi;
	case BELL:
		if (!(fw->bell & DONE) && fw->reads != NEVER && !fw->reads--) {
			fw->reads = 0;
			fw->bell = fw->gone ? ~0u : DONE | fw->status;
		}
		return fw->bell;
	default:
		KUNIT_FAIL(fake->test, "read of register %#x", reg);
		return 0;
	}
}

static void platform_write(struct fake_psp *fake, u32 reg, u32 val)
{
	struct platform *fw = fake->priv;

	switch (reg) {
	case CMDRESP:
		KUNIT_EXPECT_EQ(fake->test, val & ~layout.cmd_mask, 0);
		fw->cmdresp = val;
		fw->messages++;
		fw->message = val >> 16;
		memcpy(fw->seen, platform_buffer(fw), sizeof(fw->seen));
		break;
	case ADDR_LO:
		fw->addr_lo = val;
		break;
	case ADDR_HI:
		fw->addr_hi = val;
		break;
	case BELL:
		fw->bell = val;
		fw->bell_msg = val;
		break;
	case BUTTON:
		KUNIT_EXPECT_EQ(fake->test, val, 1);
		fw->rings++;
		break;
	default:
		KUNIT_FAIL(fake->test, "write of register %#x", reg);
	}
}

static void platform_down(void *ctx)
{
	struct platform *fw = ctx;

	if (!access_of(fw->fake) || access_of(fw->fake)->gone)
		return;
	fw->cmdresp = DONE;
	part_destroy(&fw->fake->psp, &access_part);
}

static struct platform *platform_new(struct kunit *test, bool mailbox, bool bell)
{
	struct platform *fw = kunit_kzalloc(test, sizeof(*fw), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, fw);
	fw->fake = fake_psp_new(test);
	fw->fake->hw.access = mailbox ? &layout : NULL;
	fw->fake->hw.doorbell = bell ? &doorbell : NULL;
	fw->fake->read = platform_read;
	fw->fake->write = platform_write;
	fw->fake->priv = fw;
	fw->cmdresp = DONE;
	fw->bell = DONE;
	return fw;
}

static struct platform *platform_up(struct kunit *test)
{
	struct platform *fw = platform_new(test, true, true);

	KUNIT_ASSERT_EQ(test, access_create(&fw->fake->psp), 0);
	access_of(fw->fake)->timeout_ms = LONG_MS;
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, platform_down, fw), 0);
	return fw;
}

/**
 * struct message - a request with a guarded end
 * @header: the header
 * @data: the data
 * @canary: memory that isn't part of it
 */
struct message {
	struct psp_access_header header;
	u8 data[8];
	u8 canary[8];
};

static struct message new_message(void)
{
	struct message msg = { .header.size = offsetof(struct message, canary) };

	memset(msg.data, 0x11, sizeof(msg.data));
	memset(msg.canary, CANARY, sizeof(msg.canary));
	return msg;
}

static int send(struct platform *fw, struct message *msg)
{
	return access_send(&fw->fake->psp, PSP_SERVICE_HSTI_QUERY, &msg->header);
}

static void message_and_answer_pass(struct kunit *test)
{
	struct platform *fw = platform_up(test);
	struct message msg = new_message();
	struct message sent = msg;

	fw->reads = 3;
	KUNIT_EXPECT_EQ(test, send(fw, &msg), 0);
	KUNIT_EXPECT_EQ(test, fw->message, PSP_SERVICE_HSTI_QUERY);
	KUNIT_EXPECT_EQ(test, memcmp(fw->seen, &sent, sent.header.size), 0);
	KUNIT_EXPECT_NULL(test, memchr_inv(msg.data, ANSWER, sizeof(msg.data)));
	KUNIT_EXPECT_NULL(test, memchr_inv(msg.canary, CANARY, sizeof(msg.canary)));
}

static void firmware_never_gets_the_callers_memory(struct kunit *test)
{
	struct platform *fw = platform_up(test);
	struct message *msg = kunit_kmalloc(test, sizeof(*msg), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, msg);
	*msg = new_message();
	KUNIT_EXPECT_EQ(test, send(fw, msg), 0);
	KUNIT_EXPECT_PTR_EQ(test, (void *)platform_buffer(fw), access_of(fw->fake)->page);
}

static void refusal_by_the_register(struct kunit *test)
{
	struct platform *fw = platform_up(test);
	struct message msg = new_message();

	fw->status = 0x307;
	KUNIT_EXPECT_EQ(test, send(fw, &msg), -EIO);
	KUNIT_EXPECT_EQ(test, msg.header.status, 0x307);
}

static void refusal_by_the_header(struct kunit *test)
{
	struct platform *fw = platform_up(test);
	struct message msg = new_message();

	fw->answer = 0x9;
	KUNIT_EXPECT_EQ(test, send(fw, &msg), -EIO);
	KUNIT_EXPECT_EQ(test, msg.header.status, 0x9);
	/* The reason can be in the data. */
	KUNIT_EXPECT_NULL(test, memchr_inv(msg.data, ANSWER, sizeof(msg.data)));
}

static void firmware_can_not_enlarge_the_answer(struct kunit *test)
{
	struct platform *fw = platform_up(test);
	struct message msg = new_message();

	fw->size = 0x10000;
	KUNIT_EXPECT_EQ(test, send(fw, &msg), 0);
	KUNIT_EXPECT_EQ(test, msg.header.size, offsetof(struct message, canary));
	KUNIT_EXPECT_NULL(test, memchr_inv(msg.canary, CANARY, sizeof(msg.canary)));
}

static void nothing_is_sent_in_recovery(struct kunit *test)
{
	struct platform *fw = platform_up(test);
	struct message msg = new_message();

	fw->cmdresp = RECOVERY;
	KUNIT_EXPECT_EQ(test, send(fw, &msg), -EBUSY);
	fw->cmdresp = RECOVERY | DONE;
	KUNIT_EXPECT_EQ(test, send(fw, &msg), -EBUSY);
	KUNIT_EXPECT_EQ(test, fw->messages, 0);
}

static void waits_for_its_turn(struct kunit *test)
{
	struct platform *fw = platform_up(test);
	struct message msg = new_message();

	fw->cmdresp = 0;
	fw->reads = 5;
	KUNIT_EXPECT_EQ(test, send(fw, &msg), 0);
	KUNIT_EXPECT_EQ(test, fw->messages, 1);
}

static void nothing_is_sent_while_others_are_at_it(struct kunit *test)
{
	struct platform *fw = platform_up(test);
	struct message msg = new_message();

	fw->cmdresp = 0;
	fw->reads = NEVER;
	access_of(fw->fake)->timeout_ms = SHORT_MS;
	KUNIT_EXPECT_EQ(test, send(fw, &msg), -EBUSY);
	KUNIT_EXPECT_EQ(test, fw->messages, 0);
	KUNIT_EXPECT_NULL(test, memchr_inv(msg.data, 0x11, sizeof(msg.data)));
}

static void others_answer_is_not_taken(struct kunit *test)
{
	struct platform *fw = platform_up(test);
	struct message msg = new_message();

	fw->overtaken = true;
	KUNIT_EXPECT_EQ(test, send(fw, &msg), -EBUSY);
	KUNIT_EXPECT_NULL(test, memchr_inv(msg.data, 0x11, sizeof(msg.data)));
	KUNIT_EXPECT_FALSE(test, access_of(fw->fake)->in_use);
}

static void late_answer_spoils_nothing(struct kunit *test)
{
	struct platform *fw = platform_up(test);
	struct message msg = new_message();

	fw->reads = NEVER;
	access_of(fw->fake)->timeout_ms = SHORT_MS;
	KUNIT_EXPECT_EQ(test, send(fw, &msg), -ETIMEDOUT);
	KUNIT_EXPECT_TRUE(test, access_of(fw->fake)->in_use);
	/* Still at it: nobody else gets in. */
	KUNIT_EXPECT_EQ(test, send(fw, &msg), -EBUSY);
	KUNIT_EXPECT_EQ(test, fw->messages, 1);

	fw->reads = 0;
	platform_finish(fw);
	KUNIT_EXPECT_NULL(test, memchr_inv(msg.data, 0x11, sizeof(msg.data)));

	access_of(fw->fake)->timeout_ms = LONG_MS;
	KUNIT_EXPECT_EQ(test, send(fw, &msg), 0);
	KUNIT_EXPECT_FALSE(test, access_of(fw->fake)->in_use);
}

static void device_is_gone(struct kunit *test)
{
	struct platform *fw = platform_up(test);
	struct message msg = new_message();

	fw->gone = true;
	KUNIT_EXPECT_EQ(test, send(fw, &msg), -ENODEV);
	KUNIT_EXPECT_EQ(test, fw->messages, 1);
	KUNIT_EXPECT_EQ(test, send(fw, &msg), -ENODEV);
	KUNIT_EXPECT_EQ(test, fw->messages, 1);
}

static void size_has_to_make_sense(struct kunit *test)
{
	struct platform *fw = platform_up(test);
	struct psp_access_header *big = kunit_kzalloc(test, 2 * PAGE_SIZE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, big);
	big->size = 7;
	KUNIT_EXPECT_EQ(test, access_send(&fw->fake->psp, 1, big), -EINVAL);
	big->size = PAGE_SIZE + 1;
	KUNIT_EXPECT_EQ(test, access_send(&fw->fake->psp, 1, big), -EINVAL);
	KUNIT_EXPECT_EQ(test, fw->messages, 0);
	big->size = 8;
	KUNIT_EXPECT_EQ(test, access_send(&fw->fake->psp, 1, big), 0);
	big->size = PAGE_SIZE;
	KUNIT_EXPECT_EQ(test, access_send(&fw->fake->psp, 1, big), 0);
}

static void others_reach_it_through_the_registry(struct kunit *test)
{
	struct platform *fw = platform_up(test);
	struct message msg = new_message();

	KUNIT_EXPECT_EQ(test, psp_check_platform_access_status(), 0);
	KUNIT_EXPECT_EQ(test, psp_send_platform_access_msg(0x64, (struct psp_request *)&msg), 0);
	KUNIT_EXPECT_EQ(test, fw->message, 0x64);

	fw->fake->bound = false;
	KUNIT_EXPECT_EQ(test, psp_check_platform_access_status(), -ENODEV);
	KUNIT_EXPECT_EQ(test, psp_send_platform_access_msg(0x64, (struct psp_request *)&msg),
			-ENODEV);
	KUNIT_EXPECT_EQ(test, psp_ring_platform_doorbell(1, NULL), -ENODEV);
	KUNIT_EXPECT_EQ(test, fw->messages, 1);
}

static void doorbell_rings(struct kunit *test)
{
	struct platform *fw = platform_up(test);
	u32 result = 0x77;

	fw->reads = 2;
	KUNIT_EXPECT_EQ(test, psp_ring_platform_doorbell(0x64, &result), 0);
	KUNIT_EXPECT_EQ(test, fw->rings, 1);
	KUNIT_EXPECT_EQ(test, fw->bell_msg, 0x64);
	KUNIT_EXPECT_EQ(test, result, 0x77);
	/* Eight bits, whatever is asked for. */
	KUNIT_EXPECT_EQ(test, psp_ring_platform_doorbell(0x80000165, NULL), 0);
	KUNIT_EXPECT_EQ(test, fw->bell_msg, 0x65);
}

static void doorbell_refuses(struct kunit *test)
{
	struct platform *fw = platform_up(test);
	u32 result = 0x77;

	fw->status = 0x31;
	KUNIT_EXPECT_EQ(test, psp_ring_platform_doorbell(1, &result), -EIO);
	KUNIT_EXPECT_EQ(test, result, 0x31);
	KUNIT_EXPECT_EQ(test, psp_ring_platform_doorbell(1, NULL), -EIO);
}

static void doorbell_is_busy_or_silent(struct kunit *test)
{
	struct platform *fw = platform_up(test);

	access_of(fw->fake)->timeout_ms = SHORT_MS;
	fw->reads = NEVER;
	KUNIT_EXPECT_EQ(test, psp_ring_platform_doorbell(1, NULL), -ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, fw->rings, 1);
	KUNIT_EXPECT_EQ(test, psp_ring_platform_doorbell(1, NULL), -EBUSY);
	KUNIT_EXPECT_EQ(test, fw->rings, 1);
	fw->bell = ~0u;
	KUNIT_EXPECT_EQ(test, psp_ring_platform_doorbell(1, NULL), -ENODEV);
	KUNIT_EXPECT_EQ(test, fw->rings, 1);
}

static void doorbell_alone(struct kunit *test)
{
	struct platform *fw = platform_new(test, false, true);
	struct message msg = new_message();

	KUNIT_ASSERT_EQ(test, access_create(&fw->fake->psp), 0);
	KUNIT_EXPECT_EQ(test, psp_check_platform_access_status(), 0);
	KUNIT_EXPECT_EQ(test, send(fw, &msg), -ENODEV);
	KUNIT_EXPECT_EQ(test, psp_ring_platform_doorbell(1, NULL), 0);
	part_destroy(&fw->fake->psp, &access_part);
}

static void mailbox_alone(struct kunit *test)
{
	struct platform *fw = platform_new(test, true, false);
	struct message msg = new_message();

	KUNIT_ASSERT_EQ(test, access_create(&fw->fake->psp), 0);
	KUNIT_EXPECT_EQ(test, send(fw, &msg), 0);
	KUNIT_EXPECT_EQ(test, psp_ring_platform_doorbell(1, NULL), -ENODEV);
	part_destroy(&fw->fake->psp, &access_part);
}

static void unbound_while_in_use(struct kunit *test)
{
	struct platform *fw = platform_up(test);
	struct page *page = fake_page_watch(access_of(fw->fake)->page);
	struct message msg = new_message();

	part_destroy(&fw->fake->psp, &access_part);
	KUNIT_EXPECT_TRUE(test, fake_page_was_freed(page));
	KUNIT_EXPECT_EQ(test, send(fw, &msg), -ENODEV);
	KUNIT_EXPECT_EQ(test, psp_ring_platform_doorbell(1, NULL), -ENODEV);
	KUNIT_EXPECT_EQ(test, fw->messages + fw->rings, 0);
}

static void page_stays_with_a_firmware_that_is_at_it(struct kunit *test)
{
	struct platform *fw = platform_up(test);
	struct page *page = fake_page_watch(access_of(fw->fake)->page);
	struct message msg = new_message();

	fw->reads = NEVER;
	access_of(fw->fake)->timeout_ms = SHORT_MS;
	KUNIT_EXPECT_EQ(test, send(fw, &msg), -ETIMEDOUT);
	part_destroy(&fw->fake->psp, &access_part);
	fake_page_expect_kept(test, page, 0);
}

static int create_and_destroy(struct kunit *test, void *ctx)
{
	struct psp_device *psp = ctx;
	int ret = access_create(psp);

	part_destroy(psp, &access_part);
	kfree(psp->part[PSP_ROLE_ACCESS]);
	psp->part[PSP_ROLE_ACCESS] = NULL;
	return ret;
}

static void allocations_may_fail(struct kunit *test)
{
	fail_each_allocation(test, create_and_destroy, &platform_new(test, true, true)->fake->psp);
}

static struct kunit_case access_cases[] = {
	KUNIT_CASE(message_and_answer_pass),
	KUNIT_CASE(firmware_never_gets_the_callers_memory),
	KUNIT_CASE(refusal_by_the_register),
	KUNIT_CASE(refusal_by_the_header),
	KUNIT_CASE(firmware_can_not_enlarge_the_answer),
	KUNIT_CASE(nothing_is_sent_in_recovery),
	KUNIT_CASE(waits_for_its_turn),
	KUNIT_CASE(nothing_is_sent_while_others_are_at_it),
	KUNIT_CASE(others_answer_is_not_taken),
	KUNIT_CASE(late_answer_spoils_nothing),
	KUNIT_CASE(device_is_gone),
	KUNIT_CASE(size_has_to_make_sense),
	KUNIT_CASE(others_reach_it_through_the_registry),
	KUNIT_CASE(doorbell_rings),
	KUNIT_CASE(doorbell_refuses),
	KUNIT_CASE(doorbell_is_busy_or_silent),
	KUNIT_CASE(doorbell_alone),
	KUNIT_CASE(mailbox_alone),
	KUNIT_CASE(unbound_while_in_use),
	KUNIT_CASE(page_stays_with_a_firmware_that_is_at_it),
	KUNIT_CASE(allocations_may_fail),
	{}
};

static struct kunit_suite access_suite = {
	.name = "access",
	.test_cases = access_cases,
};

kunit_test_suite(access_suite);

MODULE_DESCRIPTION("KUnit suite: platform access");
MODULE_LICENSE("GPL");
