// SPDX-License-Identifier: GPL-2.0-only
/*
 * The legacy commands of /dev/sev.
 */
#include <linux/uaccess.h>

#include "ioctl.h"

#define GET_ID_MAJOR	0
#define GET_ID_MINOR	16

/**
 * struct sev_out - a user buffer that the firmware fills
 * @blob: where the firmware writes, NULL for a query of the length
 * @uaddr: where the user wants it
 * @len: size of @uaddr
 */
struct sev_out {
	struct sev_blob *blob;
	u64 uaddr;
	u32 len;
};

static void sev_out_free(struct sev_out *out)
{
	if (out->blob)
		sev_blob_put(out->blob);
}

static int sev_out_alloc(struct sev_out *out, u64 uaddr, u32 len)
{
	out->uaddr = uaddr;
	out->len = len;
	if (!access_ok(u64_to_user_ptr(uaddr), len))
		return -EFAULT;
	out->blob = sev_blob_alloc(len);
	return out->blob ? 0 : -ENOMEM;
}

static u64 sev_out_phys(const struct sev_out *out)
{
	return out->blob ? sev_phys(out->blob->data) : 0;
}

/* @used comes from the firmware and is not trusted. */
static int sev_out_copy(const struct sev_out *out, u32 used)
{
	if (!out->blob)
		return 0;
	used = min_t(size_t, used, min_t(size_t, out->len, out->blob->size));
	return copy_to_user(u64_to_user_ptr(out->uaddr), out->blob->data, used) ? -EFAULT : 0;
}

/**
 * ioctl_factory_reset() - SEV_FACTORY_RESET of /dev/sev
 * @io: the command
 *
 * Return: 0 or a negative errno
 */
int ioctl_factory_reset(struct sev_ioctl *io)
{
	struct sev_call call = { .id = SEV_OP_FACTORY_RESET };
	struct sev_device *sev = io->sev;
	int ret = ioctl_lock(io);

	if (ret)
		return ret;

	WRITE_ONCE(sev->state_known, false);
	ret = sev_platform_learn_locked(sev, &io->error);
	if (!ret && sev->state == SEV_PSTATE_WORKING) {
		dev_notice_ratelimited(sev->dev,
				       "SEV: FACTORY_RESET refused, guests are running: shut them down first\n");
		io->error = SEV_RET_NO_FW_CALL;
		ret = -EBUSY;
	}
	if (!ret) {
		bool unsaved = sev->nv_unsaved;

		/* Keys that are in no file are what is to be thrown away. */
		sev->nv_unsaved = false;
		ret = sev_platform_shutdown_locked(sev, &io->error);
		if (ret)
			sev->nv_unsaved = unsaved;
	}
	if (!ret) {
		ret = sev_call_locked(sev, &call);
		io->error = call.error;
	}
	if (!ret)
		ret = sev_nv_erase(sev);
	ioctl_unlock(io);
	return ret;
}

/**
 * ioctl_platform_status() - SEV_PLATFORM_STATUS of /dev/sev
 * @io: the command
 *
 * Return: 0 or a negative errno
 */
int ioctl_platform_status(struct sev_ioctl *io)
{
	struct sev_cmd_platform_status status;
	int ret = ioctl_lock(io);

	static_assert(sizeof(status) == sizeof(struct sev_user_data_status));

	if (ret)
		return ret;
	ret = sev_platform_query_locked(io->sev, &status, &io->error);
	ioctl_unlock(io);
	return ret ?: ioctl_copy_out(io, &status, sizeof(status));
}

/**
 * ioctl_pek_gen() - SEV_PEK_GEN of /dev/sev
 * @io: the command
 *
 * Return: 0 or a negative errno
 */
int ioctl_pek_gen(struct sev_ioctl *io)
{
	struct sev_call call = { .id = SEV_OP_PEK_GEN };

	return ioctl_call_initialised(io, &call);
}

