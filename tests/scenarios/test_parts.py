# SPDX-License-Identifier: GPL-2.0-only
"""What a PSP offers beside SEV: the TEE, boost control, firmware servicing, attributes."""

import hashlib
import hmac
import re
import struct

import pytest

pytestmark = pytest.mark.sample("5.10", "7.3")

BDF = "0000:00:10.0"
DEVICE = f"/sys/bus/pci/devices/{BDF}"
DRIVER = "/sys/bus/pci/drivers/ccp"

# A client processor: no SEV, security attributes only by the HSTI query. Bits of its answer: 0
# fused_part, 5 tsme_status, 11 rom_armor_enforced.
client = pytest.mark.machine(
    role="plain", psps=("15c7,hsti=821,bootloader=1.2.163.4,tee-version=5.6.7.255",))
# A server processor with firmware servicing.
server = pytest.mark.machine(psps=("156e",))

ATTRIBUTES = {
    "fused_part": "1", "boot_integrity": "0", "debug_lock_on": "0", "tsme_status": "1",
    "anti_rollback_status": "0", "rpmc_production_enabled": "0", "rpmc_spirom_available": "0",
    "hsp_tpm_available": "0", "rom_armor_enforced": "1",
    "bootloader_version": "01.02.a3.04", "tee_version": "05.06.07.ff",
}

NONCE, UID, PARAM = 0xc0344401, 0x40304402, 0xc0284403
VERSIONS, UPDATE = 0xd0085301, 0xc0485302


def node(vm, number, data=b"", path="/dev/dbc", prefix="", options=""):
    """Issues an ioctl. Returns the errno and the struct."""
    output = vm.run(f"{prefix} node {options} {path} {number:#x} {data.hex()}")
    assert output.status in (0, 1), output.text
    answer = dict(re.findall(r"^(\w+)=(.*)$", output.text, re.M))
    return answer["errno"], bytes.fromhex(answer["data"])


def attributes(vm):
    """The PSP's attributes that are there, and what they show."""
    names = " ".join(ATTRIBUTES)
    shown = vm.check(f"cd {DEVICE} && for a in {names}; do\n"
                     "[ ! -e $a ] || echo $a $(stat -c %a $a) $(cat $a); done")
    return {line.split()[0]: tuple(line.split()[1:]) for line in shown.splitlines()}


def load_with_fault(vm, fault):
    """Loads the driver on a PSP that has a fault just then."""
    vm.unload()
    vm.psp[0].reset()
    vm.psp[0].fault(fault)
    vm.load()
    vm.psp[0].heal()


def rebind(vm, which):
    """Takes the device from the driver, or gives it back."""
    vm.check(f"echo {BDF} >{DRIVER}/{which}")


# A processor without SEV


@client
@pytest.mark.column("load")
def test_psp_without_sev_says_so_and_does_the_rest(vm):
    """Nothing of SEV appears; what there is works."""
    vm.fresh()
    log = vm.log()
    for line in ("psp: does not support SEV", "tee enabled", "psp enabled"):
        assert f"ccp {BDF}: {line}" in log
    assert "sev enabled" not in log
    assert vm.run("test -e /dev/sev || test -e /sys/class/misc/sev || test -e /dev/sfs").status
    assert vm.psp[0].counts() == {}


@client
@pytest.mark.column("unload")
def test_parts_come_and_go(vm):
    """Loading, unbinding and unloading, over and over, leaves nothing behind."""
    for _ in range(3):
        vm.load()
        assert vm.run("test -c /dev/dbc").status == 0
        rebind(vm, "unbind")
        assert vm.run(f"test -e /dev/dbc || test -e {DEVICE}/tee_version").status
        rebind(vm, "bind")
        assert vm.run("test -c /dev/dbc").status == 0
        vm.unload()
        assert vm.run("test -e /dev/dbc || test -e /sys/class/misc/dbc || "
                      f"test -e {DEVICE}/tee_version").status


@client
@pytest.mark.stock(since="7.2", why="older ones lack boot_integrity")
@pytest.mark.column("load")
def test_attributes(vm):
    """The security bits that the firmware tells, and the versions."""
    vm.fresh()
    assert attributes(vm) == {name: ("444", value) for name, value in ATTRIBUTES.items()}
    assert f"ccp {BDF}: psp: TSME enabled" in vm.log()


