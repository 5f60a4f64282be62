# SPDX-License-Identifier: GPL-2.0-only
"""INIT_EX: the platform's keys in a file, and a platform that keeps them itself."""

import shutil
import tempfile
from pathlib import Path

import pytest

from lab import cert
from lab.guest import Guest, Spec

DIR = "/run/nv"
FILE = f"{DIR}/sev.bin"
SIZE = 32768
PARAMS = (f"init_ex_path={FILE}", "psp_init_on_probe=0")
OK = (0, "0", 0)

pytestmark = pytest.mark.sample("5.10", "7.3")
stock = pytest.mark.stock(since="6.1")


@pytest.fixture(name="nv")
def fixture_nv(vm):
    """A machine whose platform shall keep its keys in a file that isn't there yet."""
    vm.check(f"umount {DIR} 2>/dev/null; rm -rf {DIR} && mkdir {DIR}")
    vm.fresh(*PARAMS)
    yield vm
    vm.params = None


def _key(vm):
    """The platform's public key."""
    assert vm.sev("--out", "/tmp/csr", "pek-csr").outcome == OK
    return cert.public_key(vm.get("/tmp/csr"))


def _after_reboot(vm):
    """The driver on a PSP that has forgotten everything but its flash."""
    vm.fresh(*PARAMS)


@stock
def test_file_is_created(nv):
    """By the first change of the keys, readable for nobody but root."""
    assert nv.sev("pek-gen").outcome == OK
    assert f"SEV: {FILE} does not exist and will be created later." in nv.log()
    assert nv.check(f"stat -c '%a %u %s' {FILE}") == f"600 0 {SIZE}"
    assert len(set(nv.get(FILE))) > 16
    if nv.ours:
        # Ours takes a file that isn't there for erased flash, which is what the firmware
        # expects for the first time.
        assert nv.psp[0].commands().count("INIT_EX") == 1


@stock
def test_keys_are_in_the_file(nv):
    """They come back with it, and without it they are lost."""
    assert nv.sev("pek-gen").outcome == OK
    key = _key(nv)
    _after_reboot(nv)
    assert _key(nv) == key
    nv.check(f"mv {FILE} {DIR}/kept")
    _after_reboot(nv)
    assert _key(nv) != key
    nv.check(f"mv {DIR}/kept {FILE}")
    _after_reboot(nv)
    assert _key(nv) == key


@stock
@pytest.mark.parametrize("command", ["pek-gen", "pdh-gen"])
def test_each_change_is_stored(nv, command):
    """The file follows the keys."""
    assert nv.sev("pek-gen").outcome == OK
    before = nv.get(FILE)
    assert nv.sev(command).outcome == OK
    assert nv.get(FILE) != before


@stock
def test_owner_is_in_the_file(nv, tmp_path):
    """A platform stays its owner's over a reboot."""
    owner = cert.Owner(tmp_path)
    assert nv.sev("--out", "/tmp/csr", "pek-csr").outcome == OK
    nv.put("/tmp/pek", owner.sign(nv.get("/tmp/csr")))
    nv.put("/tmp/oca", owner.certificate)
    assert nv.sev("--in", "/tmp/pek", "--in2", "/tmp/oca", "pek-import").outcome == OK
    _after_reboot(nv)
    assert nv.sev("--out2", "/tmp/chain", "pdh-export").outcome == OK
    assert nv.get("/tmp/chain")[cert.SIZE:2 * cert.SIZE] == owner.certificate


def test_file_is_replaced_as_a_whole(nv):
    """Never written in place: who has the old file open has the old file. Nothing else
    stays in the directory."""
    assert nv.sev("pek-gen").outcome == OK
    old = nv.get(FILE)
    nv.check(f"ln {FILE} {DIR}/link")
    assert nv.sev("pek-gen").outcome == OK
    assert nv.get(f"{DIR}/link") == old
    assert nv.get(FILE) != old
    nv.check(f"rm {DIR}/link")
    assert nv.check(f"ls -A {DIR}") == "sev.bin"


def test_leftover_of_a_crash(nv):
    """A half-written new file from before a crash does no harm."""
    assert nv.sev("pek-gen").outcome == OK
    key = _key(nv)
    nv.check(f"head -c 1000 {FILE} >{FILE}.new")
    _after_reboot(nv)
    assert _key(nv) == key
    assert nv.sev("pdh-gen").outcome == OK
    assert nv.check(f"ls -A {DIR}") == "sev.bin"
    assert nv.check(f"stat -c %s {FILE}") == str(SIZE)


