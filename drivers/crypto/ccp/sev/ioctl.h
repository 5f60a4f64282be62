/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/sev: what the files that serve its commands share.
 */
#ifndef CCP_SEV_IOCTL_H
#define CCP_SEV_IOCTL_H

#include "sev.h"

/**
 * struct sev_ioctl - one SEV_ISSUE_CMD on its way
 * @sev: the SEV part
 * @name: the command's name
 * @data: the command's struct in user memory
 * @writable: the descriptor is open for writing
 * @error: out: firmware status
 */
struct sev_ioctl {
	struct sev_device *sev;
	const char *name;
	void __user *data;
	bool writable;
	u32 error;
};

/* ioctl.c */
int ioctl_lock(struct sev_ioctl *io);
void ioctl_unlock(struct sev_ioctl *io);
int ioctl_call(struct sev_ioctl *io, struct sev_call *call);
int ioctl_call_initialised(struct sev_ioctl *io, struct sev_call *call);
int ioctl_copy_in(struct sev_ioctl *io, void *to, size_t size);
int ioctl_copy_out(struct sev_ioctl *io, const void *from, size_t size);

/* ioctl-sev.c */
int ioctl_factory_reset(struct sev_ioctl *io);
int ioctl_platform_status(struct sev_ioctl *io);
int ioctl_pek_gen(struct sev_ioctl *io);
int ioctl_pdh_gen(struct sev_ioctl *io);
int ioctl_pek_csr(struct sev_ioctl *io);
int ioctl_pdh_cert_export(struct sev_ioctl *io);
int ioctl_pek_cert_import(struct sev_ioctl *io);
int ioctl_get_id(struct sev_ioctl *io);
int ioctl_get_id2(struct sev_ioctl *io);

/* ioctl-snp.c */
int ioctl_snp_platform_status(struct sev_ioctl *io);
int ioctl_snp_commit(struct sev_ioctl *io);
int ioctl_snp_set_config(struct sev_ioctl *io);
int ioctl_snp_vlek_load(struct sev_ioctl *io);

#endif /* CCP_SEV_IOCTL_H */
