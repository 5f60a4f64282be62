// SPDX-License-Identifier: GPL-2.0-only
/* The plugin against a QEMU that consists of the few functions which the plugin calls. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sevcpu.h"

#define FAKE_REGS	8
#define FAKE_VCPUS	4

struct qemu_plugin_register {
	const char *name;
	unsigned int index;
};

struct qemu_plugin_insn {
	uint8_t data[8];
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

struct qemu_plugin_scoreboard {
	uint64_t value[FAKE_VCPUS];
};

static struct qemu_plugin_register fake_regs[FAKE_REGS] = {
	{ "rax", 0 }, { "rbx", 1 }, { "rcx", 2 }, { "rdx", 3 },
	{ "rip", 4 }, { "cs", 5 }, { "cr0", 6 }, { "eflags", 7 },
};

static uint64_t values[FAKE_VCPUS][FAKE_REGS];
static unsigned int running;
static jmp_buf next_insn;
static uint64_t new_pc;
static struct qemu_plugin_scoreboard scoreboard;
static void (*vcpu_init)(unsigned int vcpu, void *ud);
static void (*translate)(struct qemu_plugin_tb *tb, void *ud);

enum { RAX, RBX, RCX, RDX, RIP, CS, CR0 };

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

static int install(int min, int cur, const char *target, char *args)
{
	struct qemu_plugin_info info = {
		.target_name = target, .version = { min, cur }, .system_emulation = true,
		.system = { FAKE_VCPUS, FAKE_VCPUS },
	};
	char *argv[8];
	int argc = 0;

	for (char *arg = strtok(args, ","); arg; arg = strtok(NULL, ","))
		argv[argc++] = arg;
	return qemu_plugin_install(1, &info, argc, argv);
}

static void boot(const char *options)
{
	char args[160];

	snprintf(args, sizeof(args), "%s", options);
	memset(values, 0, sizeof(values));
	assert_int_equal(install(7, 7, "x86_64", args), 0);
	for (running = 0; running < FAKE_VCPUS; running++) {
		values[running][CR0] = 0x80000001;
		values[running][CS] = 0x10;
		vcpu_init(running, NULL);
	}
}

/* Runs one instruction; false when it was left to QEMU. */
static bool run(unsigned int vcpu, const char *bytes, size_t len, uint64_t vaddr)
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

static bool cpuid(unsigned int vcpu, uint32_t leaf, uint32_t subleaf)
{
	values[vcpu][RAX] = leaf;
	values[vcpu][RCX] = subleaf;
	values[vcpu][RBX] = 0xb;
	values[vcpu][RDX] = 0xd;
	return run(vcpu, "\x0f\xa2", 2, 0x1000);
}

static bool rdmsr(unsigned int vcpu, uint32_t index, uint64_t *value)
{
	bool done;

	values[vcpu][RCX] = index;
	done = run(vcpu, "\x0f\x32", 2, 0x1000);
	*value = values[vcpu][RDX] << 32 | values[vcpu][RAX];
	return done;
}

static bool wrmsr(unsigned int vcpu, uint32_t index, uint64_t value)
{
	values[vcpu][RCX] = index;
	values[vcpu][RAX] = 0xffffffff00000000ull | (uint32_t)value;
	values[vcpu][RDX] = 0xffffffff00000000ull | value >> 32;
	return run(vcpu, "\x0f\x30", 2, 0x1000);
}

