# folders that are missing in shared are made; files are the app's to make
make_shared() {
    local path
    for path in "${folders[@]}"; do
        [ -e "$shared/$path" ] || install -d -o "$app" -g "$app" -m 0750 "$shared/$path"
    done
    for path in "${shared_paths[@]}"; do
        [ -d "$(dirname "$shared/$path")" ] || install -d -o "$app" -g "$app" -m 0750 "$(dirname "$shared/$path")"
    done
}
make_links() { # RELEASE
    local number link
    for number in "${!links[@]}"; do
        link=$1/${links[$number]}
        [ -d "${link%/*}" ] || as "$deploy_user" mkdir -p "${link%/*}"
        [ -L "$link" ] || rm -rf "$link"
        switch_link "${link_targets[$number]}" "$link"
    done
}
