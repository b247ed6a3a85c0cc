"""Shared memory and devices are for data: nothing is executed from there."""

from changeover.hardening.plans.part import CANNOT, File, HostTarget, Part, Setting
from changeover.hardening.plans.texts import HEADER

UNIT = "changeover-mounts.service"
# systemd mounts both by itself at boot, before it reads any configuration
PLACES = ("/dev", "/dev/shm")  # noqa: S108 - mount points
_UNIT = """[Unit]
Description=Let nothing be executed from shared memory and devices
DefaultDependencies=no
After=systemd-remount-fs.service
Before=sysinit.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=mount -o remount,nosuid,noexec /dev
ExecStart=mount -o remount,nosuid,nodev,noexec /dev/shm

[Install]
WantedBy=sysinit.target
"""
_EXECUTING = f"""wrong=
for place in {" ".join(PLACES)}; do
    options=$(findmnt -no OPTIONS $place) || continue
    case ,$options, in *,noexec,*) ;; *) wrong+="$place "; esac
done
if [ -n "$wrong" ] && [ "$(systemctl is-failed {UNIT})" = failed ]
then echo "{CANNOT}the host does not let it be mounted so: $wrong"
else echo "${{wrong:-none}}"; fi
"""


def mounts(target: HostTarget) -> Part:  # noqa: ARG001 - every part is made from a target
    """Return the unit that mounts them so, at each boot and now."""
    return Part(
        step="system.mounts",
        files={f"/etc/systemd/system/{UNIT}": File(HEADER + _UNIT)},
        answers={
            "places to execute from": Setting(_EXECUTING, "none"),
            "mounted so at boot": Setting(f"systemctl is-enabled {UNIT}", "enabled"),
        },
        apply="system/mounts",
        settle="system/mounts_settle",
        keep=(f"/etc/systemd/system/sysinit.target.wants/{UNIT}",),
        variables={"unit": UNIT},
    )
