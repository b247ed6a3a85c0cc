# the URL is not on the host yet, so it comes on stdin; what cannot be told is left to who makes it
[ -x "$programs/postgres_backup" ] || exit 0
umask 077
candidate=$(mktemp); trap 'rm -f "$candidate"' EXIT
cat > "$candidate"
database wanting --app "$app" 2> /dev/null || true
