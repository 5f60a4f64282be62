# SPDX-License-Identifier: GPL-2.0-only
"""Firmware from the file system when the module loads."""

import subprocess

import pytest

from lab.guest import PROJECT

pytestmark = pytest.mark.sample("5.10", "7.3")

BDF = "0000:00:10.0"
DIR = "/lib/firmware/amd"
# The emulated CPU is family 19h, model 01h.
NAMES = ("amd_sev_fam19h_model01h.sbin", "amd_sev_fam19h_model0xh.sbin", "sev.fw")
DOWNLOAD = "DOWNLOAD_FIRMWARE"
# Small: the way into the machine is slow.
SIZE = "512"
OK = (0, "0", 0)


@pytest.fixture(name="image", scope="module")
def fixture_image(rack, tmp_path_factory):
    """Makes firmware images."""
    assert rack
    directory = tmp_path_factory.mktemp("firmware")

    def make(version, *options):
        path = directory / "image"
        subprocess.run([PROJECT / "build/emu/make-firmware", "--family", "19h", "--size", SIZE,
                        "--version", version, *options, path], check=True)
        return path.read_bytes()
    return make


@pytest.fixture(name="files")
def fixture_files(vm):
    """A machine without firmware files; those that a test puts there are removed."""
    vm.unload()
    vm.check(f"mkdir -p {DIR}; rm -f {DIR}/*")
    yield vm
    vm.check(f"rm -f {DIR}/*")
    vm.params = None


def _build(vm):
    return vm.sev("status")["build"]


def test_each_name_that_was_tried(files):
    """In this order, and that it wasn't there."""
    files.fresh()
    tried = [line.partition("SEV: firmware file ")[2] for line in files.log().splitlines()
             if "SEV: firmware file " in line]
    assert tried == [f"amd/{name}: not found" for name in NAMES]
    assert DOWNLOAD not in files.psp[0].commands()


@pytest.mark.stock()
@pytest.mark.parametrize("name", NAMES)
def test_update(files, image, name):
    """Each of the names will do."""
    files.put(f"{DIR}/{name}", image("1.55.39"))
    files.fresh()
    if not files.ours:
        files.check("modprobe kvm_amd")
    assert _build(files) == "39"
    log = files.log()
    assert f"ccp {BDF}: SEV firmware updated from 1.55.21 to 1.55.39" in log
    if files.ours:
        assert f"ccp {BDF}: SEV firmware update successful" in log
    assert "SEV API:1.55 build:39" in log
    if files.ours:
        assert f"SEV: firmware file amd/{name}: found, {SIZE} bytes" in log


@pytest.mark.stock()
def test_the_most_specific_name_wins(files, image):
    """That of the model before that of the range of models before the old one."""
    for number, name in enumerate(NAMES):
        files.put(f"{DIR}/{name}", image(f"1.55.{40 + number}"))
    files.fresh()
    assert _build(files) == "40"
    files.unload()
    files.check(f"rm {DIR}/{NAMES[0]}")
    files.fresh()
    assert _build(files) == "41"


@pytest.mark.stock()
@pytest.mark.parametrize("now, downloads", [("1.49.3", 2), ("1.50.1", 1), ("1.55.21", 1)])
def test_old_firmware_is_updated_twice(files, image, now, downloads):
    """Before API 1.50 it takes a second download for the committed version to follow."""
    files.put(f"{DIR}/{NAMES[1]}", image("1.55.39"))
    files.psp[0].control(f"api {now}")
    files.psp[0].mark()
    files.load()
    if not files.ours:
        files.check("modprobe kvm_amd")
    assert files.psp[0].commands().count(DOWNLOAD) == downloads
    assert _build(files) == "39"
    files.unload()
    files.psp[0].control("api 1.55.21")


