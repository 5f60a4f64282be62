// SPDX-License-Identifier: GPL-2.0-only
/* The machine that the tests run on. */
#include "test_machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool in_ram(uint64_t pa, size_t len)
{
	return pa >= RAM_BASE && len <= RAM_SIZE && pa - RAM_BASE <= RAM_SIZE - len;
}

/* Memory behind an address, NULL if any byte is not RAM. */
static uint8_t *memory(struct machine *m, uint64_t pa, size_t len)
{
	if (in_ram(pa, len))
		return m->ram + (pa - RAM_BASE);
	if (pa >= RMP_AT && len <= RMP_SIZE && pa - RMP_AT <= RMP_SIZE - len)
		return m->rmp_ram + (pa - RMP_AT);
	return NULL;
}

static int mem_read(void *ctx, uint64_t pa, void *buf, size_t len)
{
	uint8_t *p = memory(ctx, pa, len);

	if (!p)
		return -1;
	memcpy(buf, p, len);
	return 0;
}

static int mem_write(void *ctx, uint64_t pa, const void *buf, size_t len)
{
	uint8_t *p = memory(ctx, pa, len);

	if (!p)
		return -1;
	memcpy(p, buf, len);
	return 0;
}

static uint64_t *find_msr(struct machine *m, unsigned int cpu, uint32_t msr)
{
	unsigned int i;

	for (i = 0; cpu < m->cpus && i < m->msr_count; i++)
		if (m->msrs[i].number == msr)
			return &m->msrs[i].value[cpu];
	return NULL;
}

static int msr_read(void *ctx, unsigned int cpu, uint32_t msr, uint64_t *value)
{
	const uint64_t *p = find_msr(ctx, cpu, msr);

	if (!p)
		return -1;
	*value = *p;
	return 0;
}

static int msr_write(void *ctx, unsigned int cpu, uint32_t msr, uint64_t value)
{
	uint64_t *p = find_msr(ctx, cpu, msr);

	if (!p)
		return -1;
	*p = value;
	return 0;
}

/* The table covers all of memory, entries outside of RAM are not kept. */
static int rmp_read(void *ctx, uint64_t pa, struct fw_rmp_entry *entry)
{
	struct machine *m = ctx;
	size_t big = pa >= RAM_BASE ? (pa - RAM_BASE) / 4096 & ~511UL : 0;

	memset(entry, 0, sizeof(*entry));
	if (!m->cpus || pa >= RAM_BASE + RAM_SIZE)
		return -1;
	if (in_ram(pa, 1))
		*entry = m->rmp[big].huge ? m->rmp[big] : m->rmp[(pa - RAM_BASE) / 4096];
	return 0;
}

static int rmp_write(void *ctx, uint64_t pa, const struct fw_rmp_entry *entry)
{
	struct machine *m = ctx;

	if (!m->cpus || pa >= RAM_BASE + RAM_SIZE)
		return -1;
	if (in_ram(pa, 1))
		m->rmp[(pa - RAM_BASE) / 4096] = *entry;
	return 0;
}

static int iommu_range(void *ctx, unsigned int index, uint64_t *pa, uint64_t *len)
{
	struct machine *m = ctx;

	if (index >= m->iommu_count)
		return -1;
	*pa = m->iommu[index][0];
	*len = m->iommu[index][1];
	return 0;
}

static void take_log(void *ctx, int level, const char *text)
{
	struct machine *m = ctx;

	if (level == FW_LOG_REFUSED)
		snprintf(m->refused, sizeof(m->refused), "%s", text);
	if (level == FW_LOG_ERROR)
		m->errors++;
	if (getenv("FW_TEST_LOG"))
		fprintf(stderr, "%d %s\n", level, text);
}

static void count_fatal(void *ctx, const char *text)
{
	struct machine *m = ctx;

	(void)text;
	m->fatal++;
}

/**
 * machine_with() - A machine with a chip of choice
 * @cfg: which chip
 *
 * Return: the machine; its @fw is NULL if the model did not like @cfg.
 */
