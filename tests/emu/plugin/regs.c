// SPDX-License-Identifier: GPL-2.0-only
/* Registers and memory, as the vCPU that runs the callback sees them. */
#include <stdio.h>
#include <string.h>

#include "sevcpu.h"

#define CR0_PE	1u

static const char *const reg_names[REG_COUNT] = {
	[REG_RAX] = "rax", [REG_RBX] = "rbx", [REG_RCX] = "rcx", [REG_RDX] = "rdx",
	[REG_RSI] = "rsi", [REG_RDI] = "rdi", [REG_RBP] = "rbp", [REG_RSP] = "rsp",
	[REG_R8] = "r8", [REG_R9] = "r9", [REG_R10] = "r10", [REG_R11] = "r11",
	[REG_R12] = "r12", [REG_R13] = "r13", [REG_R14] = "r14", [REG_R15] = "r15",
	[REG_RIP] = "rip", [REG_EFLAGS] = "eflags", [REG_CS] = "cs", [REG_CR0] = "cr0",
	[REG_CR3] = "cr3", [REG_CR4] = "cr4",
};

/* Each vCPU has a thread of its own and only uses its own row. */
static struct qemu_plugin_register *handles[SEVCPU_MAX_VCPUS][REG_COUNT];
static __thread struct GByteArray *buffer;

/**
 * regs_init() - find the registers of a vCPU
 * @vcpu: the vCPU that runs the callback
 *
 * Return: false when QEMU does not have one of them.
 */
bool regs_init(unsigned int vcpu)
{
	struct GArray *list = qemu_plugin_get_registers();
	const struct qemu_plugin_reg_descriptor *desc = (const void *)list->data;
	bool complete = true;

	for (int r = 0; r < REG_COUNT; r++) {
		handles[vcpu][r] = NULL;
		for (unsigned int i = 0; i < list->len && !handles[vcpu][r]; i++)
			if (!strcmp(desc[i].name, reg_names[r]))
				handles[vcpu][r] = desc[i].handle;
		if (!handles[vcpu][r]) {
			fprintf(stderr, "sevcpu: QEMU has no register '%s'\n", reg_names[r]);
			complete = false;
		}
	}
	g_array_free(list, 1);
	return complete;
}

static struct GByteArray *thread_buffer(void)
{
	if (!buffer)
		buffer = g_byte_array_new();
	return g_byte_array_set_size(buffer, 0);
}

/**
 * reg_read() - read a register
 * @vcpu: the vCPU that runs the callback
 * @reg: register
 *
 * Return: its value, zero-extended.
 */
uint64_t reg_read(unsigned int vcpu, enum reg_id reg)
{
	struct GByteArray *buf = thread_buffer();
	uint64_t value = 0;

	if (qemu_plugin_read_register(handles[vcpu][reg], buf))
		memcpy(&value, buf->data, buf->len < sizeof(value) ? buf->len : sizeof(value));
	return value;
}

/**
 * reg_write() - write a general register
 * @vcpu: the vCPU that runs the callback
 * @reg: register
 * @value: its new value
 */
void reg_write(unsigned int vcpu, enum reg_id reg, uint64_t value)
{
	struct GByteArray *buf = thread_buffer();

	g_byte_array_append(buf, (const uint8_t *)&value, sizeof(value));
	qemu_plugin_write_register(handles[vcpu][reg], buf);
}

/**
 * regs_cpl() - current privilege level
 * @vcpu: the vCPU that runs the callback
 *
 * Return: 0 to 3.
 */
unsigned int regs_cpl(unsigned int vcpu)
{
	if (!(reg_read(vcpu, REG_CR0) & CR0_PE))
		return 0;
	return (unsigned int)reg_read(vcpu, REG_CS) & 3;
}

/**
 * regs_pc() - instruction pointer of the instruction that runs the callback
 * @vcpu: the vCPU that runs the callback
 * @vaddr_low: low 12 bits of the linear address at which it was translated
 *
 * In a callback "rip" is that of the start of the block or of some instruction since, never one
 * after this. Blocks are translated independent of position, so of the address at translation
 * only the low 12 bits are certain. A block is shorter than a page: both together are enough.
 *
 * Return: the instruction pointer.
 */
uint64_t regs_pc(unsigned int vcpu, uint64_t vaddr_low)
{
	uint64_t rip = reg_read(vcpu, REG_RIP);
	uint64_t base = 0;

	if (!(reg_read(vcpu, REG_CR0) & CR0_PE))
		base = reg_read(vcpu, REG_CS) << 4;
	return rip + ((vaddr_low - (rip + base)) & 0xfff);
}

static bool copy_out(void *buf, size_t len)
{
	if (buffer->len < len)
		return false;
	memcpy(buf, buffer->data, len);
	return true;
}

/**
 * guest_read() - read memory or device registers by their physical address
 * @pa: address
 * @buf: destination
 * @len: bytes
 *
 * Return: 0, or -1 where nothing is.
 */
int guest_read(uint64_t pa, void *buf, size_t len)
{
	struct GByteArray *data = thread_buffer();

	if (qemu_plugin_read_memory_hwaddr(pa, data, len))
		return -1;
	return copy_out(buf, len) ? 0 : -1;
}

/**
 * guest_write() - write memory by its physical address
 * @pa: address
 * @buf: source
 * @len: bytes
 *
 * Return: 0, or -1 where nothing is.
 */
int guest_write(uint64_t pa, const void *buf, size_t len)
{
	struct GByteArray *data = thread_buffer();

	g_byte_array_append(data, buf, (unsigned int)len);
	return qemu_plugin_write_memory_hwaddr(pa, data) ? -1 : 0;
}

/**
 * guest_read_virtual() - read memory as an instruction of the running code does
 * @va: address in the page tables of the vCPU that runs the callback
 * @buf: destination
 * @len: bytes
 *
 * Return: false where nothing is mapped.
 */
bool guest_read_virtual(uint64_t va, void *buf, size_t len)
{
	return qemu_plugin_read_memory_vaddr(va, thread_buffer(), len) && copy_out(buf, len);
}

/**
 * guest_write_virtual() - write memory as an instruction of the running code does
 * @va: address in the page tables of the vCPU that runs the callback
 * @buf: source
 * @len: bytes
 *
 * Return: false where nothing is mapped.
 */
bool guest_write_virtual(uint64_t va, const void *buf, size_t len)
{
	struct GByteArray *data = thread_buffer();

	g_byte_array_append(data, buf, (unsigned int)len);
	return qemu_plugin_write_memory_vaddr(va, data);
}
