/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One PSP mailbox, and a scripted firmware behind it.
 */
#ifndef KUNIT_MAILBOX_BED_H
#define KUNIT_MAILBOX_BED_H

#include "mailbox.c"

#include <kunit/device.h>
#include <kunit/test.h>

#include "fake-mailbox.h"

#define CMD	0x13
#define OTHER	0x21
#define BUFFER	0x123456789000ull
/* Long enough for a loaded machine; only tests of the time-out get there. */
#define LONG_MS	20000u

static const struct psp_mailbox_layout layout = FAKE_MAILBOX_LAYOUT("test");

/**
 * struct bed - what every case has
 * @mbox: the mailbox
 * @fake: the firmware behind it
 */
struct bed {
	struct psp_mailbox mbox;
	struct fake_mailbox *fake;
};

static struct bed *make_bed(struct kunit *test, const struct psp_mailbox_layout *l)
{
	struct device *dev = kunit_device_register(test, "psp");
	struct bed *bed = kunit_kzalloc(test, sizeof(*bed), GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dev);
	KUNIT_ASSERT_NOT_NULL(test, bed);
	bed->fake = fake_mailbox_new(test, l);
	bed->fake->mbox = &bed->mbox;
	psp_mailbox_init(&bed->mbox, dev, l, &fake_mailbox_ops, bed->fake);
	return bed;
}

static struct psp_mailbox_request request(u32 cmd)
{
	return (struct psp_mailbox_request){
		.name = "TEST", .cmd = cmd, .addr = BUFFER, .timeout_ms = LONG_MS,
	};
}

static int send(struct bed *bed, u32 cmd, u32 *status)
{
	struct psp_mailbox_request req = request(cmd);

	return psp_mailbox_send(&bed->mbox, &req, status);
}

#endif /* KUNIT_MAILBOX_BED_H */
