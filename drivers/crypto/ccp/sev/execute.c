// SPDX-License-Identifier: GPL-2.0-only
/*
 * One path from a command struct to the firmware and back.
 */
#include <linux/delay.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/ratelimit.h>
#include <linux/string.h>

#include <sev/snp-guest.h>

#include "sev.h"

/**
 * struct sev_borrowed - a command buffer that goes back at the end of the scope
 * @sev: the SEV part
 * @buffer: the page, NULL when none was free or the firmware keeps it
 */
struct sev_borrowed {
	struct sev_device *sev;
	struct sev_memory *buffer;
};

static void sev_borrowed_return(struct sev_borrowed *b)
{
	sev_command_buffer_put(b->sev, b->buffer);
}

static const char *sev_state_name(u8 state)
{
	static const char * const names[] = {
		[SEV_PSTATE_UNINIT] = "UNINIT",
		[SEV_PSTATE_INIT] = "INIT",
		[SEV_PSTATE_WORKING] = "WORKING",
	};

	return state < ARRAY_SIZE(names) ? names[state] : "unknown";
}

/* Tells more than the number does, where more is known. */
static const char *sev_explain(const struct sev_device *sev, u32 id, u32 error)
{
	const struct sev_status_text *status = sev_status_find(error);

	/* Firmware that has told its version runs. */
	if (sev->version.major | sev->version.minor)
		return snp_refusal(sev, id, error) ?: sev_status_while_running(status);
	return status->text;
}

/**
 * sev_report() - say what the firmware said, in words
 * @sev: the SEV part, locked
 * @id: the command that it refused
 * @error: its status
 */
void sev_report(struct sev_device *sev, u32 id, u32 error)
{
	const struct sev_command *cmd = sev_command_find(id);
	const struct sev_status_text *status = sev_status_find(error);
	u8 snp_state = sev->snp.up ? SNP_PSTATE_INIT : SNP_PSTATE_UNINIT;

	if (!__ratelimit(&sev->reports))
		return;

	dev_err(sev->dev, "SEV: %s: firmware %u.%u.%u says %s (%#x): %s\n", cmd->name,
		sev->version.major, sev->version.minor, sev->version.build, status->name, error,
		sev_explain(sev, id, error));

	/* The usual reason for many of them, so say it where it is certain. */
	if (sev->state_known && !sev_command_allowed(cmd, sev->state, snp_state))
		dev_err(sev->dev, "SEV: %s is not possible while the platform is %s%s\n",
			cmd->name, sev_state_name(sev->state),
			sev->snp.up ? " and SNP initialised" : "");
}

/* A length query is answered with a status that is no failure. */
static bool sev_is_length_query(const struct sev_command *cmd, u32 error)
{
	return error == SEV_RET_INVALID_LEN && cmd->buf[0].dir == SEV_BUF_WRITE;
}

/* A command page that the firmware keeps is replaced, so that the next command has one. */
static void sev_command_page_take(struct sev_device *sev, struct sev_memory *buffer)
{
	if (sev_memory_take(sev, buffer))
		sev_memory_alloc(sev, buffer, PAGE_SIZE);
}

/*
 * Learn what a command that nobody waited for has changed, but for the platform's state:
 * the firmware is asked for that.
 */
static void sev_catch_up(struct sev_device *sev, const struct sev_command *cmd)
{
	if (cmd->flags & SEV_CMD_NV_CHANGING)
		sev_nv_store(sev);
	if (cmd->id == SEV_OP_FACTORY_RESET)
		sev_nv_erase(sev);
	if (cmd->id == SNP_OP_VERIFY_MITIGATION)
		sev->snp.mitigations_known = false;
	if (cmd->id == SNP_OP_CONFIG)
		WRITE_ONCE(sev->snp.status_known, false);
	if (cmd->id == SNP_OP_COMMIT) {
		WRITE_ONCE(sev->snp.committed_known, false);
		dev_notice(sev->dev,
			   "SEV-SNP: a process that was killed has committed firmware %u.%u.%u; this can't be undone\n",
			   sev->version.major, sev->version.minor, sev->version.build);
	}
}

/*
 * The sender of an earlier command was killed while the firmware worked on it.
 * See it through before anything else is sent.
 */
static int sev_settle(struct sev_device *sev, bool killable)
{
	const struct sev_command *orphan = sev->orphan;
	struct sev_memory *buffer = sev->orphan_buffer;
	u32 status = SEV_RET_NO_FW_CALL;
	int ret;

	if (!orphan)
		return 0;

	ret = psp_mailbox_settle(&sev->mbox, killable, &status);
	if (ret)
		return ret;

	/* Taking the page back is a command, too, of which nobody may see the end. */
	sev->orphan = NULL;
	sev->orphan_buffer = NULL;
	if (buffer)
		sev_command_page_take(sev, buffer);
	sev_command_buffer_put(sev, buffer);
	sev_cmd_map_release_held(sev);
	sev_blob_release_held(sev);
	if (!status)
		sev_catch_up(sev, orphan);
	return 0;
}

