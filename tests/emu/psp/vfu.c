// SPDX-License-Identifier: GPL-2.0-only
/* vfio-user server: connection, framing and the table of requests. */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "listen.h"
#include "log.h"
#include "loop.h"
#include "vfu.h"
#include "vfu_proto.h"

#define VFU_MAX_XFER	65536u
#define VFU_MAX_PAYLOAD	(VFU_MAX_XFER + sizeof(struct vfu_region_rw))

struct vfu {
	struct loop *loop;
	const struct vfu_backend *be;
	void *dev;
	char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	int listen_fd;
	int fd;			/* client, -1 when there is none */
	bool negotiated;

	/* the message that is being received */
	struct vfu_header hdr;
	uint8_t payload[VFU_MAX_PAYLOAD];
	size_t got;		/* bytes of header and payload */
	int fds[VFU_MAX_FDS];
	unsigned int num_fds;

	_Alignas(8) uint8_t reply[VFU_MAX_PAYLOAD];
	size_t reply_len;
};

struct vfu_request {
	const char *name;
	size_t min_len;
	int (*fn)(struct vfu *vfu, size_t len);
};

static void vfu_close_fds(struct vfu *vfu)
{
	for (unsigned int i = 0; i < vfu->num_fds; i++)
		if (vfu->fds[i] >= 0)
			close(vfu->fds[i]);
	vfu->num_fds = 0;
}

static void vfu_hang_up(struct vfu *vfu, const char *why)
{
	log_info("vfio-user: connection closed: %s", why);
	loop_del_fd(vfu->loop, vfu->fd);
	close(vfu->fd);
	vfu->fd = -1;
	vfu_close_fds(vfu);
	vfu->got = 0;
	vfu->negotiated = false;
	vfu->be->closed(vfu->dev);
}

static void *vfu_reply_with(struct vfu *vfu, size_t len)
{
	memset(vfu->reply, 0, len);
	vfu->reply_len = len;
	return vfu->reply;
}

static int vfu_do_version(struct vfu *vfu, size_t len)
{
	static const char caps[] =
		"{\"capabilities\":{\"max_msg_fds\":8,\"max_data_xfer_size\":65536}}";
	struct vfu_version ver, *out;

	memcpy(&ver, vfu->payload, sizeof(ver));
	log_trace("vfio-user: client offers %u.%u %.*s", ver.major, ver.minor,
		  (int)(len - sizeof(ver)), (const char *)vfu->payload + sizeof(ver));
	if (ver.major != 0)
		return ENOTSUP;
	out = vfu_reply_with(vfu, sizeof(*out) + sizeof(caps));
	out->minor = ver.minor < 1 ? ver.minor : 1;
	memcpy(vfu->reply + sizeof(*out), caps, sizeof(caps));
	vfu->negotiated = true;
	return 0;
}

static int vfu_do_dma_map(struct vfu *vfu, size_t len)
{
	struct vfu_dma_map m;

	(void)len;
	memcpy(&m, vfu->payload, sizeof(m));
	if (vfu->num_fds > 1)
		return EINVAL;
	return vfu->be->dma_map(vfu->dev, m.addr, m.size, m.offset, m.flags & 3,
				vfu->num_fds ? vfu->fds[0] : -1);
}

static int vfu_do_dma_unmap(struct vfu *vfu, size_t len)
{
	struct vfu_dma_unmap m;
	int ret = 0;

	(void)len;
	memcpy(&m, vfu->payload, sizeof(m));
	if (m.flags & ~VFU_DMA_UNMAP_ALL)
		return EINVAL;
	if (m.flags & VFU_DMA_UNMAP_ALL)
		vfu->be->dma_unmap_all(vfu->dev);
	else
		ret = vfu->be->dma_unmap(vfu->dev, m.addr, m.size);
	if (!ret)
		memcpy(vfu_reply_with(vfu, sizeof(m)), &m, sizeof(m));
	return ret;
}

