# SPDX-License-Identifier: GPL-2.0-only
"""Firmware that refuses, is slow, loses interrupts, hangs or is gone."""

import re

import pytest

from lab.guest import IDLE, NO_FW_CALL
from lab.kvm import run

pytestmark = pytest.mark.sample("5.10", "6.12")

BDF = "0000:00:10.0"
DRIVER = "/sys/bus/pci/drivers/ccp"
OK = (0, "0", 0)


def _rebind(vm):
    vm.check(f"echo {BDF} >{DRIVER}/unbind && echo {BDF} >{DRIVER}/bind")


def _command_timeout(vm, seconds):
    vm.params = None
    vm.check(f"echo {seconds} >/sys/module/ccp/parameters/psp_cmd_timeout")


def _timed(vm, script):
    """Output of a script, and how many seconds it took on the machine's own clock."""
    output = vm.run("now() { cut -d' ' -f1 /proc/uptime; }; a=$(now)\n"
                    f"{script}\nb=$(now); echo; echo took $a $b")
    start, end = re.search(r"took ([\d.]+) ([\d.]+)", output.text).groups()
    return output.text, float(end) - float(start)


@pytest.fixture(name="psp")
def fixture_psp(sev, vm):
    """The PSP under a driver that is ready."""
    assert sev("status").outcome == OK
    return vm.psp[0]


@pytest.mark.stock()
@pytest.mark.parametrize("command, fault, status", [
    ("status", "PLATFORM_STATUS", 0x01),
    ("status", "PLATFORM_STATUS", 0x13),
    ("get-id2", "GET_ID", 0x15),
    ("pek-csr", "PEK_CSR", 0x14),
    ("pek-gen", "PEK_GEN", 0x17),
    ("pdh-gen", "PDH_GEN", 0x16),
    ("pdh-export", "PDH_CERT_EXPORT", 0x06),
    ("factory-reset", "FACTORY_RESET", 0x12),
    ("pek-gen", "INIT", 0x13),
    ("pek-gen", "INIT", 0x0e),
    ("snp-status", "SNP_PLATFORM_STATUS", 0x11),
    ("snp-commit", "SNP_COMMIT", 0x22),
    ("status", "PLATFORM_STATUS", 0x8003),
    ("get-id2", "GET_ID", 0x5a),
    ("get-id2", "GET_ID", 0x777),
])
def test_firmware_refuses(psp, vm, command, fault, status):
    """The caller gets the status, the log says what it means; the next call works."""
    psp.fault(f"cmd={fault},status={status:#x},count=1")
    answer = vm.sev(command)
    assert answer.outcome == (-1, "EIO", status)
    if vm.ours:
        said = [line for line in vm.log().splitlines() if f"({status:#x})" in line]
        assert len(said) == 1, said
        assert re.search(rf"ccp {BDF}: SEV: {fault}: firmware 1\.55\.21 says [A-Z]\w+.*"
                         rf" \({status:#x}\): \S+ \S+", said[0])
    assert vm.sev(command).outcome == OK


@pytest.mark.stock()
@pytest.mark.parametrize("args, key, length", [
    (("--addr", 0, "--len", 100, "pek-csr"), "csr_len", 100),
    (("--len", 0, "--len2", 200, "pdh-export"), "chain_len", 200),
])
def test_refused_init_leaves_the_lengths_alone(psp, vm, args, key, length):
    """They are what the command answers to a query, and nobody has asked it."""
    psp.fault("cmd=INIT,status=0x7,count=1")
    answer = vm.sev(*args)
    assert answer.outcome == (-1, "EIO", 7)
    assert answer.number(key) == length


@pytest.mark.parametrize("status, words", [
    (0x13, "BIOS"), (0x0e, "firmware"), (0x8003, "failed inside this command"), (0x01, "state"),
])
def test_the_log_says_what_to_do(psp, vm, status, words):
    """One line that guides look for, one in words."""
    psp.fault(f"cmd=INIT,status={status:#x},count=1")
    vm.sev("pek-gen")
    log = vm.log()
    assert f"SEV: failed to INIT error {status:#x}, rc -5" in log
    assert words in log.partition(f"({status:#x}): ")[2].partition("\n")[0]


def test_many_refusals_leak_nothing(psp, vm):
    """After many failures there is still a buffer for the next command."""
    psp.fault("cmd=any,status=0x3,count=50")
    answer = vm.sev("--repeat", 50, "get-id2")
    assert answer.outcome == (-1, "EIO", 3)
    assert vm.sev("pek-csr").outcome == OK


