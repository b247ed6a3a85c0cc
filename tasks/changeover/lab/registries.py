"""How a host reaches apt, PyPI and npm: as the controller does, copied, never named."""

import hashlib
import os
import re
import shutil
from pathlib import Path
from urllib.parse import urlsplit

from changeover.lab.command import run
from changeover.lab.files import write

CERTIFICATES = Path("/usr/local/share/ca-certificates")
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
COPIED = ("/etc/pip.conf", "/etc/npmrc", "/usr/etc/npmrc")
# Builds of node from npm and PyPI do not read the system's certificates.
VARIABLES = {"NODE_EXTRA_CA_CERTS": BUNDLE, "NPM_CONFIG_CAFILE": BUNDLE}
STUB = re.compile(r"^nameserver 127\.", re.MULTILINE)
RESOLVED = Path("/run/systemd/resolve/resolv.conf")
APT_OPTIONS = re.compile(r'Acquire::(Check-Valid-Until|Check-Date|https?::Proxy\S*) ".+";')


def certificates() -> list[Path]:
    """Return the controller's own certificate authorities."""
    return sorted(CERTIFICATES.rglob("*.crt"))


def certificates_hash() -> str:
    """Return a hash of the controller's own certificate authorities."""
    digest = hashlib.sha256()
    for path in certificates():
        digest.update(path.read_bytes())
    return digest.hexdigest()


def install_certificates(root: Path) -> None:
    """Let a file tree trust what the controller trusts."""
    for path in certificates():
        target = root / path.relative_to("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    run(["chroot", str(root), "update-ca-certificates"])


def configure(root: Path) -> None:
    """Let a host use the controller's registries, whoever asks there and however."""
    for name in COPIED:
        if Path(name).is_file():
            write(root / name[1:], Path(name).read_text())
    write(root / "etc/uv/uv.toml", uv_configuration(index_url()))
    apt = run(["apt-config", "dump"]).stdout.splitlines()
    options = [line for line in apt if APT_OPTIONS.fullmatch(line)]
    if options:
        write(root / "etc/apt/apt.conf.d/90controller", "\n".join(options) + "\n")
    if certificates():
        _set_variables(root)


def resolver(root: Path) -> None:
    """Let a host resolve names as the controller does at this moment."""
    target = root / "etc/resolv.conf"
    if target.is_symlink():
        target.unlink()
    text = Path("/etc/resolv.conf").read_text()
    if STUB.search(text) and RESOLVED.exists():
        # The controller's own stub does not answer hosts; those behind it do.
        text = RESOLVED.read_text()
    write(target, text)


def _set_variables(root: Path) -> None:
    lines = "".join(f"{key}={value}\n" for key, value in VARIABLES.items())
    write(root / "etc/environment", lines)
    # /etc/environment is for logins; units, sudo and runuser --login have their own ways.
    words = " ".join(f'"{key}={value}"' for key, value in VARIABLES.items())
    write(
        root / "etc/systemd/system.conf.d/controller.conf",
        f"[Manager]\nDefaultEnvironment={words}\n",
    )
    write(
        root / "etc/sudoers.d/controller", f'Defaults env_keep += "{" ".join(VARIABLES)}"\n', 0o440
    )

    login = root / "etc/pam.d/runuser-l"
    session = "session optional pam_env.so\n"
    if session not in login.read_text():
        write(login, login.read_text() + session)


def index_url() -> str | None:
    """Return the Python index that pip is told to use here, if there is one."""
    for name in ("PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL"):
        if os.environ.get(name):
            return os.environ[name]
    for path in (Path.home() / ".config/pip/pip.conf", Path("/etc/pip.conf")):
        match = path.is_file() and re.search(
            r"^\s*index-url\s*=\s*(\S+)", path.read_text(), re.MULTILINE
        )
        if match and urlsplit(match[1]).scheme in {"http", "https"}:
            return match[1]
    return None


def uv_configuration(index: str | None) -> str:
    """Return uv's system-wide configuration: the system's certificates, pip's index."""
    text = "system-certs = true\n"
    if index:
        text += f'\n[[index]]\nname = "controller"\nurl = "{index}"\ndefault = true\n'
    return text
