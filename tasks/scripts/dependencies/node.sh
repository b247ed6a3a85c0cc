if [ ! -f "$environment/.complete" ]; then
    rm -rf "$environment"
    as "$deploy_user" mkdir "$environment"
    as "$deploy_user" cp "$release_path/$directory/package.json" "$release_path/$directory/package-lock.json" "$environment/"
    cd "$environment"
    as "$deploy_user" env PATH="$node/bin:$PATH" npm ci --no-audit --no-fund --loglevel=error \
        || fail "npm ci cannot install what $directory/package-lock.json asks for"
    sync -f "$environment"
    du -sk "$environment" | cut -f 1 | as "$deploy_user" tee "$environment/.complete" > /dev/null
fi
link=$release_path/$directory/node_modules
switch_link "$(realpath -ms --relative-to="$(dirname "$link")" "$environment/node_modules")" "$link"
