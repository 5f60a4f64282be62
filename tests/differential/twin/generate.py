# SPDX-License-Identifier: GPL-2.0-only
"""Makes up sequences of steps. What comes first in a list is what a failing sequence is
shrunk to."""

from dataclasses import dataclass

from hypothesis import strategies as st

CERT = 2084
LIMIT = 16384

ADDRESSES = ("null", "low", "kernel", "ro", "edge", "unaligned", "beyond", "hole", "top")

# What the commands of /dev/sev have the firmware do.
INIT = ("INIT", "INIT_EX", "DF_FLUSH")
ASKS = {
    "factory-reset": ("FACTORY_RESET",),
    "status": ("PLATFORM_STATUS",),
    "pek-gen": ("PEK_GEN", *INIT),
    "pek-csr": ("PEK_CSR", *INIT),
    "pdh-gen": ("PDH_GEN", *INIT),
    "pdh-export": ("PDH_CERT_EXPORT", *INIT),
    "pek-import": ("PEK_CERT_IMPORT", *INIT),
    "get-id": ("GET_ID",),
    "get-id2": ("GET_ID",),
    "snp-status": ("SNP_PLATFORM_STATUS",),
    "snp-commit": ("SNP_COMMIT",),
    "snp-config": ("SNP_CONFIG",),
    "snp-vlek-load": ("SNP_VLEK_LOAD",),
}
ASKS_OF_GUESTS = {
    "start": ("LAUNCH_START", "ACTIVATE", "DF_FLUSH"), "update": ("LAUNCH_UPDATE_DATA",),
    "vmsa": ("LAUNCH_UPDATE_VMSA",), "measure": ("LAUNCH_MEASURE",),
    "finish": ("LAUNCH_FINISH",), "status": ("GUEST_STATUS",), "report": ("ATTESTATION_REPORT",),
    "decrypt": ("DBG_DECRYPT",), "close": ("DEACTIVATE", "DECOMMISSION"),
    "snp-start": ("SNP_GCTX_CREATE", "SNP_LAUNCH_START", "SNP_ACTIVATE"),
    "snp-update": ("SNP_LAUNCH_UPDATE",), "snp-finish": ("SNP_LAUNCH_FINISH",),
}
STATUSES = (1, 3, 4, 5, 7, 9, 0xd, 0xe, 0xf, 0x11, 0x13, 0x16, 0x17, 0x18, 0x24, 0x777, 0x8003,
            0xffff)

# The lengths that make a difference: (option, that of the content)
LENGTHS = {
    "pek-csr": (("len", CERT),), "pdh-export": (("len", CERT), ("len2", 3 * CERT)),
    "pek-import": (("len", CERT), ("len2", CERT)), "get-id2": (("len", 64),),
    "snp-vlek-load": (("len", 16),),
}
BUFFERS = {"pek-csr": ("addr",), "pdh-export": ("addr", "addr2"), "pek-import": ("addr", "addr2"),
           "get-id2": ("addr",), "snp-vlek-load": ("addr",)}


@dataclass(frozen=True)
class Scope:
    """What the machines have."""

    snp: bool = False
    init_ex: bool = True
    es: bool = True
    init2: bool = True


def scope_of(kernel, role):
    """What a kernel has, as far as its own driver and KVM have it."""
    version = tuple(int(part) for part in kernel.split("."))
    return Scope(snp=role == "snp-host" and version >= (6, 12), init_ex=version >= (5, 18),
                 es=version >= (5, 11), init2=version >= (6, 10))


def sometimes(draw, options, out_of=8):
    """Nothing, but one of OPTIONS in one of so many cases."""
    if draw(st.integers(0, out_of - 1)) < out_of - 1:
        return ""
    return draw(st.sampled_from(list(options)))


def _lengths(exact):
    return (0, 1, exact - 1, exact + 1, LIMIT, LIMIT + 1, 0xffffffff)


