# Installs the app's Python packages, if this environment is not there yet.
# Given: alone, app, cache, disk, extras, in_place, judge_program, link, lock_file, memory, options,
#   programs, release_path, version.
# Set before: new (by begin_folder).
# runs as the user that builds, in a copy of what the lock names
install_packages() { # UV VERSION ENVIRONMENT LOCK OPTION...
    local uv=$1 environment=$3
    "$uv" --quiet venv --allow-existing --python "$2" --python-preference system "$environment"
    "$uv" --quiet pip install --python "$environment/bin/python" --compile-bytecode "${@:5}" -r "$4"
}
judge_packages() { # ENVIRONMENT PROGRAM ARGUMENT...
    "$1/bin/python" -I -c "${@:2}"
}
if [ ! -f "$environment/.complete" ]; then
    begin_folder "$environment"
    copy_inputs packages made ./REVISION
    given=$(mktemp); trap 'rm -f "$given"' EXIT
    find "$new/made" -mindepth 1 -printf '%P\0' > "$given"
    # it knows its own path, so it is made under that; so is what is used where it lies
    folder=$environment/made; [ -z "$in_place" ] || folder=$release_path
    # a copy of what the cache holds is its own
    walls=(build --app "$app" --task packages --folder "$folder" --network --disk "$disk" --memory "$memory")
    walls+=(--write "$new:$environment" --write "$cache")
    [ -z "$in_place" ] || walls+=(--write "$new/made:$release_path")
    walls+=(--set "UV_CACHE_DIR=$cache/uv" --set UV_NO_PROGRESS=1 --set UV_LINK_MODE=copy)
    walled install_packages "$uv/bin/uv" "$version" "$environment" "$lock_file" "${options[@]}" \
        || fail "cannot install what $lock_file asks for$(was_there 'Python(reads=...)')"
    # what is built from the tree
    if [ -n "$judge_program" ]; then
        walled judge_packages "$environment" "$judge_program" "$uv/bin/uv" "$lock_file" "$alone" "$in_place" "${extras[@]}" \
            || fail "packages of the tree would not run as $lock_file has them"
    fi
    # what was built lies in the environment, but for what is used where it lies
    if [ -n "$in_place" ]; then
        find "$new/made" -depth \( -name build -o -name '*.egg-info' -o -name __pycache__ \) -exec rm -rf {} +
        complete_folder "$environment" --given "$given" --whole .
    else
        rm -rf "$new/made"
        complete_folder "$environment"
    fi
fi
"$programs/sandbox" show "$release_path" "$link" "$environment"
