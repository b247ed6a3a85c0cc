# What a process engine does (plans/processes/protocol.py), by systemd.
# Given: others, programs, services, socket_job, sockets, stop_seconds.
stop_processes() { "$programs/units" --stop-seconds "$stop_seconds" stop "${sockets[@]}" "${services[@]}" "${others[@]}"; }
reload_processes() { systemctl daemon-reload; }
own_processes() { "$programs/units" processes "${services[@]}" "${others[@]}"; }
owns() { # PID
    local unit
    for unit in "${services[@]}" "${others[@]}"; do
        ! grep -qF "/$unit" "/proc/$1/cgroup" 2> /dev/null || return 0
    done
    return 1
}
restarts() { systemctl show -p NRestarts --value "${services[@]}" || true; }
states() {
    local unit said
    for unit in "${services[@]}"; do
        # each property by its name: systemd prints them in an order of its own
        said=$(systemctl show -p ActiveState,NRestarts "$unit") || return 1
        awk -F= -v unit="$unit" '{told[$1] = $2} END {
            print unit, told["ActiveState"] == "active" ? "up" : told["ActiveState"], told["NRestarts"]
        }' <<< "$said"
    done
}
lacking() {
    local found; found=$(states | awk '$2 != "up" {print $1}' | xargs) || found=
    echo "${found:-${services[*]}}"
}
start_processes() {
    systemctl reset-failed "${services[@]}" "${sockets[@]}" 2> /dev/null || true
    [ "${#sockets[@]}" = 0 ] || "$programs/units" "$socket_job" "${sockets[@]}" \
        || fail "${sockets[*]} does not start: $(journalctl -q -u "${sockets[0]}" -n 5 --no-pager -o cat)"
    "$programs/units" --stop-seconds "$stop_seconds" restart "${services[@]}" || { last_lines; fail "$(lacking) does not start"; }
}
explain_silence() {
    local state web=${services[0]}
    state=$(systemctl show -p ActiveState --value "$web") || true
    if [ "$state" != active ]; then
        echo "$web does not stay up: it is $state"
    elif [ "${#sockets[@]}" != 0 ]; then
        echo "$web runs, but the app does not answer on the socket that systemd hands over (file descriptor 3): it has to serve on that, and on no port of its own (or give its Web(...) listens=\"port\")"
    else
        echo "$web runs, but nobody answers where it should listen: give it the PORT or SOCKET of its environment, in its command or its code (Web(listens=...))"
    fi
}