/**
 * ioctl_pdh_gen() - SEV_PDH_GEN of /dev/sev
 * @io: the command
 *
 * Return: 0 or a negative errno
 */
int ioctl_pdh_gen(struct sev_ioctl *io)
{
	struct sev_call call = { .id = SEV_OP_PDH_GEN };

	return ioctl_call_initialised(io, &call);
}

/*
 * For commands whose struct is nothing but a buffer to fill.  Without a buffer it is
 * a query of the length.
 */
static int ioctl_fetch(struct sev_ioctl *io, u32 id, u32 longest,
		       int (*run)(struct sev_ioctl *io, struct sev_call *call))
{
	struct sev_out out __cleanup(sev_out_free) = { };
	struct sev_user_data_get_id2 input;
	struct sev_cmd_blob data = { };
	struct sev_call call = { .id = id, .data = &data, .error = SEV_RET_NO_FW_CALL };
	int ret = ioctl_copy_in(io, &input, sizeof(input));

	static_assert(sizeof(input) == sizeof(struct sev_user_data_pek_csr));
	static_assert(offsetof(typeof(input), length) ==
		      offsetof(struct sev_user_data_pek_csr, length));

	if (ret)
		return ret;

	if (input.address && input.length) {
		if (input.length > longest)
			return -EFAULT;
		/* No firmware fills more; a larger user buffer is no error. */
		ret = sev_out_alloc(&out, input.address,
				    min_t(u32, input.length, SEV_USER_BLOB_MAX));
		if (ret)
			return ret;
		data.paddr = sev_out_phys(&out);
		data.len = out.len;
		call.blob[0] = out.blob;
	}

	ret = run(io, &call);

	/*
	 * The length is the answer to a query, and a hint after a refusal, but not after one of
	 * the INIT before it.  One that was cut above and that the firmware has left alone is the
	 * user's.
	 */
	if (!out.blob || data.len != out.len)
		input.length = data.len;
	if (call.error != SEV_RET_NO_FW_CALL && ioctl_copy_out(io, &input, sizeof(input)))
		return -EFAULT;
	return ret ?: sev_out_copy(&out, data.len);
}

/**
 * ioctl_pek_csr() - SEV_PEK_CSR of /dev/sev
 * @io: the command
 *
 * Return: 0 or a negative errno
 */
int ioctl_pek_csr(struct sev_ioctl *io)
{
	return ioctl_fetch(io, SEV_OP_PEK_CSR, SEV_USER_BLOB_MAX, ioctl_call_initialised);
}

/**
 * ioctl_pdh_cert_export() - SEV_PDH_CERT_EXPORT of /dev/sev
 * @io: the command
 *
 * Return: 0 or a negative errno
 */
int ioctl_pdh_cert_export(struct sev_ioctl *io)
{
	struct sev_out chain __cleanup(sev_out_free) = { };
	struct sev_out pdh __cleanup(sev_out_free) = { };
	struct sev_user_data_pdh_cert_export input;
	struct sev_cmd_pdh_cert_export data = { };
	struct sev_call call = {
		.id = SEV_OP_PDH_CERT_EXPORT,
		.data = &data,
		.error = SEV_RET_NO_FW_CALL,
	};
	int ret = ioctl_copy_in(io, &input, sizeof(input));

	if (ret)
		return ret;

	if (input.pdh_cert_address && input.pdh_cert_len && input.cert_chain_address &&
	    input.cert_chain_len) {
		if (input.pdh_cert_len > SEV_USER_BLOB_MAX ||
		    input.cert_chain_len > SEV_USER_BLOB_MAX)
			return -EFAULT;
		ret = sev_out_alloc(&pdh, input.pdh_cert_address, input.pdh_cert_len);
		ret = ret ?: sev_out_alloc(&chain, input.cert_chain_address,
					   input.cert_chain_len);
		if (ret)
			return ret;
		data.pdh_paddr = sev_out_phys(&pdh);
		data.pdh_len = input.pdh_cert_len;
		data.chain_paddr = sev_out_phys(&chain);
		data.chain_len = input.cert_chain_len;
		call.blob[0] = pdh.blob;
		call.blob[1] = chain.blob;
	}

	ret = ioctl_call_initialised(io, &call);

	input.pdh_cert_len = data.pdh_len;
	input.cert_chain_len = data.chain_len;
	if (call.error != SEV_RET_NO_FW_CALL && ioctl_copy_out(io, &input, sizeof(input)))
		return -EFAULT;
	ret = ret ?: sev_out_copy(&pdh, data.pdh_len);
	return ret ?: sev_out_copy(&chain, data.chain_len);
}

