"""Words that files and answers of several parts have in common."""

from collections.abc import Mapping

from changeover.hardening.plans.part import CANNOT, Setting

HEADER = "# Managed by Changeover. Changes made here are overwritten.\n"

# a container's kernel is the machine's below it: there nothing of it can be set
_SYSCTL = """wrong=
while read -r key value; do
    file=/proc/sys/${{key//./\\/}}
    now=$(cat $file) && [ "$now" != "$value" ] && wrong+="$key is $now; "
done <<< '{lines}'
if [ -n "$wrong" ] && systemd-detect-virt -cq
then echo "{cannot}the kernel is not this host's: $wrong"
else echo "${{wrong:-yes}}"; fi
"""


def in_container(why: str) -> str:
    """Return the begin of a command that answers CANNOT where the host is a container."""
    return f"if systemd-detect-virt -cq; then echo '{CANNOT}{why}'; exit; fi\n"


def sysctl_answer(values: Mapping[str, str]) -> Setting:
    """Return the answer that says which of the kernel's values are not as wanted."""
    lines = "\n".join(f"{key} {value}" for key, value in values.items())
    return Setting(_SYSCTL.format(lines=lines, cannot=CANNOT), "yes")
