// SPDX-License-Identifier: GPL-2.0-only
/*
 * Life of modules, of the device and of the machine:
 *
 *	load MODULE [PARAMETER]...	by modprobe
 *	unload MODULE
 *	bind, unbind			the PSP's PCI device
 *	sleep freeze|mem		as far as devices notice
 *	cpu on|off			the second one
 *	nv WHAT				the file that INIT_EX uses: see nv_step()
 *	hold ro|rw|close		a descriptor of /dev/sev that stays open
 *	reset				back to how the machine was at first
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "step.h"

#define DRIVER	"/sys/bus/pci/drivers/ccp/"
#define DEVICE	"0000:00:10.0"
#define NV_DIR	"/run/nv"
#define NV_FILE	NV_DIR "/sev.bin"
#define NV_SIZE	32768

static int held = -1;

static int put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : write(fd, text, strlen(text));
	int err = errno;

	if (fd >= 0)
		close(fd);
	errno = err;
	return len < 0 ? -1 : 0;
}

/**
 * load_step() - load a module
 * @step: name and parameters
 */
void load_step(const struct step *step)
{
	char *argv[WORDS_MAX + 2] = { "modprobe" };
	int status;
	pid_t pid;

	for (int i = 1; i < step->words; i++)
		argv[i] = step->word[i];
	fflush(stdout);
	pid = fork();
	if (!pid) {
		freopen("/dev/null", "w", stdout);
		freopen("/dev/null", "w", stderr);
		execvp(argv[0], argv);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	say("ended", "%#x", status);
}

static int unload(const char *name)
{
	return (int)syscall(SYS_delete_module, name, O_NONBLOCK);
}

/**
 * unload_step() - unload a module
 * @step: name
 */
void unload_step(const struct step *step)
{
	say_errno("errno", unload(step_word(step, 1)));
}

/**
 * bind_step() - bind the PSP's device to its driver
 * @step: unused
 */
void bind_step(const struct step *step)
{
	(void)step;
	say_errno("errno", put(DRIVER "bind", DEVICE));
}

/**
 * unbind_step() - take the PSP's device from its driver
 * @step: unused
 */
void unbind_step(const struct step *step)
{
	(void)step;
	say_errno("errno", put(DRIVER "unbind", DEVICE));
}

/**
 * sleep_step() - have all devices suspended and resumed
 * @step: state of sleep
 */
void sleep_step(const struct step *step)
{
	put("/sys/module/suspend/parameters/pm_test_delay", "0");
	put("/sys/power/pm_test", "devices");
	say_errno("errno", put("/sys/power/state", step_word(step, 1)));
}

/**
 * cpu_step() - turn the second CPU on or off
 * @step: on or off
 */
void cpu_step(const struct step *step)
{
	say_errno("errno", put("/sys/devices/system/cpu/cpu1/online",
			       strcmp(step_word(step, 1), "on") ? "0" : "1"));
}

/**
 * hold_step() - keep /dev/sev open
 * @step: how
 */
void hold_step(const struct step *step)
{
	const char *how = step_word(step, 1);

	if (held >= 0)
		close(held);
	held = -1;
	if (!strcmp(how, "close"))
		return;
	held = open("/dev/sev", (strcmp(how, "ro") ? O_RDWR : O_RDONLY) | O_CLOEXEC);
	say_errno("errno", held);
}

static void nv_fill(const char *kind)
{
	static uint8_t content[NV_SIZE + 1];
	size_t len = NV_SIZE;
	int fd;

	memset(content, 0xff, sizeof(content));
	if (!strcmp(kind, "junk"))
		for (size_t i = 0; i < len; i++)
			content[i] = (uint8_t)(i * 7 + i / 251);
	if (!strcmp(kind, "zero"))
		memset(content, 0, len);
	if (!strcmp(kind, "short"))
		len = 100;
	if (!strcmp(kind, "long"))
		len = NV_SIZE + 1;
	if (!strcmp(kind, "empty"))
		len = 0;
	fd = open(NV_FILE, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	say_errno("errno", fd < 0 ? fd : (int)write(fd, content, len));
	if (fd >= 0)
		close(fd);
}

static void nv_look(void)
{
	static uint8_t content[NV_SIZE + 1];
	int fd = open(NV_FILE, O_RDONLY | O_CLOEXEC);
	ssize_t len;

	say_errno("errno", fd);
	if (fd < 0)
		return;
	len = read(fd, content, sizeof(content));
	close(fd);
	say("size", "%zd", len);
	if (len > 0)
		say_random("content", content, (size_t)len);
}

static void nv_directory(const char *options)
{
	umount2(NV_DIR, MNT_DETACH);
	mkdir(NV_DIR, 0755);
	say_errno("errno", mount("none", NV_DIR, "tmpfs", 0, options));
}

/**
 * nv_step() - the file system of the file that INIT_EX uses, or the file
 * @step: new (a file system), tiny (without room for a file), ro, rw; gone, erased, junk, zero,
 *	short, long, empty (the file); look
 */
void nv_step(const struct step *step)
{
	const char *what = step_word(step, 1);

	if (!strcmp(what, "new"))
		nv_directory("size=1m");
	else if (!strcmp(what, "tiny"))
		nv_directory("size=16k");
	else if (!strcmp(what, "ro") || !strcmp(what, "rw"))
		say_errno("errno", mount("none", NV_DIR, NULL, MS_REMOUNT |
					 (strcmp(what, "ro") ? 0 : MS_RDONLY), NULL));
	else if (!strcmp(what, "gone"))
		say_errno("errno", unlink(NV_FILE));
	else if (!strcmp(what, "look"))
		nv_look();
	else
		nv_fill(what);
}

/**
 * reset_step() - end all that earlier steps have begun
 * @step: unused
 *
 * Guests, modules, file systems; the firmware is somebody else's.
 */
void reset_step(const struct step *step)
{
	(void)step;
	kvm_end();
	if (held >= 0)
		close(held);
	held = -1;
	put("/sys/devices/system/cpu/cpu1/online", "1");
	/* The last reference to a guest can be somebody else's for a moment. */
	for (int i = 0; i < 200 && unload("kvm_amd") && errno != ENOENT; i++)
		usleep(10000);
	for (int i = 0; i < 200 && unload("ccp") && errno != ENOENT; i++)
		usleep(10000);
	say_errno("unloaded", errno == ENOENT ? 0 : access("/sys/module/ccp", F_OK) ? 0 : -1);
	umount2(NV_DIR, MNT_DETACH);
	mkdir(NV_DIR, 0755);
	mount("none", NV_DIR, "tmpfs", 0, "size=1m");
}
