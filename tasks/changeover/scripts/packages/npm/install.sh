# Installs the app's Node packages, if this environment is not there yet.
# Given: app, cache, directory, disk, environment, link, memory, node, programs, release_path, whole.
# Set before: new (by begin_folder).
# runs as the user that builds
install_packages() { # NODE
    PATH=$1/bin:$PATH npm ci --no-audit --no-fund --loglevel=error
}
if [ ! -f "$environment/.complete" ]; then
    begin_folder "$environment"
    copy_inputs packages made ./REVISION
    given=$(mktemp); trap 'rm -f "$given"' EXIT
    find "$new/made" -mindepth 1 -printf '%P\0' > "$given"
    folder=$environment/made; [ "$directory" = . ] || folder+=/$directory
    walls=(build --app "$app" --task packages --folder "$folder" --network --disk "$disk" --memory "$memory")
    walls+=(--write "$new:$environment" --write "$cache" --set "npm_config_cache=$cache/npm")
    walled install_packages "$node" || fail "npm ci cannot install what $directory/package-lock.json asks for$(was_there 'Node(reads=...)')"
    complete_folder "$environment" --given "$given" --whole "$whole"
fi
"$programs/sandbox" show "$release_path" "$link" "$environment"
