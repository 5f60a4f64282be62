# SPDX-License-Identifier: GPL-2.0-only
"""The platform's life: initialised when needed, shut down when not, and what can go wrong."""

import pytest

BDF = "0000:00:10.0"
OK = (0, "0", 0)
UNINIT, INIT = "0", "1"
CONFIG_ES = 0x100

# Kernels whose kvm_amd has the platform initialised when it loads.
KVM_INITIALISES = ("6.12", "7.2", "7.3")


def _state(vm):
    return vm.sev("status")["state"]


@pytest.mark.stock()
@pytest.mark.kernels(*KVM_INITIALISES)
def test_kvm_has_it_initialised(vm):
    """Loading KVM initialises the platform, with SEV-ES; unloading KVM shuts it down."""
    vm.fresh()
    assert _state(vm) == UNINIT
    vm.check("modprobe kvm_amd")
    status = vm.sev("status")
    assert status["state"] == INIT
    assert status.number("flags") & CONFIG_ES
    vm.check("rmmod kvm_amd")
    assert _state(vm) == UNINIT


@pytest.mark.kernels("5.10", "6.1")
def test_module_has_it_initialised(vm):
    """Older KVM doesn't ask before the first guest: the module does it when it loads."""
    vm.fresh()
    status = vm.sev("status")
    assert status["state"] == INIT
    assert status.number("flags") & CONFIG_ES
    vm.check("modprobe kvm_amd && rmmod kvm_amd")
    vm.unload()
    assert vm.psp[0].commands()[-1] == "SHUTDOWN"


@pytest.mark.stock()
def test_not_on_probe(vm):
    """psp_init_on_probe=0 leaves it to the first use."""
    vm.fresh("psp_init_on_probe=0")
    vm.check("modprobe kvm_amd")
    assert _state(vm) == UNINIT
    assert vm.sev("pek-csr").outcome == OK
    assert _state(vm) == UNINIT


@pytest.mark.stock()
@pytest.mark.kernels(*KVM_INITIALISES)
def test_commands_use_the_platform_that_is_there(vm):
    """A platform that KVM has initialised is used and left as it is."""
    vm.fresh()
    vm.check("modprobe kvm_amd")
    vm.psp[0].mark()
    for command in ("pek-gen", "pek-csr", "pdh-gen", "pdh-export"):
        assert vm.sev(command).outcome == OK
    assert vm.sev("--ro", "pdh-export").outcome == OK
    assert _state(vm) == INIT
    assert not {"INIT", "SHUTDOWN"} & set(vm.psp[0].commands())


@pytest.mark.stock()
@pytest.mark.kernels(*KVM_INITIALISES)
def test_factory_reset_shuts_down(vm):
    """A platform without guests is shut down for a factory reset and stays so."""
    vm.fresh()
    vm.check("modprobe kvm_amd")
    assert vm.sev("factory-reset").outcome == OK
    assert _state(vm) == UNINIT
    assert vm.sev("pek-csr").outcome == OK


@pytest.mark.stock()
@pytest.mark.parametrize("command", ["pek-gen", "pek-csr", "pdh-gen", "pdh-export"])
def test_init_fails(sev, vm, command):
    """The firmware's reason reaches the caller; nothing is left half done."""
    vm.psp[0].fault("cmd=INIT,status=0x3,count=1")
    assert sev(command).outcome == (-1, "EIO", 3)
    assert _state(vm) == UNINIT
    assert sev(command).outcome == OK


@pytest.mark.stock()
@pytest.mark.kernels(*KVM_INITIALISES)
def test_kvm_goes_on_without_sev(vm):
    """KVM loads even if the platform can't be initialised."""
    vm.fresh()
    vm.psp[0].fault("cmd=INIT,status=0x13,count=1")
    vm.check("modprobe kvm_amd && test -c /dev/kvm")
    assert _state(vm) == UNINIT
    if vm.ours:
        assert "SEV: failed to INIT error 0x13, rc -5" in vm.log()


@pytest.mark.stock()
def test_secure_data_invalid(sev, vm):
    """The firmware erases what it can't use and asks for a second try."""
    vm.psp[0].fault("cmd=INIT,status=0x18,count=1")
    vm.psp[0].mark()
    assert sev("pek-csr").outcome == OK
    assert "SEV: retrying INIT command because of SECURE_DATA_INVALID error" in vm.log()
    assert vm.psp[0].commands().count("INIT") == 2


