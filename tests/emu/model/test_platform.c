// SPDX-License-Identifier: GPL-2.0-only
/* The platform comes up, keeps its identity where it should, and goes down. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keys.h"
#include "test_owner.h"

static char state_dir[64];

static int make_dir(void **state)
{
	(void)state;
	snprintf(state_dir, sizeof(state_dir), "/tmp/fwmodel-XXXXXX");
	return mkdtemp(state_dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	static const char * const names[] = { "fuses", "flash", "fuses.new", "flash.new" };
	char path[128];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", state_dir, names[i]);
		unlink(path);
	}
	return rmdir(state_dir);
}

static struct machine *with_state_dir(void)
{
	struct fw_config cfg;

	fw_config_init(&cfg, 0x19);
	cfg.state_dir = state_dir;
	return machine_with(&cfg);
}

static void damage_file(const char *name, long offset)
{
	char path[128];
	FILE *file;
	int byte;

	snprintf(path, sizeof(path), "%s/%s", state_dir, name);
	file = fopen(path, "r+b");
	assert_non_null(file);
	fseek(file, offset, SEEK_SET);
	byte = fgetc(file);
	fseek(file, offset, SEEK_SET);
	fputc(byte ^ 1, file);
	fclose(file);
}

/* The part of the identity that tells platforms apart: PDH and PEK. */
static void fingerprint(struct machine *m, uint8_t *print)
{
	uint8_t pdh[CERT_SIZE], chain[3 * CERT_SIZE];

	export_certs(m, pdh, chain);
	memcpy(print, pdh + 0x14, 48);
	memcpy(print + 48, chain + 0x14, 48);
}

static void status_in_every_state(void **state)
{
	struct machine *m = machine_new(0x19);
	struct sev_cmd_platform_status s = status_of(m);
	uint32_t handle;

	(void)state;
	assert_int_equal(s.api_major, 1);
	assert_int_equal(s.api_minor, 55);
	assert_int_equal(s.build, 21);
	assert_int_equal(s.state, SEV_PSTATE_UNINIT);
	assert_int_equal(s.flags, 0);
	assert_int_equal(s.guest_count, 0);
	assert_int_equal(init(m, false), 0);
	assert_int_equal(status_of(m).state, SEV_PSTATE_INIT);
	assert_int_equal(status_of(m).flags, 0);
	assert_int_equal(run0(m, SEV_OP_SHUTDOWN), 0);
	assert_int_equal(init(m, true), 0);
	assert_int_equal(status_of(m).flags, SEV_STATUS_ES);
	assert_int_equal(launch(m, 0, &handle), 0);
	assert_int_equal(status_of(m).state, SEV_PSTATE_WORKING);
	assert_int_equal(status_of(m).guest_count, 1);
	assert_int_equal(run0(m, SEV_OP_SHUTDOWN), 0);
	s = status_of(m);
	assert_int_equal(s.state, SEV_PSTATE_UNINIT);
	assert_int_equal(s.flags, 0);
	assert_int_equal(s.guest_count, 0);
	assert_int_equal(run0(m, SEV_OP_SHUTDOWN), 0);
	machine_free(m);
}

