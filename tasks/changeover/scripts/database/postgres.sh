# Functions of a PostgreSQL database.
# Given: candidate, database_key, env_file, programs, server_reach.
database() {
    local command=$1 environment=$candidate; shift
    [ -f "$environment" ] || environment=$env_file
    "$programs/postgres_backup" "$command" --environment "$environment" --key "$database_key" "${server_reach[@]}" "$@"
}
restore_as_it_was() { database restore --as-it-was "$@"; }
holds_data() { database revisions | python3 -c 'import json, sys
print({True: "yes", False: "no"}.get(json.load(sys.stdin)["exists"], "unknown"))'; }
# connections do not say whose process they are of, so who else is there shows once the app is stopped
writers() {
    local found
    for _ in {1..50}; do
        found=$(database connections | python3 -c 'import json, sys; print("\n".join(json.load(sys.stdin)))') || return 1
        [ -n "$found" ] || return 0
        sleep 0.1 # the server notices a moment later that a client is gone
    done
    printf '%s\n' "$found"
}
outsiders() { :; }
clear_scratch() { database drop-scratch > /dev/null; }
set_aside() { database set-aside --keep-as "$1" > /dev/null; }
