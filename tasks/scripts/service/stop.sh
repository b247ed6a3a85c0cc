# stopped is what systemd says is stopped; that it says nothing is no answer
stop_units() { # UNIT...
    local unit state
    systemctl stop "$@" 2> /dev/null || true # of units that were never there; the look decides
    for unit; do
        state=$(systemctl show -p ActiveState --value "$unit") || state=
        case $state in
            inactive | failed) ;;
            *) fail "$unit does not stop: systemd calls it ${state:-nothing}" ;;
        esac
    done
}