static void init_checks_its_buffer(void **state)
{
	static const struct {
		struct sev_cmd_init cmd;
		uint32_t status;
	} cases[] = {
		{ { .flags = 2 }, SEV_RET_INVALID_PARAM },
		{ { .rsvd = 1 }, SEV_RET_INVALID_PARAM },
		{ { .flags = 1 }, SEV_RET_INVALID_CONFIG },
		{ { .flags = 1, .tmr_paddr = AT_TMR, .tmr_len = SEV_TMR_LEN - 1 },
		  SEV_RET_INVALID_CONFIG },
		{ { .flags = 1, .tmr_paddr = AT_TMR + 4096, .tmr_len = SEV_TMR_LEN },
		  SEV_RET_INVALID_CONFIG },
		{ { .flags = 1, .tmr_paddr = RAM_BASE + RAM_SIZE, .tmr_len = SEV_TMR_LEN },
		  SEV_RET_INVALID_CONFIG },
		{ { .flags = 1, .tmr_paddr = AT_TMR, .tmr_len = RAM_SIZE },
		  SEV_RET_INVALID_CONFIG },
	};
	struct machine *m = machine_new(0x19);
	struct sev_cmd_init cmd;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		cmd = cases[i].cmd;
		assert_refused(m, cases[i].status, run(m, SEV_OP_INIT, &cmd, sizeof(cmd)));
		assert_int_equal(status_of(m).state, SEV_PSTATE_UNINIT);
	}
	cmd = (struct sev_cmd_init){
		.flags = 1, .tmr_paddr = AT_TMR | CBIT, .tmr_len = SEV_TMR_LEN_SNP,
	};
	assert_int_equal(run(m, SEV_OP_INIT, &cmd, sizeof(cmd)), 0);
	assert_refused(m, SEV_RET_INVALID_PLATFORM_STATE, init(m, false));
	machine_free(m);
}

static void init_ex_checks_its_buffer(void **state)
{
	const struct sev_cmd_init_ex good = {
		.length = sizeof(good), .flags = SEV_INIT_ES, .tmr_paddr = AT_TMR,
		.tmr_len = SEV_TMR_LEN, .nv_paddr = AT_NV, .nv_len = SEV_NV_LEN,
	};
	struct machine *m = machine_new(0x19);
	struct sev_cmd_init_ex cmd;

	(void)state;
#define REFUSED_WITH(status, change) \
	do { \
		cmd = good; \
		cmd.change; \
		assert_refused(m, status, run(m, SEV_OP_INIT_EX, &cmd, sizeof(cmd))); \
	} while (0)
	REFUSED_WITH(SEV_RET_INVALID_LEN, length = 32);
	REFUSED_WITH(SEV_RET_INVALID_LEN, length = 0);
	REFUSED_WITH(SEV_RET_INVALID_PARAM, flags |= 4);
	REFUSED_WITH(SEV_RET_INVALID_PARAM, rsvd = 1);
	REFUSED_WITH(SEV_RET_INVALID_CONFIG, nv_len = 4096);
	REFUSED_WITH(SEV_RET_INVALID_CONFIG, nv_paddr += 16);
	REFUSED_WITH(SEV_RET_INVALID_CONFIG, nv_paddr = RAM_BASE + RAM_SIZE - 4096);
	REFUSED_WITH(SEV_RET_INVALID_CONFIG, nv_paddr = AT_TMR + 4096);
	REFUSED_WITH(SEV_RET_INVALID_CONFIG, tmr_len = 0);
#undef REFUSED_WITH
	machine_free(m);
}

static void no_init_without_memory_encryption(void **state)
{
	struct fw_config cfg;
	struct machine *m;

	(void)state;
	fw_config_init(&cfg, 0x19);
	cfg.memory_encryption_off = true;
	m = machine_with(&cfg);
	assert_refused(m, SEV_RET_HWSEV_RET_PLATFORM, init(m, true));
	machine_free(m);
}

static void firmware_memory_is_out_of_bounds(void **state)
{
	const uint64_t taken[] = { AT_TMR, AT_TMR + SEV_TMR_LEN - 1, AT_TMR - 1, AT_NV + 100 };
	struct machine *m = machine_new(0x19);
	struct sev_cmd_blob cmd;
	size_t i;

	(void)state;
	memset(machine_at(m, AT_NV), 0xff, SEV_NV_LEN);
	assert_int_equal(init_ex(m, true), 0);
	for (i = 0; i < ARRAY_SIZE(taken); i++) {
		cmd = (struct sev_cmd_blob){ .paddr = taken[i], .len = SEV_CHIP_ID_LEN };
		assert_refused(m, SEV_RET_INVALID_ADDRESS, run(m, SEV_OP_GET_ID, &cmd, 12));
	}
	cmd.paddr = AT_TMR - SEV_CHIP_ID_LEN;
	assert_int_equal(run(m, SEV_OP_GET_ID, &cmd, 12), 0);
	/* SHUTDOWN gives it back */
	assert_int_equal(run0(m, SEV_OP_SHUTDOWN), 0);
	cmd.paddr = AT_TMR;
	assert_int_equal(run(m, SEV_OP_GET_ID, &cmd, 12), 0);
	machine_free(m);
}

