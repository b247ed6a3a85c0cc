"""What pyinfra is told of a lab."""

import json
import os
import shlex
import sys
from typing import Any

from pyinfra.api.exceptions import InventoryError

from changeover.lab import ssh
from changeover.lab.environment import APPS
from changeover.lab.errors import LabError
from changeover.lab.host import LabHost
from changeover.lab.lab import Lab

Host = tuple[str, dict[str, Any]]
# Host data that differs from the lab's own, as JSON: null takes a key away.
CHANGES = "CHANGEOVER_LAB_DATA"


def groups(lab: Lab | None = None) -> dict[str, list[Host]]:
    """Return pyinfra's groups: every running host of the lab, in each group it is in."""
    try:
        lab = lab or Lab()
    except LabError as error:
        raise InventoryError(str(error)) from error
    found: dict[str, list[Host]] = {}
    for host in lab.hosts():
        if host.running:
            entry = (host.name, changed(connection(host) | app_data(lab, host)))
            for group in host.groups:
                found.setdefault(group, []).append(entry)
    if not found:
        raise InventoryError(
            "no lab host is up; boot one that carries your app: changeover lab up NAME --group APP"
        )
    return found


def connection(host: LabHost) -> dict[str, Any]:
    """Return how pyinfra reaches a host."""
    data: dict[str, Any] = {
        "ssh_hostname": host.address,
        "ssh_user": host.user,
        "ssh_key": str(ssh.client_key(host.record.lab)),
        "ssh_known_hosts_file": str(ssh.known_hosts(host.record.lab)),
        "ssh_strict_host_key_checking": "yes",
    }
    if host.user != "root":
        data["_sudo"] = True
    if host.sudo_password is not None:
        data["_sudo_password"] = host.sudo_password
    return data


def changed(data: dict[str, Any]) -> dict[str, Any]:
    """Return a host's data with the changes that the environment asks for."""
    changes = json.loads(os.environ.get(CHANGES, "{}"))
    return {key: value for key, value in (data | changes).items() if value is not None}


def app_data(lab: Lab, host: LabHost) -> dict[str, str]:
    """Return what only the lab knows of the apps a host carries."""
    data: dict[str, str] = {}
    carried = [app for app in host.groups if (APPS / app).is_dir()]
    for app in carried:
        command = [sys.executable, "-m", "changeover.lab", "environment", app]
        data[f"{app}_domain"] = host.address if len(carried) == 1 else domain(host, app)
        data[f"{app}_env_command"] = shlex.join(command)
        if app in lab.served_apps():
            data[f"{app}_repository"] = lab.origin.url(app)
            data[f"{app}_deploy_key"] = str(lab.origin.deploy_key(app))
            data[f"{app}_known_hosts"] = lab.origin.known_hosts()
    return data


def domain(host: LabHost, app: str) -> str:
    """Return the name of an app's site on a host that carries several."""
    return f"{app}.{host.name}.test".replace("_", "-")
