// SPDX-License-Identifier: GPL-2.0-only
/* Which processor it is, and what follows from that. */
#include "internal.h"

/* struct models - CPU models of one generation */
struct models {
	unsigned int family, first, last;
	enum fw_generation generation;
};

/* The first line that fits decides. */
static const struct models models[] = {
	{ 0x17, 0x00, 0x2f, FW_NAPLES },
	{ 0x17, 0x30, 0xff, FW_ROME },
	{ 0x19, 0x00, 0x0f, FW_MILAN },
	{ 0x19, 0x10, 0xff, FW_GENOA },
	{ 0x1a, 0x50, 0x5f, FW_VENICE },
	{ 0x1a, 0x80, 0xaf, FW_VENICE },
	{ 0x1a, 0xc0, 0xcf, FW_VENICE },
	{ 0x1a, 0xd8, 0xef, FW_VENICE },
	{ 0x1a, 0x00, 0xff, FW_TURIN },
};

/**
 * struct chip - What is different from one generation to the next
 * @product: as certificates call it
 * @svn_byte: byte of a TCB version that is the SEV firmware's security version
 * @others: the components that an update of this firmware leaves alone
 * @es_lost: from which security version on there is no SEV-ES beside SNP (AMD-SB-3023), 0 if never
 */
struct chip {
	const char *product;
	uint8_t svn_byte;
	uint8_t others[8];
	uint8_t es_lost;
};

/*
 * Milan and Genoa: boot loader, TEE (0 on real ones), four reserved, SNP, microcode. Turin puts the
 * FMC first and has SNP right after the TEE. Venice: FMC, TEE, SNP, the rest is reserved. The other
 * values are made up.
 */
static const struct chip chips[] = {
	[FW_NAPLES] = { .product = "Naples" },
	[FW_ROME] = { .product = "Rome" },
	[FW_MILAN] = { "Milan", 6, { 0x04, 0, 0, 0, 0, 0, 0, 0xd3 }, 0x1b },
	[FW_GENOA] = { "Genoa", 6, { 0x04, 0, 0, 0, 0, 0, 0, 0xd3 }, 0x1b },
	[FW_TURIN] = { "Turin", 3, { 0x01, 0x02, 0x01, 0, 0, 0, 0, 0x44 }, 4 },
	[FW_VENICE] = { "Venice", 2, { 0x01, 0x02 }, 0 },
};

/**
 * fw_generation() - Which processor it is
 * @fw: instance
 *
 * Return: its generation.
 */
enum fw_generation fw_generation(const struct fw *fw)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(models) - 1; i++)
		if (models[i].family == fw->cfg.family && models[i].first <= fw->cfg.model &&
		    models[i].last >= fw->cfg.model)
			break;
	return models[i].generation;
}

/**
 * fw_product() - Name of the processor
 * @fw: instance
 *
 * Return: as certificates call it.
 */
const char *fw_product(const struct fw *fw)
{
	return chips[fw_generation(fw)].product;
}

/**
 * fw_tcb() - TCB version in the layout of the processor
 * @fw: instance
 * @svn: security version of the SEV firmware
 *
 * Return: TCB version, 0 on a processor without SNP.
 */
uint64_t fw_tcb(const struct fw *fw, uint8_t svn)
{
	const struct chip *chip = &chips[fw_generation(fw)];
	uint64_t tcb = 0;
	size_t byte;

	if (fw_generation(fw) < FW_MILAN)
		return 0;
	for (byte = 0; byte < 8; byte++)
		tcb |= (uint64_t)chip->others[byte] << (8 * byte);
	return tcb | (uint64_t)svn << (8 * chip->svn_byte);
}

/**
 * fw_es_lost() - Whether the running firmware has given SEV-ES beside SNP up
 * @fw: instance
 *
 * Return: true if so.
 */
bool fw_es_lost(const struct fw *fw)
{
	uint8_t svn = chips[fw_generation(fw)].es_lost;

	return svn && fw->running.svn >= svn;
}