@client
@pytest.mark.parametrize("fault", ["status=0x9", "hang"])
def test_firmware_that_does_not_tell_has_no_attributes(vm, fault):
    """Everything else is there; the in-tree driver gives up the whole PSP."""
    load_with_fault(vm, f"unit=pa,cmd=HSTI_QUERY,{fault},count=1")
    assert set(attributes(vm)) == {"bootloader_version", "tee_version"}
    assert f"ccp {BDF}: psp enabled" in vm.log()
    assert vm.run("test -c /dev/dbc").status == 0


# Dynamic boost control


def sign(nonce, data):
    """A signature that the emulated firmware takes."""
    return hmac.digest(b"emulated dynamic boost control", nonce + data, "sha256")


def get_nonce(vm, **how):
    """A nonce, after looking at its signature."""
    err, data = node(vm, NONCE, **how)
    assert err == "0"
    nonce = data[4:20]
    assert data[20:] == sign(nonce, bytes(4))
    return nonce


def authenticate(vm, **how):
    """Introduces us to boost control. Returns the nonce that signs the rest."""
    nonce = get_nonce(vm, **how)
    who = b"somebody or else"
    assert node(vm, UID, who + sign(nonce, who), **how)[0] == "0"
    return nonce


def param(vm, nonce, index, value=0, **how):
    """Reads or sets a parameter."""
    request = struct.pack("<II", index, value)
    err, data = node(vm, PARAM, request + sign(nonce, request), **how)
    return err, struct.unpack("<I", data[4:8])[0]


@client
@pytest.mark.stock(since="6.12")
@pytest.mark.column("ioctls")
def test_boost_control(vm):
    """A whole session, and what the firmware refuses."""
    vm.fresh()
    assert vm.check("stat -c %a /dev/dbc") == "600"
    nonce = get_nonce(vm)
    assert param(vm, nonce, 3)[0] == "EAGAIN", "nobody has authenticated yet"
    assert node(vm, UID, bytes(48))[0] == "EPERM"

    nonce = authenticate(vm)
    assert node(vm, NONCE)[0] == "EACCES", "somebody has authenticated already"
    assert param(vm, nonce, 4, 3210) == ("0", 3210)
    assert param(vm, nonce, 3) == ("0", 3210)
    assert param(vm, nonce, 4, 99999)[0] == "EINVAL"
    assert node(vm, PARAM, struct.pack("<II", 3, 0))[0] == "EPERM"


@client
@pytest.mark.stock(since="6.12")
@pytest.mark.column("ioctls")
def test_boost_control_survives_a_new_driver(vm):
    """Who loads the driver again finds a firmware that knows somebody."""
    vm.fresh()
    nonce = authenticate(vm)
    vm.load()
    assert param(vm, nonce, 4, 1234) == ("0", 1234)


@client
@pytest.mark.stock(since="6.12")
@pytest.mark.column("ioctls")
def test_boost_control_arguments(vm):
    """What never reaches the firmware."""
    vm.fresh()
    vm.psp[0].clear_counts()
    for index in (0, 2, 0xf, 0xffffffff):
        assert node(vm, PARAM, struct.pack("<I", index))[0] == "EINVAL"
    for number in (NONCE, UID, PARAM):
        assert node(vm, number, options="--arg 0")[0] == "EFAULT"
    assert vm.psp[0].counts("pa") == {}


@client
@pytest.mark.column("ioctls")
def test_boost_control_ioctl_numbers(vm):
    """Ours says ENOTTY; the in-tree driver says EINVAL."""
    vm.fresh()
    for number in (0, 0xc0344402, 0xc0304401, 0xc0105300):
        assert node(vm, number)[0] == "ENOTTY"


@client
@pytest.mark.column("ioctls")
def test_boost_control_for_32_bit_programs(vm):
    """The structs are the same; the in-tree driver refuses such programs."""
    vm.fresh()
    nonce = authenticate(vm, options="--ia32")
    assert param(vm, nonce, 4, 777, options="--ia32") == ("0", 777)


