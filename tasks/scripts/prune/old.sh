for folder in "${folders[@]}"; do
    # by another name first: a folder that is half gone must not look like one that is whole
    gone=$(dirname "$folder")/.gone
    rm -rf "$gone"; mv -T "$folder" "$gone" 2> /dev/null || continue
    rm -rf "$gone"
done
for manifest in "${manifests[@]}"; do
    rm -f "$manifest"; rm -f "${manifest%.json}".*.zst
done
[ "${#files[@]}" = 0 ] || rm -f -- "${files[@]}"
# root follows no name of the app's; what is left is root's own, which the app cannot swap
if [ "${#shared[@]}" -gt 0 ]; then
    as "$app" rm -rf -- "${shared[@]}" 2> /dev/null || true
    for file in "${shared[@]}"; do
        [ "$(stat -c '%U %F' "$file" 2> /dev/null)" != 'root regular file' ] || rm -f -- "$file"
    done
fi
for name in "${databases[@]}"; do database drop-kept "$name" > /dev/null; done
