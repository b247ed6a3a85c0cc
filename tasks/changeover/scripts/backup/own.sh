# Adds to a backup: the app's own SQLite checks the copy.
# Given: app, leaf, programs, root, serving, task.
own_sqlite() { # FOLDER PROGRAM
    local python=$serving/.venv/bin/python
    [ -x "$python" ] || { echo "the release that serves has no Python environment" >&2; exit 3; }
    "$programs/sandbox" run app --app "$app" --task "$task" --folder "$serving" --read "$root" --read "$1:$leaf" \
        -- "$python" -I "$2" "$leaf/copy"
}
more+=(--own "$(declare -p programs app serving root leaf task; declare -f own_sqlite); own_sqlite \"\$@\"")
