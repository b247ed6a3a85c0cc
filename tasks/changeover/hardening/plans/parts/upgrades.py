"""Security upgrades by themselves: what they take, what they may restart, when the host boots."""

from changeover.hardening.plans.part import File, HostTarget, Part, Setting
from changeover.hardening.plans.texts import HEADER
from changeover.plans.paths import PROGRAMS

# `#clear` also takes away what the distribution's own file says; patterns of the other
# distribution match nothing
_APT = """APT::Periodic::Enable "1";
APT::Periodic::Update-Package-Lists "1";
APT::Periodic::Unattended-Upgrade "1";
APT::Periodic::AutocleanInterval "7";
#clear Unattended-Upgrade::Allowed-Origins;
#clear Unattended-Upgrade::Origins-Pattern;
Unattended-Upgrade::Origins-Pattern {
    "origin=Debian,codename=${distro_codename},label=Debian-Security";
    "origin=Debian,codename=${distro_codename}-security,label=Debian-Security";
    "origin=Ubuntu,archive=${distro_codename}-security,label=Ubuntu";
    "origin=UbuntuESMApps,archive=${distro_codename}-apps-security";
    "origin=UbuntuESM,archive=${distro_codename}-infra-security";
};
Unattended-Upgrade::MinimalSteps "true";
Unattended-Upgrade::AutoFixInterruptedDpkg "true";
Unattended-Upgrade::Remove-Unused-Kernel-Packages "true";
Unattended-Upgrade::Remove-New-Unused-Dependencies "true";
Unattended-Upgrade::OnlyOnACPower "false";
Unattended-Upgrade::SyslogEnable "true";
Unattended-Upgrade::Automatic-Reboot "false";
Dpkg::Options { "--force-confdef"; "--force-confold"; };
"""
# no release is disturbed: who upgrades waits an hour, and else tries on the next day
_QUIET = f"[Service]\nExecCondition={PROGRAMS}/quiet wait --seconds 3600\n"
_TIMERS = """wrong=
for timer in {timers}; do
    state="$(systemctl is-enabled $timer) $(systemctl is-active $timer)"
    [ "$state" = 'enabled active' ] || wrong+="$timer is $state; "
done
echo "${{wrong:-yes}}"
"""


def upgrades(target: HostTarget) -> Part:
    """Return upgrades of security alone, and the boot that they may need."""
    window = target.settings.reboot_window
    files = {
        # after the distribution's own 20auto-upgrades and 50unattended-upgrades
        "/etc/apt/apt.conf.d/52changeover-upgrades": File(HEADER + _APT),
        "/etc/needrestart/conf.d/changeover.conf": File(_needrestart(target)),
        "/etc/systemd/system/apt-daily-upgrade.service.d/changeover.conf": File(HEADER + _QUIET),
    }
    timer = "/etc/systemd/system/apt-daily-upgrade.timer.d/changeover.conf"
    reboot = "/etc/changeover/reboot_window"
    timers = ["apt-daily.timer", "apt-daily-upgrade.timer"]
    if window:
        files |= {reboot: File(f"{HEADER}{window}\n"), timer: File(HEADER + _at(window))}
        timers.append("changeover-reboot.timer")
    return Part(
        step="system.upgrades",
        packages=("needrestart", "unattended-upgrades"),
        files=files,
        absent=() if window else (reboot, timer),
        answers={"timers": Setting(_TIMERS.format(timers=" ".join(timers)), "yes")},
        apply="system/upgrades",
        settle="system/upgrades_settle",
        variables={"timers": timers, "window": window or ""},
    )


def _at(window: str) -> str:
    """Return when upgrades begin: early in the window, so that its rest is for the boot."""
    begin = window.partition("-")[0]
    # the empty line takes the distribution's own time away
    return f"[Timer]\nOnCalendar=\nOnCalendar=*-*-* {begin}\nRandomizedDelaySec=15m\n"


def _needrestart(target: HostTarget) -> str:
    """
    Return what is restarted after an upgrade: all but what releases work with, while one goes on.

    The file is Perl. What serves apps is restarted with a new library too, in the quiet that the
    upgrade waited for; asked again here, as an upgrade by hand waits for nobody.
    """
    apps = [rf"^{carried.app.name}(-[a-z0-9\@-]+)?\.service$" for carried in target.apps]
    kept = ["^docker", "^containerd", "^postgresql", *apps]
    lines = "".join(f"    qr({pattern}) => $quiet,\n" for pattern in kept)
    return (
        f"{HEADER}# restart without a question, and say nothing of kernels\n"
        "$nrconf{restart} = 'a';\n$nrconf{kernelhints} = 0;\n"
        "# these only while nothing is released\n"
        f"my $quiet = system('{PROGRAMS}/quiet', 'wait') == 0 ? 1 : 0;\n"
        "$nrconf{override_rc} = {\n    %{$nrconf{override_rc} || {}},\n"
        f"{lines}}};\n1;\n"
    )