@stock
def test_damaged_file(nv):
    """The firmware erases what it can't use and starts with new keys."""
    assert nv.sev("pek-gen").outcome == OK
    key = _key(nv)
    nv.check(f"dd if=/dev/urandom of={FILE} bs={SIZE} count=1 2>/dev/null")
    _after_reboot(nv)
    nv.psp[0].mark()
    assert _key(nv) != key
    assert nv.psp[0].commands().count("INIT_EX") == 2
    assert "SECURE_DATA_INVALID" in nv.log()


@pytest.mark.parametrize("size", [0, 100, SIZE - 1, SIZE + 1])
def test_file_of_another_length(nv, size):
    """It isn't one of ours: nothing is initialised, and the file stays as it is."""
    nv.check(f"head -c {size} /dev/urandom >{FILE}; md5sum {FILE} >/tmp/before")
    answer = nv.sev("pek-gen")
    assert answer.outcome[:2] != (0, "0")
    assert f"SEV: {FILE} has {size} bytes instead of {SIZE}" in nv.log()
    assert nv.run("md5sum -c /tmp/before").status == 0
    assert "INIT_EX" not in nv.psp[0].commands()
    nv.check(f"rm {FILE}")
    assert nv.sev("pek-gen").outcome == OK


def _read_only(vm):
    vm.check(f"mount --bind {DIR} {DIR} && mount -o remount,bind,ro {DIR}")


@stock
@pytest.mark.parametrize("command", ["pek-gen", "pdh-gen"])
def test_directory_that_can_t_be_written(nv, command):
    """The caller is told that the new keys are in no file. The in-tree driver throws them
    away then, with ours they are stored as soon as that can be."""
    assert nv.sev("pek-gen").outcome == OK
    key, old = _key(nv), nv.get(FILE)
    _read_only(nv)
    assert nv.sev(command).outcome == (-1, "EROFS", 0)
    assert nv.get(FILE) == old
    if not nv.ours:
        nv.check(f"umount {DIR}")
        return
    assert f"SEV: {FILE} could not be replaced, error -30" in nv.log()
    assert nv.sev("status")["state"] == "1"
    new = _key(nv)
    assert (new == key) == (command == "pdh-gen")
    nv.check(f"umount {DIR}")
    assert nv.sev("status").outcome == OK
    assert f"SEV: {FILE} holds the platform's keys now" in nv.log()
    assert nv.get(FILE) != old
    _after_reboot(nv)
    assert _key(nv) == new


def test_keys_in_no_file_are_not_shut_down(nv):
    """Neither by KVM that goes nor by sleep; the last try is made when the driver goes."""
    assert nv.sev("pek-gen").outcome == OK
    _read_only(nv)
    assert nv.sev("pek-gen").outcome == (-1, "EROFS", 0)
    new = _key(nv)
    nv.check("modprobe kvm_amd && rmmod kvm_amd")
    assert nv.sev("status")["state"] == "1"
    assert _key(nv) == new
    nv.check("echo devices >/sys/power/pm_test")
    assert nv.run("echo mem >/sys/power/state").status
    assert "does not hold the platform's keys, and sleep would lose them" in nv.log()
    nv.check(f"umount {DIR}")
    _after_reboot(nv)
    assert f"SEV: {FILE} holds the platform's keys now" in nv.log()
    assert _key(nv) == new


def test_keys_that_are_lost_are_named(nv):
    """When the driver goes and the file can't be written to the end, that is said."""
    assert nv.sev("pek-gen").outcome == OK
    key = _key(nv)
    _read_only(nv)
    assert nv.sev("pek-gen").outcome == (-1, "EROFS", 0)
    nv.unload()
    assert f"could not be written to {FILE} and are lost" in nv.log()
    nv.check(f"umount {DIR}")
    _after_reboot(nv)
    assert _key(nv) == key


@stock
def test_first_keys_that_can_t_be_stored(nv):
    """Whoever has the platform initialised is told; the keys stay until they are in a file."""
    _read_only(nv)
    assert nv.sev("--out", "/tmp/csr", "pek-csr").outcome[:2] == (-1, "EROFS")
    if nv.ours:
        assert nv.sev("status")["state"] == "1"
        key = _key(nv)
        nv.check(f"umount {DIR}")
        assert nv.sev("status").outcome == OK
        _after_reboot(nv)
        assert _key(nv) == key
    else:
        nv.check(f"umount {DIR}")


def test_keys_of_a_read_only_file(nv):
    """A file that holds the platform's keys need not be written."""
    assert nv.sev("pek-gen").outcome == OK
    key = _key(nv)
    _read_only(nv)
    _after_reboot(nv)
    assert _key(nv) == key
    nv.check(f"umount {DIR}")


