/* SPDX-License-Identifier: GPL-2.0-only */
/* A machine for the tests: RAM, a command page, and a memory of what the model said. */
#ifndef EMU_MODEL_TEST_MACHINE_H
#define EMU_MODEL_TEST_MACHINE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fw.h"
#include "sev-certs.h"
#include "sev/legacy.h"
#include "sev/ops.h"
#include "sev/snp.h"
#include "sev/uapi.h"

#define RAM_BASE	0x100000000ULL
#define RAM_SIZE	(8U << 20)
#define CBIT		SEV_BIT64(51)

/* where things are in RAM; the gaps are larger than what goes there */
#define AT_COMMAND	(RAM_BASE + 0x1000)
#define AT_A		(RAM_BASE + 0x10000)
#define AT_B		(RAM_BASE + 0x20000)
#define AT_C		(RAM_BASE + 0x30000)
#define AT_D		(RAM_BASE + 0x40000)
#define AT_GUEST	(RAM_BASE + 0x80000)
#define AT_NV		(RAM_BASE + 0x100000)
#define AT_TMR		(RAM_BASE + 0x400000)

#define RAM_PAGES	(RAM_SIZE / 4096)
#define RMP_AT		0xe0000000ULL	/* RAM of its own, too, that covers all of RAM */
#define RMP_SIZE	(17U << 20)
#define MACHINE_CPUS	2
#define MACHINE_MSRS	40

/* struct machine_msr - An MSR that the machine tracks */
struct machine_msr {
	uint32_t number;
	uint64_t value[MACHINE_CPUS];
};

/* struct machine - One PSP with memory; without CPUs nothing of SNP is there */
struct machine {
	struct fw *fw;
	struct fw_config cfg;
	uint8_t *ram;
	uint8_t *rmp_ram;
	unsigned int cpus;
	struct machine_msr msrs[MACHINE_MSRS];
	unsigned int msr_count;
	struct fw_rmp_entry rmp[RAM_PAGES];
	uint64_t iommu[2][2];	/* address and length */
	unsigned int iommu_count;
	char refused[400];	/* last refusal that the model explained */
	unsigned int errors;	/* lines at FW_LOG_ERROR */
	unsigned int fatal;	/* times that the model wanted to end the run */
};

struct machine *machine_new(unsigned int family);
struct machine *machine_with(const struct fw_config *cfg);
void machine_free(struct machine *m);
void *machine_at(struct machine *m, uint64_t pa);
void machine_put(struct machine *m, uint64_t pa, const void *data, size_t len);

uint32_t run(struct machine *m, uint32_t cmd, void *buffer, size_t len);
uint32_t run0(struct machine *m, uint32_t cmd);
uint32_t init(struct machine *m, bool es);
uint32_t init_ex(struct machine *m, bool es);
void bring_up(struct machine *m);
int machine_up(void **state);
int machine_down(void **state);
struct sev_cmd_platform_status status_of(struct machine *m);

uint32_t launch(struct machine *m, uint32_t policy, uint32_t *handle);
uint32_t activate(struct machine *m, uint32_t handle, uint32_t asid);
uint32_t with_handle(struct machine *m, uint32_t cmd, uint32_t handle);
uint8_t guest_state(struct machine *m, uint32_t handle);
void run_guest(struct machine *m, uint32_t policy, uint32_t asid, uint32_t *handle);

/* Refused with that status, and the log says why. */
#define assert_refused(m, status, call) \
	_assert_refused(m, status, call, #call, __FILE__, __LINE__)
void _assert_refused(struct machine *m, uint32_t want, uint32_t got, const char *call,
		     const char *file, int line);

#endif
