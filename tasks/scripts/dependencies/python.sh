if [ ! -f "$environment/.complete" ]; then
    rm -rf "$environment"
    lock=$release_path/$lock_file
    export UV_CACHE_DIR=$(getent passwd "$deploy_user" | cut -d: -f6)/.cache/uv UV_NO_PROGRESS=1
    uv() { as "$deploy_user" "$uv/bin/uv" --quiet "$@"; }
    cd "$release_path"
    uv venv --python "$version" --python-preference system "$environment"
    hashes=; ! grep -q -- '--hash=' "$lock" || hashes=--require-hashes
    uv pip install --python "$environment/bin/python" --compile-bytecode $hashes -r "$lock" \
        || fail "cannot install what $lock_file asks for"
    sync -f "$environment"
    du -sk "$environment" | cut -f 1 | as "$deploy_user" tee "$environment/.complete" > /dev/null
fi
switch_link "../../environments/$(basename "$environment")" "$release_path/.venv"