static void identity_lives_in_the_flash(void **state)
{
	uint8_t first[96], second[96];
	struct machine *m = with_state_dir();

	(void)state;
	bring_up(m);
	fingerprint(m, first);
	assert_int_equal(run0(m, SEV_OP_SHUTDOWN), 0);
	bring_up(m);
	fingerprint(m, second);
	assert_memory_equal(first, second, sizeof(first));
	fw_reset(m->fw);
	assert_int_equal(status_of(m).state, SEV_PSTATE_UNINIT);
	machine_free(m);

	m = with_state_dir();
	bring_up(m);
	fingerprint(m, second);
	assert_memory_equal(first, second, sizeof(first));
	assert_int_equal(run0(m, SEV_OP_PDH_GEN), 0);
	fingerprint(m, first);
	assert_memory_not_equal(first, second, 48);
	machine_free(m);

	m = with_state_dir();
	bring_up(m);
	fingerprint(m, second);
	assert_memory_equal(first, second, sizeof(first));
	assert_int_equal(run0(m, SEV_OP_SHUTDOWN), 0);
	assert_int_equal(run0(m, SEV_OP_FACTORY_RESET), 0);
	machine_free(m);

	m = with_state_dir();
	bring_up(m);
	fingerprint(m, second);
	assert_memory_not_equal(first + 48, second + 48, 48);
	machine_free(m);
}

static void corrupt_flash_is_erased_once(void **state)
{
	const long offsets[] = { 0, 8, 12, 16, 28, 44, 48, 5000, SEV_NV_LEN - 1 };
	struct machine *m;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(offsets); i++) {
		m = with_state_dir();
		assert_int_equal(init(m, true), 0);
		machine_free(m);
		damage_file("flash", offsets[i]);
		m = with_state_dir();
		assert_refused(m, SEV_RET_SECURE_DATA_INVALID, init(m, true));
		assert_int_equal(status_of(m).state, SEV_PSTATE_UNINIT);
		assert_int_equal(init(m, true), 0);
		machine_free(m);
	}
}

static void unusable_state_directory_is_an_error(void **state)
{
	char path[128];
	struct machine *m = with_state_dir();

	(void)state;
	machine_free(m);
	snprintf(path, sizeof(path), "%s/fuses", state_dir);
	assert_int_equal(truncate(path, 5), 0);
	m = with_state_dir();
	assert_null(m->fw);
	assert_int_equal(m->errors, 1);
	machine_free(m);
	unlink(path);

	m = with_state_dir();
	assert_non_null(m->fw);
	/* a directory where the file should go cannot be replaced by rename() */
	snprintf(path, sizeof(path), "%s/flash", state_dir);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(init(m, false), SEV_RET_HWSEV_RET_PLATFORM);
	assert_true(m->errors > 0);
	assert_int_equal(status_of(m).state, SEV_PSTATE_UNINIT);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(init(m, false), 0);
	machine_free(m);
}

static void identity_lives_in_the_nv_area(void **state)
{
	uint8_t first[96], second[96], old_area[SEV_NV_LEN];
	struct machine *m = machine_new(0x19);
	uint8_t *area = machine_at(m, AT_NV);

	(void)state;
	memset(area, 0xff, SEV_NV_LEN);
	assert_int_equal(init_ex(m, true), 0);
	fingerprint(m, first);
	assert_int_equal(run0(m, SEV_OP_SHUTDOWN), 0);
	assert_int_equal(init_ex(m, true), 0);
	fingerprint(m, second);
	assert_memory_equal(first, second, sizeof(first));

	/* commands that change the identity change the area */
	memcpy(old_area, area, SEV_NV_LEN);
	assert_int_equal(run0(m, SEV_OP_PEK_GEN), 0);
	assert_memory_not_equal(old_area, area, SEV_NV_LEN);
	fingerprint(m, first);
	assert_int_equal(run0(m, SEV_OP_SHUTDOWN), 0);
	assert_int_equal(init_ex(m, true), 0);
	fingerprint(m, second);
	assert_memory_equal(first, second, sizeof(first));
	assert_int_equal(run0(m, SEV_OP_SHUTDOWN), 0);

	/* INIT keeps its own */
	assert_int_equal(init(m, true), 0);
	fingerprint(m, second);
	assert_memory_not_equal(first, second, sizeof(first));
	assert_int_equal(run0(m, SEV_OP_SHUTDOWN), 0);
	memcpy(area, old_area, SEV_NV_LEN);
	assert_int_equal(init_ex(m, true), 0);
	machine_free(m);
}