@client
@pytest.mark.stock(since="6.12")
@pytest.mark.parametrize("status, count, err", [
    (0x7, 1, "0"), (0x7, 2, "EAGAIN"), (0x4, 1, "E2BIG"), (0x9, 1, "ENOENT"), (0xd, 1, "EBUSY"),
    (0x307, 1, "ENOENT"), (0x300f, 1, "ENFILE"), (0x123, 1, "EIO")])
def test_boost_control_refusals(vm, status, count, err):
    """What the firmware's statuses become. A nonce is asked for a second time."""
    vm.fresh()
    vm.psp[0].fault(f"unit=pa,cmd=DBC_GET_NONCE,status={status:#x},count={count}")
    assert node(vm, NONCE)[0] == err


@client
@pytest.mark.stock(since="6.12")
def test_boost_control_that_does_not_answer(vm):
    """One request fails, in time; the next that finds the mailbox free works."""
    vm.fresh()
    vm.psp[0].fault("unit=pa,cmd=DBC_GET_NONCE,hang,count=1")
    assert node(vm, NONCE, prefix="timeout -s KILL 10")[0] == "ETIMEDOUT"
    assert node(vm, NONCE)[0] == "EBUSY"
    vm.psp[0].heal()
    assert node(vm, NONCE)[0] == "0"


@client
@pytest.mark.parametrize("fault", ["status=0x9", "hang"])
def test_firmware_without_boost_control_has_no_node(vm, fault):
    """That is no failure: many have none."""
    load_with_fault(vm, f"unit=pa,cmd=DBC_GET_NONCE,{fault},count=1")
    log = vm.log()
    assert vm.run("test -e /dev/dbc").status
    assert f"ccp {BDF}: psp enabled" in log
    assert "dbc initialization failed" not in log


@client
@pytest.mark.column("unload")
def test_boost_control_descriptor_outlives_the_binding(vm):
    """It answers ENODEV while there is no PSP, and works with the next one."""
    vm.fresh()
    output = vm.check(
        f"exec 5<>/dev/dbc; node --fd 5 - {NONCE:#x} >/tmp/before\n"
        f"echo {BDF} >{DRIVER}/unbind; test ! -e /dev/dbc\n"
        f"node --fd 5 - {NONCE:#x} >/tmp/between; echo {BDF} >{DRIVER}/bind\n"
        f"node --fd 5 - {NONCE:#x} >/tmp/after; exec 5<&-; cd /tmp\n"
        "grep -h errno before between after")
    assert output.split() == ["errno=0", "errno=ENODEV", "errno=0"]


@client
@pytest.mark.column("unload")
def test_unbinding_waits_for_a_request(vm):
    """Nothing is torn from a request that is with the firmware."""
    vm.fresh()
    vm.psp[0].fault("unit=pa,cmd=DBC_GET_NONCE,delay=300,count=1")
    output = vm.check(
        f"node /dev/dbc {NONCE:#x} >/tmp/answer & sleep 0.1\n"
        f"echo {BDF} >{DRIVER}/unbind; wait; grep errno /tmp/answer; echo {BDF} >{DRIVER}/bind")
    assert output == "errno=0"
    assert get_nonce(vm)


# The trusted execution environment

TA = "11111111-2222-3333-4444-555555555555"
# As the TEE driver spells it.
TA_FILE = "/lib/firmware/amdtee/11111111-2222-3333-4444555555555555.bin"


def tee(vm, *args, prefix=""):
    """Talks to the application. Returns each step's result."""
    output = vm.run(f"{prefix} tee-session {TA} {' '.join(map(str, args))}")
    return dict(re.findall(r"^(\w+)=(.*)$", output.text, re.M))


def with_tee(vm, load=True):
    """The TEE driver on top of ours, and an application for it."""
    if load:
        vm.fresh()
    vm.put(TA_FILE, b"an application\n" * 100)
    vm.check("modprobe amdtee && test -c /dev/tee0")


needs_amdtee = pytest.mark.kernels("6.12", "7.2", "7.3")


@client
@needs_amdtee
@pytest.mark.stock(since="6.12")
@pytest.mark.column("load")
def test_tee_session(vm):
    """The in-tree TEE driver loads an application, opens a session and invokes it."""
    with_tee(vm)
    for a in range(40):
        assert tee(vm, 3, a, 0x55) == {
            "session": "0 result=0", "invoke": "0 result=0", "values": f"0x55,{a:#x}".replace(
                ",0x0", ",0"), "close": "0 result=0"}
    counts = vm.psp[0].counts("tee")
    assert counts["INVOKE_CMD"] == 40
    assert counts["LOAD_TA"] == counts["UNLOAD_TA"]


