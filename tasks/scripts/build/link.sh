link_assets() { # OUTPUT RELEASE PATH
    "$programs/sandbox" link "$2" "$3" "$(realpath -ms --relative-to="$2/$(dirname "$3")" "$1")"
}
