// SPDX-License-Identifier: GPL-2.0-only
/* Firmware updates: what is accepted, what is refused, and what a reset undoes. */
#include <string.h>

#include "image.h"
#include "test_machine.h"

#define IMAGE_SIZE	8192

static struct machine *with_version(unsigned int family, unsigned int minor)
{
	struct fw_config cfg;
	struct machine *m;

	fw_config_init(&cfg, family);
	if (minor)
		cfg.api_minor = minor;
	m = machine_with(&cfg);
	assert_non_null(m->fw);
	return m;
}

static void make_image(struct machine *m, uint8_t major, uint8_t minor, uint8_t build, uint8_t svn)
{
	const struct image_header header = {
		.length = IMAGE_SIZE, .family = m->cfg.family, .major = major, .minor = minor,
		.build = build, .svn = svn,
	};

	assert_true(image_seal(machine_at(m, AT_GUEST), &header));
}

static uint32_t download_at(struct machine *m, uint64_t pa, uint32_t len)
{
	struct sev_cmd_blob cmd = { .paddr = pa, .len = len };

	return run(m, SEV_OP_DOWNLOAD_FIRMWARE, &cmd, sizeof(cmd));
}

static uint32_t download(struct machine *m)
{
	return download_at(m, AT_GUEST, IMAGE_SIZE);
}

static void newer_firmware_takes_over(void **state)
{
	struct machine *m = with_version(0x19, 0);
	struct fw_info info;

	(void)state;
	make_image(m, 1, 55, 39, 0x16);
	assert_int_equal(download(m), 0);
	assert_int_equal(status_of(m).build, 39);
	fw_get_info(m->fw, &info);
	assert_int_equal(info.committed_build, 39);
	/* the same again is fine, and so is initialising afterwards */
	assert_int_equal(download(m), 0);
	bring_up(m);
	assert_refused(m, SEV_RET_INVALID_PLATFORM_STATE, download(m));
	/* the boot flash still has what it had */
	fw_reset(m->fw);
	assert_int_equal(status_of(m).build, 21);
	fw_get_info(m->fw, &info);
	assert_int_equal(info.committed_build, 21);
	machine_free(m);
}

static void older_firmware_is_refused(void **state)
{
	struct machine *m = with_version(0x19, 0);

	(void)state;
	make_image(m, 1, 55, 20, 0x16);
	assert_refused(m, SEV_RET_BAD_VERSION, download(m));
	make_image(m, 1, 54, 99, 0x16);
	assert_refused(m, SEV_RET_BAD_VERSION, download(m));
	make_image(m, 0, 99, 99, 0x16);
	assert_refused(m, SEV_RET_BAD_VERSION, download(m));
	make_image(m, 1, 55, 30, 0x15);
	assert_refused(m, SEV_RET_BAD_SVN, download(m));
	assert_int_equal(status_of(m).build, 21);
	machine_free(m);
}

static void damaged_image_is_refused(void **state)
{
	const size_t offsets[] = {
		0, 0x10, 0x13, 0x14, 0x60, 0x62, 0x6b, 0x70, 0x78, 0x7c, 0x7d, 0xff, 0x100,
		IMAGE_SIZE - 97, IMAGE_SIZE - 1,
	};
	struct machine *m = with_version(0x19, 0);
	uint8_t *image = machine_at(m, AT_GUEST);
	size_t i;

	(void)state;
	make_image(m, 1, 55, 39, 0x16);
	for (i = 0; i < ARRAY_SIZE(offsets); i++) {
		image[offsets[i]] ^= 1;
		assert_refused(m, SEV_RET_BAD_SIGNATURE, download(m));
		image[offsets[i]] ^= 1;
	}
	assert_int_equal(download(m), 0);
	machine_free(m);
}

static void image_looks_like_a_real_one(void **state)
{
	struct machine *m = with_version(0x19, 0);
	uint8_t *image = machine_at(m, AT_GUEST);

	(void)state;
	make_image(m, 1, 58, 39, 0x16);
	assert_memory_equal(image + 0x10, "$PS1", 4);
	assert_memory_equal(image + 0x60, "\x27\x3a\x01", 3);
	assert_int_equal(image[0x6c] | image[0x6d] << 8, IMAGE_SIZE);
	assert_int_equal(image[0x14] | image[0x15] << 8, IMAGE_SIZE - 0x100 - 96);
	/* a real one has these fields, too, and is nothing for us */
	memset(image + 0x70, 0x5a, IMAGE_SIZE - 0x70);
	assert_refused(m, SEV_RET_BAD_SIGNATURE, download(m));
	assert_non_null(strstr(m->refused, "1.58.39"));
	memset(image, 0x5a, IMAGE_SIZE);
	assert_refused(m, SEV_RET_BAD_SIGNATURE, download(m));
	assert_non_null(strstr(m->refused, "$PS1"));
	machine_free(m);
}