@client
@needs_amdtee
@pytest.mark.stock(since="6.12")
def test_tee_ring_of_an_earlier_driver_is_replaced(vm):
    """A firmware that has a ring already gets a new one."""
    vm.unload()
    vm.psp[0].reset()
    vm.psp[0].fault("unit=psp,cmd=TEE_RING_INIT,status=0xd,exec,count=1")
    vm.load()
    assert f"ccp {BDF}: tee enabled" in vm.log()
    with_tee(vm, load=False)
    assert tee(vm, 3, 1, 2)["invoke"] == "0 result=0"


@client
@pytest.mark.parametrize("fault", ["status=0x6,count=1", "hang,count=1"])
def test_tee_that_does_not_start_leaves_the_rest(vm, fault):
    """The in-tree driver gives up the whole PSP."""
    load_with_fault(vm, f"unit=psp,cmd=TEE_RING_INIT,{fault}")
    log = vm.log()
    assert f"ccp {BDF}: tee initialization failed" in log
    assert f"ccp {BDF}: psp enabled" in log
    assert get_nonce(vm)

    # And the next start may go well.
    rebind(vm, "unbind")
    rebind(vm, "bind")
    assert f"ccp {BDF}: tee enabled" in vm.log()


@client
@needs_amdtee
def test_tee_that_does_not_answer_is_given_up(vm):
    """Once, with the command's number; until the driver is bound again."""
    with_tee(vm)
    vm.psp[0].fault("unit=tee,cmd=INVOKE_CMD,hang,count=1")
    # Ten seconds, no more; and nothing can be had after that.
    answer = tee(vm, 3, 1, 2, prefix="timeout -s KILL 20")
    assert answer["invoke"] == "0 result=0xffff000e"
    assert f"ccp {BDF}: tee: command 0x5 timed out, disabling PSP" in vm.log()
    before = vm.check("cut -d. -f1 /proc/uptime")
    assert "result=0" not in tee(vm, 3, 1, 2).get("session", "").split()
    assert int(vm.check("cut -d. -f1 /proc/uptime")) - int(before) < 8
    assert get_nonce(vm), "boost control goes on"

    vm.psp[0].heal()
    vm.check("rmmod amdtee")
    rebind(vm, "unbind")
    rebind(vm, "bind")
    with_tee(vm, load=False)
    assert tee(vm, 3, 1, 2)["invoke"] == "0 result=0"


@client
@needs_amdtee
@pytest.mark.column("unload")
def test_tee_session_outlives_the_binding(vm):
    """Its next command fails, and nothing else happens."""
    with_tee(vm)
    output = vm.check(
        f"(sleep 2; echo) | tee-session {TA} 3 1 2 hold >/tmp/steps & sleep 1\n"
        f"echo {BDF} >{DRIVER}/unbind; wait; echo {BDF} >{DRIVER}/bind; cat /tmp/steps")
    steps = dict(re.findall(r"^(\w+)=(.*)$", output, re.M))
    assert steps["session"] == "0 result=0"
    assert steps["invoke"] == "0 result=0xffff000e"
    vm.check("rmmod amdtee")


# Firmware servicing


def package(level, content=b"firmware" * 1000):
    """A package that the emulated firmware takes."""
    return struct.pack("<4sI32sI", b"SFSP", level, hashlib.sha256(content).digest(),
                       len(content)) + content


def sfs(vm, number, data=b"", **how):
    """Issues an ioctl on /dev/sfs. Returns errno, statuses and the struct."""
    err, data = node(vm, number, data, path="/dev/sfs", **how)
    return err, struct.unpack("<II", data[-8:]), data[:-8]


def update(vm, name, **how):
    """Hands a package to the firmware."""
    return sfs(vm, UPDATE, name.encode().ljust(64, b"\0"), **how)[:2]


def level(vm, **how):
    """The patch level."""
    err, status, blob = sfs(vm, VERSIONS, **how)
    assert (err, status) == ("0", (0, 0))
    assert blob[:4] == b"SFSV" and blob[12:] == bytes([0xc7]) * 4084
    return struct.unpack("<I", blob[4:8])[0]