@st.composite
def sev(draw, scope, words=None):
    """A command of /dev/sev."""
    known = [word for word in ASKS if scope.snp or not word.startswith("snp-")]
    word = draw(st.sampled_from(words or (*known, *known, "13", "255", "0xffffffff")))
    # Rare with SNP: the kernel's own driver takes it down with the next command.
    if word == "factory-reset" and scope.snp and draw(st.integers(0, 11)) < 11:
        word = "status"
    step = ["sev", word]
    step.append(sometimes(draw, ("fd=ro", "fd=ro", "fd=wo")))
    step.append(sometimes(draw, [f"arg={where}" for where in ADDRESSES], 24))
    if word in LENGTHS or word in ("status", "get-id", "snp-status", "snp-config"):
        step.append(sometimes(draw, [f"data={where}" for where in ADDRESSES], 12))
    for name in BUFFERS.get(word, ()):
        step.append(sometimes(draw, [f"{name}={where}" for where in ADDRESSES]))
    for name, exact in LENGTHS.get(word, ()):
        step.append(sometimes(draw, [f"{name}={n}" for n in _lengths(exact)], 5))
    if word == "pek-import":
        step.append(draw(st.sampled_from(("in=/root/pek in2=/root/oca", "", "in=/root/oca"))))
    if word in ("snp-config", "snp-vlek-load"):
        step.append(sometimes(draw, [f"flags={n}" for n in (1, 2, 3, 4, 0xffffffff)], 2))
    if word == "snp-config":
        step.append(sometimes(draw, ("tcb=1", "tcb=0xffffffffffffffff"), 3))
    return " ".join(filter(None, step))


# Firmware that changes its state and says that it hasn't is none that there is.
STATES = ("INIT", "INIT_EX", "SHUTDOWN", "FACTORY_RESET", "ACTIVATE", "DEACTIVATE",
          "DECOMMISSION", "SNP_GCTX_CREATE", "SNP_LAUNCH_START", "SNP_ACTIVATE",
          "SNP_LAUNCH_UPDATE", "SNP_LAUNCH_FINISH")


def _fault(draw, commands):
    command = draw(st.sampled_from(commands))
    # Rare: it costs a machine.
    if command in INIT and draw(st.integers(0, 15)) == 15:
        command = "SHUTDOWN"
    kind = draw(st.integers(0, 9))
    if kind >= 8:
        return f"cmd={command}," + ("delay=150", "spurious-irq,delay=50")[kind - 8] + ",count=1"
    how = ("count=1", "count=1", "") if command in STATES else ("count=1", "count=1,exec", "")
    spec = [f"cmd={command}", f"status={draw(st.sampled_from(STATUSES)):#x}",
            draw(st.sampled_from(how))]
    return ",".join(filter(None, spec))


@st.composite
def faulty(draw, scope):
    """A command that the firmware answers in another way than it should."""
    step = draw(sev(scope, [word for word in ASKS if scope.snp or not word.startswith("snp-")]))
    return f"fault {_fault(draw, ASKS[step.split()[1]])}: {step}"


@st.composite
def guest_command(draw, scope):
    """A command for a guest that may be there."""
    words = ["status", "start", "update", "measure", "finish", "report", "decrypt", "encrypt",
             "secret", "send-start", "send", "send-finish", "send-cancel", "receive-finish",
             "vmsa", "init", "register", "other", "cpu"]
    if scope.snp:
        words = ["snp-start", "snp-update", "snp-finish", "private"] * 4 + words
    word = draw(st.sampled_from(words))
    step = ["kvm", str(draw(st.integers(0, 3))), word]
    if word in ("start", "snp-start"):
        step.append(sometimes(draw, [f"policy={n:#x}" for n in
                                    (0, 1, 4, 8, 0x20, 0xff000000, 0x30000, 0xb0000, 1 << 40)], 3))
    if word in ("update", "snp-update", "decrypt", "encrypt", "secret", "send"):
        step.append(sometimes(draw, [f"at={n:#x}" for n in (0, 0x1001, 0x7ff8, 0xff000, 0x3ff000,
                                                           0x1000000)], 4))
    step.append(sometimes(draw, [f"len={n}" for n in (0, 1, 15, 16, 47, 49, 207, 4096, 4097,
                                                     65536, 0xffffffff)], 4))
    step.append(sometimes(draw, [f"addr={where}" for where in ADDRESSES], 6))
    if word == "snp-update":
        step.append(sometimes(draw, [f"type={n}" for n in (0, 2, 3, 4, 5, 6, 7, 255)], 2))
    if word == "snp-finish":
        step.append(sometimes(draw, ("block=1", "flags=1"), 6))
    step.append(sometimes(draw, ("fd=bad", "fd=null", "fd=ro"), 16))
    return " ".join(filter(None, step))