static void corrupt_nv_area_is_erased_once(void **state)
{
	const size_t offsets[] = { 0, 8, 12, 16, 28, 44, 48, 5000, SEV_NV_LEN - 1 };
	struct machine *m = machine_new(0x19);
	uint8_t *area = machine_at(m, AT_NV);
	uint8_t erased[SEV_NV_LEN];
	size_t i;

	(void)state;
	memset(erased, 0xff, sizeof(erased));
	memset(area, 0xff, SEV_NV_LEN);
	for (i = 0; i < ARRAY_SIZE(offsets); i++) {
		assert_int_equal(init_ex(m, true), 0);
		assert_int_equal(run0(m, SEV_OP_SHUTDOWN), 0);
		area[offsets[i]] ^= 1;
		assert_refused(m, SEV_RET_SECURE_DATA_INVALID, init_ex(m, true));
		assert_memory_equal(area, erased, SEV_NV_LEN);
	}
	/* an area that was never written is not an erased one */
	memset(area, 0, SEV_NV_LEN);
	assert_refused(m, SEV_RET_SECURE_DATA_INVALID, init_ex(m, true));
	assert_int_equal(init_ex(m, true), 0);
	machine_free(m);
}

static void nv_data_of_another_chip_is_corrupt(void **state)
{
	struct machine *a = machine_new(0x19);
	struct machine *b = machine_new(0x19);

	(void)state;
	memset(machine_at(a, AT_NV), 0xff, SEV_NV_LEN);
	assert_int_equal(init_ex(a, false), 0);
	machine_put(b, AT_NV, machine_at(a, AT_NV), SEV_NV_LEN);
	assert_refused(b, SEV_RET_SECURE_DATA_INVALID, init_ex(b, false));
	machine_free(a);
	machine_free(b);
}

static void chip_id_per_socket(void **state)
{
	struct sev_cmd_blob cmd = { 0 };
	struct fw_config cfg;
	struct machine *m;
	uint8_t *id, first[128];

	(void)state;
	fw_config_init(&cfg, 0x19);
	cfg.sockets = 2;
	m = machine_with(&cfg);
	assert_refused(m, SEV_RET_INVALID_LEN, run(m, SEV_OP_GET_ID, &cmd, sizeof(cmd)));
	assert_int_equal(cmd.len, 128);
	cmd.paddr = AT_A;
	assert_int_equal(run(m, SEV_OP_GET_ID, &cmd, sizeof(cmd)), 0);
	id = machine_at(m, AT_A);
	memcpy(first, id, sizeof(first));
	assert_memory_not_equal(id, id + 64, 64);
	cmd.len = 127;
	assert_refused(m, SEV_RET_INVALID_LEN, run(m, SEV_OP_GET_ID, &cmd, sizeof(cmd)));
	cmd.len = 4096;
	assert_int_equal(run(m, SEV_OP_GET_ID, &cmd, sizeof(cmd)), 0);
	assert_int_equal(cmd.len, 128);
	assert_memory_equal(id, first, sizeof(first));
	machine_free(m);

	m = machine_new(0x19);
	assert_int_equal(run(m, SEV_OP_GET_ID, &cmd, sizeof(cmd)), 0);
	assert_int_equal(cmd.len, 64);
	assert_memory_not_equal(machine_at(m, AT_A), first, 64);
	machine_free(m);

	m = machine_new(0x1a);
	assert_int_equal(run(m, SEV_OP_GET_ID, &cmd, sizeof(cmd)), 0);
	memset(first, 0, sizeof(first));
	id = machine_at(m, AT_A);
	assert_memory_not_equal(id, first, 8);
	assert_memory_equal(id + 8, first, 56);
	machine_free(m);
}

