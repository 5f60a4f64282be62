# SPDX-License-Identifier: GPL-2.0-only
"""Guests that our clients take through their lives by KVM's ioctls, and their owners."""

import hashlib
import hmac
import os
import time
from pathlib import Path

from . import cert

OK = (0, 0)
EIO = 5
BAD_MEASUREMENT = 0xb
POLICY_ES = 4
# Version of the firmware, as measurements have it.
VERSION = bytes((1, 55, 21))


class Steps(dict):
    """What a client printed."""

    def step(self, name):
        """Errno and firmware status of a step."""
        return tuple(int(part, 0) for part in self[name].split(","))

    def steps(self, *names):
        """The same for some steps, or for all."""
        return {name: self.step(name) for name in names or self}

    def fine(self, *names):
        """All these steps worked."""
        wrong = {name: step for name, step in self.steps(*names).items() if step != OK}
        assert not wrong, f"steps that failed: {wrong}"


def steps_of(text):
    """Reads what a client printed."""
    return Steps(line.split("=", 1) for line in text.splitlines())


def run(vm, command):
    """Runs a client: its name and arguments."""
    return steps_of(vm.check(command))


def contents(start, length):
    """Memory of a guest as the client fills it."""
    return bytes((i * 7 + i // 4096) & 0xff for i in range(start, start + length))


def _derive(key, label, nonce=b""):
    text = (1).to_bytes(4, "little") + label + b"\0" + nonce + (128).to_bytes(4, "little")
    return hmac.digest(key, text, "sha256")[:16]


def _ctr(key, start, data):
    return cert.openssl("enc", "-aes-128-ctr", "-K", key.hex(), "-iv", start.hex(), data=data)


class Owner:
    """Owner of a SEV guest: trusts nothing but measurements under a key that only the firmware
    has got."""

    def __init__(self, directory, pdh, policy):
        key, peer = Path(directory) / "owner.pem", Path(directory) / "pdh.der"
        self._policy = policy.to_bytes(4, "little")
        self.certificate = cert.new(key, cert.USAGE_PDH, cert.ALGO_ECDH_SHA256)
        cert.write_public_key(pdh, peer)
        shared = cert.openssl("pkeyutl", "-derive", "-inkey", str(key), "-peerkey", str(peer),
                              "-peerform", "DER")
        self._tek, self._tik, nonce, start = (os.urandom(16) for _ in range(4))
        master = _derive(shared, b"sev-master-secret", nonce)
        wrapped = _ctr(_derive(master, b"sev-kek"), start, self._tek + self._tik)
        self.session = b"".join((nonce, wrapped, start,
                                 hmac.digest(_derive(master, b"sev-kik"), wrapped, "sha256"),
                                 hmac.digest(self._tik, self._policy, "sha256")))

    def measurement(self, digest, nonce):
        """What the firmware has to answer for a guest with this digest."""
        return hmac.digest(self._tik, b"\4" + VERSION + self._policy + digest + nonce, "sha256")

    def secret(self, text, measured):
        """Header and packet with a secret for a guest that was measured."""
        start = os.urandom(16)
        packet = _ctr(self._tek, start, text)
        head, length = bytes(4) + start, len(text).to_bytes(4, "little")
        mac = hmac.digest(self._tik, b"\1" + head + 2 * length + packet + measured, "sha256")
        return head + mac + packet


def launch_owned(vm, directory, command, policy, text):
    """Launches a guest with an owner, who sends it a secret when it is what it shall be: with
    SEV-ES according to its report, as KVM makes up the state of the CPU. Returns its steps."""
    vm.sev("pdh-export", "--out", "/root/pdh")
    pdh = vm.get("/root/pdh")
    full = policy | (POLICY_ES if command.endswith("-es") else 0)
    owner = Owner(directory, pdh, full)
    vm.check("rm -rf /root/owned && mkdir /root/owned && mkfifo /root/owned/secret")
    vm.put("/root/owned/dh", owner.certificate)
    vm.put("/root/owned/session", owner.session)
    vm.check(f"kvm-guest {command} {policy} /root/owned >/root/owned/out 2>&1 &")
    deadline = time.monotonic() + 60
    while "state=" not in (said := vm.check("cat /root/owned/out")):
        assert time.monotonic() < deadline, said
        time.sleep(0.1)
    steps = steps_of(said)
    answer = bytes.fromhex(steps["measurement"])
    measured, nonce = answer[:32], answer[32:]
    digest = hashlib.sha256(contents(0x1000, 0x10010)).digest()
    if full & POLICY_ES:
        digest = bytes.fromhex(steps["attestation"])[16:48]
    assert measured == owner.measurement(digest, nonce)
    vm.put("/root/owned/packet", owner.secret(text, measured))
    vm.check("cat /root/owned/packet >/root/owned/secret; "
             "for i in $(seq 50); do grep -q received= /root/owned/out && break; sleep 0.1; done")
    return steps_of(vm.check("cat /root/owned/out"))
