# Runs a script while no other changes the app: takes the app's lock, or waits for it.
# Given: about, lock, script, script_seconds, undo_seconds.
# read by the connection's own shell, so it is POSIX; after a boot nobody has made the folder yet
mkdir -m 700 "${lock%/*}" 2> /dev/null || [ -d "${lock%/*}" ] || { echo "cannot make ${lock%/*}" >&2; exit 1; }
# the shell holds the lock, not the script: nothing that one leaves behind can keep it
exec 9>> "$lock"
begun=$(date +%s) told=
while ! flock -n 9; do
    # what a dead holder has left says nothing of who holds it now
    pid=$(sed -n 's/.*"pid": \([0-9]*\).*/\1/p' "$lock") found='' wait=$script_seconds
    [ ! -d "/proc/${pid:-none}" ] || found=$(cat "$lock")
    said=$(printf '%s' "$found" | sed -n 's/.*"said": "\([^"]*\)".*/\1/p')
    said=${said:-a script (see: fuser -v $lock)}
    case $found in
        *'"what": "release"'*) echo "$said is going on: wait for its end (deploys/status.py)" >&2; exit 75 ;;
        *'"what": "undo"'*) wait=$undo_seconds ;;
    esac
    [ "$(($(date +%s) - begun))" -lt "$wait" ] || { echo "$said still works after $wait s" >&2; exit 75; }
    [ "$told" = "$said" ] || { told=$said; echo "waits for $said, $wait s at most" >&2; }
    if flock -w 2 9; then break; fi
done
# the new time tells who looked at the host before that it may have changed
printf '{"what": "script", "pid": %s, "said": "%s since %s"}' $$ "$about" "$(date -u '+%Y-%m-%d %H:%M:%S UTC')" > "$lock"
bash --norc -c "$script" 9>&-
