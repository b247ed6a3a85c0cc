"""What reaches a host: the kernel's network settings, the firewall, bans."""

from collections.abc import Mapping

from changeover.hardening.plans import firewall as wall
from changeover.hardening.plans import sysctl
from changeover.hardening.plans.part import File, HostTarget, Part, Setting
from changeover.plans.paths import PROGRAMS, UNITS
from changeover.plans.script import Variable, assignments, read, script

OURS = "# Managed by Changeover. Changes made here are overwritten.\n"

_FOLDER = "network"
_JOURNAL = "/var/lib/changeover/host/undo.d"
_KERNEL = f"{PROGRAMS}/kernel"
_NOTED = "kernel.before"
_FIREWALL = f"{PROGRAMS}/firewall"
_UNIT = "changeover-firewall.service"
_JAIL = "/etc/fail2ban/jail.local"
_FILTER = "/etc/fail2ban/filter.d/sshd.local"
_LOOPBACK = ("127.0.0.0/8", "::1")

# Before the network, as Debian's own; with what reloads or flushes that, since it takes all tables.
_SERVICE = f"""{OURS}[Unit]
Description=Firewall of Changeover
Documentation=man:nft(8)
DefaultDependencies=no
RequiresMountsFor={PROGRAMS} /etc
Wants=network-pre.target
Before=network-pre.target shutdown.target
After=nftables.service
PartOf=nftables.service
ReloadPropagatedFrom=nftables.service
Conflicts=shutdown.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart={_FIREWALL} load
ExecReload={_FIREWALL} load
ExecStop={_FIREWALL} unload

[Install]
WantedBy=sysinit.target
"""

# "aggressive" counts keys that are refused too: where passwords are off, there is nothing else
_BANS = """{ours}[DEFAULT]
ignoreself = true
ignoreip = {ignored}

[sshd]
enabled = true
backend = systemd
mode = aggressive
port = {port}
banaction = nftables
maxretry = 5
findtime = 10m
bantime = 1h
bantime.increment = true
bantime.maxtime = 1w
"""
# what sshd says itself: any user can run a program of that name
_MATCH = f"{OURS}[Definition]\njournalmatch = _SYSTEMD_UNIT=ssh.service\n"


def _program(name: str, variables: Mapping[str, Variable]) -> File:
    text = script(f"{_FOLDER}/{name}_program", functions=(), **variables)
    return File(f"#!/bin/bash\n{OURS}{text}", "755")


def kernel(target: HostTarget) -> Part:
    """Return the settings of the kernel, of those that this kernel has and lets be set."""
    pairs = [f"{key}={value}" for key, value in sysctl.settings(target.machine.system).items()]
    program = _program("kernel", {"settings": pairs, "file": sysctl.FILE, "noted": _NOTED})
    return Part(
        step="network.kernel",
        files={sysctl.FILE: File(sysctl.text(target.machine.system)), _KERNEL: program},
        answers={"kernel": Setting(f"{_KERNEL} state", "as wanted")},
        apply=f"{_FOLDER}/kernel",
        settle=f"{_FOLDER}/kernel_settle",
        variables={"program": _KERNEL, "journal": _JOURNAL, "noted": _NOTED},
    )


def firewall(target: HostTarget) -> Part:
    """Return the firewall: sshd, the sites of the host's apps, and what the settings open."""
    program = _program(
        "firewall",
        {
            "table": wall.TABLE,
            "rules": wall.RULES,
            "ports": wall.PORTS,
            "unit": _UNIT,
            "ssh_port": target.machine.ssh_port,
        },
    )
    return Part(
        step="network.firewall",
        packages=("iproute2", "nftables"),
        files={
            wall.RULES: File(wall.rules(target)),
            _FIREWALL: program,
            f"{UNITS}/{_UNIT}": File(_SERVICE),
        },
        answers={"firewall": Setting(f"{_FIREWALL} state", "in force")},
        apply=f"{_FOLDER}/firewall",
        settle=f"{_FOLDER}/firewall_settle",
        variables={
            "program": _FIREWALL,
            "rules": wall.RULES,
            "table": wall.TABLE,
            "unit": _UNIT,
        },
        keep=(wall.PORTS, f"{UNITS}/sysinit.target.wants/{_UNIT}"),
    )


def bans(target: HostTarget) -> Part:
    """Return the bans of who fails to log in again and again; never of the operator."""
    operators = wall.operators(target)
    ignored = wall.collapsed([*_LOOPBACK, *operators, *target.settings.proxies])
    ports = sorted({22, target.machine.ssh_port})
    jail = _BANS.format(ours=OURS, ignored=" ".join(ignored), port=",".join(map(str, ports)))
    state = assignments({"ignored": ignored}) + read(f"{_FOLDER}/bans_state")
    return Part(
        step="network.bans",
        packages=("fail2ban", "nftables", "python3-systemd"),
        files={_JAIL: File(jail), _FILTER: File(_MATCH)},
        answers={"fail2ban": Setting(state, "watching")},
        apply=f"{_FOLDER}/bans",
        settle=f"{_FOLDER}/bans_settle",
        variables={"operators": operators},
    )
