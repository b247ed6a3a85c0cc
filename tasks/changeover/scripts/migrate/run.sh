# A function that runs the release's own programs in the sandbox, for migrations.
# Given: app, programs, release_path, reserve, root, seconds, shared.
# Set before: environment (by the script that migrates).
# systemd itself reads the environment file, so the release's code sees what the app will see
sandbox=()
# a program whose lines about its steps have a mark
marked() { printf 'mark = "%s"\n%s' "$1" "$2"; } # MARK PROGRAM
# ", as its process was killed", where it was: systemd alone writes that into a unit's journal
killed() { # STATUS
    local said signal
    said=$(journalctl -q -o cat -n 8 --since=-1min _PID=1 "UNIT=changeover-$app-migrate.service" 2> /dev/null) || said=
    signal=$(sed -nE 's/.*code=(killed|dumped), status=[0-9]+\/([A-Z0-9+-]+).*/SIG\2/p' <<< "$said" | tail -n 1)
    if [ -z "$signal" ]; then
        case $1 in 1[3-9][0-9]) signal=SIG$(kill -l $(($1 - 128))) || signal=$1 ;; *) return 0 ;; esac
    fi
    echo ", as its process was killed ($signal)"
    case $said in *oom-kill*) echo "for want of memory; give the host more, or have the step take less at a time" ;; esac
}
# its standard input is empty, unless it is told to pass ours on
run() {
    "$programs/sandbox" run app --app "$app" --task migrate --folder "$release_path" --read "$root" --environment "$environment" \
        --reserve "$reserve" --seconds "$seconds" ${shared:+--write "$shared"} "${sandbox[@]}" -- "$@"
}
