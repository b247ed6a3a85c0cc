# values only ever are in 0600 files of root, beside the candidate
umask 077
new=$(mktemp "$candidate.changeover.XXXXXXXX")
trap 'rm -f "$new" "$new.wanted" "$new.merged"' EXIT
cat > "$new.wanted"
[ ! -e "$env_file" ] || read_plain "$env_file" > "$new"
[ -z "$(tail -c1 "$new")" ] || echo >> "$new"
awk -v update=" ${update[*]} " '
    function key(line) { sub(/^export[ \t]+/, "", line); sub(/[ \t]*=.*/, "", line); return line }
    FILENAME == ARGV[1] { wanted[key($0)] = $0; order[++count] = key($0); next }
    !/^[ \t]*#/ && /=/ {
        name = key($0); seen[name] = 1
        if (index(update, " " name " ") && name in wanted) { print wanted[name]; next }
    }
    { print }
    END { for (i = 1; i <= count; i++) if (!(order[i] in seen)) print wanted[order[i]] }
' "$new.wanted" "$new" > "$new.merged"
sync "$new.merged"; mv -fT "$new.merged" "$candidate"; sync "$(dirname "$candidate")"