static void encryption_leaf_says_what_was_configured(void **state)
{
	(void)state;
	boot("mode=host");
	assert_true(cpuid(0, 0x8000001f, 0));
	assert_int_equal(values[0][RAX] & 0xf, 0xf);
	assert_int_equal(values[0][RBX], 51);
	assert_int_equal(values[0][RCX], 509);
	assert_int_equal(values[0][RDX], 100);

	boot("mode=host,cbit=47,reduction=5,asids=15,min-sev-asid=5,es=off");
	assert_true(cpuid(1, 0x8000001f, 7));
	assert_int_equal(values[1][RAX] & 0xf, 0x7);
	assert_int_equal(values[1][RBX], 47 | 5 << 6);
	assert_int_equal(values[1][RCX], 15);
	assert_int_equal(values[1][RDX], 5);

	boot("mode=host,sme=off,sev=off,es=off");
	assert_true(cpuid(0, 0x8000001f, 0));
	assert_int_equal(values[0][RAX], 0);
	assert_int_equal(values[0][RCX], 0);
}

static void svm_has_what_kvm_demands(void **state)
{
	(void)state;
	boot("mode=host");
	assert_true(cpuid(0, 0x8000000a, 0));
	assert_int_equal(values[0][RDX] & 0xcb, 0xcb);
	assert_true(cpuid(0, 0x80000000, 0));
	assert_true(values[0][RAX] >= 0x8000001f && values[0][RAX] < 0x80000026);
	assert_memory_equal(&values[0][RBX], "Auth", 4);
	assert_memory_equal(&values[0][RDX], "enti", 4);
	assert_memory_equal(&values[0][RCX], "cAMD", 4);
}

static void other_leaves_and_instructions_are_left_to_qemu(void **state)
{
	static const uint32_t leaves[] = { 0, 1, 7, 0x80000001, 0x80000008, 0x80000022 };

	(void)state;
	boot("mode=host");
	for (unsigned int i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++) {
		assert_false(cpuid(0, leaves[i], 0));
		assert_int_equal(values[0][RBX], 0xb);
		assert_int_equal(values[0][RDX], 0xd);
	}
	assert_false(run(0, "\x0f\xa3\xc0", 3, 0));
	assert_false(run(0, "\x0f", 1, 0));
	assert_false(run(0, "\x90", 1, 0));
}

static void msrs_are_per_cpu_and_bits_of_the_bios_stick(void **state)
{
	uint64_t value;

	(void)state;
	boot("mode=host");
	assert_true(rdmsr(0, 0xc0010010, &value));
	assert_int_equal(value, 1u << 23);
	assert_true(wrmsr(0, 0xc0010010, 0x1234500000000ull | 1u << 20));
	assert_true(rdmsr(0, 0xc0010010, &value));
	assert_int_equal(value, 0x1234500000000ull | 1u << 20 | 1u << 23);
	assert_true(rdmsr(1, 0xc0010010, &value));
	assert_int_equal(value, 1u << 23);
	assert_true(wrmsr(1, 0xc0010015, 0));
	assert_true(rdmsr(1, 0xc0010015, &value));
	assert_int_equal(value, 1);
	assert_false(rdmsr(0, 0xc0000080, &value));
	assert_false(wrmsr(0, 0xc0000080, 1));

	boot("mode=host,sme=off,smm-lock=off");
	assert_true(rdmsr(0, 0xc0010010, &value));
	assert_int_equal(value & 1u << 23, 0);
	assert_true(rdmsr(0, 0xc0010015, &value));
	assert_int_equal(value, 0);
}

static void user_mode_can_read_cpuid_but_no_msr(void **state)
{
	uint64_t value;

	(void)state;
	boot("mode=host");
	values[0][CS] = 0x33;
	assert_true(cpuid(0, 0x8000001f, 0));
	assert_false(rdmsr(0, 0xc0010010, &value));
	assert_false(wrmsr(0, 0xc0010010, 0));
	values[0][CS] = 0x10;
	assert_true(rdmsr(0, 0xc0010010, &value));
	assert_int_equal(value, 1u << 23);
}

