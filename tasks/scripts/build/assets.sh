# runs as the user that builds, in a copy of the release; only what came out of it stays
build() { # RELEASE DIRECTORY OUTPUT COMMAND PATH PACKAGES PACKAGES-PATH CACHE:TARGET...
    mkdir work
    (cd "$1" && tar -c --exclude=./.env --exclude=./.venv --exclude=./.changeover --exclude="./$2/$3" .) | tar -x -C work
    # tools write beside their packages (.vite-temp, .cache), so it has a copy
    [ -z "$6" ] || { rm -rf "work/$7"; cp -a "$6" "work/$7"; }
    cd "work/$2"
    PATH=$PWD/node_modules/.bin:$5$PATH sh -c "$4"
    if [ ! -e "$3" ] || [ -L "$3" ]; then echo "the build made no $2/$3" >&2; return 1; fi
    mv -T "$3" "$OLDPWD/output"
    cd "$OLDPWD/output"
    for cache in "${@:8}"; do
        mkdir -p "$(dirname "${cache%%:*}")"
        rm -rf "${cache%%:*}"; ln -s "${cache#*:}" "${cache%%:*}"
    done
}
if [ ! -f "$build/.complete" ]; then
    begin_folder "$build"
    public=$(mktemp); trap 'rm -f "$public"' EXIT
    cat > "$public"
    walls=(build --app "$app" --task build --folder "$new" --disk "$disk" --memory "$memory")
    walls+=(--write "$new" --read "$release_path" --read "$environments" --environment "$public" "${network[@]}")
    if [ -n "$python" ]; then
        # systemd itself reads it, so the code sees what it will serve with
        environment=$candidate; [ -f "$environment" ] || environment=$env_file
        walls+=(--environment "$environment")
    fi
    walled build "$release_path" "$directory" "$output" "$command" "${python:+$python/bin:}${node:+$node/bin:}" "$packages" "$packages_path" "${caches[@]}" \
        || fail "the build failed: $command (in $directory)"
    # not before all that it started has ended; rm follows no link
    rm -rf "$new/work"
    complete_folder "$build"
fi
[ -z "$link" ] || link_assets "$build/output" "$release_path" "$link"
