# a function of the script, run behind the walls that the array "walls" tells
walled() { # FUNCTION ARGUMENT...
    "$programs/sandbox" run "${walls[@]}" -- bash -c "set -euo pipefail; $(declare -f "$1"); \"\$@\"" "$app" "$@" < /dev/null
}
