# Makes the database and its role, if its server is on this host; the wanted URL comes on standard input.
# Given: app, units.
[ "${#units[@]}" = 0 ] || systemctl --quiet enable --now "${units[@]}"
wanted=$(cat)
if [ -n "$wanted" ]; then
    umask 077
    candidate=$(mktemp); trap 'rm -f "$candidate"' EXIT
    printf '%s\n' "$wanted" > "$candidate"
fi
database provision --app "$app" > /dev/null