struct machine *machine_with(const struct fw_config *cfg)
{
	static const struct fw_host_ops ops = {
		.mem_read = mem_read, .mem_write = mem_write, .log = take_log,
		.msr_read = msr_read, .msr_write = msr_write, .rmp_read = rmp_read,
		.rmp_write = rmp_write, .iommu_range = iommu_range, .fatal = count_fatal,
	};
	struct machine *m = calloc(1, sizeof(*m));

	assert_non_null(m);
	m->ram = calloc(1, RAM_SIZE);
	m->rmp_ram = calloc(1, RMP_SIZE);
	assert_non_null(m->ram);
	assert_non_null(m->rmp_ram);
	m->cfg = *cfg;
	m->fw = fw_new(cfg, &ops, m);
	return m;
}

/**
 * machine_new() - A machine with the default chip of a family
 * @family: 0x17, 0x19 or 0x1a
 *
 * Return: the machine.
 */
struct machine *machine_new(unsigned int family)
{
	struct fw_config cfg;
	struct machine *m;

	fw_config_init(&cfg, family);
	m = machine_with(&cfg);
	assert_non_null(m->fw);
	return m;
}

/**
 * machine_free() - Take a machine apart
 * @m: machine
 */
void machine_free(struct machine *m)
{
	fw_free(m->fw);
	free(m->rmp_ram);
	free(m->ram);
	free(m);
}

/**
 * machine_at() - Look at memory
 * @m: machine
 * @pa: address in RAM
 *
 * Return: pointer into RAM.
 */
void *machine_at(struct machine *m, uint64_t pa)
{
	assert_true(in_ram(pa, 1));
	return m->ram + (pa - RAM_BASE);
}

/**
 * machine_put() - Write memory
 * @m: machine
 * @pa: address in RAM
 * @data: what
 * @len: how much
 */
void machine_put(struct machine *m, uint64_t pa, const void *data, size_t len)
{
	assert_int_equal(mem_write(m, pa, data, len), 0);
}

/**
 * run() - Issue a command
 * @m: machine
 * @cmd: which
 * @buffer: contents of the command buffer, replaced by what is there afterwards
 * @len: its length
 *
 * Return: status.
 */
uint32_t run(struct machine *m, uint32_t cmd, void *buffer, size_t len)
{
	uint32_t status;

	machine_put(m, AT_COMMAND, buffer, len);
	m->refused[0] = '\0';
	status = fw_command(m->fw, cmd, AT_COMMAND);
	memcpy(buffer, machine_at(m, AT_COMMAND), len);
	return status;
}

/**
 * run0() - Issue a command without a buffer
 * @m: machine
 * @cmd: which
 *
 * Return: status.
 */
uint32_t run0(struct machine *m, uint32_t cmd)
{
	m->refused[0] = '\0';
	return fw_command(m->fw, cmd, 0);
}

/**
 * init() - INIT as a driver does it
 * @m: machine
 * @es: with SEV-ES
 *
 * Return: status.
 */
uint32_t init(struct machine *m, bool es)
{
	struct sev_cmd_init cmd = { 0 };

	if (es)
		cmd = (struct sev_cmd_init){
			.flags = SEV_INIT_ES, .tmr_paddr = AT_TMR, .tmr_len = SEV_TMR_LEN,
		};
	return run(m, SEV_OP_INIT, &cmd, sizeof(cmd));
}

/**
 * init_ex() - INIT_EX with whatever is in the NV area
 * @m: machine
 * @es: with SEV-ES
 *
 * Return: status.
 */
uint32_t init_ex(struct machine *m, bool es)
{
	struct sev_cmd_init_ex cmd = {
		.length = sizeof(cmd), .nv_paddr = AT_NV | CBIT, .nv_len = SEV_NV_LEN,
	};

	if (es) {
		cmd.flags = SEV_INIT_ES;
		cmd.tmr_paddr = AT_TMR;
		cmd.tmr_len = SEV_TMR_LEN;
	}
	return run(m, SEV_OP_INIT_EX, &cmd, sizeof(cmd));
}

/**
 * bring_up() - INIT with SEV-ES and DF_FLUSH
 * @m: machine
 */
void bring_up(struct machine *m)
{
	assert_int_equal(init(m, true), 0);
	assert_int_equal(run0(m, SEV_OP_DF_FLUSH), 0);
}

