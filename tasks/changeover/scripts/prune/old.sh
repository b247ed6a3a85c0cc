# Removes releases, builds, backups and kept databases that nobody needs; what is in use stays.
# Given: app, builds, caches, current, data, databases, engine, files, folders, label, manifests, programs,
#   releases, shared.
# the look may be minutes old: what serves, runs or is led to by now stays, whoever made it so
own=$(own_processes) || fail "$engine does not say what runs as $label, so nothing was removed"
used=("$(realpath -m "$current")")
while read -r pid; do [ -z "$pid" ] || used+=("$(realpath -m "/proc/$pid/cwd")"); done <<< "$own"
for kept in "$releases"/*/; do
    kept=${kept%/}
    [[ " ${folders[*]} " != *" $kept "* ]] || [ "$kept" -ef "$current" ] || continue
    while IFS= read -r -d '' link; do used+=("$(realpath -m "$link")"); done \
        < <(find "$kept" -type l \( -lname '*/environments/*' -o -lname '*/builds/*' \) -print0)
done
in_use() { # FOLDER
    local one here; here=$(realpath -m "$1")
    for one in "${used[@]}"; do [[ $one/ != "$here"/* ]] || return 0; done
    return 1
}
for folder in "${folders[@]}"; do
    # a file or a link that never got its name leads nobody anywhere
    if [ ! -d "$folder" ] || [ -L "$folder" ]; then rm -f -- "$folder"; continue; fi
    if in_use "$folder"; then echo "$folder is in use by now, and stays"; continue; fi
    # by another name first: a folder that is half gone must not look like one that is whole
    gone=$(dirname "$folder")/.gone
    rm -rf "$gone" # which may be what has to go, of a run that died here
    [ ! -d "$folder" ] || mv -T "$folder" "$gone"
    rm -rf "$gone"
done
# what the app wrote into the output of a build goes with it, as the app: it names what is in there
if [ -d "$caches" ]; then
    stay=()
    for folder in "$builds"/build-*/; do stay+=(! -name "$(basename "$folder")"); done
    "$programs/sandbox" run app --app "$app" --task prune --folder / --write "$caches" -- \
        find "$caches" -mindepth 1 -maxdepth 1 "${stay[@]}" -exec rm -rf -- {} + 2> /dev/null || true
fi
for manifest in "${manifests[@]}"; do
    rm -f "$manifest"; rm -f "${manifest%.json}".*.zst
done
[ "${#files[@]}" = 0 ] || rm -f -- "${files[@]}"
# root follows no name of the app's; what is left is root's own, which the app cannot swap
if [ "${#shared[@]}" -gt 0 ]; then
    "$programs/sandbox" run app --app "$app" --task prune --folder / --write "$data" -- rm -rf -- "${shared[@]}" 2> /dev/null || true
    for file in "${shared[@]}"; do
        [ "${file%/*}" != "$data" ] || case $(stat -c '%u %F' -- "$file" 2> /dev/null) in
            # a power cut leaves it empty as well, which stat calls another kind
            '0 regular file' | '0 regular empty file') rm -f -- "$file" ;;
        esac
    done
fi
for name in "${databases[@]}"; do database drop-kept "$name" > /dev/null; done
