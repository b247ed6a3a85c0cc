"""What a certificate says, read by openssl; and certificates that a host makes for itself."""

import re
import ssl
import subprocess
from pathlib import Path
from typing import NamedTuple

from ..files import Failure

_SAID = (
    *("-startdate", "-enddate", "-subject", "-issuer", "-pubkey", "-ocsp_uri"),
    *("-ext", "subjectAltName", "-fingerprint", "-sha256"),
)
_NAME = re.compile(r"(?:DNS|IP Address):([^,\s]+)")
_ADDRESS = re.compile(r"[0-9.]+|[0-9a-f:]*:[0-9a-f:]*")
# nobody renews it, and nobody but the host itself trusts it
_SELF_SIGNED_DAYS = 3650


class Certificate(NamedTuple):
    """What the first certificate of a file says."""

    names: tuple[str, ...]
    begins: float
    ends: float
    self_signed: bool
    responder: str
    """Where its state can be asked by OCSP; "" where it does not say."""
    key: str
    """Its public key."""
    fingerprint: str
    """SHA-256 in hexadecimal digits."""


def read(path: Path) -> Certificate:
    """Return what a file's first certificate says. Raises Failure where there is none."""
    said = _openssl("x509", "-in", str(path), "-noout", *_SAID)
    key = re.search(r"-----BEGIN PUBLIC KEY-----.*?-----END PUBLIC KEY-----\n", said, re.DOTALL)
    plain = dict(line.split("=", 1) for line in said.splitlines() if re.match(r"[\w ]+=", line))
    digest = next(value for label, value in plain.items() if label.endswith("Fingerprint"))
    return Certificate(
        names=tuple(name.lower() for name in _NAME.findall(said)),
        begins=ssl.cert_time_to_seconds(plain["notBefore"]),
        ends=ssl.cert_time_to_seconds(plain["notAfter"]),
        self_signed=plain["subject"] == plain["issuer"],
        responder=next((line for line in said.splitlines() if line.startswith("http")), ""),
        key=key[0] if key else "",
        fingerprint=digest.replace(":", "").lower(),
    )


def public_key(path: Path) -> str:
    """Return the public half of a private key. Raises Failure where there is none."""
    return _openssl("pkey", "-in", str(path), "-pubout")


def make(names: list[str], folder: Path) -> None:
    """Make ``fullchain.pem`` and ``privkey.pem`` (0600): a certificate signed by its own key."""
    written = [f"IP:{name}" if _ADDRESS.fullmatch(name) else f"DNS:{name}" for name in names]
    key = folder / "privkey.pem"
    key.touch(mode=0o600)
    _openssl(
        *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
        *("-subj", "/CN=self-signed by Changeover", "-days", str(_SELF_SIGNED_DAYS)),
        *("-addext", f"subjectAltName={','.join(written)}"),
        *("-addext", "basicConstraints=critical,CA:FALSE"),
        *("-keyout", str(key), "-out", str(folder / "fullchain.pem")),
    )


def _openssl(*words: str) -> str:
    done = subprocess.run(
        ["openssl", *words], capture_output=True, text=True, check=False, timeout=30
    )
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["it says nothing"])[0]
        raise Failure(f"openssl {' '.join(words[:3])}: {said}")
    return done.stdout
