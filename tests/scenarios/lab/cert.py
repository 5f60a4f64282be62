# SPDX-License-Identifier: GPL-2.0-only
"""Certificates of a SEV platform, and an owner who signs them with the openssl program."""

import re
import subprocess
from pathlib import Path

SIZE = 2084
SIGNED = 1044
USAGE_OCA, USAGE_PEK, USAGE_PDH, USAGE_CEK, USAGE_NONE = 0x1001, 0x1002, 0x1003, 0x1004, 0x1000
ALGO_ECDSA_SHA256, ALGO_ECDH_SHA256 = 2, 3
CURVE_P384 = 2
_COORD = 72
_SIG = (1044, 1564)


def _word(data, offset):
    return int.from_bytes(data[offset:offset + 4], "little")


def usage(cert):
    """Whose certificate it is."""
    return _word(cert, 8)


def public_key(cert):
    """The coordinates in a certificate."""
    return cert[20:20 + 2 * _COORD]


def openssl(*args, data=None):
    """Runs the openssl program. Returns what it wrote."""
    return subprocess.run(["openssl", *args], input=data, capture_output=True, check=True).stdout


def _integers(der):
    """The two numbers of an ECDSA signature."""
    text = subprocess.run(["openssl", "asn1parse", "-inform", "DER"], input=der,
                          capture_output=True, check=True).stdout.decode()
    return [int(number, 16) for number in re.findall(r"INTEGER +:([0-9A-F]+)", text)]


def _der(numbers):
    """An ECDSA signature of two numbers."""
    body = b""
    for number in numbers:
        octets = number.to_bytes(number.bit_length() // 8 + 1, "big")
        body += bytes((2, len(octets))) + octets
    return bytes((0x30, len(body))) + body


def write_public_key(cert, path):
    """Writes the public key of a certificate where openssl can read it, in DER."""
    point = b"\4" + b"".join(cert[20 + i * _COORD:68 + i * _COORD][::-1] for i in range(2))
    # SubjectPublicKeyInfo: id-ecPublicKey, secp384r1
    algorithm = bytes.fromhex("301006072a8648ce3d020106052b81040022")
    bits = bytes((3, len(point) + 1, 0)) + point
    path.write_bytes(bytes((0x30, len(algorithm) + len(bits))) + algorithm + bits)


def is_signed_by(cert, slot, signer, directory):
    """Whether the owner of certificate SIGNER has signed CERT."""
    sig = _SIG[slot]
    if _word(cert, sig) != usage(signer):
        return False
    numbers = [int.from_bytes(cert[sig + 8 + i * _COORD:sig + 80 + i * _COORD], "little")
               for i in range(2)]
    key, signature = Path(directory) / "signer.der", Path(directory) / "signature.der"
    write_public_key(signer, key)
    signature.write_bytes(_der(numbers))
    done = subprocess.run(["openssl", "dgst", "-sha256", "-verify", key, "-keyform", "DER",
                           "-signature", signature], input=cert[:SIGNED], capture_output=True,
                          check=False)
    return done.returncode == 0


def new(path, who, algorithm):
    """Makes a key, writes it to PATH. Returns its certificate, without signatures."""
    path.write_bytes(openssl("ecparam", "-name", "secp384r1", "-genkey", "-noout"))
    text = openssl("ec", "-in", str(path), "-noout", "-text").decode()
    point = bytes.fromhex(re.sub(r"[\s:]", "", re.search(r"pub:(.*)ASN1", text, re.S)[1]))
    cert = bytearray(SIZE)
    cert[0] = 1
    cert[4:6] = (1, 55)
    cert[8:12] = who.to_bytes(4, "little")
    cert[12:16] = algorithm.to_bytes(4, "little")
    cert[16:20] = CURVE_P384.to_bytes(4, "little")
    cert[20:68] = point[1:49][::-1]
    cert[92:140] = point[49:][::-1]
    for sig in _SIG:
        cert[sig:sig + 4] = USAGE_NONE.to_bytes(4, "little")
    return bytes(cert)


class Owner:
    """Owner of platforms, with an own certificate authority."""

    def __init__(self, directory):
        self._key = Path(directory) / "oca.pem"
        self.certificate = self.sign(new(self._key, USAGE_OCA, ALGO_ECDSA_SHA256))

    def sign(self, cert):
        """CERT with our signature in its first slot."""
        cert = bytearray(cert)
        numbers = _integers(openssl("dgst", "-sha256", "-sign", str(self._key),
                                     data=bytes(cert[:SIGNED])))
        sig = _SIG[0]
        cert[sig:sig + 4] = USAGE_OCA.to_bytes(4, "little")
        cert[sig + 4:sig + 8] = ALGO_ECDSA_SHA256.to_bytes(4, "little")
        for i, number in enumerate(numbers):
            cert[sig + 8 + i * _COORD:sig + 80 + i * _COORD] = number.to_bytes(_COORD, "little")
        return bytes(cert)