static int vfu_do_device_info(struct vfu *vfu, size_t len)
{
	struct vfu_device_info *info;

	(void)len;
	info = vfu_reply_with(vfu, sizeof(*info));
	info->argsz = sizeof(*info);
	info->flags = VFU_DEVICE_FLAG_RESET | VFU_DEVICE_FLAG_PCI;
	info->num_regions = VFU_NUM_REGIONS;
	info->num_irqs = VFU_NUM_IRQS;
	return 0;
}

static int vfu_do_region_info(struct vfu *vfu, size_t len)
{
	struct vfu_region_info in, *out;

	(void)len;
	memcpy(&in, vfu->payload, sizeof(in));
	if (in.index >= VFU_NUM_REGIONS || in.argsz < sizeof(in))
		return EINVAL;
	out = vfu_reply_with(vfu, sizeof(*out));
	out->argsz = sizeof(*out);
	out->index = in.index;
	out->size = vfu->be->region_size(vfu->dev, in.index);
	if (out->size)
		out->flags = VFU_REGION_FLAG_READ | VFU_REGION_FLAG_WRITE;
	return 0;
}

static int vfu_do_irq_info(struct vfu *vfu, size_t len)
{
	struct vfu_irq_info in, *out;

	(void)len;
	memcpy(&in, vfu->payload, sizeof(in));
	/* The error and request interrupts exist as indices only: the device raises neither. */
	if (in.index > VFU_IRQ_MSIX || in.argsz < sizeof(in))
		return EINVAL;
	out = vfu_reply_with(vfu, sizeof(*out));
	out->argsz = sizeof(*out);
	out->index = in.index;
	out->count = vfu->be->irq_count(vfu->dev, in.index);
	out->flags = VFU_IRQ_FLAG_EVENTFD;
	if (in.index == VFU_IRQ_INTX)
		out->flags |= VFU_IRQ_FLAG_MASKABLE | VFU_IRQ_FLAG_AUTOMASKED;
	else
		out->flags |= VFU_IRQ_FLAG_NORESIZE;
	return 0;
}

static int vfu_do_set_irqs(struct vfu *vfu, size_t len)
{
	struct vfu_irq_set set = { .fds = vfu->fds, .num_fds = vfu->num_fds };
	struct vfu_set_irqs m;
	uint32_t have;

	(void)len;
	memcpy(&m, vfu->payload, sizeof(m));
	if (m.index > VFU_IRQ_MSIX)
		return EINVAL;
	have = vfu->be->irq_count(vfu->dev, m.index);
	if (m.start > have || m.count > have - m.start)
		return EINVAL;
	if (set.num_fds && (!(m.flags & VFU_IRQ_DATA_EVENTFD) || set.num_fds != m.count))
		return EINVAL;
	set.index = m.index;
	set.flags = m.flags;
	set.start = m.start;
	set.count = m.count;
	return vfu->be->set_irqs(vfu->dev, &set);
}

static int vfu_check_rw(struct vfu *vfu, const struct vfu_region_rw *rw)
{
	uint64_t size;

	if (rw->region >= VFU_NUM_REGIONS || rw->count > VFU_MAX_XFER)
		return EINVAL;
	size = vfu->be->region_size(vfu->dev, rw->region);
	if (rw->offset > size || rw->count > size - rw->offset)
		return EINVAL;
	return 0;
}

static int vfu_do_region_read(struct vfu *vfu, size_t len)
{
	struct vfu_region_rw rw;
	uint8_t *out;
	int ret;

	(void)len;
	memcpy(&rw, vfu->payload, sizeof(rw));
	ret = vfu_check_rw(vfu, &rw);
	if (ret)
		return ret;
	out = vfu_reply_with(vfu, sizeof(rw) + rw.count);
	memcpy(out, &rw, sizeof(rw));
	return vfu->be->region_read(vfu->dev, rw.region, rw.offset, out + sizeof(rw), rw.count);
}

static int vfu_do_region_write(struct vfu *vfu, size_t len)
{
	struct vfu_region_rw rw;
	int ret;

	memcpy(&rw, vfu->payload, sizeof(rw));
	if (len - sizeof(rw) != rw.count)
		return EINVAL;
	ret = vfu_check_rw(vfu, &rw);
	if (!ret)
		ret = vfu->be->region_write(vfu->dev, rw.region, rw.offset,
					    vfu->payload + sizeof(rw), rw.count);
	if (!ret)
		memcpy(vfu_reply_with(vfu, sizeof(rw)), &rw, sizeof(rw));
	return ret;
}