/* The end of this command was not seen: the firmware keeps what it was given. */
static void sev_abandon(struct sev_device *sev, const struct sev_command *cmd,
			struct sev_call *call, struct sev_borrowed *borrowed,
			struct sev_cmd_map *map)
{
	int i;

	WRITE_ONCE(sev->state_known, false);
	sev->orphan = cmd;
	sev->orphan_buffer = borrowed->buffer;
	borrowed->buffer = NULL;
	sev_cmd_map_hold(sev, map);
	for (i = 0; i < ARRAY_SIZE(call->blob); i++)
		sev_blob_hold(sev, call->blob[i]);
}

static int sev_check_call(struct sev_device *sev, const struct sev_command *cmd,
			  const struct sev_call *call)
{
	if (!cmd) {
		dev_err_ratelimited(sev->dev, "SEV: command %#x is not known, not sent\n",
				    call->id);
		return -EINVAL;
	}
	if (!call->data != !cmd->len) {
		dev_err_ratelimited(sev->dev, "SEV: %s %s a command struct, not sent\n",
				    cmd->name, cmd->len ? "needs" : "does not take");
		return -EINVAL;
	}
	return 0;
}

/* The command struct, and what the command writes to, as the firmware wants them. */
static int sev_hand_over(struct sev_device *sev, const struct sev_command *cmd,
			 const struct sev_call *call, struct sev_memory *buffer,
			 struct sev_cmd_map *map)
{
	int ret;

	memcpy(buffer->mem.va, call->data, cmd->len);
	ret = sev_cmd_map(sev, cmd, buffer->mem.va, call, map);
	if (ret || !(cmd->flags & SEV_CMD_WRITES_BUFFER))
		return ret;

	ret = sev_memory_give(sev, buffer);
	if (ret)
		sev_cmd_unmap(sev, map, NULL);
	if (!buffer->mem.va)
		sev_memory_alloc(sev, buffer, PAGE_SIZE);
	return ret;
}

static int sev_send(struct sev_device *sev, const struct sev_command *cmd,
		    struct sev_call *call)
{
	struct sev_borrowed borrowed __cleanup(sev_borrowed_return) = { .sev = sev };
	struct psp_mailbox_request req = {
		.name = cmd->name,
		.cmd = cmd->id,
		.timeout_ms = sev_timeout_ms(sev),
		.killable = sev->killable && !call->uninterruptible,
	};
	struct sev_cmd_map map = { };
	ktime_t start;
	u64 extra;
	u32 status;
	int ret;

	if (cmd->len) {
		borrowed.buffer = sev_command_buffer_get(sev);
		if (!borrowed.buffer) {
			dev_err(sev->dev,
				"SEV: too many firmware commands in progress, no command buffers available.\n");
			return -EBUSY;
		}
		ret = sev_hand_over(sev, cmd, call, borrowed.buffer, &map);
		if (ret)
			return ret;
		req.addr = sev_memory_phys(borrowed.buffer);
	}

	start = ktime_get();
	ret = psp_mailbox_send(&sev->mbox, &req, &status);
	if (sev->mbox.orphan || ret == -ETIMEDOUT || ret == -ENODEV) {
		sev_abandon(sev, cmd, call, &borrowed, &map);
		return ret;
	}

	if (!ret) {
		dev_dbg(sev->dev, "SEV: %s (%#x): status %#x after %lld us\n", cmd->name, cmd->id,
			status, ktime_us_delta(ktime_get(), start));
		sev->responded = true;
		if (status && psp_mailbox_extra(&sev->mbox, &req, &extra))
			dev_notice_ratelimited(sev->dev,
					       "SEV: %s: error %#x, and the firmware has left %#018llx in the address registers as extra error information\n",
					       cmd->name, status, extra);
		call->error = status;
		ret = status ? -EIO : 0;
		/* Reading is allowed whoever owns the page. */
		if (cmd->len)
			memcpy(call->data, borrowed.buffer->mem.va, cmd->len);
	}
	if (cmd->len) {
		bool answered = call->error != (u32)SEV_RET_NO_FW_CALL;

		sev_command_page_take(sev, borrowed.buffer);
		if (sev_cmd_unmap(sev, &map, answered ? call->data : NULL))
			ret = ret ?: -EFAULT;
	}
	return ret;
}

/* Keeps the state right without asking the firmware. */
static void sev_note_guest(struct sev_device *sev, const struct sev_command *cmd)
{
	if (cmd->flags & SEV_CMD_MAKES_GUEST) {
		sev->guests++;
		WRITE_ONCE(sev->state, SEV_PSTATE_WORKING);
	}
	if (cmd->flags & SEV_CMD_ENDS_GUEST && sev->guests && !--sev->guests)
		WRITE_ONCE(sev->state, SEV_PSTATE_INIT);
}

