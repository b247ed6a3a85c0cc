# What sshd would do with the files as they are; no more than is asked, and nothing is in force by it.
first() { head -n 1 <<< "$1" | tr -d '\r'; }
configured() { # USER: all that sshd says of a connection of this user, as pyinfra's would come
    /usr/sbin/sshd -T -C "user=$1,host=$controller,addr=$controller,laddr=127.0.0.1,lport=$port"
}
# where the files say something, our own aside
stated() { # KEYWORD
    local found
    found=$(grep -niE "^[[:space:]]*$1[[:space:]=]" /etc/ssh/sshd_config.d/*.conf /etc/ssh/sshd_config 2> /dev/null | grep -vF "$configuration:" | head -n 1 | cut -d: -f1,2) || true
    [ -z "$found" ] || printf ' (%s)' "$found"
}
listed() { # TOLD KEYWORD NAME...: whether sshd has one of the names in a list; where from is not looked at
    local told=$1 keyword=$2 pattern name; shift 2
    while read -r pattern; do
        for name; do
            # shellcheck disable=SC2053 # sshd's patterns are the shell's
            [[ $name != ${pattern%%@*} ]] || return 0
        done
    done < <(sed -n "s/^$keyword //p" <<< "$told" | tr ' ' '\n')
    return 1
}
# why sshd would not let a user in, as far as that is in its configuration
refusal() { # USER
    local told
    local groups=()
    told=$(configured "$1" 2>&1) || { first "$told"; return; }
    read -ra groups < <(id -Gn "$1")
    if [ "$1" = root ] && grep -qx 'permitrootlogin no' <<< "$told"; then echo "PermitRootLogin refuses root$(stated PermitRootLogin)"
    elif grep -qx 'pubkeyauthentication no' <<< "$told"; then echo "PubkeyAuthentication refuses $1$(stated PubkeyAuthentication)"
    elif grep -q '^allowusers ' <<< "$told" && ! listed "$told" allowusers "$1"; then echo "AllowUsers does not name $1$(stated AllowUsers)"
    elif grep -q '^allowgroups ' <<< "$told" && ! listed "$told" allowgroups "${groups[@]}"; then echo "AllowGroups names no group of $1$(stated AllowGroups)"
    elif listed "$(grep -v '@' <<< "$told")" denyusers "$1"; then echo "DenyUsers names $1$(stated DenyUsers)"
    elif listed "$told" denygroups "${groups[@]}"; then echo "DenyGroups names a group of $1$(stated DenyGroups)"; fi
}
refusals() {
    local user said
    for user in "${users[@]}"; do
        # who is yet to be made is asked about once that is done
        ! getent passwd "$user" > /dev/null || { said=$(refusal "$user"); [ -z "$said" ] || { printf '%s\n' "$said"; return; }; }
    done
}
say_sshd() {
    local told line found='' number=0
    told=$(/usr/sbin/sshd -t 2>&1) || { echo "wrong: $(first "$told")"; return; }
    told=$(refusals); [ -z "$told" ] || { echo "wrong: $told"; return; }
    told=$(configured "$login") || return
    for line in "${wanted[@]}"; do
        ! grep -qixF "$line" <<< "$told" || continue
        number=$((number + 1))
        [ "$number" -gt 3 ] || found+="$(grep -E "^${line%% *} " <<< "$told" | head -n 1 | cut -c -60)$(stated "${line%% *}"), "
    done
    [ "$number" -le 3 ] || found+="and $((number - 3)) more, "
    found=${found%, }; echo "${found:-$good}"
}
# ECDSA is not offered, and RSA only where the key is long enough; a key is never replaced
offered() {
    local bits; bits=$(ssh-keygen -lf /etc/ssh/ssh_host_rsa_key.pub 2> /dev/null | cut -d' ' -f1) || true
    local rsa=''; [ "${bits:-0}" -lt 3072 ] || rsa=,rsa-sha2-512,rsa-sha2-256
    printf '%sHostKeyAlgorithms ssh-ed25519%s\n' "$head" "$rsa"
}
say_host_keys() {
    local told
    if [ ! -s /etc/ssh/ssh_host_ed25519_key ]; then echo 'no Ed25519 key'
    elif [ ! -e "$host_keys" ]; then echo 'of any kind and length'
    elif [ "$(cat "$host_keys")" != "$(offered)" ]; then echo "as $host_keys was changed to say"
    elif told=$(configured "$login" 2> /dev/null | grep '^hostkeyalgorithms ') && ! grep -qxiF "$told" "$host_keys"; then echo "${told#* }$(stated HostKeyAlgorithms)"
    else echo "$good_host_keys"; fi
}
say_moduli() {
    local short; short=$(awk '$1 ~ /^[0-9]/ && $5 < 3071' "$moduli" 2> /dev/null | wc -l)
    if [ "$short" = 0 ]; then echo "$good_moduli"; else echo "with $short groups below 3072 bits"; fi
}
# a daemon that its socket started ends when it is to read the files again; without one, they are in
# force at the next connection
put_in_force() {
    if systemctl --quiet is-active ssh.socket; then systemctl try-restart ssh.service
    elif systemctl --quiet is-active ssh.service; then systemctl reload ssh.service
    else
        systemctl reset-failed ssh.service 2> /dev/null || true
        systemctl start ssh.service
    fi
}
