# SPDX-License-Identifier: GPL-2.0-only
"""Loading and unloading the module."""

import re
import subprocess

import pytest

from lab.guest import PROJECT
from machine import modules, place

BDF = "0000:00:10.0"
DEVICE = f"/sys/bus/pci/devices/{BDF}"

# Parameters of what our driver doesn't drive: the crypto queues, trusted I/O.
OTHER_PARAMETERS = {"nqueues", "max_devs", "dma_chan_attr", "dmaengine", "tio"}


@pytest.mark.stock()
@pytest.mark.column("load")
def test_says_what_it_found(vm):
    """The lines that guides tell people to look for."""
    vm.fresh()
    log = vm.log()
    assert f"ccp {BDF}: sev enabled" in log
    assert f"ccp {BDF}: psp enabled" in log


@pytest.mark.column("load")
def test_says_which_firmware_runs(vm):
    """Ours says it at load; the in-tree driver of newer kernels not before KVM."""
    vm.fresh()
    assert f"ccp {BDF}: SEV API:1.55 build:21" in vm.log()


@pytest.mark.stock()
@pytest.mark.column("load")
def test_makes_the_device_node(vm):
    """A misc device that only root may open."""
    vm.fresh()
    mode, major, owner = vm.check("stat -c '%a %t %u' /dev/sev").split()
    assert (mode, int(major, 16), owner) == ("600", 10, "0")
    assert vm.check("cat /sys/class/misc/sev/dev") == \
        vm.check("stat -c '%t:%T' /dev/sev | awk -F: '{ printf \"%d:%d\", \"0x\" $1, \"0x\" $2 }'")


@pytest.mark.stock()
@pytest.mark.column("load")
def test_parameters(vm):
    """Names, defaults and permissions of the module's parameters."""
    vm.fresh()
    path = "/sys/module/ccp/parameters"
    shown = vm.check(f"cd {path} && for p in psp_cmd_timeout psp_probe_timeout init_ex_path "
                     "psp_init_on_probe; do echo $p $(stat -c %a $p) $(cat $p); done")
    assert shown.splitlines() == [
        "psp_cmd_timeout 644 100", "psp_probe_timeout 644 5",
        "init_ex_path 444 (null)", "psp_init_on_probe 444 Y"]


@pytest.mark.stock()
def test_attributes_of_the_device(vm):
    """What the capability word (0x581) says about the security of the part."""
    vm.fresh()
    names = ("fused_part", "debug_lock_on", "tsme_status", "anti_rollback_status",
             "rpmc_production_enabled", "rpmc_spirom_available", "hsp_tpm_available",
             "rom_armor_enforced")
    values = vm.check(f"cd {DEVICE} && cat {' '.join(names)}").split()
    assert dict(zip(names, values)) == {name: "1" if name in ("fused_part", "debug_lock_on")
                                        else "0" for name in names}
    assert vm.check(f"cat {DEVICE}/bootloader_version") == "00.36.00.21"


@pytest.mark.stock()
def test_interrupt_fires(vm):
    """Commands are completed by interrupts."""
    vm.fresh()
    count = "awk '/psp/ { for (i = 2; i <= NF && $i ~ /^[0-9]+$/; i++) n += $i } " \
        "END { print n + 0 }' /proc/interrupts"
    before = int(vm.check(count))
    assert vm.sev("--repeat", 50, "status")["ret"] == "0"
    # Many are answered before there is a wait for the interrupt, more on a busy host.
    assert int(vm.check(count)) - before >= 5


@pytest.mark.stock()
@pytest.mark.column("unload")
def test_unloads_and_leaves_nothing(vm):
    """Nothing of the driver stays, and it can be loaded again, several times."""
    for _ in range(4):
        vm.load()
        assert vm.sev("status")["ret"] == "0"
        vm.unload()
        assert vm.run("test -e /dev/sev || test -e /sys/class/misc/sev || "
                      "grep -e psp -e ccp /proc/interrupts /proc/iomem || "
                      f"test -e {DEVICE}/fused_part || test -e {DEVICE}/driver").status
    vm.load()
    assert vm.sev("status")["ret"] == "0"


@pytest.mark.stock()
@pytest.mark.column("unload")
def test_stays_while_the_device_is_open(vm):
    """An open descriptor keeps the module."""
    vm.fresh()
    output = vm.run("exec 5</dev/sev; rmmod ccp 2>&1; sev --fd 5 status; exec 5<&-; rmmod ccp")
    vm.params = None
    assert output.status == 0
    assert "ret=0" in output.text
    assert re.search("busy|in use|unavailable", output.text, re.I)


def _modinfo(path, field):
    done = subprocess.run(["/sbin/modinfo", "-F", field, path], capture_output=True, text=True,
                          check=True)
    return set(done.stdout.split("\n")) - {""}


def _both(spec):
    kernel = place.kernel(spec.kernel)
    ours = next(path for path in modules.ours(kernel) if path.name == "ccp.ko")
    return ours, kernel.modules / modules.dependencies(kernel)["ccp"][0]


@pytest.mark.parametrize("field", ["alias", "firmware", "parm"])
def test_replaces_all_that_the_in_tree_module_offers(spec, field):
    """Every PCI id, firmware file and parameter of the in-tree module is in ours."""
    ours, stock = (_modinfo(path, field) for path in _both(spec))
    if field == "parm":
        ours, stock = ({line.partition(":")[0] for line in lines} for lines in (ours, stock))
        stock -= OTHER_PARAMETERS
    if field == "alias":
        # The crypto engine of ARM servers, which carries no PSP.
        stock = {alias for alias in stock if alias.startswith("pci:")}
    assert stock
    assert not stock - ours


def test_built_from_this_tree(spec):
    """The module that is tested is not older than its sources."""
    ours, _ = _both(spec)
    newest = max(path.stat().st_mtime
                 for pattern in ("drivers/**/*.[ch]", "include/**/*.[ch]")
                 for path in PROJECT.glob(pattern))
    assert ours.stat().st_mtime >= newest, f"run make modules KVER={spec.kernel}"
