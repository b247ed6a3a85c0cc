# A function that tells what runs as the app's units, in the words of plans/processes/protocol.py.
# Given: releases, socket_unit, started, unit.
tell_processes() {
    local told pid cwd boot='' seconds=''
    # a block each, in this order, with an empty line between them
    told=$(systemctl show -p ActiveState,UnitFileState,NeedDaemonReload,MainPID,ExecMainStartTimestampMonotonic "$unit" "$socket_unit") \
        || [ ! -d /run/systemd/system ] || return 1 # what it does not say is not "no"
    [ ! -f "$activated" ] || read -r boot seconds < "$activated"
    [ "$boot" = "$(< /proc/sys/kernel/random/boot_id)" ] || seconds=
    awk -F= -v activated="$seconds" '
        !NF {block++; next}
        {told[$1, block + 0] = $2}
        function yes(key, fact) {print "web", key, fact ? "yes" : "no"}
        function stopped(block) {return told["ActiveState", block] ~ /^(inactive|failed)$/}
        END {
            yes("active", told["ActiveState", 0] == "active")
            yes("stopped", stopped(0) && stopped(1))
            yes("enabled", told["UnitFileState", 0] == "enabled" && told["UnitFileState", 1] == "enabled")
            yes("stale", told["NeedDaemonReload", 0] == "yes" || told["NeedDaemonReload", 1] == "yes")
            began = told["ExecMainStartTimestampMonotonic", 0]
            yes("older", activated != "" && told["MainPID", 0] + 0 && began + 0 < activated * 1000000)
            if (told["ActiveState", 1] ~ /^[a-z-]+$/) print "web detail.socket", told["ActiveState", 1]
        }' <<< "$told"
    pid=$(sed -nE '/^$/q; s/^MainPID=([0-9]+)$/\1/p' <<< "$told")
    # the app names its own folders; a server may enter one of its release's
    if [ "${pid:-0}" != 0 ]; then
        cwd=$(readlink "/proc/$pid/cwd")
        case $cwd in "$releases"/*) cwd=${cwd#"$releases"/}; cwd=${cwd%%/*} ;; esac
        cwd=$(basename "$cwd" | tr -cd 'A-Za-z0-9._-')
        [ -z "$cwd" ] || echo "web release $cwd"
    fi
    # the app's own words: they may have no end, or look like another section
    read_plain "$started" | head -c 4096 | grep -aE '^[a-z]+=[A-Za-z0-9:._-]+$' | sed 's/^/web started./; s/=/ /'
}
