# Functions of a SQLite database.
# Given: database, owner, programs, within.
# root reads and writes nothing that the app may have put there: the program does it as the app
database() {
    local command=$1; shift
    [ -n "$database" ] || fail "there is no database to $command"
    "$programs/sqlite_backup" "$command" --database "$database" --user "$owner" --within "$within" "$@"
}
restore_as_it_was() { database restore --in-spite "$@"; }
holds_data() {
    [ -n "$database" ] || { echo no; return; }
    database revisions | python3 -c 'import json, sys
found = json.load(sys.stdin)
wal = (found["fingerprint"] or {}).get("wal")
print("yes" if found["size"] or wal else "unknown" if found["error"] else "no")'
}
# who has the file open
writers() {
    [ -n "$database" ] || return 0
    local found
    found=$(database connections) || exit 1
    python3 -c 'import json, sys; sys.stdout.write("".join(f"{one}\n" for one in json.load(sys.stdin)))' <<< "$found"
}
outsiders() { # of the app's engine
    local process
    writers | while read -r process; do
        # one that has ended meanwhile has nothing open any more
        owns "${process%% *}" || [ ! -d "/proc/${process%% *}" ] || printf ' %s' "$process"
    done
}
clear_scratch() { :; } # it is in the work folder, which the next backup clears
set_aside() { database set-aside --keep-as "$1" > /dev/null; } # SUFFIX
