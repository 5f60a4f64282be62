# SPDX-License-Identifier: GPL-2.0-only
"""What OpenSSL's program says about reports of SNP guests and their certificates."""

import subprocess
import uuid

GUIDS = {"c0b406a4-a803-4952-9743-3fb6014cd0ae": "ark",
         "4ab7b379-bbac-4fe4-a02f-05aef327c782": "ask",
         "63da758d-e664-4564-adc5-f4b93be8accd": "vcek",
         "a8074bc2-a25a-483e-aae6-39c045a0b8a1": "vlek"}

REPORT_OFFSET = 32
REPORT_LEN = 0x4a0
SIGNED_LEN = 0x2a0
NUMBER_LEN = 72


def fetch(machine, path):
    """A file of the machine."""
    return bytes.fromhex("".join(machine.ok(f"hexdump -ve '1/1 \"%02x\"' {path}").split()))


def number(data, offset):
    """A number of four bytes."""
    return int.from_bytes(data[offset:offset + 4], "little")


def certificates(table):
    """Certificates of a table, by name."""
    found = {}
    for offset in range(0, len(table), 24):
        entry = table[offset:offset + 24]
        if not any(entry):
            return found
        start = number(entry, 16)
        size = number(entry, 20)
        found[GUIDS[str(uuid.UUID(bytes=entry[:16]))]] = table[start:start + size]
    raise AssertionError("the table has no end")


def openssl(*words, cwd):
    """OpenSSL's opinion."""
    done = subprocess.run(["openssl", *words], cwd=cwd, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    return done.returncode == 0, done.stdout


def der_integer(data):
    """An unsigned little-endian number as OpenSSL wants it."""
    octets = data[::-1].lstrip(b"\0")
    if octets[0] & 0x80:
        octets = b"\0" + octets
    return bytes([2, len(octets)]) + octets


def extract(table, directory):
    """Writes certificates of a table in both forms. Returns their names."""
    names = []
    for name, data in certificates(table).items():
        (directory / f"{name}.der").write_bytes(data)
        assert openssl("x509", "-inform", "DER", "-in", f"{name}.der", "-out", f"{name}.pem",
                       cwd=directory)[0]
        names.append(name)
    return names


def chain_verifies(signer, directory):
    """Insists on a way from the certificate of SIGNER to the root, and writes its key."""
    good, said = openssl("verify", "-CAfile", "ark.pem", "-untrusted", "ask.pem",
                         f"{signer}.pem", cwd=directory)
    assert good, said
    (directory / "signer.pub").write_text(
        openssl("x509", "-in", f"{signer}.pem", "-pubkey", "-noout", cwd=directory)[1])


def verifies(report, directory):
    """Whether the key in signer.pub has signed the report."""
    numbers = (der_integer(report[SIGNED_LEN:SIGNED_LEN + NUMBER_LEN]) +
               der_integer(report[SIGNED_LEN + NUMBER_LEN:SIGNED_LEN + 2 * NUMBER_LEN]))
    (directory / "signature").write_bytes(bytes([0x30, len(numbers)]) + numbers)
    (directory / "signed").write_bytes(report[:SIGNED_LEN])
    return openssl("dgst", "-sha384", "-verify", "signer.pub", "-signature", "signature",
                   "signed", cwd=directory)[0]
