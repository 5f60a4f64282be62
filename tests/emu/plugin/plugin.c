// SPDX-License-Identifier: GPL-2.0-only
/*
 * QEMU plugin: SEV features of an AMD server CPU.
 *
 *   -plugin sevcpu.so,mode=host|guest[,NAME=VALUE]...
 *
 * README.md has the names. For Linux to be an SEV host QEMU also needs
 * -cpu EPYC-Milan,-hypervisor,+svm.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"
#include "kernel.h"
#include "punish.h"
#include "stores.h"

struct option {
	const char *name;
	unsigned int *number;
	bool *flag;
	uint64_t *address;
	const char **text;
	uint8_t *bytes;
	unsigned int min, max;
};

SEVCPU_EXPORT int qemu_plugin_version = SEVCPU_QEMU_API;

struct sevcpu_config sevcpu_config = {
	.cbit = 51,
	.asids = 509,
	.min_sev_asid = 100,
	.sme = true,
	.sev = true,
	.es = true,
	.smm_lock = true,
	.iommu = 0xfed80000,
	.family = 0x19,
	.model = UINT_MAX,
	.platform_info = UINT_MAX,
	/* SMT allowed, the bit that must be 1; a digest that is plainly not measured */
	.policy = 0x30000,
	.measurement = { [0 ... 47] = 0x5a },
};

struct machine *sevcpu_machine;

#define FLAG(name, member)	{ name, .flag = &sevcpu_config.member }
#define NUMBER(name, member, least, most)	\
	{ name, .number = &sevcpu_config.member, .min = least, .max = most }
#define ADDRESS(name, member)	{ name, .address = &sevcpu_config.member }
#define BYTES(name, member, len)	{ name, .bytes = sevcpu_config.member, .max = (len) }

static const struct option options[] = {
	NUMBER("cbit", cbit, 32, 62),
	NUMBER("reduction", reduction, 0, 16),
	NUMBER("asids", asids, 0, 32767),
	NUMBER("min-sev-asid", min_sev_asid, 0, 32767),
	FLAG("sme", sme),
	FLAG("sev", sev),
	FLAG("es", es),
	FLAG("smm-lock", smm_lock),
	FLAG("count", count),
	FLAG("mixed-mappings", mixed),
	FLAG("snp", snp),
	FLAG("rmpread", rmpread),
	NUMBER("rmp-shift", rmp_shift, 0, RMP_SHIFT_MAX),
	ADDRESS("rmp-base", rmp_base),
	ADDRESS("rmp-size", rmp_size),
	ADDRESS("top-mem", top_mem),
	ADDRESS("top-mem2", top_mem2),
	ADDRESS("iommu", iommu),
	{ "machine", .text = &sevcpu_config.machine },
	{ "ram", .text = &sevcpu_config.ram },
	FLAG("vlek", vlek),
	NUMBER("vmpl", vmpl, 0, 3),
	NUMBER("family", family, 0x19, 0x1a),
	NUMBER("model", model, 0, 255),
	NUMBER("svn", svn, 1, 255),
	NUMBER("committed-svn", committed_svn, 1, 255),
	NUMBER("reported-svn", reported_svn, 1, 255),
	NUMBER("platform-info", platform_info, 0, 255),
	{ "state-dir", .text = &sevcpu_config.state_dir },
	FLAG("mask-chip-id", mask_chip_id),
	FLAG("mask-chip-key", mask_chip_key),
	ADDRESS("policy", policy),
	BYTES("measurement", measurement, sizeof(sevcpu_config.measurement)),
	BYTES("host-data", host_data, sizeof(sevcpu_config.host_data)),
	{ "id-block", .text = &sevcpu_config.id_block },
	{ "id-auth", .text = &sevcpu_config.id_auth },
	FLAG("author-key", author_key),
	FLAG("vcek-off", vcek_off),
};

static bool set_flag(bool *flag, const char *value)
{
	*flag = !strcmp(value, "on");
	return *flag || !strcmp(value, "off");
}

static bool set_number(const struct option *o, const char *value)
{
	unsigned long v;
	char *end;

	v = strtoul(value, &end, 0);
	if (!*value || *end || v < o->min || v > o->max)
		return false;
	*o->number = (unsigned int)v;
	return true;
}

static bool set_address(uint64_t *address, const char *value)
{
	char *end;

	*address = strtoull(value, &end, 0);
	return *value && !*end;
}

/* As many hexadecimal digits as it takes, the first byte first. */
static bool set_bytes(const struct option *o, const char *value)
{
	char digits[3] = "";

	if (strlen(value) != 2 * o->max ||
	    strspn(value, "0123456789abcdefABCDEF") != strlen(value))
		return false;
	for (unsigned int i = 0; i < o->max; i++) {
		memcpy(digits, value + 2 * i, 2);
		o->bytes[i] = (uint8_t)strtoul(digits, NULL, 16);
	}
	return true;
}

