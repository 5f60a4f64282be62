// SPDX-License-Identifier: GPL-2.0-only
/*
 * What can go wrong for a driver in the kernel, on demand:
 *
 *	insmod mishap.ko share=1	set_memory_decrypted() shares its pages and then says
 *					that it has failed, as it may after a part of them
 *	insmod mishap.ko name=NAME	a misc device of that name is there already
 *	insmod mishap.ko cipher=1	a device offers AES-GCM, and its driver has priority
 *
 * /sys/module/mishap/parameters/ has "shared", areas that were shared in that way, and
 * "freed", how many of them have found their way back to the page allocator; "keys" says how
 * many keys the device was told.
 */
#include <crypto/aead.h>
#include <crypto/internal/aead.h>
#include <linux/kprobes.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/page_ref.h>
#include <linux/sched.h>
#include <linux/set_memory.h>

#define MAX_AREAS	16

/* What the driver made of an area; we hold its first page. */
struct area {
	struct page *page;
	int pages;
};

static struct area areas[MAX_AREAS];
static int num_areas;

static bool share;
module_param(share, bool, 0444);
MODULE_PARM_DESC(share, "let set_memory_decrypted() fail after it has done its work");

static char *name;
module_param(name, charp, 0444);
MODULE_PARM_DESC(name, "of a misc device that is to be in the way");

static bool cipher;
module_param(cipher, bool, 0444);
MODULE_PARM_DESC(cipher, "offer AES-GCM in the name of a device");

static int keys;
module_param(keys, int, 0444);
MODULE_PARM_DESC(keys, "keys that the device was told");

static int shared_get(char *buf, const struct kernel_param *param)
{
	return sysfs_emit(buf, "%d\n", num_areas);
}

static const struct kernel_param_ops shared_ops = { .get = shared_get };
module_param_cb(shared, &shared_ops, NULL, 0444);

static bool is_freed(const struct area *area)
{
	return page_ref_count(area->page) == 1;
}

static int freed_get(char *buf, const struct kernel_param *param)
{
	int i, freed = 0;

	for (i = 0; i < num_areas; i++)
		freed += is_freed(&areas[i]);
	return sysfs_emit(buf, "%d\n", freed);
}

static const struct kernel_param_ops freed_ops = { .get = freed_get };
module_param_cb(freed, &freed_ops, NULL, 0444);

static int decrypted_entry(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct area *area = (void *)instance->data;

	area->page = virt_to_page((void *)regs->di);
	area->pages = (int)regs->si;
	return 0;
}

static int decrypted_return(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct area *area = (void *)instance->data;

	if (regs_return_value(regs) || num_areas == MAX_AREAS)
		return 0;
	/* Not to be given to anybody else as long as the host can see it. */
	page_ref_inc(area->page);
	areas[num_areas++] = *area;
	regs_set_return_value(regs, -ENOMEM);
	return 0;
}

static struct kretprobe decrypted_probe = {
	.kp.symbol_name = "set_memory_decrypted",
	.entry_handler = decrypted_entry,
	.handler = decrypted_return,
	.data_size = sizeof(struct area),
};

/* The device is another driver of the cipher. */
static struct crypto_aead **inner_of(struct crypto_aead *tfm)
{
	return crypto_aead_ctx(tfm);
}

static int device_setkey(struct crypto_aead *tfm, const u8 *key, unsigned int len)
{
	/* Not those with which the kernel tries it out. */
	if (!(current->flags & PF_KTHREAD))
		keys++;
	return crypto_aead_setkey(*inner_of(tfm), key, len);
}

static int device_setauthsize(struct crypto_aead *tfm, unsigned int size)
{
	return crypto_aead_setauthsize(*inner_of(tfm), size);
}

static struct aead_request *inner_request(struct aead_request *req)
{
	struct aead_request *inner = aead_request_ctx(req);

	aead_request_set_tfm(inner, *inner_of(crypto_aead_reqtfm(req)));
	aead_request_set_callback(inner, 0, NULL, NULL);
	aead_request_set_ad(inner, req->assoclen);
	aead_request_set_crypt(inner, req->src, req->dst, req->cryptlen, req->iv);
	return inner;
}

static int device_encrypt(struct aead_request *req)
{
	return crypto_aead_encrypt(inner_request(req));
}

static int device_decrypt(struct aead_request *req)
{
	return crypto_aead_decrypt(inner_request(req));
}

static int device_init(struct crypto_aead *tfm)
{
	struct crypto_aead *inner = crypto_alloc_aead("gcm(aes)", 0, CRYPTO_ALG_ASYNC);

	if (IS_ERR(inner))
		return PTR_ERR(inner);
	*inner_of(tfm) = inner;
	crypto_aead_set_reqsize(tfm, sizeof(struct aead_request) + crypto_aead_reqsize(inner));
	return 0;
}

static void device_exit(struct crypto_aead *tfm)
{
	crypto_free_aead(*inner_of(tfm));
}

static struct aead_alg device_cipher = {
	.setkey = device_setkey,
	.setauthsize = device_setauthsize,
	.encrypt = device_encrypt,
	.decrypt = device_decrypt,
	.init = device_init,
	.exit = device_exit,
	.ivsize = 12,
	.maxauthsize = 16,
	.base = {
		.cra_name = "gcm(aes)",
		.cra_driver_name = "gcm-aes-mishap",
		.cra_priority = 10000,
		.cra_flags = CRYPTO_ALG_ASYNC,
		.cra_blocksize = 1,
		.cra_ctxsize = sizeof(struct crypto_aead *),
		.cra_module = THIS_MODULE,
	},
};

static const struct file_operations no_operations = { .owner = THIS_MODULE };

static struct miscdevice in_the_way = {
	.minor = MISC_DYNAMIC_MINOR,
	.fops = &no_operations,
};

static void undo(void)
{
	if (cipher)
		crypto_unregister_aead(&device_cipher);
	if (share)
		unregister_kretprobe(&decrypted_probe);
	if (name)
		misc_deregister(&in_the_way);
}

static int __init mishap_init(void)
{
	/* One at a time. */
	if (!!name + share + cipher != 1)
		return -EINVAL;
	if (cipher)
		return crypto_register_aead(&device_cipher);
	if (share)
		return register_kretprobe(&decrypted_probe);
	in_the_way.name = name;
	return misc_register(&in_the_way);
}
module_init(mishap_init);

static void __exit mishap_exit(void)
{
	int i;

	undo();
	for (i = 0; i < num_areas; i++) {
		if (is_freed(&areas[i]) &&
		    set_memory_encrypted((unsigned long)page_address(areas[i].page), 1))
			continue;
		put_page(areas[i].page);
	}
}
module_exit(mishap_exit);

MODULE_DESCRIPTION("Mishaps for tests of drivers");
MODULE_LICENSE("GPL");
