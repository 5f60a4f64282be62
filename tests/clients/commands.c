// SPDX-License-Identifier: GPL-2.0-only
/* The thirteen commands of /dev/sev: what goes in, what comes out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"

#define PATTERN	0xa5

static void *read_file(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	long length;
	void *mem;

	if (!file || fseek(file, 0, SEEK_END))
		die("can't read %s", path);
	length = ftell(file);
	if (length < 0)
		die("can't read %s", path);
	rewind(file);
	mem = low_alloc((size_t)length + 1);
	if (fread(mem, 1, (size_t)length, file) != (size_t)length)
		die("can't read %s", path);
	fclose(file);
	*size = (size_t)length;
	return mem;
}

static void write_file(const char *path, const void *mem, size_t size)
{
	FILE *file = fopen(path, "wb");

	if (!file || fwrite(mem, 1, size, file) != size || fclose(file))
		die("can't write %s", path);
}

/* The address and length to announce for buffer @n, of @usual bytes unless said otherwise. */
static uint64_t blob_make(struct call *call, int n, uint32_t usual, uint32_t *len)
{
	const struct blob_option *option = &call->options->blob[n];
	struct blob *blob = &call->blob[n];

	*len = option->has_len ? option->len : usual;
	if (option->in) {
		blob->mem = read_file(option->in, &blob->size);
		if (!option->has_len)
			*len = (uint32_t)blob->size;
	} else if (!option->has_addr) {
		blob->size = *len;
		blob->mem = low_alloc(blob->size + 1);
		memset(blob->mem, PATTERN, blob->size + 1);
	}
	return option->has_addr ? option->addr : (uintptr_t)blob->mem;
}

static bool is_pattern(const uint8_t *mem, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (mem[i] != PATTERN)
			return false;
	return true;
}

static void hex(const char *key, const uint8_t *mem, size_t size)
{
	printf("%s=", key);
	for (size_t i = 0; i < size; i++)
		printf("%02x", mem[i]);
	printf("\n");
}

/* What became of buffer @n, of which the driver says that @len bytes are used. */
static void blob_show(const struct call *call, int n, const char *name, uint32_t len)
{
	const struct blob_option *option = &call->options->blob[n];
	const struct blob *blob = &call->blob[n];

	printf("%s_len=%u\n", name, len);
	if (option->in || !blob->mem)
		return;
	printf("%s_touched=%s\n", name, is_pattern(blob->mem, blob->size) ? "no" : "yes");
	if (blob->mem[blob->size] != PATTERN)
		printf("%s_overrun=yes\n", name);
	if (option->out && !call->ret)
		write_file(option->out, blob->mem, len < blob->size ? len : blob->size);
}

static void show_status(const struct call *call)
{
	const struct sev_user_data_status *s = call->data;

	printf("api_major=%u\napi_minor=%u\nbuild=%u\n", s->api_major, s->api_minor, s->build);
	printf("state=%u\nflags=%#x\nguest_count=%u\n", s->state, s->flags, s->guest_count);
}

static void prepare_pek_csr(struct call *call)
{
	struct sev_user_data_pek_csr *d = call->data;
	uint32_t len;

	d->address = blob_make(call, 0, 4096, &len);
	d->length = len;
}

static void show_pek_csr(const struct call *call)
{
	const struct sev_user_data_pek_csr *d = call->data;

	blob_show(call, 0, "csr", d->length);
}

static void prepare_pdh_export(struct call *call)
{
	struct sev_user_data_pdh_cert_export *d = call->data;
	uint32_t len;

	d->pdh_cert_address = blob_make(call, 0, 4096, &len);
	d->pdh_cert_len = len;
	d->cert_chain_address = blob_make(call, 1, 8192, &len);
	d->cert_chain_len = len;
}

static void show_pdh_export(const struct call *call)
{
	const struct sev_user_data_pdh_cert_export *d = call->data;

	blob_show(call, 0, "pdh", d->pdh_cert_len);
	blob_show(call, 1, "chain", d->cert_chain_len);
}

static void prepare_pek_import(struct call *call)
{
	struct sev_user_data_pek_cert_import *d = call->data;
	uint32_t len;

	d->pek_cert_address = blob_make(call, 0, 2084, &len);
	d->pek_cert_len = len;
	d->oca_cert_address = blob_make(call, 1, 2084, &len);
	d->oca_cert_len = len;
}

static void show_get_id(const struct call *call)
{
	const struct sev_user_data_get_id *d = call->data;

	hex("socket1", d->socket1, sizeof(d->socket1));
	hex("socket2", d->socket2, sizeof(d->socket2));
}

static void prepare_get_id2(struct call *call)
{
	struct sev_user_data_get_id2 *d = call->data;
	uint32_t len;

	d->address = blob_make(call, 0, 64, &len);
	d->length = len;
}

