// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way to the firmware on kernels that exchange messages themselves, because they
 * need it before there are modules. Numbers, repetitions and the end of a key are
 * the kernel's; here is what it leaves to its callers.
 */
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/semaphore.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/wait.h>

#include <compat/snp-guest.h>

#include "guest.h"
#include "trace.h"

/* What the kernel asks for behind the room for an answer. */
#define TAG_ROOM	SNP_MSG_TAG_SIZE

/**
 * struct kernel_job - one request in the kernel's hands
 * @req: in the kernel's words
 * @exitinfo2: what host and firmware said
 * @certs_data: shared pages for certificates, or NULL
 * @certs_pages: how many; what the host asks for if it wants more
 * @certs: @certs_data, once the caller has left it to the thread
 * @ret: what became of it
 * @done: the kernel is done with it, and it is the caller's
 * @left: the caller has gone, and it is the thread's
 * @memory: the request, and behind it the answer with its tag; some kernels take only
 *	what is in their linear mapping, which a caller's stack is not
 */
struct kernel_job {
	struct snp_guest_req req;
	u64 exitinfo2;
	void *certs_data;
	unsigned int certs_pages;
	void *certs;
	int ret;
	bool done;
	bool left;
	u8 memory[];
};

/**
 * struct kernel_transport - the kernel's channel
 * @dev: device for log lines, with a reference
 * @desc: what the kernel calls it
 * @counter: the key's sequence number, in the page of secrets
 * @counted: the kernel counts here, see job_run()
 * @lock: held during a request; its waiters take turns and can be killed, which the
 *	kernel's own lock does not offer
 * @thread: hands requests over to the kernel
 * @wait: where @thread waits for requests, and callers for @thread
 * @state: protects @job, @orphan, and who a job belongs to
 * @job: what @thread is at, or NULL
 * @orphan: nobody else has the transport any more, @thread gives it back
 * @closing: no more requests
 * @stats: as far as it can be seen from here; written with @lock held
 *
 * The kernel waits for a busy host for up to a minute, and nothing can end that. So
 * it is not the caller who waits there: callers can be killed, and the driver can be
 * unbound. A module reference goes with each job, as @thread may have to outlive all
 * else.
 */
struct kernel_transport {
	struct device *dev;
	struct snp_msg_desc *desc;
	u32 *counter;
	u32 counted;
	struct semaphore lock;
	struct task_struct *thread;
	wait_queue_head_t wait;
	spinlock_t state;
	struct kernel_job *job;
	bool orphan;
	bool closing;
	struct snp_channel_stats stats;
};

static void count(u64 *what)
{
	/* Read without the lock. */
	WRITE_ONCE(*what, *what + 1);
}

/* The kernel takes the key out of its descriptor when it gives it up. */
static bool kernel_alive(void *ctx)
{
	struct kernel_transport *transport = ctx;

	return READ_ONCE(transport->desc->vmpck);
}

/* What the host says of the buffer for certificates, if it can be true. */
static u64 kernel_certs_needed(const struct snp_request *req, unsigned int pages)
{
	if (!req->extended ||
	    req->exitinfo2 != SNP_GUEST_VMM_ERR(SNP_GUEST_VMM_ERR_INVALID_LEN) ||
	    pages <= req->certs_pages || pages > U32_MAX >> PAGE_SHIFT)
		return 0;
	return pages;
}

static void job_free(struct kernel_transport *transport, struct kernel_job *job)
{
	snp_shared_free(transport->dev, job->certs, SNP_CERTS_PAGES);
	kfree_sensitive(job);
}

static void transport_free(struct kernel_transport *transport)
{
	snp_msg_free(transport->desc);
	put_device(transport->dev);
	kfree(transport);
}

/* A job is over. Returns whether the thread is, too. */
static bool job_end(struct kernel_transport *transport, struct kernel_job *job)
{
	bool left, orphan;

	spin_lock(&transport->state);
	left = job->left;
	orphan = transport->orphan;
	/* Before anybody learns that it is over, as the next thing may be an rmmod. */
	if (!orphan)
		module_put(THIS_MODULE);
	WRITE_ONCE(transport->job, NULL);
	WRITE_ONCE(job->done, true);
	spin_unlock(&transport->state);

	if (left)
		job_free(transport, job);
	if (!orphan)
		wake_up_all(&transport->wait);
	return orphan;
}

/*
 * The kernel counts a message when it is over, and not before. But whoever goes on from
 * the page of secrets, the next kernel or one for a crash, must never use the number of a
 * message again that a host has seen. So the kernel counts in @counted, and the page has
 * the number taken for as long as the kernel is at it: it is right at any time, and nobody
 * has to correct it when this kernel ends.
 */
static void job_run(struct kernel_transport *transport, struct kernel_job *job)
{
	u32 last = READ_ONCE(*transport->counter);
	/* The kernel sends nothing under the last number. */
	u32 taken = last < U32_MAX - 1 ? last + 2 : last;

	transport->counted = last;
	WRITE_ONCE(*transport->counter, taken);
	job->ret = compat_snp_send(transport->desc, &job->req, job->certs_data,
				   &job->certs_pages, &job->exitinfo2);
	/* Unless the driver was bound again meanwhile, and has taken the next one. */
	cmpxchg(transport->counter, taken, transport->counted);
}