def test_lost_interrupts_are_survived(psp, vm):
    """The answer is seen all the same, soon; it is told once."""
    vm.fresh()
    # Slower than the first look at the register, so that there is an interrupt to wait for.
    psp.fault("cmd=any,lost-irq,delay=20")
    text, took = _timed(vm, "sev --repeat 5 status")
    assert "ret=0" in text
    assert took < 5
    psp.control("clear")
    assert vm.sev("--repeat", 5, "status").outcome == OK
    assert len(re.findall("the interrupt for PLATFORM_STATUS got lost", vm.log())) == 1


def test_interrupts_that_nobody_asked_for(psp, vm):
    """They do no harm, with or without a command in flight."""
    for _ in range(5):
        psp.control("irq")
    psp.fault("cmd=any,spurious-irq,delay=100,count=3")
    assert vm.sev("--repeat", 5, "status").outcome == OK
    assert "timed out" not in vm.log()


@pytest.mark.stock()
def test_slow_answer(psp, vm):
    """Slow is not dead."""
    psp.fault("cmd=GET_ID,delay=1500,count=1")
    text, took = _timed(vm, "sev get-id2")
    assert "ret=0" in text
    assert took >= 1.4
    assert vm.sev("status").outcome == OK


def test_hang(psp, vm):
    """The command and the registers are named; everybody else is answered at once; binding
    the device again brings it back."""
    _command_timeout(vm, 1)
    psp.fault("cmd=GET_ID,hang,count=1")
    text, took = _timed(vm, "sev get-id2")
    assert "errno=ETIMEDOUT" in text and "error=0xffffffff" in text
    assert 0.9 <= took < 10
    assert re.search(rf"ccp {BDF}: sev: command GET_ID timed out, disabling PSP \(registers: "
                     r"cmdresp 0x[0-9a-f]{8}, address 0x[0-9a-f]{8}:0x[0-9a-f]{8}\)", vm.log())

    text, took = _timed(vm, "for c in status get-id2 pek-gen pdh-export snp-status; do "
                        "sev $c; done")
    assert text.count("errno=EBUSY") == 5
    assert text.count("error=0xffffffff") == 5
    assert took < 2
    assert len(re.findall("timed out", vm.log())) == 1

    psp.control("release")
    _rebind(vm)
    assert vm.sev("status").outcome == OK
    assert vm.sev("pek-gen").outcome == OK


def test_hang_stays_a_hang(psp, vm):
    """Binding again while the PSP still hangs fails soon and can be tried again."""
    _command_timeout(vm, 1)
    vm.check("echo 1 >/sys/module/ccp/parameters/psp_probe_timeout")
    psp.fault("cmd=any,hang")
    assert vm.sev("status").outcome == (-1, "ETIMEDOUT", NO_FW_CALL)
    _, took = _timed(vm, f"echo {BDF} >{DRIVER}/unbind; echo {BDF} >{DRIVER}/bind")
    assert took < 10
    assert vm.sev("status").outcome == (-1, "EBUSY", NO_FW_CALL)
    psp.heal()
    psp.control("reset")
    _rebind(vm)
    assert vm.sev("status").outcome == OK
    # A command given to a mailbox that is not ready is the device's business to tell.
    psp.mark()


def test_answer_after_the_timeout(psp, vm):
    """An answer that comes when nobody waits any more confuses nobody."""
    _command_timeout(vm, 1)
    psp.fault("cmd=GET_ID,delay=2500,count=1")
    assert vm.sev("get-id2").outcome == (-1, "ETIMEDOUT", NO_FW_CALL)
    vm.check("sleep 2")
    assert vm.sev("status").outcome == (-1, "EBUSY", NO_FW_CALL)
    _rebind(vm)
    for _ in range(3):
        assert vm.sev("get-id2").outcome == OK


@pytest.mark.parametrize("unbound", [0, 1.5])
def test_answer_after_the_next_driver_has_come(psp, vm, unbound):
    """The firmware is still at work on a command that nobody waits for: the next driver
    doesn't take its end for the answer to its own first one."""
    _command_timeout(vm, 1)
    psp.fault("cmd=GET_ID,delay=4000,count=1")
    assert vm.sev("get-id2").outcome == (-1, "ETIMEDOUT", NO_FW_CALL)
    vm.check(f"echo {BDF} >{DRIVER}/unbind; sleep {unbound}; echo {BDF} >{DRIVER}/bind")
    log = vm.log()
    assert "an earlier command (0xc) is still in process; waiting for its end" in log
    assert "SEV API:1.55 build:21" in log.partition("waiting for its end")[2]
    assert vm.sev("status").outcome == OK
    assert vm.sev("get-id2").outcome == OK


