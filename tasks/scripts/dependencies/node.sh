# runs as the user that builds
install_packages() { # RELEASE NODE
    cp "$1/package.json" "$1/package-lock.json" .
    PATH=$2/bin:$PATH npm ci --no-audit --no-fund --loglevel=error
}
if [ ! -f "$environment/.complete" ]; then
    begin_folder "$environment"
    walls=(build --app "$app" --task packages --folder "$environment" --network --disk "$disk" --memory "$memory")
    walls+=(--write "$new:$environment" --write "$cache" --read "$release_path" --set "npm_config_cache=$cache/npm")
    walled install_packages "$release_path/$directory" "$node" || fail "npm ci cannot install what $directory/package-lock.json asks for"
    complete_folder "$environment"
fi
link=${directory#.}; link=${link:+$link/}node_modules
"$programs/sandbox" link "$release_path" "$link" "$(realpath -ms --relative-to="$release_path/$(dirname "$link")" "$environment/node_modules")"