static void image_of_another_family_is_refused(void **state)
{
	struct machine *milan = with_version(0x19, 0);
	struct machine *turin = with_version(0x1a, 0);

	(void)state;
	make_image(turin, 1, 55, 39, 0x16);
	machine_put(milan, AT_GUEST, machine_at(turin, AT_GUEST), IMAGE_SIZE);
	assert_refused(milan, SEV_RET_BAD_SIGNATURE, download(milan));
	assert_int_equal(download(turin), 0);
	machine_free(milan);
	machine_free(turin);
}

static void length_and_alignment(void **state)
{
	struct machine *m = with_version(0x19, 0);

	(void)state;
	make_image(m, 1, 55, 39, 0x16);
	assert_refused(m, SEV_RET_INVALID_LEN, download_at(m, AT_GUEST, IMAGE_SIZE - 32));
	assert_refused(m, SEV_RET_INVALID_LEN, download_at(m, AT_GUEST, IMAGE_SIZE + 32));
	assert_refused(m, SEV_RET_INVALID_LEN, download_at(m, AT_GUEST, 0));
	assert_refused(m, SEV_RET_INVALID_LEN, download_at(m, AT_GUEST, IMAGE_MIN - 1));
	assert_refused(m, SEV_RET_INVALID_LEN, download_at(m, AT_GUEST, IMAGE_MAX + 1));
	assert_refused(m, SEV_RET_INVALID_ADDRESS, download_at(m, AT_GUEST + 16, IMAGE_SIZE));
	assert_refused(m, SEV_RET_INVALID_ADDRESS,
		       download_at(m, RAM_BASE + RAM_SIZE - 4096, IMAGE_SIZE));
	memmove(machine_at(m, AT_GUEST + 32), machine_at(m, AT_GUEST), IMAGE_SIZE);
	assert_int_equal(download_at(m, (AT_GUEST + 32) | CBIT, IMAGE_SIZE), 0);
	machine_free(m);
}

static void smallest_and_largest_image(void **state)
{
	const uint32_t lengths[] = { IMAGE_MIN, IMAGE_MAX };
	struct machine *m = with_version(0x19, 0);
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		const struct image_header header = {
			.length = lengths[i], .family = 0x19, .major = 1, .minor = 55,
			.build = (uint8_t)(30 + i), .svn = 0x16,
		};

		assert_true(image_seal(machine_at(m, AT_GUEST), &header));
		assert_int_equal(download_at(m, AT_GUEST, lengths[i]), 0);
		assert_int_equal(status_of(m).build, 30 + i);
	}
	machine_free(m);
}

static void old_firmware_commits_late(void **state)
{
	struct machine *m = with_version(0x19, 49);
	struct fw_info info;

	(void)state;
	make_image(m, 1, 55, 39, 0x16);
	assert_int_equal(download(m), 0);
	fw_get_info(m->fw, &info);
	assert_int_equal(info.api_minor, 55);
	assert_int_equal(info.committed_minor, 49);
	/* so there is still a way back ... */
	make_image(m, 1, 49, 39, 0x16);
	assert_int_equal(download(m), 0);
	assert_int_equal(status_of(m).api_minor, 49);
	/* ... until the new firmware gets its own image */
	make_image(m, 1, 55, 39, 0x16);
	assert_int_equal(download(m), 0);
	assert_int_equal(download(m), 0);
	fw_get_info(m->fw, &info);
	assert_int_equal(info.committed_minor, 55);
	assert_int_equal(info.committed_build, 39);
	make_image(m, 1, 49, 39, 0x16);
	assert_refused(m, SEV_RET_BAD_VERSION, download(m));
	machine_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(newer_firmware_takes_over),
		cmocka_unit_test(older_firmware_is_refused),
		cmocka_unit_test(damaged_image_is_refused),
		cmocka_unit_test(image_looks_like_a_real_one),
		cmocka_unit_test(image_of_another_family_is_refused),
		cmocka_unit_test(length_and_alignment),
		cmocka_unit_test(smallest_and_largest_image),
		cmocka_unit_test(old_firmware_commits_late),
	};

	return cmocka_run_group_tests_name("firmware update", tests, NULL, NULL);
}
