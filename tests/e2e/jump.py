"""A host that is reached through a jump host."""

from pathlib import Path

from changeover.lab import Lab, LabHost, ssh


def port_2222(host: LabHost) -> None:
    """Let sshd listen on port 2222 and on no other."""
    host.run("echo 'Port 2222' > /etc/ssh/sshd_config.d/port.conf && systemctl restart ssh")


def known_hosts(path: Path, *lines: str) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def on_2222(host: LabHost) -> list[str]:
    """Return the lines of a known_hosts file for a host on port 2222."""
    keys = [line.split(" ", 1)[1] for line in ssh.host_key_lines(host.record)]
    return [f"[{host.address}]:2222 {key}" for key in keys]


def through(lab: Lab, gate: LabHost, behind: LabHost, folder: Path) -> dict[str, str]:
    """Go to a host through a gate; return what an inventory has to say for it."""
    port_2222(gate)
    known = known_hosts(folder / "known_hosts", *on_2222(gate), *ssh.host_key_lines(behind.record))
    config = folder / "ssh_config"
    config.write_text(
        f"Host {behind.address}\n  ProxyJump gate\n"
        f"Host gate\n  HostName {gate.address}\n  Port 2222\n  User root\n"
        f"  IdentityFile {ssh.client_key(lab.number)}\n"
        f"  UserKnownHostsFile {known}\n  StrictHostKeyChecking yes\n"
    )
    return {"ssh_config_file": str(config), "ssh_known_hosts_file": str(known)}


def alone(gate: LabHost, behind: LabHost) -> None:
    """Let nobody in but through the gate."""
    allow = f"echo 'AllowUsers *@{gate.address}' > /etc/ssh/sshd_config.d/gate.conf"
    behind.run(f"{allow} && systemctl restart ssh")
