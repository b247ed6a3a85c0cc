"""Swap: a file that keeps a small host alive when memory runs short."""

from changeover.hardening.plans.part import CANNOT, File, HostTarget, Part, Setting
from changeover.hardening.plans.texts import HEADER, sysctl_answer

FILE = "/var/swap.changeover"
REFUSED = "/run/changeover-swap.refused"
_LEFT_MEGABYTES = 2048

# what is there beside our file is the operator's or the provider's: with it the default is met
_STATE = """file={file}; wanted={wanted}; others={others}
if [ -e {refused} ]; then echo "{cannot}$(cat {refused})"; exit; fi
read -r type free <<< "$(stat -f -c '%T' /var) $(( $(stat -f -c '%a * %S' /var) / 1048576 ))"
have=$(awk -v file=$file '$1 == file {{ printf "%d", ($3 + 4) / 1024 }}' /proc/swaps)
entered=$(awk -v file=$file '$1 == file && $3 == "swap"' /etc/fstab)
elsewhere=$(awk -v file=$file 'NR > 1 && $1 != file && $1 !~ /zram/ {{ print $1 }}' /proc/swaps)
if [ "$wanted" = 0 ] && [ -z "$have$entered" ] && [ ! -e $file ]; then echo 0
elif [ -n "$others" ] && [ -n "$elsewhere" ] && [ -z "$have$entered" ]; then echo "$wanted"
elif [ "$have" = "$wanted" ] && [ -n "$entered" ]; then echo "$wanted"
elif [ "$wanted" != 0 ] && [[ $type == @(btrfs|zfs|tmpfs) ]]; then
    echo "{cannot}$type holds no file for swap"
elif [ "$wanted" != 0 ] && [ -z "$have" ] && [ "$free" -lt $((wanted + {left})) ]; then
    echo "{cannot}$wanted MB of swap would leave less than {left} MB of the $free MB that are free"
elif [ -n "$entered" ]; then echo "${{have:-0}}, in fstab"
else echo "${{have:-0}}${{have:+, not in fstab}}"; fi
"""


def megabytes(memory: int) -> int:
    """Return how much swap a host with so much memory has: its size, 2 GB, or 1 GB above 8 GB."""
    if memory <= 2048:
        # a kernel keeps some for itself, another one another part: no reason to make it anew
        return -(-memory // 256) * 256
    return 2048 if memory <= 8192 else 1024


def swap(target: HostTarget) -> Part:
    """Return the swap file, and how readily it is used."""
    given = target.settings.swap_megabytes
    wanted = megabytes(target.machine.memory_megabytes) if given is None else given
    state = _STATE.format(
        file=FILE,
        wanted=wanted,
        others="yes" if given is None else "",
        refused=REFUSED,
        cannot=CANNOT,
        left=_LEFT_MEGABYTES,
    )
    return Part(
        step="system.swap",
        files={"/etc/sysctl.d/60-changeover-swap.conf": File(f"{HEADER}vm.swappiness = 10\n")},
        answers={
            "megabytes of swap": Setting(state, str(wanted)),
            "vm.swappiness": sysctl_answer({"vm.swappiness": "10"}),
        },
        keep=("/etc/fstab",),
        apply="system/swap",
        settle="system/swap_settle",
        variables={"file": FILE, "wanted": wanted, "refused": REFUSED, "state": state},
    )
