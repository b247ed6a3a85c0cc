link_assets() { # OUTPUT LINK
    [ -L "$2" ] || rm -rf "$2"
    switch_link "$(realpath -ms --relative-to="$(dirname "$2")" "$1")" "$2"
}
