database() { local command=$1; shift; "$programs/sqlite_backup" "$command" --database "$database" "$@"; }
# a link that leads nowhere now may lead to data
holds_data() { if [ -s "$database" ] || [ -s "$database-wal" ]; then echo yes; elif [ -L "$database" ]; then echo unknown; else echo no; fi; }
# who has the file open, by whatever path; processes that end meanwhile are none, though find complains of them
writers() {
    local part same=()
    for part in "$database" "$database-wal" "$database-shm" "$database-journal"; do
        [ ! -f "$part" ] || same+=(${same[@]+-o} -samefile "$part")
    done
    [ "${#same[@]}" = 0 ] || { find -L /proc/[0-9]*/fd -maxdepth 1 \( "${same[@]}" \) 2> /dev/null || true; } | cut -d/ -f3 | sort -u
}
outsiders() {
    local process
    for process in $(writers); do
        grep -qF "/$unit" "/proc/$process/cgroup" 2> /dev/null || printf ' %s (%s)' "$process" "$(tr '\0' ' ' < "/proc/$process/cmdline")"
    done
}
clear_scratch() { :; } # it is in the work folder, which the next backup clears
set_aside() { # SUFFIX
    local part
    for part in -wal -shm -journal ''; do
        [ ! -e "$database$part" ] || mv -T "$database$part" "$database.$1$part"
    done
}