@server
@pytest.mark.stock(since="7.2")
@pytest.mark.column("ioctls")
def test_firmware_servicing(vm):
    """Versions, updates, and what the firmware refuses."""
    vm.fresh()
    assert f"ccp {BDF}: SFS support is available" in vm.log()
    assert vm.check("stat -c %a /dev/sfs") == "600"
    first = level(vm)
    vm.put("/lib/firmware/amd/new.bin", package(first + 2))
    vm.put("/lib/firmware/amd/old.bin", package(first + 1))
    vm.put("/lib/firmware/amd/bad.bin", package(first + 9)[:-1] + b"!")
    assert update(vm, "new.bin") == ("0", (0, 0))
    assert level(vm) == first + 2
    assert update(vm, "old.bin") == ("EIO", (0xc, 0x1000c))
    assert update(vm, "bad.bin") == ("EIO", (0x7, 0x10007))
    assert level(vm) == first + 2


@server
@pytest.mark.stock(since="7.2")
@pytest.mark.column("ioctls")
def test_firmware_servicing_arguments(vm):
    """What never reaches the firmware."""
    vm.fresh()
    vm.psp[0].clear_counts()
    vm.put("/lib/firmware/stray.bin", package(1))
    vm.check("mkdir -p /lib/firmware/amd; cd /lib/firmware/amd; truncate -s 2093057 large.bin")
    assert update(vm, "none.bin")[0] == "ENOENT"
    assert update(vm, "../stray.bin")[0] == "ENOENT"
    assert update(vm, "large.bin")[0] == "E2BIG"
    assert update(vm, "x" * 64)[0] == "EINVAL"
    assert node(vm, UPDATE, path="/dev/sfs", options="--arg 0")[0] == "EFAULT"
    assert update(vm, "none.bin", options="--read-only")[0] == ("EPERM" if vm.ours else "ENOENT")
    assert vm.psp[0].counts("ext") == {}


@server
@pytest.mark.stock(since="7.2")
@pytest.mark.column("ioctls")
def test_firmware_servicing_of_the_largest_package(vm):
    """Two megabytes, less the page with the header."""
    vm.fresh()
    first = level(vm)
    vm.put("/lib/firmware/amd/full.bin", package(first + 1))
    vm.check("truncate -s 2093056 /lib/firmware/amd/full.bin")
    assert update(vm, "full.bin") == ("0", (0, 0))
    assert level(vm) == first + 1


@server
@pytest.mark.column("ioctls")
def test_firmware_servicing_numbers_and_32_bit_programs(vm):
    """Ours says ENOTTY to a wrong number and serves 32-bit programs."""
    vm.fresh()
    for number in (0, 0xc0485301, 0xc0105300):
        assert node(vm, number, path="/dev/sfs")[0] == "ENOTTY"
    assert isinstance(level(vm, options="--ia32"), int)


@pytest.mark.kernels("7.2", "7.3")
@pytest.mark.machine(role="snp-host", family="turin", psps=("156e",))
@pytest.mark.stock(since="7.2")
def test_firmware_servicing_beside_snp(vm):
    """The firmware takes a buffer only if SNP was told that no guest may have it."""
    vm.load()
    assert isinstance(level(vm), int)
    vm.check("modprobe kvm_amd")
    assert vm.sev("snp-status")["state"] == "1"
    assert isinstance(level(vm), int)
    vm.check("rmmod kvm_amd")
    assert isinstance(level(vm), int)


@server
@pytest.mark.column("unload")
def test_firmware_servicing_descriptor_outlives_the_binding(vm):
    """It answers ENODEV while there is no PSP, and works with the next one."""
    vm.fresh()
    output = vm.check(
        f"exec 5<>/dev/sfs; echo {BDF} >{DRIVER}/unbind; test ! -e /dev/sfs\n"
        f"node --fd 5 - {VERSIONS:#x} >/tmp/between; echo {BDF} >{DRIVER}/bind\n"
        f"node --fd 5 - {VERSIONS:#x} >/tmp/after; exec 5<&-; cd /tmp\n"
        "grep -h errno between after")
    assert output.split() == ["errno=ENODEV", "errno=0"]


