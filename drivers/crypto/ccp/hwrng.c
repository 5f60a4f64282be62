// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random-number generator of the CCP crypto engine.
 *
 * It is all of the engine that is driven: its queues (ccp-crypto, DMA) are left
 * alone.
 */
#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/hw_random.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "parts.h"
#include "psp.h"

/* Register of the generator: a random word, 0 while there is none. */
#define HWRNG_OUT		0x0c
/* Set-up register and value, where nobody before us did it. */
#define HWRNG_CTL		0x6008
#define HWRNG_CTL_ON		0x00012d57

#define HWRNG_TRIES		10
#define HWRNG_DELAY_US		100

/**
 * struct ccp_hwrng - the random-number generator of one CCP engine
 * @psp: the PCI function that it is in
 * @rng: as the kernel knows it
 * @name: its name there
 */
struct ccp_hwrng {
	struct psp_device *psp;
	struct hwrng rng;
	char name[24];
};

/* Engines are numbered in the order in which they are bound. */
static atomic_t hwrng_count = ATOMIC_INIT(0);

/*
 * All ones are a device that does not answer, or a register that the BIOS hides.  They
 * could be random, but that is one word in four billion.
 */
static bool hwrng_word(struct ccp_hwrng *hwrng, u32 *word)
{
	*word = psp_read(hwrng->psp, hwrng->psp->ccp->offset + HWRNG_OUT);
	return *word && !PCI_POSSIBLE_ERROR(*word);
}

static bool hwrng_wait_word(struct ccp_hwrng *hwrng, u32 *word)
{
	int tries = HWRNG_TRIES;

	while (!hwrng_word(hwrng, word)) {
		if (!tries--)
			return false;
		usleep_range(HWRNG_DELAY_US, 2 * HWRNG_DELAY_US);
	}
	return true;
}

/* No data now is 0 without @wait; with it the generator gets some time, then -EIO. */
static int hwrng_read(struct hwrng *rng, void *data, size_t max, bool wait)
{
	struct ccp_hwrng *hwrng = container_of(rng, struct ccp_hwrng, rng);
	size_t done = 0;
	u32 word;

	while (done < max && hwrng_word(hwrng, &word)) {
		size_t len = min(max - done, sizeof(word));

		memcpy(data + done, &word, len);
		done += len;
	}
	if (done || !wait)
		return done;

	if (!hwrng_wait_word(hwrng, &word))
		return -EIO;
	done = min(max, sizeof(word));
	memcpy(data, &word, done);
	return done;
}

/**
 * hwrng_create() - offer the random-number generator of a CCP engine
 * @psp: the PCI function with the engine
 *
 * Return: 0, also when the generator gives nothing, or a negative errno
 */
static int hwrng_create(struct psp_device *psp)
{
	struct ccp_hwrng *hwrng = kzalloc(sizeof(*hwrng), GFP_KERNEL);
	u32 word;
	int ret;

	if (!hwrng)
		return -ENOMEM;

	dev_info_once(psp->dev,
		      "ccp: the crypto queues are not driven by this driver, only the random-number generator\n");

	hwrng->psp = psp;
	if (psp->ccp->set_up_rng)
		psp_write(psp, psp->ccp->offset + HWRNG_CTL, HWRNG_CTL_ON);

	/* One that gives nothing would only be in the way of the kernel's others. */
	if (!hwrng_wait_word(hwrng, &word)) {
		dev_info(psp->dev,
			 "ccp: the random-number generator gives no data (register %#x), not used\n",
			 word);
		kfree(hwrng);
		return 0;
	}

	snprintf(hwrng->name, sizeof(hwrng->name), "ccp-%u-rng",
		 (unsigned int)atomic_inc_return(&hwrng_count));
	hwrng->rng.name = hwrng->name;
	hwrng->rng.read = hwrng_read;
	ret = hwrng_register(&hwrng->rng);
	if (ret) {
		kfree(hwrng);
		return ret;
	}

	dev_dbg(psp->dev, "ccp: random-number generator %s\n", hwrng->name);
	psp->part[PSP_ROLE_HWRNG] = hwrng;
	return 0;
}

/**
 * hwrng_destroy() - withdraw the random-number generator
 * @psp: the PCI function
 *
 * Context: may sleep; waits for readers.
 */
static void hwrng_destroy(struct psp_device *psp)
{
	struct ccp_hwrng *hwrng = psp->part[PSP_ROLE_HWRNG];

	hwrng_unregister(&hwrng->rng);
}

static bool hwrng_offered(const struct psp_device *psp)
{
	return psp->ccp;
}

const struct psp_part_ops hwrng_part = {
	.name = "hwrng",
	.role = PSP_ROLE_HWRNG,
	.engine = true,
	.offered = hwrng_offered,
	.create = hwrng_create,
	.destroy = hwrng_destroy,
};