@pytest.mark.stock()
def test_secure_data_invalid_for_good(sev, vm):
    """There is one second try, not more."""
    vm.psp[0].fault("cmd=INIT,status=0x18")
    vm.psp[0].mark()
    assert sev("pek-csr").outcome == (-1, "EIO", 0x18)
    assert vm.psp[0].commands().count("INIT") == 2


def test_flush_fails(sev, vm):
    """Then the platform isn't used: it is shut down again."""
    vm.psp[0].fault("cmd=DF_FLUSH,status=0x0e,count=1")
    vm.psp[0].mark()
    assert sev("pek-csr").outcome == (-1, "EIO", 0x0e)
    assert "SEV: DF_FLUSH failed 0xe, rc -5" in vm.log()
    assert _state(vm) == UNINIT
    assert sev("pek-csr").outcome == OK


def test_shutdown_fails(sev, vm):
    """The command itself has worked. The memory that the firmware has stays with it, and the
    next shutdown gets it back."""
    vm.psp[0].fault("cmd=SHUTDOWN,status=0x0f,count=1")
    assert sev("pek-csr").outcome == OK
    assert "SEV: failed to SHUTDOWN error 0xf, rc -5" in vm.log()
    assert _state(vm) == INIT
    assert sev("pek-csr").outcome == OK
    vm.unload()
    assert vm.psp[0].commands()[-1] == "SHUTDOWN"
    assert "left to the firmware" not in vm.log()


def test_shutdown_fails_for_good(sev, vm):
    """Memory that the firmware never gives back is not used for anything else, and said."""
    assert sev("status").outcome == OK
    vm.psp[0].fault("cmd=SHUTDOWN,status=0x0f")
    assert sev("pek-csr").outcome == OK
    vm.unload()
    assert "SEV: memory is left to the firmware, which never gave it back (pages: 256)" in vm.log()


def test_factory_reset_is_refused_when_shutdown_is(sev, vm):
    """A platform that can't be shut down can't be reset."""
    vm.psp[0].fault("cmd=SHUTDOWN,status=0x0f,count=2")
    assert sev("pek-csr").outcome == OK
    assert sev("factory-reset").outcome == (-1, "EIO", 0x0f)
    assert "FACTORY_RESET" not in vm.psp[0].commands()
    assert sev("factory-reset").outcome == OK


@pytest.mark.stock()
def test_state_is_asked_for_not_guessed(sev, vm):
    """A reset of the firmware behind our back is noticed by whoever asks for the status."""
    vm.psp[0].fault("cmd=PLATFORM_STATUS,status=0x10,count=1")
    assert sev("status").outcome == (-1, "EIO", 0x10)
    assert _state(vm) == UNINIT


@pytest.mark.machine(psps=("1486,no-encryption",))
@pytest.mark.kernels("6.12")
def test_memory_encryption_is_off_in_the_bios(vm):
    """Most things can't work; what the firmware says reaches the user in words."""
    vm.fresh("psp_init_on_probe=0")
    assert vm.sev("status").outcome == OK
    assert vm.sev("get-id2").outcome == OK
    assert vm.sev("pek-csr").outcome == (-1, "EIO", 0x13)
    log = vm.log()
    assert "SEV: failed to INIT error 0x13, rc -5" in log
    assert "BIOS" in log.partition("(0x13): ")[2].partition("\n")[0]
    vm.check("modprobe kvm_amd && test -c /dev/kvm && rmmod kvm_amd")


@pytest.mark.machine(role="plain")
@pytest.mark.sample("5.10", "7.3")
def test_cpu_without_sev(vm):
    """The firmware answers, so that tools can ask why there is no SEV."""
    vm.fresh()
    log = vm.log()
    assert f"ccp {BDF}: SEV: memory encryption not enabled by BIOS" in log
    assert "SMEE" in log
    assert vm.sev("status").outcome == OK
    vm.check("modprobe kvm_amd && test -c /dev/kvm && rmmod kvm_amd")


@pytest.mark.machine(append="elfcorehdr=0x10000000")
@pytest.mark.sample("5.10", "7.3")
def test_kdump_kernel_does_nothing(vm):
    """The firmware's state belongs to the kernel that crashed: no command is sent."""
    vm.check("modprobe ccp && modprobe kvm_amd")
    assert f"ccp {BDF}: SEV: left alone in a kdump kernel" in vm.log()
    assert vm.run("test -e /dev/sev").status
    vm.check("rmmod kvm_amd && rmmod ccp")
    assert vm.psp[0].counts() == {}
