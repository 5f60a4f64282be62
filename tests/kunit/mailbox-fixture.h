/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One PSP mailbox, and a scripted firmware behind it.
 */
#ifndef KUNIT_MAILBOX_FIXTURE_H
#define KUNIT_MAILBOX_FIXTURE_H

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
 * struct fixture - what every case has
 * @mbox: the mailbox
 * @fake: the firmware behind it
 */
struct fixture {
	struct psp_mailbox mbox;
	struct fake_mailbox *fake;
};

static struct fixture *make_fixture(struct kunit *test, const struct psp_mailbox_layout *l)
{
	struct device *dev = kunit_device_register(test, "psp");
	struct fixture *fixture = kunit_kzalloc(test, sizeof(*fixture), GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dev);
	KUNIT_ASSERT_NOT_NULL(test, fixture);
	fixture->fake = fake_mailbox_new(test, l);
	fixture->fake->mbox = &fixture->mbox;
	psp_mailbox_init(&fixture->mbox, dev, l, &fake_mailbox_ops, fixture->fake);
	return fixture;
}

static struct psp_mailbox_request request(u32 cmd)
{
	return (struct psp_mailbox_request){
		.name = "TEST", .cmd = cmd, .addr = BUFFER, .timeout_ms = LONG_MS,
	};
}

static int send(struct fixture *fixture, u32 cmd, u32 *status)
{
	struct psp_mailbox_request req = request(cmd);

	return psp_mailbox_send(&fixture->mbox, &req, status);
}

#endif /* KUNIT_MAILBOX_FIXTURE_H */
