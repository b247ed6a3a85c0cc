# systemd itself reads the environment file, so the code sees what it will serve with; it may write here alone
build_as_app() {
    local environment=$candidate; [ -f "$environment" ] || environment=$env_file
    systemd-run --quiet --collect --pipe --wait --unit="changeover-$app-build" -p Nice=10 \
        -p User="$deploy_user" -p Group="$deploy_user" -p WorkingDirectory="$work/$directory" \
        -p EnvironmentFile="$environment" -p NoNewPrivileges=yes -p PrivateTmp=yes \
        -p ProtectSystem=strict -p ReadWritePaths="$work" -- env PATH="$path" sh -c "$command" < /dev/null
}
# the output moves to its final name only when it is whole and on disk
if [ ! -f "$build/.complete" ]; then
    work=$builds/.work new=$builds/.new
    rm -rf "$work" "$new" "$build"
    as "$deploy_user" mkdir "$work"
    (cd "$release_path" && as "$deploy_user" tar -c --exclude=./.env --exclude=./.venv --exclude=./.changeover --exclude="./$output_path" .) \
        | as "$deploy_user" tar -x -C "$work"
    if [ -n "$packages" ]; then
        rm -rf "$work/$packages_path"
        as "$deploy_user" ln -s "$packages" "$work/$packages_path"
    fi
    set -a; . /dev/stdin; set +a
    cd "$work/$directory"
    path=$work/$directory/node_modules/.bin:${python:+$python/bin:}${node:+$node/bin:}$PATH
    if [ -n "$python" ]; then build_as_app; else as "$deploy_user" env PATH="$path" nice -n 10 sh -c "$command" < /dev/null; fi \
        || fail "the build failed: $command (in $directory)"
    [ -e "$output" ] || fail "the build made no $directory/$output: $command"
    as "$deploy_user" mkdir "$new"
    mv -T "$output" "$new/output"
    du -sk "$new" | cut -f 1 | as "$deploy_user" tee "$new/.complete" > /dev/null
    sync -f "$new"
    mv -T "$new" "$build"
    rm -rf "$work"
fi
[ -z "$link" ] || link_assets "$build/output" "$link"