@server
def test_firmware_servicing_that_does_not_answer(vm):
    """Ten seconds; then the PSP's mailbox is given up until the driver is bound again."""
    vm.fresh()
    vm.psp[0].fault("unit=ext,cmd=SFS_GET_FW_VERSIONS,hang,count=1")
    assert node(vm, VERSIONS, path="/dev/sfs", prefix="timeout -s KILL 30")[0] == "ETIMEDOUT"
    assert node(vm, VERSIONS, path="/dev/sfs")[0] == "EBUSY"
    assert vm.sev("status")["ret"] == "0", "SEV has a mailbox of its own"
    rebind(vm, "unbind")
    vm.psp[0].heal()
    assert "its 2 MiB stay with the firmware" in vm.log()
    rebind(vm, "bind")
    assert isinstance(level(vm), int)


# The random-number generator of the crypto engine


@pytest.mark.machine(role="plain", psps=("1468", "15df", "14ca"))
@pytest.mark.column("load")
def test_random_numbers(vm):
    """Each engine is offered under a name of its own, and the queues are not."""
    vm.fresh()
    assert vm.log().count("the crypto queues are not driven by this driver") == 1
    names = vm.check("cat /sys/class/misc/hw_random/rng_available").split()
    ours = [name for name in names if re.fullmatch(r"ccp-\d+-rng", name)]
    assert len(ours) == 2
    for name in ours:
        vm.check(f"echo {name} >/sys/class/misc/hw_random/rng_current")
        vm.check("head -c 256 /dev/hwrng >/tmp/numbers")
        numbers = struct.unpack("<64I", vm.get("/tmp/numbers"))
        assert len(set(numbers)) == 64


@pytest.mark.machine(role="plain", psps=("1468", "15df", "14ca"))
@pytest.mark.column("unload")
def test_random_numbers_while_unbinding(vm):
    """Readers go on with another generator, or get an error; nothing else happens."""
    vm.fresh()
    vm.check("(while :; do head -c 512 /dev/hwrng; done >/dev/null 2>&1) & reader=$!\n"
             "for i in 1 2 3 4 5; do\n"
             f"  for d in {BDF} {BDF[:-3]}1.0; do\n"
             f"    echo $d >{DRIVER}/unbind; echo $d >{DRIVER}/bind\n"
             "  done\ndone\nkill $reader; wait $reader || true")
    vm.unload()
    assert "ccp" not in vm.check("cat /sys/class/misc/hw_random/rng_available || true")


# Several, and none


@pytest.mark.machine(role="plain", psps=("115a", "15c7", "1134", "14ca", "1468"))
@pytest.mark.column("load")
def test_many_processors_in_one_machine(vm):
    """The one with the lowest address answers; each node is there once."""
    vm.fresh()
    log = vm.log()
    assert log.count("psp enabled") == 4
    assert log.count("tee enabled") == 4
    assert log.count("sev enabled") == 1
    assert log.count("the crypto queues are not driven") == 1
    # Boost control by the PSP mailbox, on a processor without platform access.
    assert get_nonce(vm)
    nonce = authenticate(vm)
    assert param(vm, nonce, 4, 4321) == ("0", 4321)
    assert vm.psp[0].counts("ext")["DBC_SET_PARAMETER"] == 1
    assert "DBC_SET_PARAMETER" not in vm.psp[1].counts("pa")

    # Another one does not step in: on real machines it would not answer.
    rebind(vm, "unbind")
    assert node(vm, NONCE)[0] == "ENODEV"
    rebind(vm, "bind")
    assert param(vm, nonce, 3) == ("0", 4321)
    vm.unload()
    assert vm.run("test -e /dev/dbc").status


@pytest.mark.machine(role="plain", psps=("15c7,capability=ffffffff",))
@pytest.mark.column("load")
def test_registers_that_the_bios_blocks(vm):
    """One line, no node, no command."""
    vm.fresh()
    assert f"ccp {BDF}: psp: unable to access the device: you might be running a broken BIOS." \
        in vm.log()
    assert vm.run("test -e /dev/dbc || test -e /dev/sev || test -e /dev/sfs").status
    assert vm.psp[0].counts("pa") == {} and vm.psp[0].counts("psp") == {}
    vm.unload()
