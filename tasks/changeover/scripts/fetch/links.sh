# Functions that make shared folders, and a release's links to them.
# Given: app, folders, links, programs, shared, shared_paths.
# folders that are missing in shared are made, as the app: it may have put a link there; files are
# the app's to make
make_shared() {
    local path wanted=()
    for path in "${folders[@]}"; do
        [ -e "$shared/$path" ] || wanted+=("./$path")
    done
    for path in "${shared_paths[@]}"; do
        [ -d "$shared/$(dirname "$path")" ] || wanted+=("./$(dirname "$path")")
    done
    [ "${#wanted[@]}" = 0 ] || "$programs/sandbox" run app --app "$app" --task shared --folder "$shared" --write "$shared" -- mkdir -p -- "${wanted[@]}"
}
make_links() { "$programs/sandbox" link "$1" "${links[@]}"; } # RELEASE