def _kinds(scope):
    kinds = ["sev"] + (["es"] if scope.es else []) + (["sev2", "es2"] if scope.init2 else [])
    return kinds + ["snp"] * 4 if scope.snp else kinds


@st.composite
def launch(draw, scope):
    """A guest, launched to some point."""
    kind = draw(st.sampled_from(_kinds(scope)))
    step = ["kvm", str(draw(st.integers(0, 3))), "launch", kind,
            str(8 - draw(st.integers(0, 8)))]
    step.append(sometimes(draw, [f"policy={n:#x}" for n in (1, 4, 5, 0x30000, 0xb0000)], 4))
    return " ".join(filter(None, step))


@st.composite
def close(draw):
    """The end of a guest."""
    return f"kvm {draw(st.integers(0, 3))} close"


@st.composite
def faulty_guest(draw, scope):
    """The same with a firmware that does not do as it should."""
    step = draw(st.one_of(launch(scope), guest_command(scope), close()))
    words = step.split()
    if words[2] == "launch":
        asks = [name for word in (["snp-start", "snp-update", "snp-finish", "close"]
                                  if words[3] == "snp" else
                                  ["start", "update", "vmsa", "measure", "finish", "close"])
                for name in ASKS_OF_GUESTS[word]]
    else:
        asks = ASKS_OF_GUESTS.get(words[2], ("GUEST_STATUS",))
    return f"fault {_fault(draw, asks)}: {step}"


NV = "init_ex_path=/run/nv/sev.bin"


def life(scope):
    """Modules come and go."""
    params = ["", "psp_init_on_probe=0"]
    if scope.init_ex:
        params += [NV, f"{NV} psp_init_on_probe=0"]
    loads = [f"load ccp {param}".strip() for param in params]
    return st.sampled_from(["load kvm_amd", "unload kvm_amd", "unload ccp", *loads,
                            "load kvm_amd", "unload kvm_amd", "unload ccp", "load kvm_amd sev=0",
                            "load kvm_amd sev_es=0", "hold rw", "hold ro", "hold close"])


def nv():
    """The file that the firmware's data is in."""
    return st.sampled_from(["nv look", "nv look", "nv look", "nv gone", "nv ro", "nv rw",
                            "nv tiny", "nv new", "nv erased", "nv junk", "nv zero", "nv short",
                            "nv long", "nv empty"])


def sleep():
    """Devices are suspended and resumed."""
    return st.sampled_from(["sleep mem", "sleep freeze"])


def cpu():
    """A CPU that goes and comes."""
    return st.sampled_from(["cpu off", "cpu on"])


@st.composite
def killed(draw, scope):
    """SIGKILL while the firmware works."""
    words = ["status", "pek-gen", "pek-csr", "pdh-gen", "pdh-export", "get-id2", "factory-reset"]
    return "kill " + draw(sev(scope, words))


def kinds_of_steps(scope):
    """All kinds, each as often as its weight says; the empty step is none."""
    kinds = [(1, st.just("")), (70, sev(scope)), (24, faulty(scope)), (26, launch(scope)),
             (40, guest_command(scope)), (12, close()), (10, faulty_guest(scope)),
             (20, life(scope)), (2, cpu()), (1, sleep()), (2, killed(scope))]
    if scope.init_ex:
        kinds.append((10, nv()))
    return [kind for weight, kind in kinds for _ in range(weight)]


def beginning(scope):
    """How a machine is at first."""
    ways = [["load ccp psp_init_on_probe=0"], ["load kvm_amd"], ["load kvm_amd"], ["load ccp"],
            ["load ccp psp_init_on_probe=0", "load kvm_amd"], []]
    # Few of the kernel's own commands do anything there until SNP is initialised.
    if scope.snp:
        ways += [["load kvm_amd"]] * 4
    if scope.init_ex:
        ways += [[f"load ccp {NV} psp_init_on_probe=0"], [f"load ccp {NV}", "load kvm_amd"]]
    return st.sampled_from(ways)


@st.composite
def _sequence(draw, first, kinds, length):
    steps = list(draw(first))
    # Some more, because some are none.
    for _ in range(length + 2):
        steps.append(draw(kinds[draw(st.integers(0, len(kinds) - 1))]))
    return [text for text in steps if text][:length]


def sequence(scope, length):
    """Up to LENGTH steps in their order: the beginning and others."""
    return _sequence(beginning(scope), kinds_of_steps(scope), length)
