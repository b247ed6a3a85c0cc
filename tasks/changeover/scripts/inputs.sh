# Functions for installs and builds: copy exactly what they are made from.
# Given: app, disk, inputs, placed, release_path.
# Set before: new (by begin_folder).
# runs as the user that builds
copy() { # RELEASE INTO HIDDEN PATH...
    local into=$2 hidden=$3
    mkdir "$into"
    cd "$1"; shift 3
    # nothing that is made on the host: it leads elsewhere
    {
        printf '%s\n' ./.env ./.venv ./.changeover
        [ -z "$hidden" ] || printf '%s\n' "$hidden"
        find . -type l ! -path $'*\n*' \( -lname '.changeover/*' -o -lname '*../.changeover/*' -o -lname '.venv/made/*' -o -lname '*../.venv/made/*' \
            -o -lname '*../environments/python-????????????????*' -o -lname '*../environments/node-????????????????*' \
            -o -lname '*../builds/build-????????????????/output' \)
    } | tar -c --anchored --no-wildcards -X - -- "$@" | tar -x -C "$into"
}
# of a release only what something is made from, for the build user, below the new folder
copy_inputs() { # TASK INTO HIDDEN
    walls=(build --app "$app" --task "$1" --folder "$new" --disk "$disk" --write "$new" --read "$release_path")
    # neither what a build has put there, nor links to shared, which lead nowhere here
    walled copy "$release_path" "$new/$2" "$(printf '%s\n' "$3" "${placed[@]}" | sed '/^$/d')" "${inputs[@]}"
}
# what of the app was there, for the end of a message; nothing where all of it was
was_there() { # SETTING
    [ "${inputs[*]}" != . ] || return 0
    local shown=("${inputs[@]:0:10}") more=
    [ "${#inputs[@]}" -le 10 ] || more=" and $((${#inputs[@]} - 10)) more"
    echo "; it saw only: ${shown[*]#./}$more; name more in $1"
}
