new=$(mktemp "$candidate.XXXXXXXX"); chmod 0600 "$new"
trap 'rm -f "$new" "$new.wanted" "$new.merged"' EXIT
(umask 077; cat > "$new.wanted")
touch -a "$new"; [ ! -e "$env_file" ] || cat "$env_file" > "$new"
[ -z "$(tail -c1 "$new")" ] || echo >> "$new"
awk -v update=" ${update[*]} " '
    function key(line) { sub(/^export[ \t]+/, "", line); sub(/[ \t]*=.*/, "", line); return line }
    FNR == NR { wanted[key($0)] = $0; order[++count] = key($0); next }
    !/^[ \t]*#/ && /=/ { name = key($0); seen[name] = 1; if (index(update, " " name " ")) { print wanted[name]; next } }
    { print }
    END { for (i = 1; i <= count; i++) if (!(order[i] in seen)) print wanted[order[i]] }
' "$new.wanted" "$new" > "$new.merged"
chown "$app:$app" "$new.merged"; chmod 0600 "$new.merged"
sync "$new.merged"; mv -fT "$new.merged" "$candidate"; sync "$(dirname "$candidate")"
