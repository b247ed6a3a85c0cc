# Functions that run other functions in the sandbox, and make a folder there.
# Given: app, build_user, programs.
# Set before: walls (by the script that calls).
# runs a function of the script behind the walls that the array "walls" names
walled() { # FUNCTION ARGUMENT...
    "$programs/sandbox" run "${walls[@]}" -- bash --norc -c "set -euo pipefail; $(declare -f "$1"); \"\$@\"" "$app" "$@" < /dev/null
}
# an empty folder for the build user, named in "new", in which FOLDER is made
begin_folder() { # FOLDER
    new=${1%/*}/.new
    rm -rf "$1" "$new"
    install -d -m 0755 -o "$build_user" -g "$build_user" "$new"
}
# root takes it over, and only then it has its name
complete_folder() { # FOLDER OPTION...
    "$programs/sandbox" seal --complete --app "$app" "${@:2}" "$new" > /dev/null
    sync -f "$new"
    mv -T "$new" "$1"; sync "$(dirname "$1")"
}
