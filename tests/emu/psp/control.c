// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "control.h"
#include "device.h"
#include "listen.h"
#include "log.h"
#include "loop.h"

#define CONTROL_CLIENTS	8
#define CONTROL_LINE	512

struct client {
	struct control *control;
	int fd;
	char line[CONTROL_LINE];
	size_t len;
	bool overlong;
};

struct control {
	struct loop *loop;
	struct psp *psp;
	char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	int listen_fd;
	struct client client[CONTROL_CLIENTS];
};

/* An answer: lines for people and programs, then "ok" or "error: ...". */
struct verb {
	const char *name;
	void (*run)(struct client *c, char *args);
};

static void say(struct client *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void say(struct client *c, const char *fmt, ...)
{
	char line[CONTROL_LINE];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line) - 1, fmt, ap);
	va_end(ap);
	if (n > (int)sizeof(line) - 2)
		n = (int)sizeof(line) - 2;
	line[n++] = '\n';
	/* A client that does not read its answers loses them; the device goes on. */
	if (c->fd >= 0 && send(c->fd, line, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT) != n)
		log_warn("control: a client does not read its answers");
}

static void emit(void *arg, const char *line)
{
	say(arg, "%s", line);
}

static bool number(const char *text, uint32_t *out)
{
	char *end;

	if (!text || !*text)
		return false;
	*out = (uint32_t)strtoul(text, &end, 0);
	return !*end;
}

static void verb_fault(struct client *c, char *args)
{
	char err[160] = "no memory";
	int n = faults_add(c->control->psp->faults, args, err, sizeof(err));

	if (n < 0) {
		say(c, "error: %s", err);
		return;
	}
	log_info("control: fault %d: %s", n, args);
	say(c, "%d", n);
	say(c, "ok");
}

static void verb_faults(struct client *c, char *args)
{
	(void)args;
	faults_list(c->control->psp->faults, emit, c);
	say(c, "ok");
}

static void verb_clear(struct client *c, char *args)
{
	uint32_t n;

	if (!*args) {
		faults_clear(c->control->psp->faults);
		say(c, "ok");
	} else if (number(args, &n) && faults_remove(c->control->psp->faults, (int)n)) {
		say(c, "ok");
	} else {
		say(c, "error: no fault '%s'", args);
	}
}

static void verb_stats(struct client *c, char *args)
{
	const struct psp *psp = c->control->psp;

	if (!strcmp(args, "clear")) {
		stats_clear(&c->control->psp->stats);
	} else {
		stats_list(&psp->stats, emit, c);
		say(c, "irqs signalled=%" PRIu64 " unconnected=%" PRIu64, psp->irqs.signalled,
		    psp->irqs.unconnected);
	}
	say(c, "ok");
}

static void verb_log(struct client *c, char *args)
{
	uint32_t n = 20;

	if (*args && !number(args, &n)) {
		say(c, "error: '%s' is not a number of lines", args);
		return;
	}
	log_tail(n, emit, c);
	say(c, "ok");
}

static void verb_trace(struct client *c, char *args)
{
	if (strcmp(args, "on") && strcmp(args, "off")) {
		say(c, "error: trace on or off?");
		return;
	}
	log_set_trace(!strcmp(args, "on"));
	say(c, "ok");
}

static void verb_irq(struct client *c, char *args)
{
	(void)args;
	psp_raise(c->control->psp, c->control->psp->sev.ops->irq_status);
	say(c, "ok");
}

static void verb_release(struct client *c, char *args)
{
	struct psp *psp = c->control->psp;
	bool any = false;

	(void)args;
	any |= mailbox_release(&psp->sev);
	any |= mailbox_release(&psp->mbox);
	any |= mailbox_release(&psp->pa);
	any |= mailbox_release(&psp->doorbell);
	any |= tee_release(psp);
	say(c, any ? "ok" : "error: no command hangs");
}

static void verb_busy(struct client *c, char *args)
{
	uint32_t ms;

	if (!number(args, &ms) || ms > INT_MAX)
		say(c, "error: busy MILLISECONDS");
	else
		say(c, mailbox_occupy(&c->control->psp->sev, ms) ? "ok" :
		    "error: there is a command already");
}

