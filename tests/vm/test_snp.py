# SPDX-License-Identifier: GPL-2.0-only
"""Tests of the SNP host: what the kernels' own modules make of it is what it is measured by."""

import io
import re
import struct
import subprocess

import pytest

from machine import ivrs, place, qemu, snp
from machine.cpio import Archive
from machine.place import Failure
from machine.vm import Config

HAVE_SNP = ("6.12", "7.2", "7.3")
SYSCFG, RMP_BASE, RMP_END = "0xc0010010", "0xc0010132", "0xc0010133"
SNP_EN = 1 << 24
PAGE_REQUESTS = 1 << 1
MIB = 1 << 20


# The parts, without a machine


def host(**options):
    """An SNP host that is not turned on."""
    return Config(role="snp-host", **options)


def test_the_iommu_table_is_one_that_the_kernel_accepts():
    table = ivrs.table()
    assert sum(table) & 0xff == 0
    assert struct.unpack_from("<4sI", table) == (b"IVRS", len(table))
    kind, _, length = struct.unpack_from("<BBH", table, 48)
    assert (kind, 48 + length) == (0x11, len(table))


def test_snp_can_be_left_out_of_the_iommu_table():
    features = struct.unpack_from("<Q", ivrs.table(), 48 + 24)[0]
    assert features >> 63 == 1
    assert struct.unpack_from("<Q", ivrs.table(without=["SNP"]), 48 + 24)[0] == \
        features & ~(1 << 63)


def test_an_iommu_that_is_left_out_is_neither_there_nor_described():
    assert snp.devices(host()) and not snp.devices(host(without=["iommu"]))
    for without, described in ((), b"IVRS"), (["iommu-snp"], b"IVRS"), (["iommu"], b""):
        out = io.BytesIO()
        snp.add_tables(Archive(out), host(without=list(without)))
        assert described in out.getvalue() and (described or not out.getvalue())


@pytest.mark.parametrize("family", [name for name, family in snp.FAMILIES.items() if family.snp])
@pytest.mark.parametrize("mem, top", [("512M", 512 * MIB), ("1G", 1024 * MIB),
                                      ("3G", 5120 * MIB), ("4096", 6144 * MIB)])
def test_the_rmp_lies_in_memory_and_covers_all_of_it(mem, top, family):
    where = snp.layout(host(mem=mem, family=family))
    assert where.base % (2 * MIB) == where.size % (2 * MIB) == 0
    assert where.base + where.size <= where.low
    assert max(where.low, where.high) == top
    assert where.size - 16 * 1024 >= top // 4096 * 16


def test_kernel_and_cpus_are_told_the_same():
    config = host(mem="1G")
    assert "memmap=6144K$0x20000000" in qemu.kernel_line(config).split()
    moved = host(cpu=["rmp-base=0x8000000", "rmp-size=0x1000000"])
    assert "memmap=16384K$0x8000000" in qemu.kernel_line(moved).split()
    assert "memmap" not in qemu.kernel_line(host(cpu=["rmp-base=0"]))
    options = snp.cpu_options(config, "/state", 7)
    assert {"rmp-base=0x20000000", "rmp-size=0x600000", "machine=/state",
            "ram=/dev/fd/7"} <= set(options)
    assert snp.psp_options(host(smp=3), "/state")[-2:] == ["--cores", "3"]


def test_kernels_without_snp_are_told_by_their_release():
    assert snp.is_unknown_to("5.10.0-46-amd64") and snp.is_unknown_to("6.1.192-dev")
    assert not snp.is_unknown_to("6.12.118+deb13-amd64") and not snp.is_unknown_to("7.2.12")


def test_a_family_brings_its_psp_unless_another_is_given():
    assert [psp.pci_id for psp in host(family="turin").psps] == ["156e"]
    assert [psp.pci_id for psp in Config(role="sev-host", family="rome").psps] == ["1486"]
    assert not Config(role="sev-host").psps
    with pytest.raises(Failure, match="zen9"):
        snp.family(host(family="zen9", psps=["none"]))
    with pytest.raises(Failure, match="--role sev-host and snp-host"):
        snp.family(Config(role="snp-guest", family="milan", psps=["none"]))
    with pytest.raises(Failure, match="rome has no SNP"):
        host(family="rome")
    rome = Config(role="sev-host", family="rome")
    assert snp.firmware_options(rome) == ["--family", "0x17", "--model", "0x31", "--cbit", "47"]
    assert snp.cpu_options(rome, "/state", 7)[-1] == "cbit=47"
    assert snp.family(rome).qemu == "EPYC-Rome,family=23,model=49"
    with pytest.raises(Failure, match="iommu or iommu-snp"):
        host(without=["memory"])
    with pytest.raises(Failure, match="1X"):
        snp.layout(host(mem="1X"))


# The kernels' own modules


def msr(machine, register, cpu=0):
    """The value of a register, by the kernel's msr device."""
    dump = machine.ok(f"modprobe msr; dd if=/dev/cpu/{cpu}/msr bs=8 count=1 iflag=skip_bytes "
                      f"skip=$(({register})) status=none | od -An -v -tx1")
    return struct.unpack("<Q", bytes.fromhex(dump))[0]