static void next_instruction_is_the_one_after(void **state)
{
	(void)state;
	boot("mode=host");
	/* Translated at an alias, and rip is still that of the start of the block. */
	values[0][RIP] = 0xffffffff81000f80;
	values[0][RAX] = 0x8000001f;
	assert_true(run(0, "\x0f\xa2", 2, 0x7fc4));
	assert_true(new_pc == 0xffffffff81000fc6);
	/* The block goes on in the next page. */
	values[0][RIP] = 0xffffffff81000ff0;
	values[0][RAX] = 0x8000001f;
	assert_true(run(0, "\x0f\xa2", 2, 0x8004));
	assert_true(new_pc == 0xffffffff81001006);
	/* Real mode: the address is linear, the instruction pointer is not. */
	values[0][CR0] = 0;
	values[0][CS] = 0xf123;
	values[0][RIP] = 0x0ff0;
	values[0][RAX] = 0x8000001f;
	assert_true(run(0, "\x0f\xa2", 2, 0xf1230 + 0x0ffa));
	assert_true(new_pc == 0x0ffc);
}

static void real_mode_has_privilege(void **state)
{
	uint64_t value;

	(void)state;
	boot("mode=host");
	values[0][CR0] = 0;
	values[0][CS] = 0xf003;
	assert_true(rdmsr(0, 0xc0010015, &value));
	assert_int_equal(value, 1);
}

static void instructions_are_counted_on_request(void **state)
{
	(void)state;
	boot("mode=host,count=off");
	assert_false(cpuid(0, 0x53455600, 0));
	boot("mode=host,count=on");
	for (int i = 0; i < 10; i++)
		run(0, "\x90", 1, 0);
	for (int i = 0; i < 5; i++)
		run(1, "\x90", 1, 0);
	scoreboard.value[2] = 1ull << 32;
	assert_true(cpuid(0, 0x53455600, 0));
	assert_int_equal(values[0][RAX], 16);
	assert_int_equal(values[0][RDX], 1);
	assert_int_equal(values[0][RBX], 0x43564553);
	assert_true(cpuid(1, 0x53455600, 1));
	assert_int_equal(values[1][RAX], 6);
	assert_int_equal(values[1][RDX], 0);
}

static void other_machines_and_interfaces_are_refused(void **state)
{
	char args[] = "mode=host";

	(void)state;
	assert_int_equal(install(8, 8, "x86_64", args), -1);
	assert_int_equal(install(6, 8, "x86_64", args), -1);
	assert_int_equal(install(4, 6, "x86_64", args), -1);
	assert_int_equal(install(7, 7, "aarch64", args), -1);
	assert_int_equal(qemu_plugin_version, 7);
}

static void bad_options_are_refused(void **state)
{
	static const char *const bad[] = {
		"", "cbit=51", "mode=guest", "mode", "mode=host,cbit=3", "mode=host,cbit=",
		"mode=host,es", "mode=host,es=maybe", "mode=host,asids=99999",
		"mode=host,asids=1x", "mode=host,what=on", "mode=host,sevens=on",
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char args[80];

		snprintf(args, sizeof(args), "%s", bad[i]);
		assert_int_equal(install(7, 7, "x86_64", args), -1);
	}
}

/* Options change the global configuration; each test begins with what the file says. */
static struct sevcpu_config defaults;

static int restore_defaults(void **state)
{
	(void)state;
	sevcpu_config = defaults;
	return 0;
}

#define TEST(name)	cmocka_unit_test_setup(name, restore_defaults)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(svm_has_what_kvm_demands),
		TEST(encryption_leaf_says_what_was_configured),
		TEST(other_leaves_and_instructions_are_left_to_qemu),
		TEST(msrs_are_per_cpu_and_bits_of_the_bios_stick),
		TEST(user_mode_can_read_cpuid_but_no_msr),
		TEST(next_instruction_is_the_one_after),
		TEST(real_mode_has_privilege),
		TEST(other_machines_and_interfaces_are_refused),
		TEST(bad_options_are_refused),
		TEST(instructions_are_counted_on_request),
	};

	defaults = sevcpu_config;
	return cmocka_run_group_tests_name("sevcpu", tests, NULL, NULL);
}