def test_no_room(nv):
    """A full file system keeps the old file, and the platform the new keys."""
    nv.check(f"mount -t tmpfs -o size=1m none {DIR}")
    assert nv.sev("pek-gen").outcome == OK
    old = nv.get(FILE)
    nv.check(f"mount -o remount,size=48k {DIR}")
    assert nv.sev("pek-gen").outcome == (-1, "ENOSPC", 0)
    assert "could not be replaced, error -28" in nv.log()
    assert nv.get(FILE) == old
    new = _key(nv)
    nv.check(f"mount -o remount,size=1m {DIR}")
    _after_reboot(nv)
    assert _key(nv) == new
    nv.check(f"umount {DIR}")


def test_limits_of_the_caller(nv):
    """How large a file the caller may write has nothing to do with the platform's keys."""
    assert nv.sev("pek-gen").outcome == OK
    old = nv.get(FILE)
    assert "ret=0" in nv.check("(ulimit -f 1; sev pek-gen)")
    assert nv.get(FILE) != old


@pytest.mark.parametrize("command", ["PEK_GEN", "PDH_GEN"])
def test_killed_while_keys_change(nv, command):
    """The new keys are stored all the same, at the latest when the driver goes."""
    assert nv.sev("pek-gen").outcome == OK
    old = nv.get(FILE)
    nv.psp[0].fault(f"cmd={command},delay=1500,count=1")
    nv.check(f"sev {command.lower().replace('_', '-')} & sleep 0.7; kill -9 $!; wait; true")
    assert nv.get(FILE) == old
    nv.unload()
    assert nv.get(FILE) != old
    key = nv.get(FILE)
    _after_reboot(nv)
    _key(nv)
    assert nv.get(FILE) == key


def _leave_initialised(vm):
    """As a process does that is killed while it reads the keys."""
    vm.psp[0].fault("cmd=PEK_CSR,delay=1000,count=1")
    vm.check("sev pek-csr & sleep 0.5; kill -9 $!; wait; true")
    assert vm.sev("status")["state"] == "1"


def test_killed_in_shutdown(nv):
    """The next one finds the platform as it is, and the keys."""
    assert nv.sev("pek-gen").outcome == OK
    key = _key(nv)
    _leave_initialised(nv)
    nv.psp[0].fault("cmd=SHUTDOWN,delay=2000,count=1")
    nv.check("sev factory-reset & sleep 0.5; kill -9 $!; wait; true")
    assert _key(nv) == key
    assert nv.psp[0].commands().count("FACTORY_RESET") == 0


def test_killed_in_factory_reset(nv):
    """If it was done the old keys are gone from the file, too."""
    assert nv.sev("pek-gen").outcome == OK
    key = _key(nv)
    nv.psp[0].fault("cmd=FACTORY_RESET,delay=1500,count=1")
    nv.check("sev factory-reset & sleep 0.7; kill -9 $!; wait; true")
    assert nv.sev("status").outcome == OK
    _after_reboot(nv)
    assert _key(nv) != key


def test_directory_that_isn_t_there(nv):
    """As with a file that isn't there, but its keys can't be stored."""
    nv.check(f"rmdir {DIR}")
    assert nv.sev("pek-gen").outcome == (-1, "ENOENT", 0)
    assert f"SEV: {FILE} could not be replaced, error -2" in nv.log()
    nv.check(f"mkdir {DIR}")
    assert nv.sev("pek-gen").outcome == OK
    assert nv.check(f"stat -c %s {FILE}") == str(SIZE)


@stock
@pytest.mark.parametrize("link", ["/run/target/keys", "../target/keys", "second"])
@pytest.mark.parametrize("there", [True, False], ids=["file", "no file"])
def test_path_that_is_a_symbolic_link(nv, link, there):
    """What it leads to is the file, whether it is there yet or not; the link stays."""
    nv.check("rm -rf /run/target && mkdir /run/target && "
             f"ln -s ../target/keys {DIR}/second && ln -s {link} {FILE}")
    if there:
        assert nv.sev("pek-gen").outcome == OK
    old = nv.get("/run/target/keys") if there else b""
    assert nv.sev("pek-gen").outcome == OK
    assert nv.check(f"readlink {FILE}") == link
    assert nv.check("stat -c '%F %s' /run/target/keys") == f"regular file {SIZE}"
    assert nv.get("/run/target/keys") != old
    assert nv.check("ls -A /run/target") == "keys"
    key = _key(nv)
    _after_reboot(nv)
    assert _key(nv) == key