def set_msr(machine, register, value, cpu=0):
    """Sets a register."""
    data = "".join(f"\\x{byte:02x}" for byte in struct.pack("<Q", value))
    machine.ok(f"modprobe msr; printf '{data}' | dd of=/dev/cpu/{cpu}/msr bs=8 oflag=seek_bytes "
               f"conv=notrunc status=none seek=$(({register}))")


def bring_up(machine):
    """Has the kernel's modules start SNP, and checks that nothing is missing."""
    machine.ok("modprobe kvm_amd")
    assert machine.logged(r"AMD-Vi: IOMMU SNP support enabled\.")
    assert machine.logged(r"SEV-SNP API:1\.55 build:21$")
    assert machine.logged(r"SEV-SNP enabled \(ASIDs 1 - 99\)")
    assert machine.ok("cat /sys/module/kvm_amd/parameters/sev_snp") == "Y\n"
    for cpu in range(machine.config.smp):
        assert msr(machine, SYSCFG, cpu) & SNP_EN


def iommu_features(machine):
    """What the IOMMU says of itself, and what our table says of it."""
    line = machine.logged(r"EFR mismatch\. Use IVHD EFR")
    return [int(word, 16) for word in re.findall(r"0x([0-9a-f]+)", line)[:2]]


def shut_down(machine):
    """Has them end it, and checks that all pages came back."""
    machine.ok("modprobe -r kvm_amd; modprobe -r ccp")
    for complaint in ("not assigned in RMP", "SNP IOMMU shutdown failed", "RMPUPDATE failed",
                      "PSMASH failed"):
        assert not machine.logged(complaint)
    # On Turin they can't give back what they took for firmware servicing before SNP came up.
    assert machine.config.family == "turin" or not machine.logged("Leaking PFN")


@pytest.mark.parametrize("release", HAVE_SNP)
def test_stock_kernels_bring_snp_up_and_down(vm, release):
    machine = vm(release, role="snp-host")
    assert machine.logged(r"SEV-SNP: RMP table physical range "
                          r"\[0x0000000020000000 - 0x00000000205fffff\]")
    real, told = iommu_features(machine)
    assert told & ~real == 1 << 63 and real & ~told == PAGE_REQUESTS
    bring_up(machine)
    shut_down(machine)
    machine.ok("modprobe ccp")
    bring_up(machine)


def test_genoa_differs_by_model_and_psp(vm):
    machine = vm("6.12", role="snp-host", family="genoa", mem="3G", smp=3)
    bring_up(machine)
    assert re.search(r"model\s*: 17\n", machine.ok("cat /proc/cpuinfo"))
    shut_down(machine)


def test_turin_has_segments(vm):
    machine = vm("7.3", role="snp-host", family="turin", mem="3G")
    assert machine.logged(r"SEV-SNP: Segmented RMP using 1GB segments")
    assert machine.logged(r"SEV-SNP: RMP segment 4 physical address .* covering "
                          r"\[0x100000000 - 0x13fffffff\]")
    bring_up(machine)
    shut_down(machine)


def test_registers_are_what_a_real_bios_leaves(vm):
    fixed = 0x1e1e1e1e1e1e1e1e
    machine = vm("6.12", role="snp-host",
                 cpu=[f"msr=all:{register:x}:{fixed:x}" for register in (0x250, 0x258)])
    bring_up(machine)
    for cpu in (0, 1):
        assert msr(machine, SYSCFG, cpu) == 0x3fc0000
        assert msr(machine, 0x250, cpu) == msr(machine, 0x258, cpu) == fixed
    shut_down(machine)


def test_newer_firmware_takes_snp_off_the_cpus(vm):
    machine = vm("7.3", role="snp-host", psp="1486,api=1.58.1")
    machine.ok("modprobe kvm_amd")
    assert msr(machine, SYSCFG) & SNP_EN and msr(machine, SYSCFG, 1) & SNP_EN
    shut_down(machine)
    assert not msr(machine, SYSCFG) & SNP_EN and not msr(machine, SYSCFG, 1) & SNP_EN
    machine.ok("modprobe kvm_amd")
    assert msr(machine, SYSCFG) & SNP_EN and msr(machine, SYSCFG, 1) & SNP_EN


def boots(machine):
    """How many kernels have started."""
    return len(re.findall(r"\] Linux version ", machine.log))


def test_a_second_kernel_takes_snp_over(vm):
    machine = vm("6.12", role="snp-host", second_kernel=True)
    bring_up(machine)
    machine.ok("start-kernel second", timeout=200)
    assert boots(machine) == 2 and "second" in machine.ok("cat /proc/cmdline").split()
    assert msr(machine, SYSCFG) & SNP_EN
    bring_up(machine)
    assert len(re.findall(r"SEV-SNP enabled", machine.log)) == 2


