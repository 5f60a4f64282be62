# SPDX-License-Identifier: GPL-2.0-only
"""Our driver in SNP guests: what it answers, beside the kernel's own on the same machine, and
what it says about itself."""

import re

import pytest

from lab.attest import MACHINE, OWN_CHANNEL, REPORT_VMPL, REPORTS, SYSFS, Attest, body

pytestmark = [pytest.mark.machine(**MACHINE),
              # 5.10 can't be an SNP guest.
              pytest.mark.kernels("6.1", "6.12", "7.2", "7.3")]

EIO, EACCES, ENODEV, EINVAL = 5, 13, 19, 22
INVALID_PARAM = 0x16
NOT_ASKED = 0xff
PAGE = 4096


@pytest.fixture(name="guest")
def _guest(vm):
    """Our driver, loaded."""
    guest = Attest(vm)
    guest.ready()
    yield guest
    vm.check("rmdir /sys/kernel/config/tsm/report/* 2>/dev/null; true")


def test_kernel_takes_it_for_real(guest, vm):
    """The kernel names all three features, and our driver says which key it uses."""
    assert "Memory Encryption Features active: AMD SEV SEV-ES SEV-SNP\n" in vm.console
    assert re.search("SNP guest platform devices? initialized", vm.console)
    guest.load()
    assert ("sev-guest sev-guest: Initialized SEV guest driver (using VMPCK0 communication key)"
            in vm.log())
    assert vm.check("readlink /sys/bus/platform/devices/sev-guest/driver").endswith("/sev-guest")
    assert vm.check("cat /sys/module/sev_guest/version").startswith("amd-sev")


REQUESTS = ["report", "--vmpl 3 report", "--vmpl 4 report", "--version 0 report", "key", "--key 1 key", "--vmpl 2 key", "--version 0 key",
            "ext", "--certs 4096 ext", "--certs 8192 ext", "--certs 16384 ext",
            "--certs 20480 ext", "--certs 100 ext", "--vmpl 1 --certs 16384 ext",
            "--repeat 10 report"]


def test_same_answers_as_the_kernels_own(guest):
    """Byte for byte, but for what is new in each report; and they share the numbers of the
    messages, in whatever order they are loaded."""
    seen = {}
    for modules in ("stock", "ours"):
        guest.load(modules)
        seen[modules] = {words: guest.ask(words) for words in REQUESTS}
    guest.load("stock")
    assert guest.good("report")
    for words in REQUESTS:
        stock, ours = seen["stock"][words], seen["ours"][words]
        assert ours.numbers == stock.numbers, words
        assert ours.certs == stock.certs, words
        if ours.answer and "key" not in words and not any(ours.answer[:4]):
            assert body(ours.report) == body(stock.report), words
        else:
            assert ours.answer == stock.answer, words
    good = [words for words, asked in seen["ours"].items()
            if (asked.outcome, asked.status) == ((0, 0, 0), 0)]
    assert {"report", "key", "--certs 16384 ext"} < set(good)
    assert any(seen["ours"]["key"].answer[32:])
    assert seen["ours"]["key"].answer != seen["ours"]["--vmpl 2 key"].answer


# Ioctl numbers without and with a struct, and arguments, for the client "node".
ARGUMENTS = ["0xc0205300 00", "0xc0205300 01", "0xc0205301 01", "0xc0205302 01",
             # A request at an address that nobody has.
             f"0xc0205300 01{'00' * 7}{'00100000000000f0' * 2}",
             "0xc0205303 01", "0x80205300 01", "0xc0105300 01", "0x5300",
             "--arg 0 0xc0205300", "--arg 0xf000000000001000 0xc0205300"]


def test_same_errors_as_the_kernels_own(guest, vm):
    """Arguments that can't be right."""
    def outcomes():
        seen = {}
        for words in ARGUMENTS:
            option, _, rest = words.partition(" ") if words.startswith("--") else ("", "", words)
            if option:
                value, _, rest = rest.partition(" ")
                option = f"{option} {value}"
            done = vm.run(f"node {option} /dev/sev-guest {rest}")
            seen[words] = (done.status, done.text)
        return seen

    guest.load("stock")
    stock = outcomes()
    guest.load("ours")
    ours = outcomes()
    # The kernel's own looks at the argument of an ioctl that does not exist, and writes to it.
    for words in ("0xc0205303 01", "0x80205300 01", "0xc0105300 01", "0x5300"):
        assert re.search("^errno=ENOTTY$", ours.pop(words)[1], re.M), words
        stock.pop(words)
    assert ours == stock