def test_links_in_a_circle(nv):
    """No file, and said so."""
    nv.check(f"ln -s sev.bin {FILE}")
    assert nv.sev("pek-gen").outcome[:2] == (-1, "ELOOP")
    assert nv.sev("status")["state"] == "0"
    nv.check(f"rm {FILE}")
    assert nv.sev("pek-gen").outcome == OK


def _hang_and_bind_again(vm):
    vm.check("echo 1 >/sys/module/ccp/parameters/psp_cmd_timeout")
    vm.psp[0].fault("cmd=GET_ID,hang,count=1")
    assert vm.sev("get-id2").outcome[:2] == (-1, "ETIMEDOUT")
    vm.psp[0].control("release")
    vm.check("for f in unbind bind; do echo 0000:00:10.0 >/sys/bus/pci/drivers/ccp/$f; done; "
             "echo 100 >/sys/module/ccp/parameters/psp_cmd_timeout")


def test_platform_that_a_hang_has_left_initialised(nv):
    """The next driver initialises it anew, so that new keys find their way into the file."""
    assert nv.sev("pek-gen").outcome == OK
    _leave_initialised(nv)
    key, old = _key(nv), nv.get(FILE)
    _hang_and_bind_again(nv)
    assert nv.sev("status")["state"] == "1"
    assert _key(nv) == key
    assert "initialised by an earlier driver, without the file of init_ex_path" in nv.log()
    assert nv.sev("pek-gen").outcome == OK
    new = _key(nv)
    assert new != key and nv.get(FILE) != old
    _after_reboot(nv)
    assert _key(nv) == new


@stock
def test_callers_with_another_root(nv):
    """The path is that of the machine, whatever root directory and rights a caller has."""
    nv.check(f"mkdir -p /run/jail{DIR} && cp /bin/sev /run/jail/sev")
    assert "ret=0" in nv.check("chroot /run/jail /sev --fd 5 pek-gen 5<>/dev/sev")
    assert nv.check(f"stat -c %s {FILE}") == str(SIZE)
    assert nv.run(f"test -e /run/jail{FILE}").status
    before = nv.get(FILE)
    assert "ret=0" in nv.check("su nobody -s /bin/sh -c 'sev --fd 5 pek-gen' 5<>/dev/sev")
    assert nv.get(FILE) != before


def test_factory_reset_forgets_the_keys(nv):
    """Also over a reboot. The in-tree driver leaves the old keys in the file."""
    assert nv.sev("pek-gen").outcome == OK
    key = _key(nv)
    assert nv.sev("factory-reset").outcome == OK
    assert _key(nv) != key
    _after_reboot(nv)
    assert _key(nv) != key


def test_factory_reset_of_keys_in_no_file(nv):
    """Who wants to be rid of them is not told to store them first."""
    assert nv.sev("pek-gen").outcome == OK
    _read_only(nv)
    assert nv.sev("pek-gen").outcome == (-1, "EROFS", 0)
    key = _key(nv)
    nv.psp[0].mark()
    nv.mark("reset")
    # It is done; what could not be done is to have the file forget its keys.
    assert nv.sev("factory-reset").outcome[:2] == (-1, "EROFS")
    assert "FACTORY_RESET" in nv.psp[0].commands()
    assert "keys would be lost" not in nv.log()
    nv.check(f"umount {DIR}")
    assert nv.sev("factory-reset").outcome == OK
    assert _key(nv) != key


def test_symbolic_link_is_not_followed(nv):
    """The new file is never written through a link that somebody has left."""
    nv.check(f"ln -s /etc/passwd {FILE}.new; md5sum /etc/passwd >/tmp/before")
    assert nv.sev("pek-gen").outcome == (-1, "ELOOP", 0)
    assert nv.run("md5sum -c /tmp/before").status == 0
    nv.check(f"rm {FILE}.new")
    assert nv.sev("pek-gen").outcome == OK


@pytest.mark.kernels("6.12")
def test_platform_keeps_its_keys_over_a_reboot(spec, rack):
    """Without a file they are in the PSP's own flash: two boots of the same machine."""
    rack.off()
    state = Path(tempfile.mkdtemp(prefix="amd-sev-state-"))
    keys, ids = [], []
    try:
        for _ in range(2):
            guest = Guest(Spec(spec.kernel, psps=(f"1486,state={state}",)))
            try:
                guest.mark("reboot")
                guest.fresh("psp_init_on_probe=0")
                ids.append(guest.sev("get-id2")["id"])
                keys.append(_key(guest))
            finally:
                trouble = guest.stop()
            assert not trouble
    finally:
        shutil.rmtree(state)
    assert ids[0] == ids[1]
    assert keys[0] == keys[1]
