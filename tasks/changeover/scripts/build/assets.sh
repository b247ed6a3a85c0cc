# Builds the front end from a copy of its inputs, if this build is not there yet.
# Given: app, build, caches, candidate, command, directory, disk, env_file, environments, hidden, memory,
#   network, node, output, packages, programs, python, release_path, show, written.
# Set before: new (by begin_folder).
# runs as the user that builds, in a copy of what it is made from; only what came out of it stays
build() { # DIRECTORY OUTPUT COMMAND PATH PACKAGES CACHE:TARGET...
    local path
    # tools write beside their packages (.vite-temp, .cache), so it has a copy
    [ -z "$5" ] || while IFS= read -r path; do
        [[ $path != node_modules && $path != */node_modules ]] || rm -rf "work/$path"
        [ -e "work/$path" ] || [ -L "work/$path" ] || { mkdir -p "work/$(dirname "$path")"; cp -a "$5/made/$path" "work/$path"; }
    done < "$5/.made"
    rm -rf "work/$1/$2"
    [ ! -e given ] || { mkdir -p "$(dirname "work/$1/$2")"; mv -T given "work/$1/$2"; }
    # what is made within one tick of the clock would not look newer
    touch began; sleep 0.02
    cd "work/$1"
    PATH=$PWD/node_modules/.bin:$4$PATH sh -c "$3"
    if [ ! -e "$2" ] || [ -L "$2" ]; then echo "the build made no $1/$2" >&2; return 1; fi
    if [ -z "$(find "$2" -cnewer "$OLDPWD/began" -print -quit)" ]; then
        echo "the build made nothing in $1/$2, which is as the commit has it" >&2; return 1
    fi
    mv -T "$2" "$OLDPWD/output"
    cd "$OLDPWD/output"
    for path in "${@:6}"; do
        mkdir -p "$(dirname "${path%%:*}")"
        rm -rf "${path%%:*}"; ln -s "${path#*:}" "${path%%:*}"
    done
}
# runs as the user that builds
bring() { cp -a -- "$1" "$2"; } # FROM TO
if [ ! -f "$build/.complete" ]; then
    begin_folder "$build"
    public=$(mktemp); trap 'rm -f "$public"' EXIT
    cat > "$public"
    copy_inputs build work "$hidden"
    [ ! -e "$release_path/.changeover/given" ] || walled bring "$release_path/.changeover/given" "$new/given"
    walls=(build --app "$app" --task build --folder "$new" --disk "$disk" --memory "$memory")
    walls+=(--write "$new" --read "$environments" --environment "$public" "${network[@]}")
    if [ -n "$python" ]; then
        # systemd itself reads it, so the code sees what it will serve with
        environment=$candidate; [ -f "$environment" ] || environment=$env_file
        # packages that are used where they lie are in the release
        walls+=(--environment "$environment" --read "$release_path")
    fi
    walled build "$directory" "$output" "$command" "${python:+$python/bin:}${node:+$node/bin:}" "$packages" "${caches[@]}" \
        || fail "the build failed: $command (in $directory)$(was_there 'Build(reads=...)')"
    # not before all that it started has ended; rm follows no link
    rm -rf "$new/work" "$new/began" "$new/.caches"
    # the folders that the app makes before it starts
    [ "${#written[@]}" = 0 ] || printf '%s\n' "${written[@]}" > "$new/.caches"
    complete_folder "$build"
fi
[ -z "$show" ] || "$programs/sandbox" place "$release_path" "$show" "$build"
