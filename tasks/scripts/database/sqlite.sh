# root reads and writes nothing that the app may have put there: the program does it as the app
database() {
    local command=$1; shift
    [ -n "$database" ] || fail "there is no database to $command"
    "$programs/sqlite_backup" "$command" --database "$database" --user "$owner" --within "$within" "$@"
}
# what cannot be known is not "no"
has_data() {
    local found
    [ -n "$database" ] || return 1
    found=$(database revisions) || exit 1
    python3 -c 'import json, sys
found = json.load(sys.stdin)
if found["error"] and not found["size"]:
    sys.exit(found["error"])
sys.exit(0 if found["size"] else 9)' <<< "$found" || { [ $? = 9 ] || exit 1; return 1; }
}
# who has the file open
writers() {
    [ -n "$database" ] || return 0
    local found
    found=$(database connections "$@") || exit 1
    python3 -c 'import json, sys; sys.stdout.write("".join(f"{one}\n" for one in json.load(sys.stdin)))' <<< "$found"
}
outsiders() { # of the app
    local process
    writers --but-unit "$unit" | while read -r process; do printf ' %s' "$process"; done
}
clear_scratch() { :; } # it is in the work folder, which the next backup clears
set_aside() { database set-aside --keep-as "$1" > /dev/null; } # SUFFIX