def test_firmware_that_is_at_work_for_ever(psp, vm):
    """After psp_probe_timeout the command of the driver before is left alone."""
    _command_timeout(vm, 1)
    vm.check("echo 1 >/sys/module/ccp/parameters/psp_probe_timeout")
    psp.fault("cmd=GET_ID,hang,count=1")
    assert vm.sev("get-id2").outcome == (-1, "ETIMEDOUT", NO_FW_CALL)
    _, took = _timed(vm, f"echo {BDF} >{DRIVER}/unbind; echo {BDF} >{DRIVER}/bind")
    assert 0.9 <= took < 10
    assert "command 0xc in the register does not end" in vm.log()
    psp.heal()
    psp.control("reset")
    _rebind(vm)
    assert vm.sev("status").outcome == OK
    # A command given to a mailbox that is not ready is the device's business to tell.
    psp.mark()


def test_registers_read_as_ones(psp, vm):
    """A device that has gone."""
    psp.fault("cmd=GET_ID,garbage,count=1")
    assert vm.sev("get-id2").outcome == (-1, "ENODEV", NO_FW_CALL)
    assert "registers read as all ones (command GET_ID)" in vm.log()
    assert vm.sev("status").outcome == (-1, "EBUSY", NO_FW_CALL)
    psp.control("garbage off")
    _rebind(vm)
    assert vm.sev("status").outcome == OK


def test_registers_read_as_zeroes(psp, vm):
    """As if there was no answer."""
    _command_timeout(vm, 1)
    psp.fault("cmd=GET_ID,garbage=0,count=1")
    assert vm.sev("get-id2").outcome == (-1, "ETIMEDOUT", NO_FW_CALL)
    psp.control("garbage off")
    _rebind(vm)
    assert vm.sev("status").outcome == OK


def test_hang_at_load(psp, vm):
    """Loading doesn't take for ever, and says what hangs."""
    vm.unload()
    psp.fault("cmd=any,hang,count=1")
    _, took = _timed(vm, "modprobe ccp psp_probe_timeout=1")
    assert took < 10
    assert "sev: command PLATFORM_STATUS timed out" in vm.log()
    assert vm.sev("status").outcome == (-1, "EBUSY", NO_FW_CALL)
    psp.control("release")
    _rebind(vm)
    assert vm.sev("status").outcome == OK


@pytest.mark.parametrize("capability, said", [
    ("0xffffffff", "unable to access the device: you might be running a broken BIOS."),
    ("0", "psp: does not support SEV"),
], ids=["blocked by the BIOS", "nothing offered"])
def test_capability_without_sev(psp, vm, capability, said):
    """The capability word can't be read, or has nothing in it: said, no node, no harm."""
    psp.control(f"capability {capability}")
    _rebind(vm)
    assert said in vm.log()
    assert "open=ENOENT" in vm.run("sev status").text
    psp.control("capability 0x581")
    _rebind(vm)
    assert vm.sev("status").outcome == OK


@pytest.mark.parametrize("fault", ["delay=4000", "hang"])
def test_kill_ends_a_wait(psp, vm, fault):
    """A killed process ends at once. The next command waits for the firmware to be done."""
    psp.fault(f"cmd=GET_ID,{fault},count=1")
    _, took = _timed(vm, "sev get-id2 & sleep 0.5; kill -9 $!; wait")
    assert took < 2.5
    if fault == "hang":
        psp.control("release")
    text, took = _timed(vm, "sev --repeat 3 status")
    assert "ret=0" in text
    assert took < 6
    assert vm.sev("get-id2").outcome == OK
    assert vm.complaints() == []


def test_kill_ends_a_wait_for_others(psp, vm):
    """So does one that waits for another's command."""
    psp.fault("cmd=GET_ID,delay=4000,count=1")
    _, took = _timed(vm, "sev get-id2 >/tmp/one & sleep 0.3; sev status & two=$!; sleep 0.5\n"
                     "kill -9 $two; wait $two")
    assert took < 2.5
    assert "ret=0" in vm.check("while ! grep ret /tmp/one; do sleep 0.1; done")


def test_next_command_after_a_kill_names_the_hang(psp, vm):
    """Whoever comes next finds out that the firmware hangs in the killed one's command."""
    _command_timeout(vm, 2)
    psp.fault("cmd=GET_ID,hang,count=1")
    vm.check("sev get-id2 & sleep 0.3; kill -9 $!; wait; true")
    assert vm.sev("status").outcome == (-1, "ETIMEDOUT", NO_FW_CALL)
    assert "command GET_ID timed out" in vm.log()
    psp.control("release")
    _rebind(vm)
    assert vm.sev("status").outcome == OK


