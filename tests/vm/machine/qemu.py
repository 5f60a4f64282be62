# SPDX-License-Identifier: GPL-2.0-only
"""The command line of QEMU, which is taken from the build root as it is."""

import json

from . import place, snp, snpguest

# The kernel's own timer self-test is what a loaded host makes fail, not the kernel.
# The self-tests of the kernel's ciphers would be a fifth of a boot.
_KERNEL_LINE = ("console=ttyS0,115200", "ignore_loglevel", "oops=panic", "panic=-1",
                "no_timer_check", "rcupdate.rcu_cpu_stall_timeout=60", "cryptomgr.notests")

# A whole Debian boots without what only people at a keyboard or disks that last need:
# emulation makes it a third of the time.
_NOT_NEEDED = ("e2scrub_reap.service", "getty-static.service", "getty@tty1.service",
               "systemd-update-utmp.service", "systemd-update-utmp-runlevel.service",
               "systemd-journal-flush.service", "systemd-random-seed.service",
               "apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer",
               "e2scrub_all.timer", "fstrim.timer", "systemd-tmpfiles-clean.timer")

# Complaints of QEMU about what it can't emulate or what a PSP doesn't have.
_CHATTER = ("TCG doesn't support requested feature",
            "Could not enable error recovery for the device")


def program():
    """How to start QEMU without entering the root: by the root's own loader."""
    root = place.root()
    lib = root / "usr/lib/x86_64-linux-gnu"
    return [lib / "ld-linux-x86-64.so.2", "--library-path", lib,
            root / "usr/bin/qemu-system-x86_64",
            "-L", root / "usr/share/qemu", "-L", root / "usr/share/seabios"]


def environment(env):
    """ENV, with QEMU's loadable parts looked for in the root."""
    return {**env, "QEMU_MODULE_DIR": str(place.root() / "usr/lib/x86_64-linux-gnu/qemu")}


def kernel_line(config):
    """The kernel command line."""
    words = list(_KERNEL_LINE)
    if config.gdb:
        words.append("nokaslr")
    if config.image:
        words += ["rdinit=/bin/init-image", "systemd.show_status=no", "systemd.getty_auto=no",
                  "systemd.unit=multi-user.target", "audit=0"]
        words += [f"systemd.mask={unit}" for unit in _NOT_NEEDED]
    if config.role == "snp-host":
        words += snp.kernel_words(config)
    if config.role == "snp-guest":
        words += snpguest.KERNEL_WORDS
    return " ".join(words + config.append)


def _memory(config, file):
    if config.role == "snp-guest":
        return snpguest.memory(config, file)
    if file is not None:
        return snp.memory(config, file)
    # The PSP reads and writes the machine's memory, so it has to be shared.
    return ["-object", f"memory-backend-memfd,id=ram,size={config.mem},share=on",
            "-m", config.mem]


def arguments(config, boot, initrd, image, sockets, plugin,  # pylint: disable=too-many-arguments
              memory=None):
    """QEMU's arguments but for the serial lines. BOOT: the kernel. SOCKETS: one per
    PSP. IMAGE: a disk. MEMORY: file descriptor for its memory."""
    cpu = f"{snp.family(config).qemu},+svm"
    if config.role == "snp-guest":
        cpu = snpguest.CPU
    elif config.role != "plain":
        # Linux makes no SEV host of a machine that says it is virtual.
        cpu += ",-hypervisor"
    args = [
        *program(),
        "-accel", "tcg,thread=multi",
        "-machine", "q35,memory-backend=ram,default-bus-bypass-iommu=on",
        *_memory(config, memory),
        "-cpu", cpu,
        "-smp", str(config.smp),
        "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
        "-monitor", "none",
        "-kernel", boot,
        "-initrd", initrd,
        "-append", kernel_line(config),
    ]
    if config.role == "snp-host":
        args += snp.devices(config)
    for number, socket in enumerate(sockets):
        args += ["-device", json.dumps({
            "driver": "vfio-user-pci", "id": f"psp{number}", "addr": f"0x{0x10 + number:x}",
            "socket": {"type": "unix", "path": str(socket)}})]
    if plugin:
        args += ["-plugin", plugin]
    if image:
        device = f",{snpguest.DEVICE}" if config.role == "snp-guest" else ""
        args += ["-drive", f"file={image},if=none,id=disk,format=raw,snapshot=on,"
                 "cache=unsafe", "-device", f"virtio-blk-pci,drive=disk{device}"]
    if config.gdb:
        args += ["-gdb", f"tcp:127.0.0.1:{config.gdb}", "-S"]
    return [str(arg) for arg in args]


def complaints(text):
    """What QEMU said, without what it always says."""
    return "\n".join(line for line in text.splitlines()
                     if not any(known in line for known in _CHATTER))