static void verb_seed(struct client *c, char *args)
{
	struct psp *psp = c->control->psp;
	uint32_t seed;

	if (!number(args, &seed)) {
		say(c, "error: seed NUMBER");
		return;
	}
	psp->cfg.seed = seed;
	psp->commands = 0;
	say(c, "ok");
}

static void verb_reset(struct client *c, char *args)
{
	(void)args;
	log_info("control: reset");
	c->control->psp->stats.resets++;
	psp_reset(c->control->psp);
	say(c, "ok");
}

static void verb_reg(struct client *c, char *args)
{
	char *save, *first = strtok_r(args, " ", &save), *second = strtok_r(NULL, " ", &save);
	uint32_t off, value;

	if (!number(first, &off) || off % 4 || off >= PCI_BAR2_SIZE ||
	    (second && !number(second, &value))) {
		say(c, "error: reg OFFSET [VALUE], OFFSET in BAR 2 and a multiple of 4");
		return;
	}
	if (second)
		psp_reg_write(c->control->psp, off, value);
	else
		say(c, "%#x", psp_reg_read(c->control->psp, off));
	say(c, "ok");
}

static void verb_garbage(struct client *c, char *args)
{
	struct psp *psp = c->control->psp;
	uint32_t value = UINT32_MAX;

	if (!strcmp(args, "off")) {
		psp->garbage = false;
	} else if (!*args || number(args, &value)) {
		psp_set_garbage(psp, value);
	} else {
		say(c, "error: garbage [VALUE] or garbage off");
		return;
	}
	say(c, "ok");
}

static void verb_capability(struct client *c, char *args)
{
	uint32_t value;

	if (!number(args, &value)) {
		say(c, "error: capability VALUE");
		return;
	}
	c->control->psp->cfg.capability = value;
	say(c, "ok");
}

static void verb_api(struct client *c, char *args)
{
	struct fw_config fw = c->control->psp->cfg.fw;

	if (sscanf(args, "%u.%u.%u", &fw.api_major, &fw.api_minor, &fw.build) != 3) {
		say(c, "error: api MAJOR.MINOR.BUILD");
		return;
	}
	psp_reset(c->control->psp);
	if (psp_restart_firmware(c->control->psp, &fw))
		say(c, "error: the firmware model refuses version %s", args);
	else
		say(c, "ok");
}

static void verb_status(struct client *c, char *args)
{
	struct psp *psp = c->control->psp;
	struct fw_info info;

	(void)args;
	say(c, "part %04x %s capability=%#x", psp->cfg.part->pci_id, psp->cfg.part->generation,
	    psp->cfg.capability);
	say(c, "mailbox sev=%s psp=%s pa=%s ring=%s",
	    psp->sev.hung ? "hung" : psp->sev.busy ? "busy" : "idle",
	    psp->mbox.hung ? "hung" : psp->mbox.busy ? "busy" : "idle",
	    psp->pa.hung ? "hung" : psp->pa.busy ? "busy" : "idle",
	    psp->tee.stuck ? "hung" : psp->tee.ring ? "up" : "down");
	say(c, "memory regions=%u", dma_count(psp->dma));
	if (!psp->sev.busy) {
		fw_get_info(psp->fw, &info);
		say(c, "firmware %u.%u.%u state=%u guests=%u es=%d owned=%d snp=%d snp-guests=%u",
		    info.api_major, info.api_minor, info.build, info.state, info.guests, info.es,
		    info.owned, info.snp, info.snp_guests);
	}
	say(c, "ok");
}

static void verb_pages(struct client *c, char *args)
{
	(void)args;
	if (c->control->psp->sev.busy) {
		say(c, "error: a command is being carried out");
		return;
	}
	fw_list_pages(c->control->psp->fw, emit, c);
	say(c, "ok");
}

