// SPDX-License-Identifier: GPL-2.0-only
/* A QEMU that consists of the few functions which the plugin calls. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "test_qemu.h"

struct qemu_plugin_register {
	const char *name;
	unsigned int index;
};

struct qemu_plugin_insn {
	uint8_t data[16];
	size_t len;
	uint64_t vaddr;
	void (*cb)(unsigned int vcpu, void *ud);
	void *ud;
	enum qemu_plugin_cb_flags flags;
	struct qemu_plugin_scoreboard *counter;
	uint64_t add;
};

struct qemu_plugin_tb {
	struct qemu_plugin_insn insn[4];
	size_t n;
};

static struct qemu_plugin_register fake_regs[FAKE_REGS] = {
	{ "rax", 0 }, { "rbx", 1 }, { "rcx", 2 }, { "rdx", 3 },
	{ "rip", 4 }, { "cs", 5 }, { "cr0", 6 }, { "eflags", 7 },
	{ "rsi", 8 }, { "rsp", 9 }, { "r8", 10 }, { "r9", 11 }, { "cr3", 12 }, { "rdi", 13 },
	{ "rbp", 14 }, { "r10", 15 }, { "r11", 16 }, { "r12", 17 }, { "r13", 18 }, { "r14", 19 },
	{ "r15", 20 }, { "cr4", 21 },
};

uint64_t values[FAKE_VCPUS][FAKE_REGS], new_pc;
static unsigned int running;
static jmp_buf next_insn;
struct qemu_plugin_scoreboard scoreboard;
uint8_t fake_ram[FAKE_RAM_SIZE], fake_page[FAKE_PAGE_SIZE];
uint64_t fake_iommu[FAKE_IOMMU_REGS], fake_translation;
uint32_t fake_apic[FAKE_APIC_REGS];
bool fake_stores_by_cpu;
static void (*vcpu_init)(unsigned int vcpu, void *ud);
static void (*translate)(struct qemu_plugin_tb *tb, void *ud);

struct GByteArray *g_byte_array_new(void)
{
	return calloc(1, sizeof(struct GByteArray));
}

struct GByteArray *g_byte_array_set_size(struct GByteArray *array, unsigned int len)
{
	array->data = realloc(array->data, len + 64);
	array->len = len;
	return array;
}

struct GByteArray *g_byte_array_append(struct GByteArray *array, const uint8_t *data,
				       unsigned int len)
{
	unsigned int at = array->len;

	g_byte_array_set_size(array, at + len);
	memcpy(array->data + at, data, len);
	return array;
}

char *g_array_free(struct GArray *array, int free_segment)
{
	assert_true(free_segment);
	free(array->data);
	free(array);
	return NULL;
}

struct GArray *qemu_plugin_get_registers(void)
{
	struct qemu_plugin_reg_descriptor *d = calloc(FAKE_REGS, sizeof(*d));
	struct GArray *list = calloc(1, sizeof(*list));

	for (int i = 0; i < FAKE_REGS; i++) {
		d[i].handle = &fake_regs[i];
		d[i].name = fake_regs[i].name;
	}
	list->data = (char *)d;
	list->len = FAKE_REGS;
	return list;
}

/* Like QEMU: appends to the array, cs and eflags have four bytes. */
bool qemu_plugin_read_register(struct qemu_plugin_register *handle, struct GByteArray *buf)
{
	unsigned int len = handle->index == CS ? 4 : 8;

	g_byte_array_append(buf, (const uint8_t *)&values[running][handle->index], len);
	return true;
}

bool qemu_plugin_write_register(struct qemu_plugin_register *handle, struct GByteArray *buf)
{
	assert_int_equal(buf->len, 8);
	memcpy(&values[running][handle->index], buf->data, 8);
	return true;
}

void qemu_plugin_set_pc(uint64_t vaddr)
{
	new_pc = vaddr;
	longjmp(next_insn, 1);
}

void qemu_plugin_register_vcpu_init_cb(qemu_plugin_id_t id,
				       void (*cb)(unsigned int vcpu, void *ud), void *ud)
{
	(void)id;
	(void)ud;
	vcpu_init = cb;
}

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
					   void (*cb)(struct qemu_plugin_tb *tb, void *ud),
					   void *ud)
{
	(void)id;
	(void)ud;
	translate = cb;
}

void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
					    void (*cb)(unsigned int vcpu, void *ud),
					    enum qemu_plugin_cb_flags flags, void *ud)
{
	insn->cb = cb;
	insn->ud = ud;
	insn->flags = flags;
}

void qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(struct qemu_plugin_insn *insn,
							 enum qemu_plugin_op op,
							 struct qemu_plugin_u64 entry,
							 uint64_t imm)
{
	assert_int_equal(op, QEMU_PLUGIN_INLINE_ADD_U64);
	insn->counter = entry.score;
	insn->add = imm;
}

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb)
{
	return tb->n;
}

struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t i)
{
	return (struct qemu_plugin_insn *)&tb->insn[i];
}

size_t qemu_plugin_insn_data(const struct qemu_plugin_insn *insn, void *dest, size_t len)
{
	size_t n = len < insn->len ? len : insn->len;

	memcpy(dest, insn->data, n);
	return n;
}

uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn)
{
	return insn->vaddr;
}

/* What lies at a physical address: memory, or registers of the IOMMU. */
static uint8_t *physical(uint64_t addr, size_t len)
{
	if (addr >= FAKE_RAM && addr + len <= FAKE_RAM + FAKE_RAM_SIZE)
		return fake_ram + (addr - FAKE_RAM);
	if (addr >= FAKE_IOMMU && addr + len <= FAKE_IOMMU + sizeof(fake_iommu))
		return (uint8_t *)fake_iommu + (addr - FAKE_IOMMU);
	if (addr >= FAKE_APIC && addr + len <= FAKE_APIC + sizeof(fake_apic))
		return (uint8_t *)fake_apic + (addr - FAKE_APIC);
	return NULL;
}

/* Of virtual memory there is one page. */
static uint8_t *virtual(uint64_t addr, size_t len)
{
	if (addr < FAKE_PAGE || addr + len > FAKE_PAGE + FAKE_PAGE_SIZE)
		return NULL;
	return fake_page + (addr - FAKE_PAGE);
}

static bool read_from(const uint8_t *from, struct GByteArray *data, size_t len)
{
	if (!from)
		return false;
	g_byte_array_set_size(data, 0);
	g_byte_array_append(data, from, (unsigned int)len);
	return true;
}

static bool write_to(uint8_t *to, const struct GByteArray *data)
{
	if (to)
		memcpy(to, data->data, data->len);
	return to;
}

bool qemu_plugin_read_memory_vaddr(uint64_t addr, struct GByteArray *data, size_t len)
{
	return read_from(virtual(addr, len), data, len);
}

bool qemu_plugin_write_memory_vaddr(uint64_t addr, struct GByteArray *data)
{
	return write_to(virtual(addr, data->len), data);
}

/* By a page table entry with the C-bit. */
bool qemu_plugin_translate_vaddr(uint64_t addr, uint64_t *pa)
{
	if (!virtual(addr, 1))
		return false;
	*pa = (addr - FAKE_PAGE + fake_translation) | 1ull << FAKE_CBIT;
	return true;
}

int qemu_plugin_read_memory_hwaddr(uint64_t addr, struct GByteArray *data, size_t len)
{
	return read_from(physical(addr, len), data, len) ? 0 : 1;
}

int qemu_plugin_write_memory_hwaddr(uint64_t addr, struct GByteArray *data)
{
	return write_to(physical(addr, data->len), data) ? 0 : 1;
}

struct qemu_plugin_scoreboard *qemu_plugin_scoreboard_new(size_t element_size)
{
	assert_int_equal(element_size, 8);
	memset(&scoreboard, 0, sizeof(scoreboard));
	return &scoreboard;
}

uint64_t qemu_plugin_u64_get(struct qemu_plugin_u64 entry, unsigned int vcpu)
{
	return entry.score->value[vcpu];
}

uint64_t qemu_plugin_u64_sum(struct qemu_plugin_u64 entry)
{
	uint64_t sum = 0;

	for (int i = 0; i < FAKE_VCPUS; i++)
		sum += entry.score->value[i];
	return sum;
}

struct CPUState *qemu_get_cpu(int index)
{
	return (struct CPUState *)values[index];
}

bool in_code_gen_buffer(const void *host_code)
{
	(void)host_code;
	return fake_stores_by_cpu;
}

bool cpu_restore_state(struct CPUState *cpu, uintptr_t host_code)
{
	assert_int_not_equal(host_code, 0);
	return cpu;
}

int gdb_read_register(struct CPUState *cpu, struct GByteArray *buf, int reg)
{
	const uint64_t *regs = (const uint64_t *)cpu;

	g_byte_array_append(buf, (const uint8_t *)&regs[reg == 16 ? RIP : RSP], sizeof(*regs));
	return sizeof(*regs);
}