def test_kill_during_implicit_init(psp, vm):
    """The platform stays initialised then; later commands and unloading cope with it."""
    psp.fault("cmd=INIT,delay=2000,count=1")
    vm.check("sev pek-gen & sleep 0.5; kill -9 $!; wait; true")
    assert vm.sev("status")["state"] == "1"
    assert vm.sev("pek-gen").outcome == OK
    assert vm.sev("pdh-export").outcome == OK
    vm.unload()
    assert psp.commands()[-1] == "SHUTDOWN"
    vm.load(*IDLE)
    assert vm.sev("status")["state"] == "0"


def test_guest_after_a_kill_during_implicit_init(psp, vm):
    """The caches are flushed late rather than never: no guest starts without that."""
    psp.fault("cmd=INIT,delay=2000,count=1")
    vm.check("sev pek-gen & sleep 0.5; kill -9 $!; wait; true")
    vm.check("modprobe kvm_amd sev=1")
    run(vm, "kvm-guest launch 0").fine("init", "start", "update", "measure", "finish")
    assert "DF_FLUSH" in psp.commands()
    vm.unload()
    vm.load(*IDLE)


@pytest.mark.parametrize("status", [None, 0x13])
def test_kill_during_shutdown(psp, vm, status):
    """Whether the platform is shut down is known from the late answer: memory that it has
    given up is the kernel's again, and it is initialised again, or it goes on."""
    vm.fresh("psp_init_on_probe=0")
    vm.check("sev pek-gen")
    fault = "cmd=SHUTDOWN,delay=2000,count=1" + (f",status={status:#x}" if status else "")
    psp.fault("cmd=PEK_CSR,delay=1000,count=1")
    vm.check("sev pek-csr & sleep 0.5; kill -9 $!; wait; true")
    assert vm.sev("status")["state"] == "1"
    psp.fault(fault)
    vm.check("sev factory-reset & sleep 0.5; kill -9 $!; wait; true")
    assert vm.sev("status")["state"] == ("1" if status else "0")
    assert vm.sev("pek-gen").outcome == OK
    vm.unload()
    vm.load(*IDLE)
    assert vm.sev("status")["state"] == "0"
    assert vm.check("cat /sys/firmware/sev/leaked_pages") == "0"


@pytest.mark.parametrize("where", ["arg", "data", "out", "in"])
def test_slow_memory_holds_up_nobody(psp, vm, where):
    """While one caller's memory is slow to come, others get on."""
    assert psp
    answer = vm.sev("slow", where)
    assert answer["others_waited"] == "no"
    assert (answer["others_done"], answer["others_failed"]) == ("20", "0")


@pytest.mark.stock(only=True)
@pytest.mark.parametrize("where", ["data", "out", "in"])
def test_slow_memory_holds_up_everybody_in_tree(psp, vm, where):
    """The in-tree driver copies under its lock: the client can tell the difference."""
    assert psp
    answer = vm.sev("slow", where)
    assert answer["others_waited"] == "yes"


def test_stress(psp, vm):
    """Many callers at the same time get the right answers, all of them."""
    answer = vm.sev("--threads", 8, "--seconds", 2, "stress")
    slowest = answer.pop("slowest_us")
    assert {key.partition("/")[2] for key in answer} == {"0/0"}
    assert int(slowest) < 10_000_000
    assert psp.counts()["GET_ID"] > 10


def test_stress_with_faults(psp, vm):
    """Failures, delays and lost interrupts in between hit only the calls that they hit."""
    psp.fault("cmd=GET_ID,status=0x17,after=5,count=40")
    psp.fault("cmd=PLATFORM_STATUS,lost-irq,delay=3,count=100")
    psp.fault("cmd=SNP_PLATFORM_STATUS,spurious-irq,delay=2,count=50")
    answer = vm.sev("--threads", 8, "--seconds", 2, "stress")
    answer.pop("slowest_us")
    hits = int(next(re.search(r"hits=(\d+)", line) for line in psp.control("faults"))[1])
    assert hits > 0
    assert {key.partition("/")[2] for key in answer} == {"0/0", "EIO/0x17"}
    assert answer["SEV_GET_ID2/EIO/0x17"] == str(hits)
    psp.heal()
    assert vm.sev("--repeat", 20, "status").outcome == OK