@pytest.mark.parametrize("options, status, words", [
    (("--bad-signature",), 0x0a, "signature"),
    (("--svn", "1"), 0x21, "version"),
    (("--family", "1ah"), None, ""),
])
def test_refused(files, image, options, status, words):
    """Said as a warning, with the file's name, the status and what to do; the driver goes on
    with the firmware that there is."""
    files.put(f"{DIR}/{NAMES[1]}", image("1.55.39", *options))
    files.fresh("psp_init_on_probe=0")
    assert _build(files) == "21"
    said = [line for line in files.log().splitlines() if "was not installed" in line]
    assert len(said) == 1
    assert f"SEV: firmware file amd/{NAMES[1]} was not installed: {DOWNLOAD} rc -5" in said[0]
    assert "going on with 1.55.21" in said[0]
    if status:
        assert f"({status:#x})" in said[0]
        assert words in said[0].partition(f"({status:#x})")[2]
    warnings = files.check("dmesg -r").splitlines()
    assert [line for line in warnings if "was not installed" in line and line.startswith("<4>")]
    assert files.sev("pek-csr").outcome == OK


def test_firmware_that_fails_in_the_update(files, image):
    """Its status is none of the API, but it has answered before, so it is not said to be dead."""
    files.put(f"{DIR}/{NAMES[1]}", image("1.55.39"))
    files.unload()
    files.psp[0].fault(f"cmd={DOWNLOAD},status=0x8006,count=1")
    files.load("psp_init_on_probe=0")
    said = [line for line in files.log().splitlines() if "was not installed" in line]
    assert len(said) == 1
    assert "NOT_A_SEV_STATUS (0x8006): this is no status of the SEV API: the firmware has failed " \
        "inside this command" in said[0]
    assert _build(files) == "21"


@pytest.mark.stock()
def test_older_than_what_was_committed(files, image):
    """The firmware doesn't go back; the driver goes on."""
    files.put(f"{DIR}/{NAMES[1]}", image("1.51.1"))
    files.fresh()
    assert _build(files) == "21"
    assert "SEV firmware updated" not in files.log()
    if files.ours:
        assert "was not installed" in files.log()


@pytest.mark.stock()
def test_same_version(files, image):
    """Nothing changes, and nothing is claimed."""
    files.put(f"{DIR}/{NAMES[1]}", image("1.55.21"))
    files.fresh()
    assert _build(files) == "21"
    assert "SEV firmware updated" not in files.log()
    if files.ours:
        assert "holds the version that is already running" in files.log()


def test_empty_file(files):
    """Not sent to the firmware."""
    files.put(f"{DIR}/{NAMES[1]}", b"")
    files.fresh()
    assert _build(files) == "21"
    assert DOWNLOAD not in files.psp[0].commands()
    assert NAMES[1] in files.log()


@pytest.mark.stock()
def test_garbage(files):
    """Refused by the firmware, without harm."""
    files.put(f"{DIR}/{NAMES[1]}", bytes(range(256)) * 2)
    files.fresh()
    assert _build(files) == "21"
    assert files.sev("pek-csr").outcome == OK


@pytest.mark.stock()
def test_updates_only_once(files, image):
    """The module loaded again finds the version running."""
    files.put(f"{DIR}/{NAMES[1]}", image("1.55.39"))
    files.fresh()
    assert _build(files) == "39"
    files.unload()
    files.mark("again")
    files.load()
    assert _build(files) == "39"
    assert "SEV firmware updated" not in files.log()


def test_firmware_without_download(files, image):
    """Firmware older than 0.15 can't do it; older than 0.16 has no id either."""
    files.put(f"{DIR}/{NAMES[1]}", image("1.55.39"))
    files.psp[0].control("api 0.14.1")
    files.psp[0].mark()
    files.load("psp_init_on_probe=0")
    assert "SEV: firmware 0.14.1 can't be updated by the kernel, only by the BIOS" in files.log()
    assert DOWNLOAD not in files.psp[0].commands()
    assert files.sev("get-id2").outcome[:2] == (-1, "EOPNOTSUPP")
    assert "SEV: firmware 0.14 has no GET_ID, 0.16 is needed" in files.log()
    files.unload()
    files.psp[0].control("api 1.55.21")
