"""Which settings of the kernel a careful host has, and what its running ones are compared with."""

# One value, or several that are well: the first is set where it is none of them. A * stands for
# every network interface: where the kernel takes the weaker of "all" and the interface's own.
# Not here: ip_forward, which Docker needs; accept_ra, by which a host has its IPv6 address;
# kernel.modules_disabled, after which neither Docker nor the firewall could load theirs.
_NETWORK = {
    "net.core.bpf_jit_harden": "2",
    "net.ipv4.conf.*.accept_redirects": "0",
    "net.ipv4.conf.*.accept_source_route": "0",
    "net.ipv4.conf.*.secure_redirects": "0",
    "net.ipv4.conf.*.send_redirects": "0",
    "net.ipv4.conf.all.bootp_relay": "0",
    "net.ipv4.conf.all.log_martians": "1",
    "net.ipv4.conf.default.log_martians": "1",
    "net.ipv4.conf.all.rp_filter": "1",
    "net.ipv4.conf.default.rp_filter": "1",
    "net.ipv4.icmp_echo_ignore_broadcasts": "1",
    "net.ipv4.icmp_ignore_bogus_error_responses": "1",
    "net.ipv4.tcp_rfc1337": "1",
    "net.ipv4.tcp_syncookies": "1",
    "net.ipv6.conf.*.accept_redirects": "0",
    "net.ipv6.conf.*.accept_source_route": "0",
}
_KERNEL = {
    "dev.tty.ldisc_autoload": "0",
    "fs.protected_fifos": "2",
    "fs.protected_hardlinks": "1",
    "fs.protected_regular": "2",
    "fs.protected_symlinks": "1",
    "fs.suid_dumpable": "0",
    "kernel.core_uses_pid": "1",
    "kernel.ctrl-alt-del": "0",
    "kernel.dmesg_restrict": "1",
    "kernel.kptr_restrict": "2",
    "kernel.perf_event_paranoid": "3|4",
    "kernel.randomize_va_space": "2",
    "kernel.sysrq": "0",
    "kernel.unprivileged_bpf_disabled": "1",
    "kernel.yama.ptrace_scope": "1|2|3",
}

# Debian's own end with 99-sysctl.conf; the last file that names a setting decides at boot
FILE = "/etc/sysctl.d/zz-changeover.conf"


def settings(system: str) -> dict[str, str]:
    """Return each setting with its value, or values; ``system`` is as in Machine."""
    # Ubuntu's kernel begins with 4, which Debian's does not know
    ubuntu = {"kernel.perf_event_paranoid": "4"} if system.startswith("ubuntu ") else {}
    return _NETWORK | _KERNEL | ubuntu


def text(system: str) -> str:
    """Return the file that sets them at boot, and on each network interface that comes later."""
    lines = (f"{key} = {value.split('|')[0]}" for key, value in settings(system).items())
    return "\n".join(("# Managed by Changeover. Changes made here are overwritten.", *lines, ""))