int cpu_memory_rw_debug(struct CPUState *cpu, uint64_t addr, void *buf, size_t len, bool is_write)
{
	const uint8_t *from = virtual(addr, len);

	(void)cpu;
	assert_false(is_write);
	if (from)
		memcpy(buf, from, len);
	return from ? 0 : -1;
}

/**
 * install() - QEMU loads the plugin
 * @min: oldest plugin interface that it still has
 * @cur: plugin interface
 * @target: what it emulates
 * @args: options of the plugin, taken apart
 *
 * Return: what the plugin says.
 */
int install(int min, int cur, const char *target, char *args)
{
	struct qemu_plugin_info info = {
		.target_name = target, .version = { min, cur }, .system_emulation = true,
		.system = { FAKE_VCPUS, FAKE_VCPUS },
	};
	char *argv[16];
	int argc = 0;

	for (char *arg = strtok(args, ","); arg; arg = strtok(NULL, ","))
		argv[argc++] = arg;
	return qemu_plugin_install(1, &info, argc, argv);
}

/**
 * boot() - power on with all CPUs in protected mode
 * @options: options of the plugin
 */
void boot(const char *options)
{
	char args[400];

	snprintf(args, sizeof(args), "%s", options);
	memset(values, 0, sizeof(values));
	memset(fake_ram, 0, sizeof(fake_ram));
	memset(fake_iommu, 0, sizeof(fake_iommu));
	assert_int_equal(install(7, 7, "x86_64", args), 0);
	for (running = 0; running < FAKE_VCPUS; running++) {
		values[running][CR0] = 0x80000001;
		values[running][CS] = 0x10;
		vcpu_init(running, NULL);
	}
}

/**
 * run() - let a CPU come to an instruction
 * @vcpu: which
 * @bytes: the instruction
 * @len: its length
 * @vaddr: where it is
 *
 * Return: false when the plugin leaves it to QEMU.
 */
bool run(unsigned int vcpu, const char *bytes, size_t len, uint64_t vaddr)
{
	struct qemu_plugin_tb tb = { .n = 1 };
	struct qemu_plugin_insn *insn = &tb.insn[0];

	memcpy(insn->data, bytes, len);
	insn->len = len;
	insn->vaddr = vaddr;
	running = vcpu;
	translate(&tb, NULL);
	if (insn->counter)
		insn->counter->value[vcpu] += insn->add;
	if (!insn->cb)
		return false;
	assert_int_equal(insn->flags, QEMU_PLUGIN_CB_RW_REGS_PC);
	if (setjmp(next_insn))
		return true;
	insn->cb(vcpu, insn->ud);
	return false;
}

/**
 * cpuid() - let a CPU execute CPUID
 * @vcpu: which
 * @leaf: EAX
 * @subleaf: ECX
 *
 * Return: false when the plugin leaves it to QEMU.
 */
bool cpuid(unsigned int vcpu, uint32_t leaf, uint32_t subleaf)
{
	values[vcpu][RAX] = leaf;
	values[vcpu][RCX] = subleaf;
	values[vcpu][RBX] = 0xb;
	values[vcpu][RDX] = 0xd;
	return run(vcpu, "\x0f\xa2", 2, 0x1000);
}

/**
 * rdmsr() - let a CPU execute RDMSR
 * @vcpu: which
 * @index: ECX
 * @value: set to EDX:EAX
 *
 * Return: false when the plugin leaves it to QEMU.
 */
bool rdmsr(unsigned int vcpu, uint32_t index, uint64_t *value)
{
	bool done;

	values[vcpu][RCX] = index;
	done = run(vcpu, "\x0f\x32", 2, 0x1000);
	*value = values[vcpu][RDX] << 32 | values[vcpu][RAX];
	return done;
}

/**
 * wrmsr() - let a CPU execute WRMSR
 * @vcpu: which
 * @index: ECX
 * @value: EDX:EAX
 *
 * Return: false when the plugin leaves it to QEMU.
 */
bool wrmsr(unsigned int vcpu, uint32_t index, uint64_t value)
{
	values[vcpu][RCX] = index;
	values[vcpu][RAX] = 0xffffffff00000000ull | (uint32_t)value;
	values[vcpu][RDX] = 0xffffffff00000000ull | value >> 32;
	return run(vcpu, "\x0f\x30", 2, 0x1000);
}

/**
 * restore_defaults() - forget the options of the last test; a set-up function
 * @state: unused
 *
 * Return: 0.
 */
int restore_defaults(void **state)
{
	static struct sevcpu_config defaults;
	static bool known;

	(void)state;
	if (!known)
		defaults = sevcpu_config;
	known = true;
	sevcpu_config = defaults;
	msr_forget_changes();
	return 0;
}