static int transport_thread(void *data)
{
	struct kernel_transport *transport = data;
	struct kernel_job *job;

	for (;;) {
		wait_event_idle(transport->wait,
				READ_ONCE(transport->job) || kthread_should_stop());
		job = READ_ONCE(transport->job);
		if (!job)
			return 0;
		job_run(transport, job);
		if (job_end(transport, job)) {
			transport_free(transport);
			module_put_and_kthread_exit(0);
		}
	}
}

static struct kernel_job *job_new(struct kernel_transport *transport, const struct snp_request *req)
{
	struct kernel_job *job = kzalloc(sizeof(*job) + req->size + req->answer_max + TAG_ROOM,
					 GFP_KERNEL_ACCOUNT);

	if (!job)
		return NULL;
	job->req = (struct snp_guest_req) {
		.req_buf = job->memory,
		.req_sz = req->size,
		.resp_buf = job->memory + req->size,
		.resp_sz = req->answer_max + TAG_ROOM,
		.exit_code = req->extended ? SVM_VMGEXIT_EXT_GUEST_REQUEST :
					     SVM_VMGEXIT_GUEST_REQUEST,
		.vmpck_id = transport->desc->vmpck_id,
		.msg_version = req->version,
		.msg_type = req->type,
	};
	job->certs_data = req->certs;
	job->certs_pages = req->certs_pages;
	job->exitinfo2 = req->exitinfo2;
	memcpy(job->memory, req->payload, req->size);
	return job;
}

/* Hands a job to the thread, unless all is about to end. */
static bool job_give(struct kernel_transport *transport, struct kernel_job *job)
{
	bool given;

	spin_lock(&transport->state);
	given = !transport->closing && try_module_get(THIS_MODULE);
	if (given)
		WRITE_ONCE(transport->job, job);
	spin_unlock(&transport->state);
	if (given)
		wake_up_all(&transport->wait);
	return given;
}

/* Takes a job back. Returns false if the kernel still has it: then it is the thread's. */
static bool job_take(struct kernel_transport *transport, struct kernel_job *job,
		     struct snp_request *req)
{
	bool done;

	spin_lock(&transport->state);
	done = job->done;
	if (!done) {
		job->left = true;
		job->certs = req->certs;
		req->certs = NULL;
	}
	spin_unlock(&transport->state);
	return done;
}

/* What the kernel says of a request that it is done with. */
static int kernel_result(struct kernel_transport *transport, struct snp_request *req,
			 const struct kernel_job *job)
{
	int ret = job->ret;

	req->exitinfo2 = job->exitinfo2;
	if (!ret) {
		memcpy(req->answer, job->memory + req->size, req->answer_max);
		req->answer_len = req->answer_max;
		return 0;
	}
	req->certs_needed = kernel_certs_needed(req, job->certs_pages);
	if (!kernel_alive(transport)) {
		dev_err_ratelimited(transport->dev,
				    "VMPCK is disabled (VMPCK%d); load the module with vmpck_id= to use another key\n",
				    transport->desc->vmpck_id);
		/* The request that ended it says by itself what happened. */
		if (ret == -ENOTTY)
			ret = -ENOKEY;
	}
	return ret;
}

/* The kernel may still be at a request whose caller was killed. */
static bool can_give(struct kernel_transport *transport)
{
	return !READ_ONCE(transport->job) || READ_ONCE(transport->closing);
}

static bool can_take(struct kernel_transport *transport, struct kernel_job *job)
{
	return READ_ONCE(job->done) || READ_ONCE(transport->closing);
}

/* How long the caller waits. Without a deadline the kernel's own limit is the only one. */
static long patience(const struct snp_request *req)
{
	long left = req->deadline - jiffies;

	return req->deadline ? max(left, 0l) : MAX_SCHEDULE_TIMEOUT;
}

/* Why a wait has ended before there was what it was for. */
static int wait_end(struct kernel_transport *transport, long left)
{
	if (left < 0)
		return -EINTR;
	if (READ_ONCE(transport->closing))
		return -ENODEV;
	dev_warn_ratelimited(transport->dev,
			     "the host has put requests off for %u s (it limits their rate): ask less often\n",
			     SNP_CHANNEL_BUSY_LIMIT_MS / 1000);
	return -ETIMEDOUT;
}

static int kernel_send(struct kernel_transport *transport, struct snp_request *req)
{
	struct kernel_job *job;
	long left;
	int ret;

	left = wait_event_killable_timeout(transport->wait, can_give(transport), patience(req));
	if (left <= 0 || !patience(req))
		return wait_end(transport, left);
	job = job_new(transport, req);
	if (!job)
		return -ENOMEM;
	if (!job_give(transport, job)) {
		kfree_sensitive(job);
		return -ENODEV;
	}
	left = wait_event_killable_timeout(transport->wait, can_take(transport, job),
					   patience(req));
	if (!job_take(transport, job, req))
		return wait_end(transport, left);
	ret = kernel_result(transport, req, job);
	kfree_sensitive(job);
	return ret;
}

