if ! getent passwd "$operator" > /dev/null; then
    belongs=(--user-group); ! getent group "$operator" > /dev/null || belongs=(--gid "$operator")
    useradd --create-home --home-dir "$home" --shell /bin/bash --comment "$comment" "${belongs[@]}" "$operator"
fi
group=$(id -gn "$operator")
# a stop amid useradd leaves a user without one
[ -d "$home" ] || { install -d -m 0700 -o "$operator" -g "$group" "$home"; sync "$(dirname "$home")"; }
said=$(say_user)
[ "$said" = "$good_user" ] || fail "host_operator: $operator is $said: name another user, or mend this one"

if [ -n "$keys_text" ]; then
    install -d -m 0700 -o "$operator" -g "$group" "$(dirname "$keys_file")"
    install_file "$keys_file" 0600 "$operator:$group" <<< "${keys_text%$'\n'}"
fi
said=$(say_keys)
[ "$said" = "$good_keys" ] || fail "no key lets in as $operator: give host_operator_keys"

lines=$(sudo_lines)
if [ -z "$lines" ]; then
    rm -f "$sudoers"
elif [ "$(say_sudo)" != "$good" ]; then
    candidate=$(mktemp); trap 'rm -f "$candidate"' EXIT
    printf '%s%s\n' "$sudoers_head" "$lines" > "$candidate"
    # counts only once visudo takes it: sudo itself may refuse everybody when one file is bad
    said=$(visudo -cf "$candidate" 2>&1) || fail "visudo refuses what $sudoers should be: ${said%%$'\n'*}"
    install_file "$sudoers" 0440 root:root < "$candidate"
fi
said=$(say_sudo)
[ "$said" = "$good" ] || fail "sudo is $said: mend that on the host, and run again"