static void show_get_id2(const struct call *call)
{
	const struct sev_user_data_get_id2 *d = call->data;

	blob_show(call, 0, "id", d->length);
	if (!call->ret && call->blob[0].mem)
		hex("id", call->blob[0].mem,
		    d->length < call->blob[0].size ? d->length : call->blob[0].size);
}

static void show_snp_status(const struct call *call)
{
	const struct sev_user_data_snp_status *s = call->data;

	printf("api_major=%u\napi_minor=%u\nbuild=%u\n", s->api_major, s->api_minor, s->build_id);
	printf("state=%u\nrmp_init=%u\nguest_count=%u\n", s->state, s->is_rmp_initialized,
	       s->guest_count);
	printf("mask_chip_id=%u\nmask_chip_key=%u\nvlek_en=%u\nfeature_info=%u\n",
	       s->mask_chip_id, s->mask_chip_key, s->vlek_en, s->feature_info);
	printf("current_tcb=%#llx\nreported_tcb=%#llx\n",
	       (unsigned long long)s->current_tcb_version,
	       (unsigned long long)s->reported_tcb_version);
}

static void prepare_snp_config(struct call *call)
{
	struct sev_user_data_snp_config *d = call->data;

	d->reported_tcb = call->options->tcb;
	d->mask_chip_id = call->options->flags;
	d->mask_chip_key = call->options->flags >> 1;
	d->rsvd = call->options->flags >> 2;
}

static void prepare_vlek_load(struct call *call)
{
	struct sev_user_data_snp_vlek_load *d = call->data;
	uint32_t unused;

	d->len = call->options->blob[0].has_len ? call->options->blob[0].len : sizeof(*d);
	d->vlek_wrapped_version = call->options->version;
	d->vlek_wrapped_address =
		blob_make(call, 1, sizeof(struct sev_user_data_snp_wrapped_vlek_hashstick),
			  &unused);
}

const struct command commands[SEV_MAX] = {
	{ .word = "factory-reset", .name = "SEV_FACTORY_RESET", .cmd = SEV_FACTORY_RESET,
	  .writes = true },
	{ .word = "status", .name = "SEV_PLATFORM_STATUS", .cmd = SEV_PLATFORM_STATUS,
	  .size = sizeof(struct sev_user_data_status), .show = show_status },
	{ .word = "pek-gen", .name = "SEV_PEK_GEN", .cmd = SEV_PEK_GEN, .writes = true },
	{ .word = "pek-csr", .name = "SEV_PEK_CSR", .cmd = SEV_PEK_CSR, .writes = true,
	  .size = sizeof(struct sev_user_data_pek_csr),
	  .prepare = prepare_pek_csr, .show = show_pek_csr },
	{ .word = "pdh-gen", .name = "SEV_PDH_GEN", .cmd = SEV_PDH_GEN, .writes = true },
	{ .word = "pdh-export", .name = "SEV_PDH_CERT_EXPORT", .cmd = SEV_PDH_CERT_EXPORT,
	  .size = sizeof(struct sev_user_data_pdh_cert_export),
	  .prepare = prepare_pdh_export, .show = show_pdh_export },
	{ .word = "pek-import", .name = "SEV_PEK_CERT_IMPORT", .cmd = SEV_PEK_CERT_IMPORT,
	  .writes = true, .size = sizeof(struct sev_user_data_pek_cert_import),
	  .prepare = prepare_pek_import },
	{ .word = "get-id", .name = "SEV_GET_ID", .cmd = SEV_GET_ID,
	  .size = sizeof(struct sev_user_data_get_id), .show = show_get_id },
	{ .word = "get-id2", .name = "SEV_GET_ID2", .cmd = SEV_GET_ID2,
	  .size = sizeof(struct sev_user_data_get_id2),
	  .prepare = prepare_get_id2, .show = show_get_id2 },
	{ .word = "snp-status", .name = "SNP_PLATFORM_STATUS", .cmd = SNP_PLATFORM_STATUS,
	  .size = sizeof(struct sev_user_data_snp_status), .show = show_snp_status },
	{ .word = "snp-commit", .name = "SNP_COMMIT", .cmd = SNP_COMMIT, .writes = true },
	{ .word = "snp-config", .name = "SNP_SET_CONFIG", .cmd = SNP_SET_CONFIG, .writes = true,
	  .size = sizeof(struct sev_user_data_snp_config), .prepare = prepare_snp_config },
	{ .word = "snp-vlek-load", .name = "SNP_VLEK_LOAD", .cmd = SNP_VLEK_LOAD, .writes = true,
	  .size = sizeof(struct sev_user_data_snp_vlek_load), .prepare = prepare_vlek_load },
};

/**
 * command_find() - look a sub-command up
 * @word: as on the command line
 *
 * Return: the command, or NULL.
 */
const struct command *command_find(const char *word)
{
	for (int i = 0; i < SEV_MAX; i++)
		if (!strcmp(commands[i].word, word))
			return &commands[i];
	return NULL;
}
