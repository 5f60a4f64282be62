# SPDX-License-Identifier: GPL-2.0-only
"""Our driver, and a second kernel that follows the first: by kexec, and after a panic. And a
panic that nothing follows."""

import re

import pytest

from machine import klog

SNP_UP = r"SEV-SNP API:1\.55 build:21$"
LEFT_ON = "an earlier kernel or driver has left it initialised; shutting it down"
# Kernels that know SNP turn this on with it.
POST_NOTIFIERS = "crash_kexec_post_notifiers"
REFUSED = "cmd=SNP_SHUTDOWN_EX,status=0x1,count=1"


@pytest.fixture(name="host")
def fixture_host(vm):
    """Makes SNP hosts with our driver that can go on to a second kernel."""
    def boot(release, append=(), **options):
        return vm(release, role="snp-host", modules="ours", second_kernel=True,
                  append=["log_buf_len=4M", *append], **options)
    return boot


def bring_up(machine):
    """SNP comes up, in the way of this kernel. Returns what the log says about it."""
    before = len(machine.log)
    old = machine.config.kernel in ("5.10", "6.1")
    machine.ok("modprobe ccp snp=bringup" if old else "modprobe kvm_amd")
    log = machine.log[before:]
    assert re.search(SNP_UP, log, re.M), log
    assert old or "SEV-SNP enabled (ASIDs 1 - 99)" in log, log
    return log


def second_log(machine):
    """The log since the second kernel has started; there is no third."""
    first, second, *more = re.split(r"\] Linux version ", machine.log)[1:]
    assert first and not more
    return second


def commands(machine):
    """The SEV commands that the PSP has answered, in their order; pages that come back are
    not counted."""
    names = re.findall(r" sev +0x[0-9a-f]+ (\S+) buffer ", machine.servers[0].log())
    return [name for name in names if name != "SNP_PAGE_RECLAIM"]


def kexec(machine):
    """Goes on to the second kernel, which has to come up."""
    machine.ok("start-kernel second", timeout=200)
    assert "second" in machine.ok("cat /proc/cmdline").split()


@pytest.mark.parametrize("release", ["6.12", "7.3"])
def test_kexec_shuts_snp_down_and_the_second_kernel_has_it_again(host, release):
    machine = host(release)
    bring_up(machine)
    kexec(machine)
    assert commands(machine)[-2:] == ["SHUTDOWN", "SNP_SHUTDOWN_EX"]
    log = bring_up(machine)
    assert LEFT_ON not in log
    assert "leaked pages: 0" in machine.ok("mount -t debugfs none /sys/kernel/debug; "
                                           "cat /sys/kernel/debug/ccp/sev")


@pytest.mark.parametrize("release", ["6.12", "6.1"])
def test_snp_that_the_first_kernel_could_not_end_is_taken_over(host, release):
    machine = host(release, faults=[REFUSED])
    bring_up(machine)
    kexec(machine)
    assert machine.logged("SEV-SNP firmware shutdown failed, rc -5, error 0x1$")
    log = bring_up(machine)
    assert LEFT_ON in log
    assert "it can't be shut down" not in log


@pytest.mark.parametrize("release, append", [("7.3", []), ("6.1", [POST_NOTIFIERS])])
def test_panic_ends_snp_and_the_crash_kernel_leaves_the_firmware_alone(host, release, append):
    machine = host(release, append=["crashkernel=256M", *append])
    machine.expect("sysrq triggered crash")
    log = bring_up(machine)
    assert (POST_NOTIFIERS in log) == bool(append)
    machine.ok("start-kernel --crash nr_cpus=1 reset_devices")
    machine.ok("echo c >/proc/sysrq-trigger", timeout=200)
    asked = commands(machine)
    assert asked[-2:] == ["SHUTDOWN", "SNP_SHUTDOWN_EX"]

    machine.ok("test -e /proc/vmcore && modprobe ccp && test ! -e /dev/sev")
    machine.ok("modprobe kvm_amd; modprobe -r kvm_amd; modprobe -r ccp")
    assert "SEV: left alone in a kdump kernel" in second_log(machine)
    assert commands(machine) == asked
    assert not [line for line in second_log(machine).splitlines() if klog.is_bad(line)]


@pytest.mark.parametrize("release", ["6.12", "6.1"])
def test_panic_without_a_crash_kernel_ends_snp_too(host, release):
    """Whatever starts the machine again, be it only a warm reset, finds the firmware ready."""
    machine = host(release, append=["panic=-1"])
    machine.expect("sysrq triggered crash")
    bring_up(machine)
    machine.perishes("echo c >/proc/sysrq-trigger", timeout=100)
    assert commands(machine)[-2:] == ["SHUTDOWN", "SNP_SHUTDOWN_EX"]
    assert not machine.logged("SEV-SNP firmware shutdown failed")
