# A function that tells what runs as the app's units, in the words of plans/processes/protocol.py.
# Given: activated, app, names, records, releases, units.
tell_processes() {
    local told pid cwd boot='' seconds='' name file place listed=() known=("${names[@]}")
    # also what the deploy file has no more: it goes on running until somebody stops it
    for file in "$units/$app".service "$units/$app".socket "$units/$app"-*.service; do
        place=${file##*/}; place=${place%.*}; name=${place#"$app"}; name=${name#-}; name=${name:-web}
        [[ -f $file && $name =~ ^[a-z0-9@-]+$ && " ${known[*]} " != *" $name "* ]] || continue
        ! is_ours "$file" || known+=("$name")
    done
    for name in "${known[@]}"; do
        place=$(unit_of "$name"); listed+=("$place.service" "$place.socket")
    done
    # a block each, in this order, with an empty line between them
    told=$(systemctl show -p ActiveState,UnitFileState,NeedDaemonReload,MainPID,ExecMainStartTimestampMonotonic "${listed[@]}") \
        || [ ! -d /run/systemd/system ] || return 1 # what it does not say is not "no"
    [ ! -f "$activated" ] || read -r boot seconds < "$activated"
    [ "$boot" = "$(< /proc/sys/kernel/random/boot_id)" ] || seconds=
    told=$(for name in "${known[@]}"; do
        place=$units/$(unit_of "$name")
        if is_ours "$place.service"; then
            if is_ours "$place.socket"; then echo "$name both"; else echo "$name service"; fi
        elif is_ours "$place.socket"; then echo "$name socket"; else echo "$name none"; fi
    done; echo; echo "$told")
    awk -F= -v switched="$seconds" '
        !begun && NF {split($0, words, " "); name[count++] = words[1]; has[words[1]] = words[2]; next}
        !begun {begun = 1; block = 0; next}
        !NF {block++; next}
        {said[$1, block] = $2}
        function yes(key, fact) {print process, key, fact ? "yes" : "no"}
        function stopped(block) {return said["ActiveState", block] ~ /^(inactive|failed)$/}
        function enabled(block) {return said["UnitFileState", block] == "enabled"}
        function stale(block) {return said["NeedDaemonReload", block] == "yes"}
        END {
            for (number = 0; number < count; number++) {
                process = name[number]; one = 2 * number; socket = one + 1
                with_socket = has[process] ~ /^(both|socket)$/
                yes("active", said["ActiveState", one] == "active")
                yes("stopped", stopped(one) && stopped(socket))
                yes("enabled", enabled(one) && (!with_socket || enabled(socket)))
                yes("stale", stale(one) || stale(socket))
                began = said["ExecMainStartTimestampMonotonic", one]
                yes("older", switched != "" && said["MainPID", one] + 0 && began + 0 < switched * 1000000)
                print process, "detail.has", has[process]
                if (said["ActiveState", socket] ~ /^[a-z-]+$/) print process, "detail.socket", said["ActiveState", socket]
                if (said["MainPID", one] + 0) print process, "pid", said["MainPID", one] + 0
            }
        }' <<< "$told" | while read -r name key pid; do
        case $key in pid) tell_release "$name" "$pid" ;; *) echo "$name $key $pid" ;; esac
    done
    for name in "${known[@]}"; do
        # the app's own words: they may have no end, or look like another section
        read_plain "$records/$(unit_of "$name").service" | head -c 4096 \
            | grep -aE '^[a-z]+=[A-Za-z0-9:._-]+$' | sed "s/^/$name started./; s/=/ /"
    done
    true
}
is_ours() { # FILE
    local line=''
    [ ! -f "$1" ] || IFS= read -r line < "$1"
    [[ $line == "# Managed by Changeover for $app."* ]]
}
unit_of() { # PROCESS
    case $1 in web) echo "$app" ;; *) echo "$app-$1" ;; esac
}
tell_release() { # PROCESS PID
    local cwd
    # the app names its own folders; a server may enter one of its release's
    cwd=$(readlink "/proc/$2/cwd")
    case $cwd in "$releases"/*) cwd=${cwd#"$releases"/}; cwd=${cwd%%/*} ;; esac
    cwd=$(basename "$cwd" | tr -cd 'A-Za-z0-9._-')
    [ -z "$cwd" ] || echo "$1 release $cwd"
}