static int vfu_do_reset(struct vfu *vfu, size_t len)
{
	(void)len;
	vfu->be->reset(vfu->dev);
	return 0;
}

static const struct vfu_request requests[] = {
	[VFU_VERSION] = { "VERSION", sizeof(struct vfu_version), vfu_do_version },
	[VFU_DMA_MAP] = { "DMA_MAP", sizeof(struct vfu_dma_map), vfu_do_dma_map },
	[VFU_DMA_UNMAP] = { "DMA_UNMAP", sizeof(struct vfu_dma_unmap), vfu_do_dma_unmap },
	[VFU_DEVICE_GET_INFO] = { "DEVICE_GET_INFO", sizeof(struct vfu_device_info),
				  vfu_do_device_info },
	[VFU_DEVICE_GET_REGION_INFO] = { "REGION_INFO", sizeof(struct vfu_region_info),
					 vfu_do_region_info },
	[VFU_DEVICE_GET_IRQ_INFO] = { "IRQ_INFO", sizeof(struct vfu_irq_info), vfu_do_irq_info },
	[VFU_DEVICE_SET_IRQS] = { "SET_IRQS", sizeof(struct vfu_set_irqs), vfu_do_set_irqs },
	[VFU_REGION_READ] = { "REGION_READ", sizeof(struct vfu_region_rw), vfu_do_region_read },
	[VFU_REGION_WRITE] = { "REGION_WRITE", sizeof(struct vfu_region_rw),
			       vfu_do_region_write },
	[VFU_DEVICE_RESET] = { "RESET", 0, vfu_do_reset },
};

static int vfu_send(struct vfu *vfu, int error)
{
	struct vfu_header hdr = {
		.id = vfu->hdr.id,
		.command = vfu->hdr.command,
		.flags = VFU_TYPE_REPLY | (error ? VFU_FLAG_ERROR : 0),
		.error = (uint32_t)error,
	};
	struct iovec iov[2] = {
		{ &hdr, sizeof(hdr) },
		{ vfu->reply, error ? 0 : vfu->reply_len },
	};
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };
	size_t total = sizeof(hdr) + iov[1].iov_len;

	hdr.size = (uint32_t)total;
	/* The client waits for this answer, so the socket's buffer always has room for it. */
	return sendmsg(vfu->fd, &msg, MSG_NOSIGNAL) == (ssize_t)total ? 0 : -EPIPE;
}

static void vfu_handle(struct vfu *vfu)
{
	size_t len = vfu->hdr.size - sizeof(vfu->hdr);
	const struct vfu_request *req = NULL;
	int ret = ENOTSUP;

	vfu->got = 0;
	vfu->reply_len = 0;
	if (vfu->hdr.command < sizeof(requests) / sizeof(requests[0]))
		req = &requests[vfu->hdr.command];
	if (!vfu->negotiated && vfu->hdr.command != VFU_VERSION) {
		vfu_hang_up(vfu, "the first message is not VERSION");
		return;
	}
	if (req && req->fn)
		ret = len < req->min_len ? EINVAL : req->fn(vfu, len);
	if (ret)
		log_warn("vfio-user: %s (%u) refused: %s", req && req->fn ? req->name : "request",
			 vfu->hdr.command, strerror(ret));
	vfu_close_fds(vfu);
	if (!(vfu->hdr.flags & VFU_FLAG_NO_REPLY) && vfu_send(vfu, ret))
		vfu_hang_up(vfu, "can't send the reply");
	else if (!vfu->negotiated)
		vfu_hang_up(vfu, "no common protocol version");
}

