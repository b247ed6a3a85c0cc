# What is so of the operator: answers of one line, and what a sudoers file should hold.
say_user() {
    local entry; entry=$(getent passwd "$operator") || { echo missing; return; }
    local found shell=${entry##*:}; found=$(cut -d: -f6 <<< "$entry")
    if ! grep -qxF "$shell" /etc/shells; then echo "without a shell to log in with ($shell)"
    elif [ "$found" != "$home" ]; then echo "at home in $found instead of $home"
    elif [ ! -d "$home" ]; then echo 'without a home'
    else echo "$good_user"; fi
}
key_of() { grep -oE 'AAAA[A-Za-z0-9+/=]+' <<< "$1" | head -n 1 || true; }
# fingerprint and comment; ssh-keygen escapes what would command a terminal
name_key() {
    local print; print=$(ssh-keygen -lf - <<< "$1" 2> /dev/null | cut -d' ' -f2-) || print='a line that is no key'
    printf '%s' "$print"
}
# each key of a file that the other text does not hold, by name
keys_beyond() { # WORD FILE OTHER
    local line key
    while IFS= read -r line || [ -n "$line" ]; do
        case $line in '' | '#'*) continue ;; esac
        key=$(key_of "$line")
        if [ -z "$key" ] || ! grep -qF "$key" <<< "$3"; then printf '%s %s; ' "$1" "$(name_key "$line")"; fi
    done < "$2"
}
say_keys() {
    local found='' owner differ
    [ ! -e "$keys_file" ] || found=$(cat "$keys_file")
    if [ -z "$keys_text" ]; then
        # somebody has to be able to log in; which keys, nobody said
        if [ "$operator" = "$login" ] || grep -qE '^[^#]*AAAA' <<< "$found"; then echo "$good_keys"; else echo nobody; fi
        return
    fi
    [ -e "$keys_file" ] || { echo nobody; return; }
    differ=$(keys_beyond also "$keys_file" "$keys_text"; keys_beyond without <(printf '%s' "$keys_text") "$found")
    owner=$(stat -c '%U %a' "$keys_file")
    if [ -n "$differ" ]; then printf '%s\n' "${differ%; }"
    elif [ "$owner" != "$operator 600" ]; then echo "told by a file of $owner"
    elif [ "$found" != "${keys_text%$'\n'}" ]; then echo 'told with other options or comments'
    elif [ "$(stat -c '%U %a' "$(dirname "$keys_file")")" != "$operator 700" ]; then echo 'told in a folder of others'
    else echo "$good_keys"; fi
}
# whether a user may do all by sudo, and has what sudo asks for
has_sudo() { # USER
    local entry may=
    while IFS= read -r entry; do
        case $entry in
            *'!'*) may= ;;
            *NOPASSWD:*' ALL') may=now ;;
            *' ALL') may=password ;;
        esac
    done < <(sudo -n -l -U "$1" 2> /dev/null | grep -E '^ +\((ALL|root)( :[^)]*)?\) ' || true)
    [ "$may" = now ] || { [ "$may" = password ] && [ "$(passwd -S "$1" | cut -d' ' -f2)" = P ]; }
}
# the lines that sudoers should have of Changeover: for whom has no sudo without them
sudo_lines() {
    local user line
    for user in ${sudo_users[@]+"${sudo_users[@]}"}; do
        line="$user ALL=(ALL:ALL) NOPASSWD: ALL"
        if grep -qxF "$line" "$sudoers" 2> /dev/null || ! has_sudo "$user"; then printf '%s\n' "$line"; fi
    done
}
say_sudo() {
    local lines='' said user
    lines=$(sudo_lines)
    if [ -n "$lines" ] && [ ! -e "$sudoers" ]; then echo "not for ${lines%% *}"; return; fi
    if [ -z "$lines" ] && [ -e "$sudoers" ]; then echo "with $sudoers, which nobody needs"; return; fi
    if [ -n "$lines" ] && [ "$(cat "$sudoers")" != "$sudoers_head$lines" ]; then echo "with $sudoers changed"; return; fi
    if [ -n "$lines" ] && [ "$(stat -c '%U %a' "$sudoers")" != 'root 440' ]; then echo "with $sudoers of $(stat -c '%U %a' "$sudoers")"; return; fi
    if command -v visudo > /dev/null && ! said=$(visudo -c 2>&1 > /dev/null); then echo "broken (${said%%$'\n'*})"; return; fi
    for user in ${sudo_users[@]+"${sudo_users[@]}"}; do
        has_sudo "$user" || { echo "refused to $user"; return; }
    done
    echo "$good"
}