static void sev_note_failure(struct sev_device *sev, const struct sev_command *cmd, int ret,
			     u32 error)
{
	if (ret == -ETIMEDOUT || ret == -ENODEV ||
	    (ret == -EIO && !sev_is_length_query(cmd, error)))
		WRITE_ONCE(sev->last_failure, (u64)error << 32 | cmd->id);
}

/**
 * sev_call_locked() - execute one firmware command
 * @sev: the SEV part, locked
 * @call: the command
 *
 * &sev_call.data may be anywhere in kernel memory, the stack included; it is
 * copied to the firmware and back, back also when the firmware refuses, because
 * it returns lengths that way.
 *
 * Context: may sleep until the firmware answers or psp_cmd_timeout has passed.
 *
 * Return:
 * * 0 - done
 * * -EIO - the firmware refused, &sev_call.error has its status
 * * -EINVAL - no such command, or a struct is missing or not expected
 * * -ENODEV - unbound, not started, or the registers can't be read
 * * -EBUSY - an earlier command has timed out; the PSP is not asked any more
 * * -ETIMEDOUT - this command has timed out
 * * -EINTR - killed (with &sev_device.killable only, and not if &sev_call.uninterruptible)
 * * -EFAULT - SNP is up and a buffer is no memory, or pages of a guest could not be reclaimed
 * * what &rmp_ops.make_firmware returned - SNP is up and pages that the command writes to could
 *   not be given to the firmware
 * * -ENOMEM - SNP is up and there was no memory to map for the firmware
 * * other, with &sev_call.error 0 - the command has changed the platform's keys, and
 *   the file of init_ex_path could not be written, see sev_nv_store()
 */
int sev_call_locked(struct sev_device *sev, struct sev_call *call)
{
	const struct sev_command *cmd = sev_command_find(call->id);
	int ret;

	lockdep_assert_held(&sev->lock);

	call->error = SEV_RET_NO_FW_CALL;
	if (sev->gone || !sev->started)
		return -ENODEV;

	ret = sev_check_call(sev, cmd, call);
	if (ret)
		return ret;

	ret = sev->mbox.dead ? -EBUSY : sev_settle(sev, sev->killable && !call->uninterruptible);
	if (!ret)
		ret = sev_send(sev, cmd, call);

	sev_note_failure(sev, cmd, ret, call->error);
	if (ret == -EIO && !call->quiet && !sev_is_length_query(cmd, call->error))
		sev_report(sev, cmd->id, call->error);
	if (!ret)
		sev_note_guest(sev, cmd);
	if (!ret && (cmd->flags & SEV_CMD_NV_CHANGING))
		ret = sev_nv_store(sev);
	return ret;
}

/**
 * snp_page_reclaim() - have the firmware let go of a page
 * @sev: the SEV part, locked; SNP is up
 * @pa: physical address, without the C-bit
 * @error: the firmware's status, or SEV_RET_NO_FW_CALL
 *
 * Not killable, and without a word.
 *
 * Return: see sev_call_locked()
 */
int snp_page_reclaim(struct sev_device *sev, u64 pa, u32 *error)
{
	struct snp_cmd_page data = { .page_paddr = pa };
	struct sev_call call = {
		.id = SNP_OP_PAGE_RECLAIM,
		.data = &data,
		.quiet = true,
		.uninterruptible = true,
	};
	int ret = sev_call_locked(sev, &call);

	*error = call.error;
	return ret;
}

/**
 * sev_execute_locked() - execute one firmware command, not killable
 * @sev: the SEV part, locked
 * @id: command id
 * @data: its struct, or NULL
 * @error: the firmware's status, or SEV_RET_NO_FW_CALL; may be NULL
 *
 * Return: see sev_call_locked()
 */
int sev_execute_locked(struct sev_device *sev, u32 id, void *data, u32 *error)
{
	struct sev_call call = { .id = id, .data = data };
	int ret = sev_call_locked(sev, &call);

	if (error)
		*error = call.error;
	return ret;
}

/**
 * sev_execute() - execute one firmware command, not killable
 * @sev: the SEV part
 * @id: command id
 * @data: its struct, or NULL
 * @error: the firmware's status, or SEV_RET_NO_FW_CALL; may be NULL
 *
 * Context: takes &sev_device.lock.  A killed task can use this: taking a guest
 * down must work when its process dies.
 *
 * Return: see sev_call_locked()
 */
int sev_execute(struct sev_device *sev, u32 id, void *data, u32 *error)
{
	int ret;

	scoped_guard(mutex, &sev->lock)
		ret = sev_execute_locked(sev, id, data, error);
	if (!ret && id == SNP_OP_PAGE_RECLAIM)
		snp_page_taken(data);
	return ret;
}