/* Descriptors come with the first byte of their message, so reads never cross a message end. */
static ssize_t vfu_recv(struct vfu *vfu, void *buf, size_t len)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(VFU_MAX_FDS * sizeof(int))];
	} ctl;
	struct iovec iov = { buf, len };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = ctl.buf,
		.msg_controllen = sizeof(ctl.buf),
	};
	ssize_t n = recvmsg(vfu->fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (n < 0)
		return -errno;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
		size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < count; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
			if (vfu->num_fds < VFU_MAX_FDS)
				vfu->fds[vfu->num_fds++] = fd;
			else
				close(fd);
		}
	}
	return n;
}

static const char *vfu_header_problem(const struct vfu_header *hdr)
{
	if (hdr->size < sizeof(*hdr))
		return "message size is smaller than the header";
	if (hdr->size - sizeof(*hdr) > VFU_MAX_PAYLOAD)
		return "message is too long";
	if ((hdr->flags & VFU_TYPE_MASK) != VFU_TYPE_COMMAND)
		return "message is not a command";
	return NULL;
}

static void vfu_readable(void *arg)
{
	struct vfu *vfu = arg;
	const size_t hlen = sizeof(vfu->hdr);
	const char *problem;
	ssize_t n;

	if (vfu->got < hlen)
		n = vfu_recv(vfu, (uint8_t *)&vfu->hdr + vfu->got, hlen - vfu->got);
	else
		n = vfu_recv(vfu, vfu->payload + vfu->got - hlen, vfu->hdr.size - vfu->got);
	if (n == -EAGAIN || n == -EINTR)
		return;
	if (n <= 0) {
		vfu_hang_up(vfu, n ? strerror((int)-n) :
			    vfu->got ? "end in the middle of a message" : "client is gone");
		return;
	}
	vfu->got += (size_t)n;
	if (vfu->got < hlen)
		return;
	problem = vfu_header_problem(&vfu->hdr);
	if (problem)
		vfu_hang_up(vfu, problem);
	else if (vfu->got == vfu->hdr.size)
		vfu_handle(vfu);
}

static bool vfu_client_is_gone(const struct vfu *vfu)
{
	struct pollfd p = { .fd = vfu->fd, .events = POLLRDHUP };

	return vfu->fd >= 0 && poll(&p, 1, 0) > 0;
}

static void vfu_acceptable(void *arg)
{
	struct vfu *vfu = arg;
	int fd = accept4(vfu->listen_fd, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return;
	/* The next VM may be here before the end of the last one has been noticed. */
	while (vfu_client_is_gone(vfu))
		vfu_readable(vfu);
	if (vfu->fd >= 0 || loop_add_fd(vfu->loop, fd, vfu_readable, vfu)) {
		log_warn("vfio-user: a second client was turned away");
		close(fd);
		return;
	}
	log_info("vfio-user: client connected");
	vfu->fd = fd;
}

/**
 * vfu_new() - start to listen for clients
 * @loop: event loop
 * @path: path of the socket; one left behind by another server is replaced
 * @be: the device
 * @dev: first argument of the device's functions
 *
 * Return: the server, or NULL with errno set.
 */
struct vfu *vfu_new(struct loop *loop, const char *path, const struct vfu_backend *be, void *dev)
{
	struct vfu *vfu = calloc(1, sizeof(*vfu));
	int err;

	if (!vfu)
		return NULL;
	vfu->loop = loop;
	vfu->be = be;
	vfu->dev = dev;
	vfu->fd = -1;
	snprintf(vfu->path, sizeof(vfu->path), "%s", path);
	vfu->listen_fd = listen_at(path);
	if (vfu->listen_fd < 0 || loop_add_fd(loop, vfu->listen_fd, vfu_acceptable, vfu)) {
		err = errno;
		if (vfu->listen_fd >= 0)
			close(vfu->listen_fd);
		free(vfu);
		errno = err;
		return NULL;
	}
	return vfu;
}

/**
 * vfu_free() - disconnect the client and remove the socket
 * @vfu: the server
 */
void vfu_free(struct vfu *vfu)
{
	if (vfu->fd >= 0)
		vfu_hang_up(vfu, "the server stops");
	loop_del_fd(vfu->loop, vfu->listen_fd);
	close(vfu->listen_fd);
	unlink(vfu->path);
	free(vfu);
}
