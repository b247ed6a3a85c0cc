# runs as the user that builds, in a copy of what it is made from; only what came out of it stays
build() { # DIRECTORY OUTPUT COMMAND PATH PACKAGES CACHE:TARGET...
    local path
    # tools write beside their packages (.vite-temp, .cache), so it has a copy
    [ -z "$5" ] || while IFS= read -r path; do
        [[ $path != node_modules && $path != */node_modules ]] || rm -rf "work/$path"
        [ -e "work/$path" ] || [ -L "work/$path" ] || { mkdir -p "work/$(dirname "$path")"; cp -a "$5/made/$path" "work/$path"; }
    done < "$5/.made"
    rm -rf "work/$1/$2"
    cd "work/$1"
    PATH=$PWD/node_modules/.bin:$4$PATH sh -c "$3"
    if [ ! -e "$2" ] || [ -L "$2" ]; then echo "the build made no $1/$2" >&2; return 1; fi
    mv -T "$2" "$OLDPWD/output"
    cd "$OLDPWD/output"
    for path in "${@:6}"; do
        mkdir -p "$(dirname "${path%%:*}")"
        rm -rf "${path%%:*}"; ln -s "${path#*:}" "${path%%:*}"
    done
}
if [ ! -f "$build/.complete" ]; then
    begin_folder "$build"
    public=$(mktemp); trap 'rm -f "$public"' EXIT
    cat > "$public"
    copy_inputs build work "$hidden"
    walls=(build --app "$app" --task build --folder "$new" --disk "$disk" --memory "$memory")
    walls+=(--write "$new" --read "$environments" --environment "$public" "${network[@]}")
    if [ -n "$python" ]; then
        # systemd itself reads it, so the code sees what it will serve with
        environment=$candidate; [ -f "$environment" ] || environment=$env_file
        # packages that are used where they lie are in the release
        walls+=(--environment "$environment" --read "$release_path")
    fi
    walled build "$directory" "$output" "$command" "${python:+$python/bin:}${node:+$node/bin:}" "$packages" "${caches[@]}" \
        || fail "the build failed: $command (in $directory); $(was_there) (Build(reads=...))"
    # not before all that it started has ended; rm follows no link
    rm -rf "$new/work"
    complete_folder "$build"
fi
[ -z "$link" ] || link_assets "$build/output" "$release_path" "$link"