/* SNP begins with 1.51. */
static bool set_api(const char *value)
{
	struct sevcpu_config *c = &sevcpu_config;
	char rest;

	return sscanf(value, "%u.%u.%u%c", &c->api_major, &c->api_minor, &c->build, &rest) == 3 &&
	       c->api_major == 1 && c->api_minor >= 51 && c->api_minor <= 255 && c->build <= 255;
}

static bool set_option(const struct option *o, const char *value)
{
	if (o->bytes)
		return set_bytes(o, value);
	if (o->flag)
		return set_flag(o->flag, value);
	if (o->address)
		return set_address(o->address, value);
	if (o->number)
		return set_number(o, value);
	*o->text = value;
	return *value;
}

static bool parse_option(const char *arg, bool *has_mode)
{
	const char *value = strchr(arg, '=');
	size_t len = value ? (size_t)(value - arg) : strlen(arg);

	value = value ? value + 1 : "";
	if (len == 4 && !strncmp(arg, "mode", len)) {
		sevcpu_config.guest = !strcmp(value, "guest");
		*has_mode = sevcpu_config.guest || !strcmp(value, "host");
		return *has_mode;
	}
	if (!strncmp(arg, "msr=", 4))
		return msr_add_change(value, false);
	if (!strncmp(arg, "stuck=", 6))
		return msr_add_change(value, true);
	if (!strncmp(arg, "api=", 4))
		return set_api(value);
	if (!strncmp(arg, "answer=", 7))
		return guest_answer_option(value);
	for (unsigned int i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		const struct option *o = &options[i];

		if (strlen(o->name) == len && !strncmp(arg, o->name, len))
			return set_option(o, value);
	}
	return false;
}

static bool acceptable(const struct qemu_plugin_info *info)
{
	if (info->version.min > SEVCPU_QEMU_API || info->version.cur != SEVCPU_QEMU_API) {
		fprintf(stderr,
			"sevcpu: this QEMU has plugin interface %d, this plugin needs %d; use QEMU "
			SEVCPU_QEMU_TESTED ", with which it is tested\n", info->version.cur,
			SEVCPU_QEMU_API);
		return false;
	}
	if (!info->system_emulation || strcmp(info->target_name, "x86_64")) {
		fprintf(stderr, "sevcpu: only qemu-system-x86_64 is supported\n");
		return false;
	}
	if (info->system.max_vcpus > (int)SEVCPU_MAX_VCPUS) {
		fprintf(stderr, "sevcpu: at most %u vCPUs are supported\n", SEVCPU_MAX_VCPUS);
		return false;
	}
	return true;
}

static bool power_on(void)
{
	stores_close();
	machine_close(sevcpu_machine);
	sevcpu_machine = machine_open(sevcpu_config.machine);
	if (!sevcpu_machine) {
		fprintf(stderr, "sevcpu: can't map %s: %s\n",
			sevcpu_config.machine ? sevcpu_config.machine : "memory", strerror(errno));
		return false;
	}
	machine_power_on(sevcpu_machine,
			 sevcpu_config.rmpread ? MACHINE_RMP_HIDDEN : MACHINE_RMP_RAW);
	table_reset();
	kernel_forget();
	return stores_open();
}

static void on_vcpu_init(unsigned int vcpu, void *ud)
{
	(void)ud;
	if (!regs_init(vcpu) || !stores_ready())
		exit(1);
	punish_on_cpu(vcpu);
	msr_reset(vcpu);
}

static void on_translate(struct qemu_plugin_tb *tb, void *ud)
{
	(void)ud;
	insn_instrument(tb);
}

/**
 * qemu_plugin_install() - QEMU has loaded the plugin
 * @id: handle for registrations
 * @info: what QEMU is
 * @argc: number of arguments
 * @argv: NAME=VALUE each
 *
 * Return: 0, or -1 when QEMU shall stop.
 */
int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_plugin_info *info, int argc,
			char **argv)
{
	bool has_mode = false;

	if (!acceptable(info))
		return -1;
	for (int i = 0; i < argc; i++) {
		if (!parse_option(argv[i], &has_mode)) {
			fprintf(stderr, "sevcpu: bad option '%s'\n", argv[i]);
			return -1;
		}
	}
	if (!has_mode) {
		fprintf(stderr, "sevcpu: mode=host or mode=guest is missing\n");
		return -1;
	}
	if (sevcpu_config.rmp_shift && sevcpu_config.rmp_shift < RMP_SHIFT_MIN) {
		fprintf(stderr, "sevcpu: rmp-shift is 0 or from %u to %u\n", RMP_SHIFT_MIN,
			RMP_SHIFT_MAX);
		return -1;
	}
	if (!power_on())
		return -1;
	if (sevcpu_config.count)
		count_init();
	qemu_plugin_register_vcpu_init_cb(id, on_vcpu_init, NULL);
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate, NULL);
	return 0;
}