static int kernel_request_locked(struct kernel_transport *transport, struct snp_request *req)
{
	int ret;

	if (READ_ONCE(transport->closing))
		return -ENODEV;
	if (!req->size || req->size % SNP_MSG_BLOCK || !req->version)
		return -EINVAL;

	count(&transport->stats.requests);
	ret = kernel_send(transport, req);
	if (ret)
		count(&transport->stats.failures);
	return ret;
}

static int kernel_request(void *ctx, struct snp_request *req)
{
	struct kernel_transport *transport = ctx;
	int ret;

	req->answer_len = 0;
	req->certs_needed = 0;
	if (down_killable(&transport->lock))
		return -EINTR;
	ret = kernel_request_locked(transport, req);
	trace_sev_guest_request(transport->desc->vmpck_id, req->type, ret, req->exitinfo2);
	up(&transport->lock);
	return ret;
}

static unsigned int kernel_keys_alive(void *ctx)
{
	struct kernel_transport *transport = ctx;
	const struct snp_secrets *secrets = (void *)transport->desc->secrets;
	unsigned int i, mask = 0;

	for (i = 0; i < SNP_VMPCK_COUNT; i++) {
		if (memchr_inv(secrets->vmpck[i], 0, SNP_VMPCK_SIZE))
			mask |= BIT(i);
	}
	return mask;
}

static void kernel_stats(void *ctx, struct snp_channel_stats *stats)
{
	struct kernel_transport *transport = ctx;

	*stats = (struct snp_channel_stats) {
		.requests = READ_ONCE(transport->stats.requests),
		.failures = READ_ONCE(transport->stats.failures),
	};
}

static void kernel_close(void *ctx)
{
	struct kernel_transport *transport = ctx;

	spin_lock(&transport->state);
	WRITE_ONCE(transport->closing, true);
	spin_unlock(&transport->state);
	wake_up_all(&transport->wait);
}

/* The number of a request that is not over is taken, see job_run(). */
static void kernel_settle(void *ctx)
{
	struct kernel_transport *transport = ctx;

	kernel_close(transport);
	if (wait_event_timeout(transport->wait, !READ_ONCE(transport->job),
			       msecs_to_jiffies(SNP_CHANNEL_SETTLE_MS)))
		return;
	dev_warn(transport->dev,
		 "message %u to the firmware stays without an answer; if VMPCK%d does not work in the next kernel, choose another with vmpck_id=\n",
		 READ_ONCE(*transport->counter) - 1, transport->desc->vmpck_id);
}

/* Does not wait for the kernel: then the thread gives all back. */
static void kernel_destroy(void *ctx)
{
	struct kernel_transport *transport = ctx;
	bool orphan;

	spin_lock(&transport->state);
	orphan = transport->job;
	transport->orphan = orphan;
	spin_unlock(&transport->state);
	if (orphan)
		return;
	kthread_stop(transport->thread);
	transport_free(transport);
}

static const struct snp_transport_ops kernel_ops = {
	.request = kernel_request,
	.alive = kernel_alive,
	.keys_alive = kernel_keys_alive,
	.stats = kernel_stats,
	.close = kernel_close,
	.settle = kernel_settle,
	.destroy = kernel_destroy,
};

/**
 * snp_transport_open() - find the way to the firmware
 * @guest: the device; its transport and its key's number are set
 * @vmpck: number of the key, or -1 for that of the guest's privilege level
 *
 * Context: process context, may sleep
 * Return: 0, -EINVAL for a key that cannot be or is empty, or what the kernel says
 */
int snp_transport_open(struct snp_guest *guest, int vmpck)
{
	struct kernel_transport *transport;
	struct snp_msg_desc *desc;
	int ret;

	if (vmpck < -1 || vmpck >= SNP_VMPCK_COUNT) {
		dev_err(guest->dev, "Invalid VMPCK%d communication key\n", vmpck);
		return -EINVAL;
	}
	transport = kzalloc(sizeof(*transport), GFP_KERNEL);
	if (!transport)
		return -ENOMEM;
	desc = snp_msg_alloc();
	if (IS_ERR_OR_NULL(desc)) {
		kfree(transport);
		return desc ? PTR_ERR(desc) : -ENODEV;
	}
	/* Says itself what is wrong with a key. */
	ret = snp_msg_init(desc, vmpck);
	if (ret) {
		snp_msg_free(desc);
		kfree(transport);
		return ret;
	}
	transport->dev = get_device(guest->dev);
	transport->desc = desc;
	transport->counter = desc->os_area_msg_seqno;
	desc->os_area_msg_seqno = &transport->counted;
	sema_init(&transport->lock, 1);
	init_waitqueue_head(&transport->wait);
	spin_lock_init(&transport->state);
	transport->thread = kthread_run(transport_thread, transport, "sev-guest");
	if (IS_ERR(transport->thread)) {
		ret = PTR_ERR(transport->thread);
		transport_free(transport);
		return ret;
	}
	guest->vmpck = desc->vmpck_id;
	guest->transport.ops = &kernel_ops;
	guest->transport.ctx = transport;
	return 0;
}
