"""What a host's firewall lets in, what its kernel is told, and who is never banned."""

import pytest

from changeover.hardening.plans import firewall, sysctl
from changeover.hardening.plans.part import Carried, HostTarget, Machine
from changeover.hardening.plans.parts import network
from changeover.settings.host import HostSettings
from tests.unit.plans.world import target

CONTROLLER = "192.0.2.9"


def host_target(
    *, site: bool = False, machine: Machine | None = None, **settings: object
) -> HostTarget:
    """Return what is wanted of a host with an app that has a site, or with none."""
    app = target()
    return HostTarget(
        HostSettings.model_validate(settings),
        machine or Machine(controller=CONTROLLER),
        (Carried(app.app, app.values),) if site else (),
    )


def let_in(wanted: HostTarget, chain: str = "input") -> list[str]:
    """Return the rules of a chain that end with accept, beyond those that every host has."""
    body = firewall.rules(wanted).split(f"\tchain {chain} {{")[1].split("\t}")[0]
    every = firewall.rules(host_target()).split(f"\tchain {chain} {{")[1].split("\t}")[0]
    return [
        line.strip() for line in body.splitlines() if line not in every and line.endswith("accept")
    ]


def test_a_host_without_apps_lets_in_ssh_alone() -> None:
    text = firewall.rules(host_target())

    assert "hook input priority filter; policy drop;" in text
    assert "tcp dport $ssh_ports jump ssh" in text
    assert "tcp dport 80" not in text
    assert let_in(host_target()) == []


def test_a_site_opens_its_two_ports_and_none_of_udp() -> None:
    assert let_in(host_target(site=True)) == ["tcp dport 80 accept", "tcp dport 443 accept"]


def test_the_settings_open_ports_for_all_or_for_some() -> None:
    wanted = host_target(
        open_ports=["8443/tcp", "53/udp from 2001:db8::/48", "25/tcp from 198.51.100.7"],
        postgres_networks=["10.0.0.0/8"],
    )

    assert let_in(wanted) == [
        "tcp dport 8443 accept",
        "ip6 saddr 2001:db8::/48 udp dport 53 accept",
        "ip saddr 198.51.100.7 tcp dport 25 accept",
        "ip saddr 10.0.0.0/8 tcp dport 5432 accept",
    ]


def test_what_containers_publish_is_open_only_where_the_host_is() -> None:
    wanted = host_target(site=True, open_ports=["5432/tcp from 10.0.0.0/8"])

    assert let_in(wanted, "published") == [
        "meta l4proto tcp ct original proto-dst 80 accept",
        "meta l4proto tcp ct original proto-dst 443 accept",
        "ip saddr 10.0.0.0/8 meta l4proto tcp ct original proto-dst 5432 accept",
    ]


def test_the_table_is_replaced_alone_and_others_are_left() -> None:
    lines = firewall.rules(host_target(site=True)).splitlines()

    assert lines.index("table inet changeover") < lines.index("delete table inet changeover")
    assert not any("flush" in line for line in lines)


@pytest.mark.parametrize(
    ("controller", "addresses", "expected"),
    [
        (CONTROLLER, [], (CONTROLLER,)),
        ("", [], ()),
        (CONTROLLER, ["192.0.2.0/24"], ("192.0.2.0/24",)),
        ("2001:db8::1", ["192.0.2.1"], ("192.0.2.1", "2001:db8::1")),
        ("fe80::1%eth0", [], ("fe80::1",)),
        ("::ffff:192.0.2.9", [], (CONTROLLER,)),
        (CONTROLLER, ["192.0.2.8", "2001:db8::/32"], ("192.0.2.8/31", "2001:db8::/32")),
    ],
)
def test_the_operator_is_whom_the_settings_name_and_who_comes_now(
    controller: str, addresses: list[str], expected: tuple[str, ...]
) -> None:
    wanted = host_target(machine=Machine(controller=controller), operator_addresses=addresses)

    assert firewall.operators(wanted) == expected


def test_the_operator_is_never_slowed_down() -> None:
    wanted = host_target(operator_addresses=["2001:db8::/32", "198.51.100.0/24"])
    text = firewall.rules(wanted)
    ssh = text.split("\tchain ssh {")[1].split("\t}")[0]

    assert f"elements = {{ {CONTROLLER}, 198.51.100.0/24 }}" in text
    assert "elements = { 2001:db8::/32 }" in text
    assert ssh.index("@operator4 accept") < ssh.index("limit rate over")
    assert ssh.index("@operator6 accept") < ssh.index("limit rate over")
    assert ssh.rstrip().endswith("accept")


def test_the_firewall_knows_the_port_that_the_run_came_by() -> None:
    part = network.firewall(host_target(machine=Machine(ssh_port=2222)))

    assert "\nssh_port=2222\n" in part.files["/usr/local/lib/changeover/firewall"].content


def test_no_operator_proxy_or_loopback_is_banned() -> None:
    part = network.bans(
        host_target(operator_addresses=["2001:db8::/32"], proxies=["203.0.113.0/24"])
    )
    jail = part.files["/etc/fail2ban/jail.local"].content
    ignored = f"127.0.0.0/8 {CONTROLLER} 203.0.113.0/24 ::1 2001:db8::/32"

    assert f"\nignoreip = {ignored}\n" in jail
    assert all(f" {one}" in part.answers["fail2ban"].command for one in ignored.split()[1:])


def test_bans_close_the_ports_of_sshd_alone() -> None:
    def port(number: int) -> str:
        part = network.bans(host_target(machine=Machine(ssh_port=number)))
        return part.files["/etc/fail2ban/jail.local"].content

    assert "\nport = 22\n" in port(22)
    assert "\nport = 22,2222\n" in port(2222)


def test_the_kernel_is_told_nothing_that_others_need() -> None:
    keys = set(sysctl.settings("debian 12"))

    assert not {key for key in keys if "forward" in key or "accept_ra" in key}
    assert "kernel.modules_disabled" not in keys


def test_the_kernels_file_comes_after_those_of_debian() -> None:
    assert sysctl.FILE.rsplit("/", 1)[1] > "99-sysctl.conf"
    assert "\nkernel.yama.ptrace_scope = 1\n" in sysctl.text("debian 12")
    assert "\nkernel.perf_event_paranoid = 3\n" in sysctl.text("debian 12")
    assert "\nkernel.perf_event_paranoid = 4\n" in sysctl.text("ubuntu 24.04")
