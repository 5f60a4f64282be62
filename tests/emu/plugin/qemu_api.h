/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of QEMU's plugin interface that we use, version 7 as in QEMU 11.1.3.
 *
 * No Debian package has QEMU's own header. Types and prototypes below are the binary interface;
 * plugin.c refuses any other version of it. The two GLib arrays are what QEMU passes around; their
 * functions come from the GLib that QEMU itself has loaded.
 */
#ifndef EMU_PLUGIN_QEMU_API_H
#define EMU_PLUGIN_QEMU_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEVCPU_QEMU_API		7
#define SEVCPU_QEMU_TESTED	"11.1.3"

#define SEVCPU_EXPORT		__attribute__((visibility("default")))

typedef uint64_t qemu_plugin_id_t;

struct qemu_plugin_info {
	const char *target_name;
	struct {
		int min;
		int cur;
	} version;
	bool system_emulation;
	struct {
		int smp_vcpus;
		int max_vcpus;
	} system;
};

struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_plugin_register;
struct qemu_plugin_scoreboard;

struct qemu_plugin_reg_descriptor {
	struct qemu_plugin_register *handle;
	const char *name;
	const char *feature;
	bool is_readonly;
};

struct qemu_plugin_u64 {
	struct qemu_plugin_scoreboard *score;
	size_t offset;
};

/* What an instruction callback may touch. */
enum qemu_plugin_cb_flags {
	QEMU_PLUGIN_CB_NO_REGS,
	QEMU_PLUGIN_CB_R_REGS,
	QEMU_PLUGIN_CB_RW_REGS,
	QEMU_PLUGIN_CB_RW_REGS_PC,
};

enum qemu_plugin_op {
	QEMU_PLUGIN_INLINE_ADD_U64,
};

/* GLib */
struct GArray {
	char *data;
	unsigned int len;
};

struct GByteArray {
	uint8_t *data;
	unsigned int len;
};

struct GByteArray *g_byte_array_new(void);
struct GByteArray *g_byte_array_set_size(struct GByteArray *array, unsigned int len);
struct GByteArray *g_byte_array_append(struct GByteArray *array, const uint8_t *data,
				       unsigned int len);
char *g_array_free(struct GArray *array, int free_segment);

/* What QEMU looks for in a plugin */
extern SEVCPU_EXPORT int qemu_plugin_version;
SEVCPU_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_plugin_info *info,
				      int argc, char **argv);

/* Registration */
void qemu_plugin_register_vcpu_init_cb(qemu_plugin_id_t id,
				       void (*cb)(unsigned int vcpu, void *ud), void *ud);
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
					   void (*cb)(struct qemu_plugin_tb *tb, void *ud),
					   void *ud);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, void (*cb)(void *ud), void *ud);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
					    void (*cb)(unsigned int vcpu, void *ud),
					    enum qemu_plugin_cb_flags flags, void *ud);
void qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(struct qemu_plugin_insn *insn,
							 enum qemu_plugin_op op,
							 struct qemu_plugin_u64 entry,
							 uint64_t imm);

/* Translation blocks and instructions */
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t i);
size_t qemu_plugin_insn_data(const struct qemu_plugin_insn *insn, void *dest, size_t len);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);

/* Registers of the vCPU that runs the callback */
struct GArray *qemu_plugin_get_registers(void);
bool qemu_plugin_read_register(struct qemu_plugin_register *handle, struct GByteArray *buf);
bool qemu_plugin_write_register(struct qemu_plugin_register *handle, struct GByteArray *buf);
void qemu_plugin_set_pc(uint64_t vaddr) __attribute__((noreturn));

/* Memory: by its address in the page tables of that vCPU, or by its physical address (0: done) */
bool qemu_plugin_read_memory_vaddr(uint64_t addr, struct GByteArray *data, size_t len);
bool qemu_plugin_write_memory_vaddr(uint64_t addr, struct GByteArray *data);
bool qemu_plugin_translate_vaddr(uint64_t addr, uint64_t *pa);
int qemu_plugin_read_memory_hwaddr(uint64_t addr, struct GByteArray *data, size_t len);
int qemu_plugin_write_memory_hwaddr(uint64_t addr, struct GByteArray *data);

/* Counters per vCPU */
struct qemu_plugin_scoreboard *qemu_plugin_scoreboard_new(size_t element_size);
uint64_t qemu_plugin_u64_get(struct qemu_plugin_u64 entry, unsigned int vcpu);
uint64_t qemu_plugin_u64_sum(struct qemu_plugin_u64 entry);

void qemu_plugin_outs(const char *string);

/*
 * No part of the plugin interface, but QEMU exports all its functions for its loadable parts, and a
 * plugin is one. They tell what a CPU was at when a signal has stopped it, which is when the
 * interface does not answer. A QEMU that lacks them can't load the plugin and says so.
 */
struct CPUState;

struct CPUState *qemu_get_cpu(int index);
bool in_code_gen_buffer(const void *host_code);
bool cpu_restore_state(struct CPUState *cpu, uintptr_t host_code);
int gdb_read_register(struct CPUState *cpu, struct GByteArray *buf, int reg);
int cpu_memory_rw_debug(struct CPUState *cpu, uint64_t addr, void *buf, size_t len, bool is_write);

#endif
