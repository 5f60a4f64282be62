// SPDX-License-Identifier: GPL-2.0-only
/*
 * The platform device "sev-guest" that the kernel of an SNP guest makes, and
 * /dev/sev-guest.
 *
 * Nothing can be opened before all behind it is ready, and the device node goes
 * first. Files that are open then answer -ENODEV.
 */
#include <linux/cc_platform.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

#include <compat/snp-guest.h>

#include "guest.h"

static int vmpck_id = -1;
module_param(vmpck_id, int, 0444);
MODULE_PARM_DESC(vmpck_id,
		 "Communication key (VMPCK) to use, 0 to 3; -1 for that of the current VMPL (default)");

static struct snp_guest *guest_new(struct device *dev)
{
	struct snp_guest *guest = kzalloc(sizeof(*guest), GFP_KERNEL);

	if (!guest)
		return NULL;
	kref_init(&guest->ref);
	init_rwsem(&guest->gate);
	guest->dev = get_device(dev);
	guest->vmpl = compat_snp_vmpl();
	guest->misc.minor = MISC_DYNAMIC_MINOR;
	guest->misc.name = "sev-guest";
	guest->misc.fops = &snp_guest_fops;
	return guest;
}

/*
 * Waits for requests in flight, those of configfs readers included. Closing the transport
 * ends them, so it comes first.
 */
static void guest_close(struct snp_guest *guest)
{
	guest->transport.ops->close(guest->transport.ctx);
	snp_guest_tsm_unregister(guest);
	down_write(&guest->gate);
	guest->gone = true;
	up_write(&guest->gate);
	guest->transport.ops->destroy(guest->transport.ctx);
}

static void guest_stop(void *data)
{
	struct snp_guest *guest = data;

	misc_deregister(&guest->misc);
	guest_close(guest);
	snp_guest_put(guest);
}

static int sev_guest_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	struct snp_guest *guest;
	int ret;

	if (!cc_platform_has(CC_ATTR_GUEST_SEV_SNP))
		return -ENODEV;

	guest = guest_new(dev);
	if (!guest)
		return -ENOMEM;
	ret = snp_transport_open(guest, vmpck_id);
	if (ret) {
		snp_guest_put(guest);
		return ret;
	}
	platform_set_drvdata(pdev, guest);

	snp_guest_tsm_register(guest);
	ret = misc_register(&guest->misc);
	if (ret) {
		dev_err(dev, "cannot make /dev/sev-guest (%d)\n", ret);
		guest_close(guest);
		snp_guest_put(guest);
		return ret;
	}
	ret = devm_add_action_or_reset(dev, guest_stop, guest);
	if (ret)
		return ret;

	dev_info(dev, "Initialized SEV guest driver (using VMPCK%u communication key)\n",
		 guest->vmpck);
	if (guest->vmpck > guest->vmpl)
		dev_notice(dev,
			   "with VMPCK%u the firmware gives reports and keys for VMPL %u and higher numbers only, not for VMPL %u, where the guest runs\n",
			   guest->vmpck, guest->vmpck, guest->vmpl);
	return 0;
}

/*
 * A kernel ends. The next one, by kexec, has the same key and does not know what this
 * one has sent.
 */
static void sev_guest_shutdown(struct platform_device *pdev)
{
	struct snp_guest *guest = platform_get_drvdata(pdev);

	guest->transport.ops->settle(guest->transport.ctx);
}

static struct platform_driver sev_guest_driver = {
	.probe = sev_guest_probe,
	.shutdown = sev_guest_shutdown,
	.driver = {
		.name = "sev-guest",
		.dev_groups = snp_guest_groups,
	},
};

static int __init sev_guest_init(void)
{
	/* The kernel makes the device in SNP guests only. */
	if (!cc_platform_has(CC_ATTR_GUEST_SEV_SNP)) {
		snp_guest_explain_absence();
		return -ENODEV;
	}
	return platform_driver_register(&sev_guest_driver);
}
module_init(sev_guest_init);

static void __exit sev_guest_exit(void)
{
	platform_driver_unregister(&sev_guest_driver);
}
module_exit(sev_guest_exit);

MODULE_AUTHOR("amd-sev contributors");
MODULE_DESCRIPTION("AMD SEV-SNP guest: attestation reports and derived keys");
MODULE_VERSION("amd-sev-0.1.0");
MODULE_LICENSE("GPL");
MODULE_ALIAS("platform:sev-guest");
/* Modules that have the cipher are looked for by name, which may be too late. */
MODULE_SOFTDEP("pre: gcm aesni_intel");
