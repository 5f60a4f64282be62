/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is known about each firmware command, in one table.
 */
#ifndef CCP_SEV_COMMANDS_H
#define CCP_SEV_COMMANDS_H

#include <linux/types.h>

#include <sev/ops.h>

/* SEND_START points to four buffers, no command to more. */
#define SEV_COMMAND_BUFS	4
/* &struct sev_command_buffer.len_offset of a buffer with a length that is no choice */
#define SEV_NO_OFFSET		0xffff

/**
 * enum sev_buffer_dir - who writes a buffer that a command points to
 * @SEV_BUF_NONE: no such buffer
 * @SEV_BUF_READ: the firmware reads it
 * @SEV_BUF_WRITE: the firmware writes it
 */
enum sev_buffer_dir {
	SEV_BUF_NONE,
	SEV_BUF_READ,
	SEV_BUF_WRITE,
};

/**
 * enum sev_page_rule - state that the pages of a buffer must be in once SNP is up
 * @SEV_PAGE_ANY: any
 * @SEV_PAGE_BOUNCE: firmware. Host memory: map pages of ours in its place,
 *	reclaim them afterwards and copy
 * @SEV_PAGE_GUEST: firmware. Guest memory: change these very pages, reclaim them
 *	afterwards
 * @SEV_PAGE_KEEP: firmware. The firmware keeps it until the platform is shut down
 * @SEV_PAGE_FIRMWARE: firmware. The caller has seen to it
 * @SEV_PAGE_CONTEXT: context: what GCTX_CREATE made of a firmware page
 * @SEV_PAGE_PRE_GUEST: pre-guest; the command makes it guest-valid
 *
 * SNP down: pages have no states. Host memory is bounced all the same, and guest memory
 * kept, because the firmware may never answer.
 */
enum sev_page_rule {
	SEV_PAGE_ANY,
	SEV_PAGE_BOUNCE,
	SEV_PAGE_GUEST,
	SEV_PAGE_KEEP,
	SEV_PAGE_FIRMWARE,
	SEV_PAGE_CONTEXT,
	SEV_PAGE_PRE_GUEST,
};

/**
 * struct sev_command_buffer - a buffer that a command struct points to
 * @addr_offset: where in the command struct its physical address stands
 * @len_offset: where its length stands (32 bits), or SEV_NO_OFFSET
 * @fixed_len: its length, when @len_offset is SEV_NO_OFFSET
 * @dir: &enum sev_buffer_dir
 * @page: &enum sev_page_rule
 */
struct sev_command_buffer {
	u16 addr_offset;
	u16 len_offset;
	u16 fixed_len;
	u8 dir;
	u8 page;
};

/* &struct sev_command.flags */
/* Success changes the platform's secrets: what INIT_EX was given must be stored. */
#define SEV_CMD_NV_CHANGING	0x01
/*
 * The firmware writes into the command struct. With SNP up the page that holds it
 * must be in firmware state, and is in reclaim state afterwards, also on failure.
 */
#define SEV_CMD_WRITES_BUFFER	0x02
/* A command of SNP or trusted I/O. Legacy commands have the flag not. */
#define SEV_CMD_SNP		0x04
/* Success makes one more guest of the legacy platform, or one less. */
#define SEV_CMD_MAKES_GUEST	0x08
#define SEV_CMD_ENDS_GUEST	0x10

/*
 * &struct sev_command.states, one half for each platform. A half without a bit is
 * no condition.
 */
#define SEV_IN_UNINIT		0x01
#define SEV_IN_INIT		0x02
#define SEV_IN_WORKING		0x04
#define SNP_IN_UNINIT		0x10
#define SNP_IN_INIT		0x20

/**
 * struct sev_command - one firmware command
 * @id: SEV_OP_* or SNP_OP_*
 * @name: what people call it
 * @len: size of its command struct, 0 without one
 * @flags: SEV_CMD_*
 * @states: platform states in which the firmware can accept it, SEV_IN_*, SNP_IN_*.
 *	In a state that is not listed it certainly refuses. Guest commands list
 *	SEV_IN_INIT although there is no guest then, because a remembered state
 *	lags behind the command that made the first guest.
 * @buf: buffers that the command struct points to, those that are written first;
 *	the first one without a direction ends them
 */
struct sev_command {
	u16 id;
	u16 len;
	u8 flags;
	u8 states;
	const char *name;
	struct sev_command_buffer buf[SEV_COMMAND_BUFS];
};

const struct sev_command *sev_command_find(u32 id);
bool sev_command_allowed(const struct sev_command *cmd, u8 sev_state, u8 snp_state);

#endif /* CCP_SEV_COMMANDS_H */