static const struct verb verbs[] = {
	{ "fault", verb_fault },
	{ "faults", verb_faults },
	{ "clear", verb_clear },
	{ "stats", verb_stats },
	{ "status", verb_status },
	{ "pages", verb_pages },
	{ "log", verb_log },
	{ "trace", verb_trace },
	{ "irq", verb_irq },
	{ "release", verb_release },
	{ "busy", verb_busy },
	{ "seed", verb_seed },
	{ "reset", verb_reset },
	{ "reg", verb_reg },
	{ "garbage", verb_garbage },
	{ "capability", verb_capability },
	{ "api", verb_api },
};

static void run_line(struct client *c, char *line)
{
	char *args = line + strcspn(line, " \r");
	size_t len;

	if (*args)
		*args++ = '\0';
	args += strspn(args, " ");
	for (len = strlen(args); len && strchr(" \r", args[len - 1]); len--)
		args[len - 1] = '\0';
	if (!*line)
		return;
	for (unsigned int i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (!strcmp(verbs[i].name, line)) {
			verbs[i].run(c, args);
			return;
		}
	}
	say(c, "error: unknown command '%s'", line);
}

static void client_close(struct client *c)
{
	loop_del_fd(c->control->loop, c->fd);
	close(c->fd);
	c->fd = -1;
	c->len = 0;
	c->overlong = false;
}

static void client_take(struct client *c, char ch)
{
	if (ch != '\n') {
		if (c->len < CONTROL_LINE - 1)
			c->line[c->len++] = ch;
		else
			c->overlong = true;
		return;
	}
	c->line[c->len] = '\0';
	if (c->overlong)
		say(c, "error: line is too long");
	else
		run_line(c, c->line);
	c->len = 0;
	c->overlong = false;
}

static void client_readable(void *arg)
{
	struct client *c = arg;
	char buf[256];
	ssize_t n = recv(c->fd, buf, sizeof(buf), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		client_close(c);
		return;
	}
	for (ssize_t i = 0; i < n; i++)
		client_take(c, buf[i]);
}

static bool client_is_gone(const struct client *c)
{
	struct pollfd p = { .fd = c->fd, .events = POLLRDHUP };

	return c->fd >= 0 && poll(&p, 1, 0) > 0;
}

static void control_acceptable(void *arg)
{
	struct control *control = arg;
	int fd = accept4(control->listen_fd, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return;
	for (int i = 0; i < CONTROL_CLIENTS; i++) {
		struct client *c = &control->client[i];

		/* A client may be here before the end of another has been noticed. */
		while (client_is_gone(c))
			client_readable(c);
		if (c->fd < 0 && !loop_add_fd(control->loop, fd, client_readable, c)) {
			c->fd = fd;
			return;
		}
	}
	log_warn("control: too many clients");
	close(fd);
}

/**
 * control_new() - start to listen for control clients
 * @loop: event loop
 * @path: path of the socket; one left behind by another server is replaced
 * @psp: device to control
 *
 * Return: the control socket, or NULL with errno set.
 */
struct control *control_new(struct loop *loop, const char *path, struct psp *psp)
{
	struct control *control = calloc(1, sizeof(*control));
	int err;

	if (!control)
		return NULL;
	control->loop = loop;
	control->psp = psp;
	snprintf(control->path, sizeof(control->path), "%s", path);
	for (int i = 0; i < CONTROL_CLIENTS; i++) {
		control->client[i].control = control;
		control->client[i].fd = -1;
	}
	control->listen_fd = listen_at(path);
	if (control->listen_fd < 0 ||
	    loop_add_fd(loop, control->listen_fd, control_acceptable, control)) {
		err = errno;
		if (control->listen_fd >= 0)
			close(control->listen_fd);
		free(control);
		errno = err;
		return NULL;
	}
	return control;
}

/**
 * control_free() - close the control socket and its clients
 * @control: from control_new()
 */
void control_free(struct control *control)
{
	for (int i = 0; i < CONTROL_CLIENTS; i++)
		if (control->client[i].fd >= 0)
			client_close(&control->client[i]);
	loop_del_fd(control->loop, control->listen_fd);
	close(control->listen_fd);
	unlink(control->path);
	free(control);
}
