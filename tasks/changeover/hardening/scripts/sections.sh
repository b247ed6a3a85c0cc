section() { printf '\n@@%s\n' "$1"; }
sum() {
    local file found=()
    for file; do [ ! -f "$file" ] || found+=("$file"); done
    [ "${#found[@]}" = 0 ] || sha256sum "${found[@]}"
}
