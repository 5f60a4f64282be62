// SPDX-License-Identifier: GPL-2.0-only
/*
 * TCB versions: where their parts are, which is above which, and what newer SNP firmware no
 * longer allows.
 */
#include <linux/bits.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <asm/processor.h>

#include "sev.h"

#define TCB_FIELDS		5

/**
 * struct snp_tcb_field - one part of a TCB version
 * @name: what people call it
 * @byte: where it is
 */
struct snp_tcb_field {
	const char *name;
	u8 byte;
};

/**
 * struct snp_tcb_layout - TCB version of one family
 * @field: its parts
 * @snp_byte: where the version of the SNP firmware is
 * @no_es_from: from this version of the SNP firmware on there is no SEV-ES beside SNP
 *	(AMD-SB-3023)
 */
struct snp_tcb_layout {
	struct snp_tcb_field field[TCB_FIELDS];
	u8 snp_byte;
	u8 no_es_from;
};

#define FIELD(family, member)	{ #member, offsetof(struct snp_tcb_##family, member) }

static const struct snp_tcb_layout tcb_milan = {
	.field = {
		FIELD(milan, boot_loader),
		FIELD(milan, tee),
		FIELD(milan, snp),
		FIELD(milan, microcode),
	},
	.snp_byte = offsetof(struct snp_tcb_milan, snp),
	.no_es_from = 0x1b,
};

static const struct snp_tcb_layout tcb_turin = {
	.field = {
		FIELD(turin, fmc),
		FIELD(turin, boot_loader),
		FIELD(turin, tee),
		FIELD(turin, snp),
		FIELD(turin, microcode),
	},
	.snp_byte = offsetof(struct snp_tcb_turin, snp),
	.no_es_from = 0x4,
};

static u8 tcb_byte(u64 tcb, u8 byte)
{
	return tcb >> (byte * BITS_PER_BYTE);
}

/* Of family 1Ah, these are Zen 6; the others are Zen 5. */
static const struct {
	u8 first;
	u8 last;
} zen6_models[] = {
	{ 0x50, 0x5f }, { 0x80, 0xaf }, { 0xc0, 0xcf }, { 0xd8, 0xef },
};

/* NULL if it is not known. */
static const struct snp_tcb_layout *snp_tcb_layout(unsigned int family, unsigned int model)
{
	int i;

	if (family == 0x19)
		return &tcb_milan;
	if (family != 0x1a)
		return NULL;
	for (i = 0; i < ARRAY_SIZE(zen6_models); i++)
		if (model >= zen6_models[i].first && model <= zen6_models[i].last)
			return NULL;
	return &tcb_turin;
}

/**
 * snp_tcb_layout_here() - how it is laid out on this machine
 *
 * Return: the layout, or NULL if it is not known
 */
const struct snp_tcb_layout *snp_tcb_layout_here(void)
{
	return snp_tcb_layout(boot_cpu_data.x86, boot_cpu_data.x86_model);
}

/**
 * snp_tcb_above() - is any part of a TCB version above that of another?
 * @layout: of both, NULL if it is not known
 * @wanted: the version to judge
 * @limit: what it is compared with
 * @want: out: the first part that is above
 * @have: out: the same part of @limit
 *
 * Return: the name of that part, or NULL if there is none, or nobody can tell
 */
const char *snp_tcb_above(const struct snp_tcb_layout *layout, u64 wanted, u64 limit, u8 *want,
			  u8 *have)
{
	u8 byte, field;

	for (byte = 0; layout && byte < sizeof(wanted); byte++) {
		*want = tcb_byte(wanted, byte);
		*have = tcb_byte(limit, byte);
		if (*want <= *have)
			continue;
		for (field = 0; field < TCB_FIELDS; field++)
			if (layout->field[field].name && layout->field[field].byte == byte)
				return layout->field[field].name;
		return "a reserved byte";
	}
	return NULL;
}

/**
 * snp_tcb_field() - one part of a TCB version
 * @layout: how it is laid out, NULL if that is not known
 * @name: "boot_loader", "tee", "snp", "microcode", "fmc"
 * @tcb: the version
 * @value: out: that part
 *
 * Return: false if there is no such part
 */
bool snp_tcb_field(const struct snp_tcb_layout *layout, const char *name, u64 tcb, u8 *value)
{
	u8 field;

	for (field = 0; layout && field < TCB_FIELDS; field++) {
		if (!layout->field[field].name || strcmp(layout->field[field].name, name))
			continue;
		*value = tcb_byte(tcb, layout->field[field].byte);
		return true;
	}
	return false;
}

/**
 * snp_allows_es() - may SEV-ES guests run beside SNP?
 * @sev: the SEV part; its SNP status is known
 *
 * Newer SNP firmware revokes it (AMD-SB-3023).
 *
 * Return: true if so, also where nobody knows from which version on
 */
bool snp_allows_es(const struct sev_device *sev)
{
	const struct snp_tcb_layout *layout = snp_tcb_layout_here();

	return !layout ||
	       tcb_byte(sev->snp.status.current_tcb, layout->snp_byte) < layout->no_es_from;
}

/**
 * snp_tell_es() - say that there is no SEV-ES, once for each time that SNP is up
 * @sev: the SEV part, locked; its SNP status is known
 */
void snp_tell_es(struct sev_device *sev)
{
	const struct snp_tcb_layout *layout = snp_tcb_layout_here();

	if (snp_allows_es(sev) || sev->snp.es_told)
		return;
	sev->snp.es_told = true;
	dev_notice(sev->dev,
		   "SEV-SNP: this firmware (SNP SVN %#x) does not allow SEV-ES guests beside SNP guests (AMD-SB-3023)\n",
		   tcb_byte(sev->snp.status.current_tcb, layout->snp_byte));
}

/**
 * snp_refusal() - what a status means where more is known than the number tells
 * @sev: the SEV part, locked
 * @id: the command that the firmware refused
 * @error: its status
 *
 * Return: a sentence in place of &sev_status_text.text, or NULL
 */
const char *snp_refusal(const struct sev_device *sev, u32 id, u32 error)
{
	static const char no_es[] =
		"SEV-ES guests are not allowed while SNP is initialised (AMD-SB-3023); use SNP";

	if (id != SEV_OP_LAUNCH_START && id != SEV_OP_RECEIVE_START)
		return NULL;
	return error == SEV_RET_UNSUPPORTED && sev->snp.up && !snp_allows_es(sev) ? no_es : NULL;
}
