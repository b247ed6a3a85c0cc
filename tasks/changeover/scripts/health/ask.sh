"$programs/expect" "${words[@]}" <<< "$asked"