def test_no_such_ioctl(guest, vm):
    """ENOTTY, and the log says what there is."""
    vm.run("node /dev/sev-guest 0xc0205303 01")
    assert re.search("there is no ioctl 0xc0205303: reports", vm.log())
    assert guest.good("report")


def test_room_for_certificates(guest):
    """The host says how much it takes, in whole pages; nothing is asked twice."""
    for room in ("", "--certs 0"):
        asked = guest.ask(f"{room} ext")
        assert asked.outcome == (EIO, 0, 1)
        assert asked.numbers["certs"] == PAGE
    assert guest.ask("--certs 100 ext").outcome == (EINVAL, NOT_ASKED, 0)
    assert guest.ask("--certs 20480 ext").outcome == (EINVAL, NOT_ASKED, 0)
    one, four = guest.good("--certs 4096 ext"), guest.good("--certs 16384 ext")
    assert four.certs == one.certs + bytes(3 * PAGE)


def test_32_bit_programs(guest):
    """They get what others get."""
    assert body(guest.good("--ia32 report").report) == body(guest.good("report").report)
    assert guest.good("--ia32 key").answer == guest.good("key").answer
    asked = guest.ask("--ia32 ext")
    assert (asked.outcome, asked.numbers["certs"]) == ((EIO, 0, 1), PAGE)
    asked = guest.good("--ia32 --certs 4096 ext")
    assert body(asked.report) == body(guest.good("report").report)
    assert asked.certs == guest.good("--certs 4096 ext").certs
    assert guest.ask("--ia32 --version 0 report").numbers["errno"] == EINVAL


def test_version_that_no_firmware_knows(guest, vm):
    """Refused at once: the kernel's own sends it, and loses the key."""
    for words in ("--version 2 report", "--version 3 key", "--version 255 key",
                  "--version 2 --certs 4096 ext"):
        assert guest.ask(words).outcome == (EINVAL, NOT_ASKED, 0)
    assert "report of message version 2 refused: ask for version 1" in vm.log()
    assert guest.good("report")


def test_the_firmware_refuses(guest, vm):
    """Its status is in the answer, as with the kernel's own, and the log says it in words."""
    asked = guest.ask("--vmpl 4 report")
    assert (asked.outcome, asked.status) == ((0, 0, 0), INVALID_PARAM)
    assert int.from_bytes(asked.answer[:4], "little") == INVALID_PARAM
    assert re.search(r"the firmware has refused the report: INVALID_PARAM \(0x16\): ", vm.log())


class Files:
    """A report by way of files."""

    def __init__(self, vm, name="r0"):
        self.vm = vm
        self.path = f"{REPORTS}/{name}"
        vm.check("[ -d /sys/kernel/config/tsm ] || mount -t configfs none /sys/kernel/config; "
                 f"[ -d {self.path} ] || mkdir {self.path}")

    def give(self, name, data):
        """Writes a file. Returns whether it took that."""
        self.vm.put("/tmp/in", data)
        return self.vm.run(f"cat /tmp/in >{self.path}/{name}").status == 0

    def take(self, name):
        """Reads a file."""
        self.vm.check(f"cat {self.path}/{name} >/tmp/out")
        return self.vm.get("/tmp/out")

    def fails(self, name):
        """What is said when a file can't be read."""
        done = self.vm.run(f"cat {self.path}/{name} 2>&1 >/dev/null")
        assert done.status
        return done.text.strip().rpartition(": ")[2]

    def names(self):
        """Which files there are."""
        return self.vm.check(f"ls {self.path}").split()


