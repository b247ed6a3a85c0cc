# Runs migrations on the copy: the host program rehearse starts it, and gives a mark.
# Given: env_file, steps.
# Set before: environment (by the rehearsal).
# an app that reads its file by itself finds the copy's there too
[ ! -f "$env_file" ] || sandbox=(--read "$environment:$env_file")
sandbox+=(--input)
upgrade_all "$1" "${steps[@]}" || {
    status=$?
    why=$(killed $status | paste -sd " ")
    [ -z "$why" ] || echo "the migration failed$why" >&2
    exit $status
}
