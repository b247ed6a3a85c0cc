# What a process engine does (plans/processes/protocol.py), by systemd.
# Given: programs, socket_job, socket_unit, unit.
stop_processes() { "$programs/units" stop "$socket_unit" "$unit"; }
reload_processes() { systemctl daemon-reload; }
own_processes() { "$programs/units" processes "$unit"; }
owns() { grep -qF "/$unit" "/proc/$1/cgroup" 2> /dev/null; } # PID
restarts() { systemctl show -p NRestarts --value "$unit" || true; }
start_processes() {
    systemctl reset-failed "$unit" "$socket_unit" 2> /dev/null || true
    "$programs/units" "$socket_job" "$socket_unit" || fail "$socket_unit does not start: $(journalctl -q -u "$socket_unit" -n 5 --no-pager -o cat)"
    "$programs/units" restart "$unit" || { last_lines; fail "$unit does not start"; }
}
explain_silence() {
    local state
    state=$(systemctl show -p ActiveState --value "$unit") || true
    if [ "$state" = active ]; then
        echo "$unit runs, but the app does not answer on the socket that systemd hands over (file descriptor 3): it has to serve on that, and on no port of its own"
    else
        echo "$unit does not stay up: it is $state"
    fi
}
