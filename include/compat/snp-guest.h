/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel of an SNP guest has for talking to host, firmware and service
 * module.
 */
#ifndef COMPAT_SNP_GUEST_H
#define COMPAT_SNP_GUEST_H

#include <linux/errno.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/types.h>
#include <uapi/linux/sev-guest.h>

#if defined(HAVE_SNP_ISSUE_GUEST_REQUEST) || defined(HAVE_SNP_ISSUE_GUEST_REQUEST_REQ) || \
	defined(HAVE_SNP_ISSUE_GUEST_REQUEST_ULONG)
#define COMPAT_SNP_OWN
#elif defined(HAVE_SNP_SEND_GUEST_REQUEST) || defined(HAVE_SNP_SEND_GUEST_REQUEST_RIO)
#define COMPAT_SNP_KERNEL
#endif

#if defined(COMPAT_SNP_OWN) || defined(COMPAT_SNP_KERNEL)
#include <asm/sev.h>
#include <asm/svm.h>
#endif

/* Privilege level that the guest runs at; before there was a variable it was 0. */
static inline unsigned int compat_snp_vmpl(void)
{
#ifdef HAVE_SNP_VMPL
	return snp_vmpl;
#else
	return 0;
#endif
}

#if defined(COMPAT_SNP_OWN)

/**
 * compat_snp_exit() - one exit to the host with a guest message
 * @extended: ask for certificates as well
 * @request: physical address of the page with the request
 * @response: physical address of the page for the answer
 * @certs: physical address of the pages for certificates
 * @certs_pages: how many; what the host asks for if it wants more
 * @exitinfo2: what the host says, all ones if there was no exit
 *
 * Context: any
 */
static inline void compat_snp_exit(bool extended, u64 request, u64 response, u64 certs,
				   u64 *certs_pages, u64 *exitinfo2)
{
	u64 code = extended ? SVM_VMGEXIT_EXT_GUEST_REQUEST : SVM_VMGEXIT_GUEST_REQUEST;
	struct snp_req_data data = {
		.req_gpa = request,
		.resp_gpa = response,
		.data_gpa = certs,
		.data_npages = *certs_pages,
	};
	int ret;
#ifdef HAVE_SNP_ISSUE_GUEST_REQUEST_ULONG
	unsigned long word = ~0ul;

	ret = snp_issue_guest_request(code, &data, &word);
	/* Some say nothing when nothing is wrong. */
	*exitinfo2 = !ret && word == ~0ul ? 0 : word;
#else
	struct snp_guest_request_ioctl rio = { .exitinfo2 = ~0ull };
#ifdef HAVE_SNP_ISSUE_GUEST_REQUEST
	ret = snp_issue_guest_request(code, &data, &rio);
#else
	struct snp_guest_req req = { .exit_code = code };

	ret = snp_issue_guest_request(&req, &data, &rio);
#endif
	*exitinfo2 = rio.exitinfo2;
#endif

	/* An exit that failed without a word of the host. */
	if (ret && !*exitinfo2)
		*exitinfo2 = ~0ull;
	*certs_pages = data.data_npages;
}

/**
 * compat_snp_secrets() - map the guest's page of secrets
 * @platform_data: of the platform device
 *
 * Return: the page, for compat_snp_secrets_unmap(), or NULL
 */
static inline void *compat_snp_secrets(const void *platform_data)
{
	const struct sev_guest_platform_data *data = platform_data;

	if (!data || !data->secrets_gpa)
		return NULL;
	return (__force void *)ioremap_encrypted(data->secrets_gpa, PAGE_SIZE);
}

static inline void compat_snp_secrets_unmap(void *secrets)
{
	iounmap((__force void __iomem *)secrets);
}

#elif defined(COMPAT_SNP_KERNEL)

/* Of the kernel's channel, where they belong to it: 16 KiB. */
#define COMPAT_SNP_CHANNEL_CERTS_PAGES	4

/**
 * compat_snp_send() - one exchange by the kernel's channel
 * @desc: the channel, for one caller at a time
 * @req: the request, but for certificates
 * @certs: pages for certificates, or NULL
 * @certs_pages: how many; out: what the host asks for if it wants more
 * @exitinfo2: out: what the host says
 *
 * Return: what the kernel returns
 */
static inline int compat_snp_send(struct snp_msg_desc *desc, struct snp_guest_req *req,
				  void *certs, unsigned int *certs_pages, u64 *exitinfo2)
{
	int ret;
#ifdef HAVE_SNP_GUEST_REQ_CERTS_DATA
	struct snp_req_data *input = &req->input;

	req->certs_data = certs;
#else
	/* The channel has pages of its own, of which there are so many. */
	struct snp_req_data *input = &desc->input;
	unsigned int there = min_t(unsigned int, *certs_pages, COMPAT_SNP_CHANNEL_CERTS_PAGES);

	*certs_pages = there;
#endif
	input->data_npages = *certs_pages;

#ifdef HAVE_SNP_SEND_GUEST_REQUEST
	req->exitinfo2 = *exitinfo2;
	ret = snp_send_guest_request(desc, req);
	*exitinfo2 = req->exitinfo2;
#else
	struct snp_guest_request_ioctl rio = { .exitinfo2 = *exitinfo2 };

	ret = snp_send_guest_request(desc, req, &rio);
	*exitinfo2 = rio.exitinfo2;
#endif
#ifndef HAVE_SNP_GUEST_REQ_CERTS_DATA
	if (certs)
		memcpy(certs, desc->certs_data, (size_t)there << PAGE_SHIFT);
#endif
	*certs_pages = input->data_npages;
	return ret;
}

#endif

#endif /* COMPAT_SNP_GUEST_H */
