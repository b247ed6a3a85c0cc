#!/bin/sh
# Record what a service is started with, so that a later run can tell whether what
# runs is what should run:
#
#     ExecStartPre=/usr/local/lib/changeover/record_start APP UNIT
#
# Writes /var/lib/changeover-started/APP/UNIT, and makes the folders that the app may write in
# the output of its build, as the app's user: with that app's environment
# nothing may run as root, or who can write the environment could be root. Never keeps the service from starting: says on
# standard error what went wrong and exits 0. A third argument is put before every path.

# The service's environment is ours too: its PATH must not choose our commands.
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
unset CDPATH
umask 022

say() {
    printf 'record_start: %s\n' "$*" >&2
}

# A file's SHA-256, "none" when there is no such file.
digest() {
    if [ ! -f "$1" ]; then
        echo none
        return
    fi
    sum=$(sha256sum <"$1") || return 1
    echo "${sum%% *}"
}

# The unit file; an instance app@1.service comes from app@.service.
unit_file() {
    units=$root/etc/systemd/system
    case $unit in
    *@*.*)
        if [ ! -f "$units/$unit" ]; then
            echo "$units/${unit%%@*}@.${unit##*.}"
            return
        fi
        ;;
    esac
    echo "$units/$unit"
}

# The name of the release that `current` leads to, "none" when it leads nowhere.
release_name() {
    target=$(readlink -e "$root/srv/$app/current") || target=none
    echo "${target##*/}"
}

record() {
    environment=$(digest "$root/srv/$app/shared/.env") || return 1
    unit_digest=$(digest "$(unit_file)") || return 1
    socket_digest=$(digest "$root/etc/systemd/system/${unit%.service}.socket") || return 1
    # which packages: one release may get others when a setting changes
    python=$(readlink -e "$root/srv/$app/current/.venv") || python=none
    node=$(readlink -e "$root/srv/$app/current/.changeover/node") || node=none
    build=$(readlink -e "$root/srv/$app/current/.changeover/build") || build=none
    started=$(date -u +%Y-%m-%dT%H:%M:%SZ) || return 1
    mkdir -p "$folder" || return 1
    printf 'release=%s\nenvironment=%s\nunit=%s\nsocket=%s\npython=%s\nnode=%s\nbuild=%s\nstarted=%s\n' \
        "$(release_name)" "$environment" "$unit_digest" "$socket_digest" "${python##*/}" "${node##*/}" "${build##*/}" "$started" >"$unfinished" || return 1
    # -T: a folder of that name is an error, not a place to move into.
    mv -fT "$unfinished" "$folder/$unit"
}

# The folders of the build's output that the app may write; systemd has made the one they are in.
caches() {
    build=$(readlink -e "$root/srv/$app/current/.changeover/build") || return 0
    [ -f "$build/.caches" ] || return 0
    while read -r path; do
        mkdir -p "$root/var/cache/changeover-apps/$app/built/${build##*/}/$path" || return 1
    done <"$build/.caches"
}

is_name() {
    case $1 in
    '' | .* | */*) return 1 ;;
    esac
}

app=$1
unit=$2
root=${3:-}
if ! is_name "$app" || ! is_name "$unit"; then
    say "usage: record_start APP UNIT [ROOT]; got \"$app\" and \"$unit\""
    exit 0
fi
folder=$root/var/lib/changeover-started/$app
unfinished=$folder/.$unit.$$

if ! record; then
    # No record is better than the record of an earlier start.
    rm -f "$unfinished" "$folder/$unit"
    say "cannot record the start of $unit in $folder"
fi
if ! caches; then
    say "cannot make the folders that the build's caches lead to"
fi
exit 0