static void unknown_commands_are_refused(void **state)
{
	const uint32_t ids[] = { 0, 0x00e, 0x024, 0x07f, 0x080, 0x0ff, 0x7ff, 0xffffffff };
	struct machine *m = machine_new(0x19);
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(ids); i++)
		assert_refused(m, SEV_RET_INVALID_COMMAND, run0(m, ids[i]));
	/* and a known one whose buffer is nowhere */
	assert_refused(m, SEV_RET_INVALID_ADDRESS, run0(m, SEV_OP_PLATFORM_STATUS));
	machine_free(m);
}

static void old_firmware_lacks_new_commands(void **state)
{
	struct sev_cmd_blob cmd = { .paddr = AT_A, .len = 128 };
	struct fw_config cfg;
	struct machine *m;

	(void)state;
	fw_config_init(&cfg, 0x17);
	cfg.api_minor = 14;
	m = machine_with(&cfg);
	assert_refused(m, SEV_RET_INVALID_COMMAND, run(m, SEV_OP_GET_ID, &cmd, sizeof(cmd)));
	assert_refused(m, SEV_RET_INVALID_COMMAND,
		       run(m, SEV_OP_DOWNLOAD_FIRMWARE, &cmd, sizeof(cmd)));
	machine_free(m);
}

static void chips_have_limits(void **state)
{
	struct fw_config cfg;
	struct machine *m;

	(void)state;
#define NO_CHIP(change) \
	do { \
		fw_config_init(&cfg, 0x19); \
		cfg.change; \
		m = machine_with(&cfg); \
		assert_null(m->fw); \
		assert_int_equal(m->errors, 1); \
		machine_free(m); \
	} while (0)
	NO_CHIP(family = 0x15);
	NO_CHIP(api_minor = 256);
	NO_CHIP(sockets = 3);
	NO_CHIP(asids = 0);
	NO_CHIP(asids = 100000);
	NO_CHIP(min_sev_asid = 511);
	NO_CHIP(cores = 100000);
	NO_CHIP(state_dir = "/nonexistent/directory");
#undef NO_CHIP
	fw_config_init(&cfg, 0x19);
	cfg.api_major = 255;
	cfg.api_minor = 255;
	cfg.build = 255;
	cfg.svn = 255;
	cfg.asids = 1024;
	cfg.min_sev_asid = 1025;
	cfg.cores = 512;
	m = machine_with(&cfg);
	assert_non_null(m->fw);
	assert_int_equal(init(m, true), 0);
	assert_refused(m, SEV_RET_WBINVD_REQUIRED, run0(m, SEV_OP_DF_FLUSH));
	machine_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(status_in_every_state),
		cmocka_unit_test(init_checks_its_buffer),
		cmocka_unit_test(init_ex_checks_its_buffer),
		cmocka_unit_test(no_init_without_memory_encryption),
		cmocka_unit_test(firmware_memory_is_out_of_bounds),
		cmocka_unit_test_setup_teardown(identity_lives_in_the_flash, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(corrupt_flash_is_erased_once, make_dir,
						remove_dir),
		cmocka_unit_test_setup_teardown(unusable_state_directory_is_an_error, make_dir,
						remove_dir),
		cmocka_unit_test(identity_lives_in_the_nv_area),
		cmocka_unit_test(corrupt_nv_area_is_erased_once),
		cmocka_unit_test(nv_data_of_another_chip_is_corrupt),
		cmocka_unit_test(chip_id_per_socket),
		cmocka_unit_test(unknown_commands_are_refused),
		cmocka_unit_test(old_firmware_lacks_new_commands),
		cmocka_unit_test(chips_have_limits),
	};

	return cmocka_run_group_tests_name("platform", tests, NULL, NULL);
}
