# what a URL leads to that is not in force yet; its line comes on stdin
umask 077
source=$(mktemp); trap 'rm -f "$source"' EXIT
cat > "$source" # before all else: who still writes to a command that has ended has lost the connection
[ -x "$programs/postgres_backup" ] || exit 0 # without our programs nobody can tell
url=$(read_environment look "$database_key" '' < "$source" | sed -n 's/^url //p')
tell_data
section wanting
[ -z "$local_server" ] || timeout 20 "$programs/postgres_backup" wanting --environment "$source" --key "$database_key" "${server_reach[@]}" --app "$app" || true
section end
