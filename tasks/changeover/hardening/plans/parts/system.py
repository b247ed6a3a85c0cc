"""What a host is called, which time it has, and how long it remembers its log."""

from changeover.hardening.plans.part import File, HostTarget, Part, Setting
from changeover.hardening.plans.texts import HEADER, in_container

_NAMED = """own=$(cat /proc/sys/kernel/hostname)
getent -s files hosts "$own" > /dev/null && echo yes || echo "no, $own is missing"
"""
# cloud-init would give the provider's name back at the next boot
_CLOUD = """cloud=/etc/cloud/cloud.cfg.d
if [ ! -d $cloud ] || [ -e $cloud/99-changeover.cfg ]; then echo yes; else echo no; fi
"""
_LOCALE = """LANG=
[ ! -e /etc/default/locale ] || . /etc/default/locale
LC_ALL=${LANG:-C} locale charmap | grep -qx UTF-8 || made=', not made'
echo "${LANG:-none}$made"
"""
_CLOCK = """for unit in chrony ntpsec systemd-timesyncd; do
    state="$(systemctl is-enabled $unit) $(systemctl is-active $unit)"
    case $state in *' active') break ;; esac
done
echo "$state"
"""
_ROTATED = 'echo "$(systemctl is-enabled logrotate.timer) $(systemctl is-active logrotate.timer)"'
_ON_DISK = '[ -d "/var/log/journal/$(cat /etc/machine-id)" ] && echo yes || echo no'


def identity(target: HostTarget) -> Part:
    """Return the host's name, its time zone and its locale."""
    name, zone, locale = target.settings.name, target.settings.timezone, target.settings.locale
    files = {"/etc/timezone": File(f"{zone}\n")}
    answers = {
        "own name in /etc/hosts": Setting(_NAMED, "yes"),
        "time zone": Setting("readlink /etc/localtime | sed 's|.*/zoneinfo/||'", zone),
        "locale": Setting(_LOCALE, locale),
    }
    if name:
        files["/etc/hostname"] = File(f"{name}\n")
        answers["host name"] = Setting("cat /proc/sys/kernel/hostname", name)
        answers["cloud-init leaves the name alone"] = Setting(_CLOUD, "yes")
    return Part(
        step="system.identity",
        packages=("tzdata",) if locale.startswith("C.") else ("locales", "tzdata"),
        files=files,
        answers=answers,
        keep=(
            *("/etc/hosts", "/etc/localtime", "/etc/default/locale", "/etc/locale.conf"),
            *("/etc/locale.gen", "/etc/cloud/cloud.cfg.d/99-changeover.cfg"),
        ),
        apply="system/identity",
        settle="system/identity_settle",
        functions=("quiet",),
        variables={"host_name": name or "", "timezone": zone, "locale": locale},
    )


def time(target: HostTarget) -> Part:  # noqa: ARG001 - every part is made from a target
    """Return the clock, kept right by a service: one that is there, or systemd's."""
    cannot = in_container("the clock is kept by the machine that this container runs on")
    return Part(
        step="system.time",
        answers={"the clock's service": Setting(cannot + _CLOCK, "enabled active")},
        apply="system/time",
        functions=("quiet",),
    )


def journal(target: HostTarget) -> Part:
    """Return the system's journal: on disk, of a limited size."""
    most = target.settings.journal_megabytes
    text = (
        f"{HEADER}[Journal]\nStorage=persistent\nCompress=yes\nSystemMaxUse={most}M\n"
        # a fifth of the room, so that old files can go one by one
        f"SystemMaxFileSize={max(8, most // 10)}M\n"
        # systemd's own values, said so that no other file loosens them
        "RateLimitIntervalSec=30s\nRateLimitBurst=10000\n"
    )
    return Part(
        step="system.journal",
        packages=("logrotate",),
        files={"/etc/systemd/journald.conf.d/60-changeover.conf": File(text)},
        answers={
            "the journal is on disk": Setting(_ON_DISK, "yes"),
            "logrotate.timer": Setting(_ROTATED, "enabled active"),
        },
        apply="system/journal",
        settle="system/journal_settle",
    )
