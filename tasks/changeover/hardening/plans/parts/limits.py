"""What processes and accounts may: core dumps, open files, passwords; and who looks after files."""

from changeover.hardening.plans.part import File, HostTarget, Part, Setting
from changeover.hardening.plans.texts import HEADER
from changeover.plans.paths import PROGRAMS

_OPEN_FILES = ("65536", "524288")
# a new password is hashed slowly; one that is used at all changes once a year
_LOGIN = (
    "UMASK 027",
    "PASS_MIN_DAYS 1",
    "PASS_MAX_DAYS 365",
    "SHA_CRYPT_MIN_ROUNDS 65536",
    "SHA_CRYPT_MAX_ROUNDS 65536",
)
# no VPS has such hardware; squashfs and udf are not here, as snaps and cloud-init need them
MODULES = ("usb-storage", "firewire-core", "firewire-ohci", "firewire-sbp2")
# protocols that no site speaks, each with a history of holes
PROTOCOLS = ("dccp", "sctp", "rds", "tipc")
FILE_SYSTEMS = ("cramfs", "freevxfs", "hfs", "hfsplus", "jffs2")
_UNWANTED = (*MODULES, *PROTOCOLS, *FILE_SYSTEMS)
# the names of cron's jobs tell nobody but root what runs when
_CRON = tuple(f"/etc/cron.{name}:700" for name in ("d", "daily", "hourly", "weekly", "monthly"))
CRON = ("/etc/crontab:600", *_CRON)
_PROFILE = """ulimit -c 0
# a shell that was forgotten ends after two hours
TMOUT=7200
"""
_INTEGRITY_SERVICE = f"""[Unit]
Description=Tell what changed on the host, and whether a file of a package did

[Service]
Type=oneshot
ExecStart={PROGRAMS}/integrity
Nice=19
IOSchedulingClass=idle
"""
_INTEGRITY_TIMER = """[Unit]
Description=Look every week for what changed on the host

[Timer]
OnCalendar=weekly
RandomizedDelaySec=6h
Persistent=yes

[Install]
WantedBy=timers.target
"""
# a diary of what changed, and not of what releases change all the time
_AIDE = """database_in=file:/var/lib/aide/aide.db
database_out=file:/var/lib/aide/aide.db.new
gzip_dbout=yes
report_url=stdout
Seen = ftype+p+u+g+s+sha256
!/etc/(mtab|adjtime|resolv\\.conf|ld\\.so\\.cache)$
!/usr/local/lib/changeover/(.*/)?__pycache__
/boot Seen
/etc Seen
/root/\\.ssh Seen
/usr/bin Seen
/usr/sbin Seen
/usr/local Seen
"""
# the first look is under way or done
_LOOKED = """if [ -e /var/lib/aide/aide.db ]; then echo yes; exit; fi
[ "$(systemctl is-active changeover-integrity)" = activating ] && echo yes || echo no
"""
# sysstat's timer is started at a boot by its service alone
WATCHES = (
    *("changeover-integrity.timer", "chkrootkit.timer"),
    *("sysstat.service", "sysstat-collect.timer"),
)
_DEFINED = f"""wrong=
while read -r key value; do
    now=$(awk -v key=$key '$1 == key {{ now = $2 }} END {{ print now }}' /etc/login.defs)
    [ "$now" = "$value" ] || wrong+="$key is ${{now:-not set}}; "
done <<< '{chr(10).join(_LOGIN)}'
echo "${{wrong:-yes}}"
"""
# where cron is not installed there is nothing to hide
_MODES = f"""wrong=
for entry in {" ".join(CRON)}; do
    path=${{entry%:*}}
    mode=$(stat -c %a $path) && [ "$mode" != ${{entry#*:}} ] && wrong+="$path is $mode; "
done
echo "${{wrong:-yes}}"
"""
_ANSWERS = {
    "login.defs": Setting(_DEFINED, "yes"),
    "cron's jobs are root's alone": Setting(_MODES, "yes"),
    "limits of services": Setting(
        "echo $(systemctl show --value -p DefaultLimitCORE -p DefaultLimitNOFILE"
        " -p DefaultLimitNOFILESoft)",
        f"0 {_OPEN_FILES[1]} {_OPEN_FILES[0]}",
    ),
    # who logs in by key alone could never renew a password, and would be locked out with it
    "accounts without a password that expire": Setting(
        "echo $(awk -F: '$2 ~ /^[!*]/ && $5 ~ /^[0-9]+$/ && $5 < 99999 { print $1 }"
        ' END { print "end" }\' /etc/shadow)',
        "end",
    ),
    "what changes on the host is looked for": Setting(_LOOKED, "yes"),
    "what looks after the host": Setting(
        f"echo $(systemctl is-enabled {' '.join(WATCHES)};"
        f" systemctl is-active {' '.join(WATCHES)})",
        " ".join(["enabled"] * len(WATCHES) + ["active"] * len(WATCHES)),
    ),
}


def limits(target: HostTarget) -> Part:  # noqa: ARG001 - every part is made from a target
    """Return limits of processes and accounts, and a weekly look at the files of packages."""
    return Part(
        step="system.limits",
        packages=(
            *("acct", "aide", "apt-listchanges", "chkrootkit", "debsums", "libpam-pwquality"),
            "sysstat",
        ),
        files=_files(),
        answers=_ANSWERS,
        keep=("/etc/login.defs",),
        apply="system/limits",
        settle="system/limits_settle",
        variables={"login": _LOGIN, "cron": CRON, "watches": WATCHES},
    )


def _files() -> dict[str, File]:
    soft, hard = _OPEN_FILES
    texts = {
        "security/limits.d/60-changeover.conf": "".join(
            f"{who} {limit}\n"
            for who in ("*", "root")
            for limit in ("hard core 0", f"soft nofile {soft}")
        ),
        "systemd/system.conf.d/60-changeover.conf": (
            f"[Manager]\nDefaultLimitCORE=0\nDefaultLimitNOFILE={soft}:{hard}\n"
        ),
        "systemd/coredump.conf.d/60-changeover.conf": (
            "[Coredump]\nStorage=none\nProcessSizeMax=0\n"
        ),
        "profile.d/changeover.sh": _PROFILE,
        "modprobe.d/changeover-hardware.conf": "".join(
            f"blacklist {name}\ninstall {name} /bin/false\n" for name in _UNWANTED
        ),
        "default/sysstat": 'ENABLED="true"\n',
        "aide/aide.conf": _AIDE,
        "systemd/system/changeover-integrity.service": _INTEGRITY_SERVICE,
        "systemd/system/changeover-integrity.timer": _INTEGRITY_TIMER,
    }
    return {f"/etc/{name}": File(HEADER + text) for name, text in texts.items()}
