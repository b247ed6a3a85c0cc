environment=$candidate; [ -f "$environment" ] || environment=$env_file
[ -x "$release_path/.venv/bin/python" ] || fail "$release_path has no Python environment"
# systemd itself reads the environment file, so a migration sees what the app will see
run() {
    systemd-run --quiet --collect --pipe --wait --unit="changeover-$app-migrate" \
        -p User="$app" -p Group="$app" -p WorkingDirectory="$release_path" \
        -p EnvironmentFile="$environment" -p UMask=0027 -p NoNewPrivileges=yes -p PrivateTmp=yes \
        -p ProtectSystem=strict -p ReadWritePaths="$shared" -- "$@" < /dev/null
}
# nothing is written before the way back is known to be there
[ ! -s "$database" ] || [ -n "$manifest" ] || fail "$database holds data but has no verified backup of exactly this state; it was written to since, or no backup was taken"
install -m 0600 /dev/null "$log"
for step in "${steps[@]}"; do
    echo "applying $step"
    run "$release_path/.venv/bin/alembic" -c "$config" upgrade "$step" >> "$log" 2>&1 || stuck "$step"
    found=$(run "$release_path/.venv/bin/python" -c "$read_revision" "$database" 2>> "$log") || stuck "$step"
    [ "$found" = "$step" ] || { echo "after $step the database says revision '$found'" >> "$log"; stuck "$step"; }
done
