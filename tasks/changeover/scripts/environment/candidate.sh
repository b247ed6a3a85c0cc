# Writes the candidate environment: the app's own file, with the wanted values from standard input.
# Given: candidate, env_file, remove, update.
# values only ever are in 0600 files of root, beside the candidate
umask 077
new=$(mktemp "$candidate.changeover.XXXXXXXX")
trap 'rm -f "$new" "$new.wanted" "$new.merged"' EXIT
cat > "$new.wanted"
[ ! -e "$env_file" ] || read_plain "$env_file" > "$new"
read_environment merge "$new" "$new.wanted" "${update[*]}" "${remove[*]}" > "$new.merged"
sync "$new.merged"; mv -fT "$new.merged" "$candidate"; sync "$(dirname "$candidate")"