def test_reports_in_configfs(guest, vm):
    """The same report as through the device, and the rules of the files; on 6.1 they are from
    a core of our own."""
    files = Files(vm)
    assert sorted(files.names()) == ["auxblob", "generation", "inblob", "outblob", "privlevel",
                             "privlevel_floor", "provider"]
    assert files.take("provider") == b"sev_guest\n"
    assert files.take("privlevel_floor") == b"0\n"
    assert files.fails("outblob") == "Invalid argument"
    assert files.give("inblob", b"n" * 63)
    assert files.fails("outblob") == "Invalid argument"
    assert "inblob has 63 bytes, a report needs exactly 64" in vm.log()
    assert not files.give("inblob", b"n" * 65)

    assert files.give("inblob", bytes(range(64)))
    generation = int(files.take("generation"))
    report, device = files.take("outblob"), guest.good("--certs 16384 ext")
    assert report[0x50:0x90] == bytes(range(64))
    assert body(report) == body(device.report)
    assert files.take("auxblob") == device.certs.rstrip(b"\0") or \
        device.certs.startswith(files.take("auxblob"))
    assert int(files.take("generation")) == generation
    assert files.take("outblob") == report

    assert not files.give("privlevel", b"4\n")
    assert files.give("privlevel", b"2\n")
    assert int(files.take("generation")) == generation + 1
    assert int.from_bytes(files.take("outblob")[0x30:0x34], "little") == 2


def test_files_as_the_kernels_own(guest, vm):
    """Where the kernel has such files, ours are the same."""
    if vm.spec.kernel == "6.1":
        pytest.skip("6.1 has no reports in files")
    seen = []
    for modules in ("stock", "ours"):
        guest.load(modules)
        files = Files(vm, modules)
        seen.append([files.names(), files.take("provider"), files.take("privlevel_floor"),
                     files.fails("outblob"), files.give("privlevel", b"4\n"),
                     files.give("privlevel", b"1\n"), files.give("inblob", bytes(64)),
                     body(files.take("outblob")), files.take("auxblob"),
                     files.take("generation")])
        vm.check(f"rmdir {files.path}")
    assert seen[0] == seen[1]


def test_state_in_sysfs(guest, vm):
    """Level, key, and counters that count."""
    own = vm.spec.kernel in OWN_CHANNEL
    guest.load()
    assert {name: guest.file(name) for name in ("vmpl", "vmpck", "vmpck_alive")} == {
        "vmpl": "0", "vmpck": "0", "vmpck_alive": "1"}
    assert guest.file("keys_alive").startswith("0")
    guest.good("--repeat 7 report")
    guest.ask("ext")
    assert guest.counters("requests", "failures") == {"requests": 8, "failures": 1}
    names = vm.check(f"ls {SYSFS}").split()
    only_own = {"unanswered", "exchanges", "busy", "refused", "forged", "recovered"}
    assert only_own & set(names) == (only_own if own else set())
    if own:
        guest.bad_host("busy", "report", 2)
        # The request for too little room takes two exchanges.
        assert guest.counters("exchanges", "busy", "unanswered") == {
            "exchanges": 12, "busy": 2, "unanswered": 0}
    assert vm.run(f"echo 1 >{SYSFS}/requests").status


TRACING = "/sys/kernel/tracing"


def test_trace_events(guest, vm):
    """Each request and each exchange, without contents."""
    vm.check(f"[ -e {TRACING}/trace ] || mount -t tracefs none {TRACING}; cd {TRACING}; "
             "echo >trace; echo 1 >events/sev_guest/enable")
    guest.good("key")
    guest.ask("ext")
    lines = vm.check(f"cd {TRACING}; echo 0 >events/sev_guest/enable; grep sev_guest_ trace")
    said = [line.partition("sev_guest_")[2] for line in lines.splitlines()]
    requests = [text for text in said if text.startswith("request")]
    assert requests == ["request: vmpck=0 type=3 ret=0 exitinfo2=0x0",
                        f"request: vmpck=0 type=5 ret=-{EIO} exitinfo2=0x100000000"]
    exchanges = [re.sub(r"seqno=\d+", "seqno=N", text) for text in said
                 if text not in requests]
    assert exchanges == ([] if vm.spec.kernel not in OWN_CHANNEL else [
        "exchange: vmpck=0 seqno=N type=3 extended=0 ret=0 exitinfo2=0x0",
        "exchange: vmpck=0 seqno=N type=5 extended=1 ret=0 exitinfo2=0x100000000",
        "exchange: vmpck=0 seqno=N type=5 extended=0 ret=0 exitinfo2=0x0"])


