# runs as the user that builds
install_packages() { # UV VERSION ENVIRONMENT LOCK
    "$1" --quiet venv --python "$2" --python-preference system "$3"
    local hashes=; ! grep -q -- '--hash=' "$4" || hashes=--require-hashes
    "$1" --quiet pip install --python "$3/bin/python" --compile-bytecode $hashes -r "$4"
}
if [ ! -f "$environment/.complete" ]; then
    begin_folder "$environment"
    # it knows its own path, so it is made under that; a copy of what the cache holds is its own
    walls=(build --app "$app" --task packages --folder "$release_path" --network --disk "$disk" --memory "$memory")
    walls+=(--write "$new:$environment" --write "$cache" --read "$release_path")
    walls+=(--set "UV_CACHE_DIR=$cache/uv" --set UV_NO_PROGRESS=1 --set UV_LINK_MODE=copy)
    walled install_packages "$uv/bin/uv" "$version" "$environment" "$release_path/$lock_file" || fail "cannot install what $lock_file asks for"
    complete_folder "$environment"
fi
"$programs/sandbox" link "$release_path" .venv "../../environments/$(basename "$environment")"
