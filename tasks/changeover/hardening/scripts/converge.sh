for number in "${!paths[@]}"; do
    mkdir -p "$(dirname "${paths[number]}")"
    printf '%s' "${contents[number]}" | install_file "${paths[number]}" "${modes[number]}" "${owners[number]}"
done
for path in "${absent[@]}"; do rm -f "$path"; done