def test_unbind_with_open_descriptors(guest, vm):
    """They answer ENODEV from then on, also when the driver is bound again; the node is gone."""
    text = vm.check(f"""
exec 3<>/dev/sev-guest
snp-request --fd 3 report || exit
echo sev-guest >{SYSFS}/driver/unbind
[ ! -e /dev/sev-guest ] || echo "still there"
snp-request --fd 3 report && exit 9
snp-request --fd 3 key && exit 9
snp-request --fd 3 --certs 4096 ext && exit 9
echo sev-guest >/sys/bus/platform/drivers/sev-guest/bind || exit
snp-request --fd 3 report && exit 9
snp-request report || exit
exec 3>&-
""")
    assert re.findall("^errno=(.*)$", text, re.M) == ["0", *4 * [str(ENODEV)], "0"]
    assert "still there" not in text
    assert guest.file("requests") == "1"


def test_unbind_while_a_request_waits(guest, vm):
    """A request that a busy host puts off ends with ENODEV. Its message still gets to the
    firmware, so the key is good afterwards."""
    own = vm.spec.kernel in OWN_CHANNEL
    guest.load("ours", "vmpck_id=3")
    text = vm.check(f"""
snp-request --vmpl 3 --answer 1:{6 if own else 1} report >/tmp/waited 2>&1 &
usleep 300000
echo sev-guest >{SYSFS}/driver/unbind
wait
cat /tmp/waited
echo sev-guest >/sys/bus/platform/drivers/sev-guest/bind
""")
    assert f"errno={ENODEV}\n" in text
    assert guest.file("vmpck") == "3"
    # Where the kernel has the request it may still be at it, and this one waits.
    assert guest.good("--vmpl 3 report")
    assert guest.host()["left"] == 0


def test_many_times_in_and_out(guest, vm):
    """Nothing of the driver is left behind, and the numbers of the messages go on."""
    def left():
        return vm.check("grep -c 'sev_guest' /proc/vmallocinfo; grep -c sev_guest /proc/modules; "
                        "true").split()

    guest.unload()
    before = left()
    for _ in range(5):
        guest.load()
        assert guest.good("report")
        guest.unload()
    assert left() == before == ["0", "0"]


def test_key_that_cannot_be(guest, vm):
    """A wrong number of a key is named; another key works."""
    guest.unload()
    for number in ("4", "-2"):
        vm.check(f"modprobe sev-guest vmpck_id={number}")
        assert f"Invalid VMPCK{number} communication key" in vm.log()
        assert vm.run("test -e /dev/sev-guest").status
        vm.check("rmmod sev-guest")
    guest.load("ours", "vmpck_id=1")
    assert "using VMPCK1 communication key" in vm.log()
    assert guest.good("--vmpl 1 report")
    assert guest.file("vmpck") == "1"


def test_key_of_another_level(guest, vm):
    """The firmware gives what is for its level and higher numbers. The kernel's own driver says
    that all went well, and has no report; ours says what is wrong, and files need not be told."""
    level = 2
    guest.load("stock", f"vmpck_id={level}")
    assert (guest.ask("report").outcome, guest.ask("report").status) == ((0, 0, 0), INVALID_PARAM)
    guest.load("ours", f"vmpck_id={level}")
    assert "reports and keys for VMPL 2 and higher numbers only, not for VMPL 0" in vm.log()
    for asked in range(4):
        for what in ("report", "key", "--certs 4096 ext"):
            words = f"--vmpl {asked} {what}"
            if asked < level:
                assert guest.ask(words).outcome == (EACCES, NOT_ASKED, 0)
                continue
            got = guest.good(words)
            assert what == "key" or int.from_bytes(got.report[REPORT_VMPL], "little") == asked
    assert "report for VMPL 1 refused: with VMPCK2 the firmware gives them for VMPL 2" in vm.log()
    files = Files(vm)
    assert files.take("privlevel_floor") == b"2\n"
    assert files.give("inblob", bytes(64))
    assert int.from_bytes(files.take("outblob")[REPORT_VMPL], "little") == level
    assert not files.give("privlevel", b"1\n")
    assert files.give("privlevel", b"3\n")
    assert int.from_bytes(files.take("outblob")[REPORT_VMPL], "little") == 3


