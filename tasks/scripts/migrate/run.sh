# systemd itself reads the environment file, so a migration sees what the app will see
run() {
    systemd-run --quiet --collect --pipe --wait --unit="changeover-$app-migrate" \
        -p User="$app" -p Group="$app" -p WorkingDirectory="$release_path" \
        -p EnvironmentFile="$environment" -p UMask=0027 -p NoNewPrivileges=yes -p PrivateTmp=yes \
        -p ProtectSystem=strict -p ReadWritePaths="$shared" -- "$@" < /dev/null
}
stuck() { # STEP
    tail -n 6 "$log" >&2
    fail "migration $1 failed; all it said is in $log. Mend it, then run this again."
}
# nothing is written before the way back is known to be there
prepare() {
    [ -x "$release_path/.venv/bin/python" ] || fail "$release_path has no Python environment"
    [ ! -s "$database" ] || [ -n "$manifest" ] || fail "$database holds data but has no verified backup of exactly this state; it was written to since, or no backup was taken"
    install -m 0600 /dev/null "$log"
}
migrate() { # DIRECTION STEP REVISION
    local found
    run "$release_path/.venv/bin/alembic" -c "$config" "$1" "$3" >> "$log" 2>&1 || stuck "$2"
    found=$(run "$release_path/.venv/bin/python" -c "$read_revision" "$database" 2>> "$log") || stuck "$2"
    [ "$found" = "$3" ] || { echo "after $2 the database says revision '$found' instead of '$3'" >> "$log"; stuck "$2"; }
}