def test_a_crash_kernel_comes_up_on_an_snp_host(vm):
    machine = vm("6.12", role="snp-host", second_kernel=True, append=["crashkernel=256M"])
    machine.expect("sysrq triggered crash")
    bring_up(machine)
    machine.ok("start-kernel --crash nr_cpus=1 reset_devices")
    machine.ok("echo c >/proc/sysrq-trigger", timeout=200)
    assert boots(machine) == 2
    assert "nr_cpus=1" in machine.ok("cat /proc/cmdline; test -e /proc/vmcore").split()


@pytest.mark.parametrize("release", ["5.10", "6.1"])
def test_kernels_without_snp_boot_and_may_set_it_up_themselves(vm, release):
    machine = vm(release, role="snp-host")
    machine.ok("modprobe kvm_amd; modprobe ccp")
    assert machine.logged("SEV API:1.55 build:21")
    assert msr(machine, RMP_BASE) == 0x20000000
    assert msr(machine, RMP_END, 1) == 0x205fffff
    set_msr(machine, RMP_BASE, 0x20200000, cpu=1)
    assert msr(machine, RMP_BASE, 1) == 0x20200000
    assert msr(machine, RMP_BASE) == 0x20000000
    set_msr(machine, SYSCFG, msr(machine, SYSCFG) | SNP_EN)
    assert msr(machine, SYSCFG) & SNP_EN and not msr(machine, SYSCFG, 1) & SNP_EN


def test_a_cpu_that_differs_is_what_the_firmware_refuses(vm):
    machine = vm("6.12", role="snp-host", cpu=["msr=1:c001001a:0"])
    machine.ok("modprobe kvm_amd")
    assert not machine.logged("SEV-SNP enabled")
    assert "TOP_MEM (MSR 0xc001001a)" in machine.servers[0].log()


# Stores to pages that are not the kernel's

TRESPASS = "build/client-modules/6.12/modules/trespass.ko"


@pytest.fixture(name="trespasser", scope="module")
def fixture_trespasser():
    """The module that does so."""
    build = place.PROJECT / "tests/clients/modules/build"
    done = subprocess.run([build, "6.12"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False)
    assert done.returncode == 0, done.stdout
    return place.PROJECT / TRESPASS


@pytest.mark.parametrize("what, state, giver, who", [
    ("page", "Firmware", r"RMPUPDATE on CPU \d", r"CPU \d"),
    ("guest", "Guest-Invalid", r"RMPUPDATE on CPU \d", r"CPU \d"),
    ("large", "Guest-Invalid", r"RMPUPDATE on CPU \d", r"CPU \d"),
    ("table", "Firmware", "SNP_INIT_EX", r"CPU \d"),
    ("iommu", "Firmware", "SNP_INIT_EX", r"CPU \d"),
    ("device", "Firmware", r"RMPUPDATE on CPU \d", "a device"),
])
def test_a_store_to_a_foreign_page_ends_the_machine(  # pylint: disable=too-many-arguments
        vm, trespasser, what, state, giver, who):
    machine = vm("6.12", role="snp-host", files=[str(trespasser)])
    bring_up(machine)
    said = machine.punished(f"insmod trespass.ko what={what} iommu={ivrs.REGISTERS:#x}")
    assert re.search(rf"{who} wrote to page 0x[0-9a-f]+000 at 0x[0-9a-f]+018, which is not the "
                     rf"kernel's: state {state} since {giver}$", said, re.M)
    code = "store_device|trespass_init" if what == "device" else "trespass_store"
    assert re.search(rf"by the instruction at ({code})[.\w]*\+0x[0-9a-f]+ \[trespass\]$", said,
                     re.M)
    assert "maybe called from do_one_initcall+0x" in said


def test_a_large_mapping_of_a_page_that_is_given_away_ends_the_machine(vm, trespasser):
    machine = vm("6.12", role="snp-host", files=[str(trespasser)])
    bring_up(machine)
    said = machine.punished("insmod trespass.ko what=mapping")
    assert re.search(r"page 0x[0-9a-f]+05000 is not the kernel's any more \(state Firmware since "
                     r"RMPUPDATE on CPU \d\), but the kernel maps it and its neighbours by one "
                     r"page of 2 MiB", said)
    assert re.search(r"by the instruction at .*\[trespass\]$", said, re.M)


def test_stores_to_own_pages_go_on(vm, trespasser):
    machine = vm("6.12", role="snp-host", files=[str(trespasser)])
    bring_up(machine)
    machine.ok("insmod trespass.ko what=own")
    shut_down(machine)


# Memory that may still be in caches


@pytest.mark.parametrize("role", ["sev-host", "snp-host"])
def test_stock_writes_back_caches_before_the_firmware_s_memory_is_used_again(vm, trespasser, role):
    machine = vm("6.12", role=role, psp="1486", files=[str(trespasser)])
    machine.ok("modprobe kvm_amd; modprobe -r kvm_amd; modprobe -r ccp")
    assert "SHUTDOWN" in machine.servers[0].log()
    machine.ok("insmod trespass.ko what=everywhere")