/**
 * ioctl_pek_cert_import() - SEV_PEK_CERT_IMPORT of /dev/sev
 * @io: the command
 *
 * Return: 0 or a negative errno
 */
int ioctl_pek_cert_import(struct sev_ioctl *io)
{
	struct sev_blob *pek __free(sev_blob) = NULL;
	struct sev_blob *oca __free(sev_blob) = NULL;
	struct sev_user_data_pek_cert_import input;
	struct sev_cmd_pek_cert_import data = { };
	struct sev_call call = { .id = SEV_OP_PEK_CERT_IMPORT, .data = &data };
	int ret = ioctl_copy_in(io, &input, sizeof(input));

	if (ret)
		return ret;

	pek = sev_blob_from_user(input.pek_cert_address, input.pek_cert_len);
	if (IS_ERR(pek))
		return PTR_ERR(pek);
	oca = sev_blob_from_user(input.oca_cert_address, input.oca_cert_len);
	if (IS_ERR(oca))
		return PTR_ERR(oca);

	data.pek_paddr = sev_phys(pek->data);
	data.pek_len = pek->size;
	data.oca_paddr = sev_phys(oca->data);
	data.oca_len = oca->size;
	call.blob[0] = pek;
	call.blob[1] = oca;
	return ioctl_call_initialised(io, &call);
}

static int ioctl_get_id_supported(struct sev_ioctl *io)
{
	bool known = io->sev->version.major || io->sev->version.minor;

	/* A firmware that has not answered yet: the command itself will tell why. */
	if (!known || sev_version_at_least(io->sev, GET_ID_MAJOR, GET_ID_MINOR))
		return 0;
	dev_notice_ratelimited(io->sev->dev, "SEV: firmware %u.%u has no GET_ID, %u.%u is needed\n",
			       io->sev->version.major, io->sev->version.minor, GET_ID_MAJOR,
			       GET_ID_MINOR);
	return -EOPNOTSUPP;
}

/**
 * ioctl_get_id() - SEV_GET_ID of /dev/sev
 * @io: the command
 *
 * Return: 0 or a negative errno
 */
int ioctl_get_id(struct sev_ioctl *io)
{
	struct sev_out id __cleanup(sev_out_free) = { };
	struct sev_cmd_blob data = { };
	struct sev_call call = { .id = SEV_OP_GET_ID, .data = &data };
	int ret = ioctl_get_id_supported(io);

	if (ret)
		return ret;

	dev_warn_once(io->sev->dev, "SEV_GET_ID command is deprecated, use SEV_GET_ID2\n");
	ret = sev_out_alloc(&id, (uintptr_t)io->data, sizeof(struct sev_user_data_get_id));
	if (ret)
		return ret;
	data.paddr = sev_out_phys(&id);
	data.len = id.len;
	call.blob[0] = id.blob;

	/* Two fixed halves: what the firmware did not fill is zero. */
	ret = ioctl_call(io, &call);
	return ret ?: sev_out_copy(&id, id.len);
}

/**
 * ioctl_get_id2() - SEV_GET_ID2 of /dev/sev
 * @io: the command
 *
 * Return: 0 or a negative errno
 */
int ioctl_get_id2(struct sev_ioctl *io)
{
	int ret = ioctl_get_id_supported(io);

	return ret ?: ioctl_fetch(io, SEV_OP_GET_ID, U32_MAX, ioctl_call);
}
