# The role has the password of the new URL: it gets that of the URL in force again, if it is ours. A URL in
# force that never led to it, which may be why there is a new one, holds up no undo.
[ -f "$env_file" ] || exit 0
asked() { "$programs/postgres_backup" "$1" --environment "$env_file" --key "$database_key" "${server_reach[@]}" --app "$app"; }
for _ in {1..10}; do
    if told=$(asked wanting); then
        case $told in *'"wanting": ["password"]'*) asked provision > /dev/null ;; esac
        exit 0
    fi
    sleep 3 # the server may be about to come back
done