/**
 * machine_up() - cmocka's set-up: an initialised Milan
 * @state: gets the machine
 *
 * Return: 0.
 */
int machine_up(void **state)
{
	struct machine *m = machine_new(0x19);

	bring_up(m);
	*state = m;
	return 0;
}

/**
 * machine_down() - the opposite
 * @state: has the machine
 *
 * Return: 0.
 */
int machine_down(void **state)
{
	machine_free(*state);
	return 0;
}

/**
 * status_of() - PLATFORM_STATUS, which always works
 * @m: machine
 *
 * Return: the answer.
 */
struct sev_cmd_platform_status status_of(struct machine *m)
{
	struct sev_cmd_platform_status cmd;

	memset(&cmd, 0xa5, sizeof(cmd));
	assert_int_equal(run(m, SEV_OP_PLATFORM_STATUS, &cmd, sizeof(cmd)), 0);
	return cmd;
}

/**
 * launch() - LAUNCH_START without an owner
 * @m: machine
 * @policy: of the guest
 * @handle: of the guest
 *
 * Return: status.
 */
uint32_t launch(struct machine *m, uint32_t policy, uint32_t *handle)
{
	struct sev_cmd_guest_start cmd = { .policy = policy };
	uint32_t status = run(m, SEV_OP_LAUNCH_START, &cmd, sizeof(cmd));

	*handle = cmd.handle;
	return status;
}

/**
 * activate() - ACTIVATE
 * @m: machine
 * @handle: guest
 * @asid: ASID
 *
 * Return: status.
 */
uint32_t activate(struct machine *m, uint32_t handle, uint32_t asid)
{
	struct sev_cmd_activate cmd = { .handle = handle, .asid = asid };

	return run(m, SEV_OP_ACTIVATE, &cmd, sizeof(cmd));
}

/**
 * with_handle() - A command that only names a guest
 * @m: machine
 * @cmd: which
 * @handle: guest
 *
 * Return: status.
 */
uint32_t with_handle(struct machine *m, uint32_t cmd, uint32_t handle)
{
	struct sev_cmd_handle buffer = { .handle = handle };

	return run(m, cmd, &buffer, sizeof(buffer));
}

/**
 * guest_state() - State of a guest by GUEST_STATUS
 * @m: machine
 * @handle: existing guest
 *
 * Return: &enum sev_gstate.
 */
uint8_t guest_state(struct machine *m, uint32_t handle)
{
	struct sev_cmd_guest_status cmd = { .handle = handle };

	assert_int_equal(run(m, SEV_OP_GUEST_STATUS, &cmd, sizeof(cmd)), 0);
	return cmd.state;
}

/**
 * run_guest() - A whole launch without an owner
 * @m: machine
 * @policy: of the guest
 * @asid: its ASID
 * @handle: of the guest
 */
void run_guest(struct machine *m, uint32_t policy, uint32_t asid, uint32_t *handle)
{
	struct sev_cmd_guest_blob cmd;

	assert_int_equal(launch(m, policy, handle), 0);
	assert_int_equal(activate(m, *handle, asid), 0);
	cmd = (struct sev_cmd_guest_blob){ .handle = *handle, .paddr = AT_A, .len = 48 };
	assert_int_equal(run(m, SEV_OP_LAUNCH_MEASURE, &cmd, sizeof(cmd)), 0);
	assert_int_equal(with_handle(m, SEV_OP_LAUNCH_FINISH, *handle), 0);
}

/**
 * _assert_refused() - Use assert_refused()
 * @m: machine
 * @want: status
 * @got: status
 * @call: for the message
 * @file: for the message
 * @line: for the message
 */
void _assert_refused(struct machine *m, uint32_t want, uint32_t got, const char *call,
		     const char *file, int line)
{
	if (got != want) {
		print_error("%s: %s instead of %s\n", call, fw_status_name(got),
			    fw_status_name(want));
		_fail(file, line);
	}
	if (!strstr(m->refused, fw_status_name(want))) {
		print_error("%s: no reason in the log: \"%s\"\n", call, m->refused);
		_fail(file, line);
	}
}