# Each prints how long it took, in hundredths of a second.
WAIT_AND_GO = """
now() {{ cut -d' ' -f1 /proc/uptime | tr -d .; }}
took() {{ s=$(now); "$@"; status=$?; echo "$1=$(($(now) - s)) status=$status"; }}
unbind() {{ echo sev-guest >{sysfs}/driver/unbind; }}
read_report() {{ cat {path}/outblob >/dev/null; }}
took read_report &
usleep 300000
took {go}
{honest}
wait
"""

# Two seconds, on a machine with other things to do; without us it is a minute.
LIMIT = 400

# Keys are lost here, or asked for by version 2.
another_machine = pytest.mark.machine(**MACHINE, cpu=("api=1.58.1",))
some_kernels = pytest.mark.sample("6.1", "6.12", "7.3")


@another_machine
@some_kernels
@pytest.mark.parametrize("go", ["unbind", "rmmod sev-guest"])
def test_going_while_a_reader_waits(guest, vm, go):
    """A host that stays busy holds up who reads a report from a file, and nobody else: the driver
    is gone, or says at once that it can't go."""
    own = vm.spec.kernel in OWN_CHANNEL
    guest.load("ours", f"vmpck_id={3 if go == 'unbind' else 2}")
    files = Files(vm)
    assert files.give("inblob", bytes(64))
    guest.host_answers("busy", 100_000)
    done = vm.run(WAIT_AND_GO.format(sysfs=SYSFS, path=files.path, go=go,
                                     honest=guest.order("busy", 0)))
    took = {name: (int(time), int(status)) for name, time, status in
            re.findall(r"^(\w+)=(\d+) status=(\d+)$", done.text, re.M)}
    name = go.split()[0]
    guest.modules = None
    if own or go == "unbind":
        assert took[name][0] <= LIMIT and took[name][1] == 0, done.text
        assert took["read_report"][0] <= LIMIT and took["read_report"][1] == 1, done.text
        assert "No such device" in done.text
    else:
        # The kernel waits for the host, and the module is in use.
        assert took[name][0] <= LIMIT and took[name][1] == 1, done.text
        assert re.search("rmmod: can't unload module .*: Resource temporarily unavailable",
                         done.text)
        assert took["read_report"][1] == 0, done.text
    vm.check(f"rmdir {files.path}")
    guest.load()
    assert guest.good("report")


def test_report_in_a_file_outlives_the_driver(guest, vm):
    """What was made is there to be read; nobody makes another one. The kernel's own files do the
    same."""
    for modules in ("stock", "ours"):
        if vm.spec.kernel == "6.1" and modules == "stock":
            continue
        guest.load(modules)
        files = Files(vm, f"outlives-{modules}")
        assert files.give("inblob", bytes(range(64)))
        report, certs = files.take("outblob"), files.take("auxblob")
        guest.unload()
        assert (files.take("outblob"), files.take("auxblob")) == (report, certs)
        assert files.fails("provider") == "No such device or address"
        assert files.give("inblob", bytes(64))
        assert files.fails("outblob") == "No such device or address"
        vm.check(f"rmdir {files.path}")


def test_key_request_of_version_2(guest, vm):
    """Firmware before 1.58 doesn't know it: the kernel's own driver sends it, and loses the key.
    Ours asks the firmware first."""
    assert guest.ask("--version 2 key").outcome == (EINVAL, NOT_ASKED, 0)
    assert re.search(r"key of message version 2 refused: firmware 1\.\d+ does not know it, 1\.58 "
                     "was the first; ask for version 1", vm.log())
    assert guest.good("key")


@another_machine
@some_kernels
def test_key_request_of_version_2_with_firmware_that_knows_it(guest, vm):
    """The same as the kernel's own driver gets, and asked for once only: this firmware is
    committed."""
    guest.load("stock")
    key = guest.good("--version 2 key").answer
    assert any(key[32:])
    guest.load("ours")
    assert guest.good("--version 2 key").answer == key
    assert guest.counters("requests") == {"requests": 2}
    assert guest.good("--version 2 key").answer == key
    assert guest.counters("requests", "failures") == {"requests": 3, "failures": 0}
    assert guest.ask("--version 3 key").outcome == (EINVAL, NOT_ASKED, 0)
    assert guest.ask("--version 2 report").outcome == (EINVAL, NOT_ASKED, 0)
    assert guest.good("report")
    assert "does not know it" not in vm.log()
