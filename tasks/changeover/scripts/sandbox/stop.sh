# Stops what a step has started in its sandbox.
# Given: programs, units.
# what a step has started must not meet its undo; also what is about to start, so all are stopped, whatever runs
timeout 60 systemctl stop "${units[@]}" 2> /dev/null || true
stopped=$(systemctl show -p ActiveState --value "${units[@]}" | grep -cxE 'inactive|failed') || true
# as a rule all are: only else is there something to kill, or nobody who says it
[ "$stopped" = "${#units[@]}" ] || "$programs/units" stop "${units[@]}"
