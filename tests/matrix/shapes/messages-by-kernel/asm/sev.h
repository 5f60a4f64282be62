/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guest messages of 6.14: the kernel's, with what the host says in an argument, and
 * certificates in the channel, as before 6.15.
 */
#ifndef SHAPE_ASM_SEV_H
#define SHAPE_ASM_SEV_H

#define snp_guest_req snp_guest_req_of_7_2
#define snp_msg_desc snp_msg_desc_of_7_2
#define snp_msg_init snp_msg_init_of_7_2
#define snp_msg_alloc snp_msg_alloc_of_7_2
#define snp_msg_free snp_msg_free_of_7_2
#define snp_send_guest_request snp_send_guest_request_of_7_2
#include_next <asm/sev.h>
#undef snp_guest_req
#undef snp_msg_desc
#undef snp_msg_init
#undef snp_msg_alloc
#undef snp_msg_free
#undef snp_send_guest_request

struct snp_guest_req {
	void *req_buf;
	size_t req_sz;
	void *resp_buf;
	size_t resp_sz;
	u64 exit_code;
	unsigned int vmpck_id;
	u8 msg_version;
	u8 msg_type;
};

struct snp_msg_desc {
	struct snp_guest_msg *request, *response;
	struct snp_guest_msg secret_request, secret_response;
	struct snp_secrets_page *secrets;
	struct snp_req_data input;
	void *certs_data;
	struct aesgcm_ctx *ctx;
	u32 *os_area_msg_seqno;
	u8 *vmpck;
	int vmpck_id;
};

struct snp_guest_request_ioctl;

int snp_msg_init(struct snp_msg_desc *mdesc, int vmpck_id);
struct snp_msg_desc *snp_msg_alloc(void);
void snp_msg_free(struct snp_msg_desc *mdesc);
int snp_send_guest_request(struct snp_msg_desc *mdesc, struct snp_guest_req *req,
			   struct snp_guest_request_ioctl *rio);

#endif /* SHAPE_ASM_SEV_H */
