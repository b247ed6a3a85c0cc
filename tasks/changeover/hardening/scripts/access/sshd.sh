main=/etc/ssh/sshd_config
install -d -m 0755 /run/sshd
if [ ! -s /etc/ssh/ssh_host_ed25519_key ]; then
    rm -f /etc/ssh/ssh_host_ed25519_key; ssh-keygen -q -t ed25519 -N '' -C "root@$(hostname)" -f /etc/ssh/ssh_host_ed25519_key
fi
# a configuration from before the folder was introduced does not read it
if ! grep -qE '^[[:space:]]*Include[[:space:]].*/etc/ssh/sshd_config\.d/\*\.conf' "$main"; then
    cat <(printf 'Include /etc/ssh/sshd_config.d/*.conf\n\n') "$main" | install_file "$main" 0644 root:root
fi
[ "$(say_host_keys)" = "$good_host_keys" ] || offered | install_file "$host_keys" 0644 root:root
[ "$(say_moduli)" = "$good_moduli" ] || awk '$1 !~ /^[0-9]/ || $5 >= 3071' "$moduli" | install_file "$moduli" 0644 root:root

said=$(say_sshd)
[ "$said" = "$good" ] || fail "sshd was not reloaded: ${said#wrong: }; mend or remove that, and run again"
said=$(say_host_keys)
[ "$said" = "$good_host_keys" ] || fail "sshd was not reloaded: the host keys it would offer are $said; mend or remove that, and run again"
put_in_force

# what runs: soon it answers, and takes keys only, whatever options it was started with
end=$((SECONDS + 10))
until
    address=$(ss -Hltn "sport = :$port" | awk 'NR == 1 {sub(/:[0-9]+$/, "", $4); print $4}')
    case $address in '*' | 0.0.0.0) address=127.0.0.1 ;; '[::]') address=::1 ;; esac
    said=$(timeout 5 ssh -F /dev/null -p "$port" -o BatchMode=yes -o PreferredAuthentications=none -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o GlobalKnownHostsFile=/dev/null -o LogLevel=ERROR "$login@${address//[\[\]]/}" true 2>&1) || true
    [[ $said == *'Permission denied (publickey).'* ]]
do
    if [ "$SECONDS" -ge "$end" ]; then
        [[ $said != *'Permission denied'* ]] || fail "sshd does not take keys only, so it was started with options of its own: look at SSHD_OPTS in /etc/default/ssh"
        fail "sshd does not answer on port $port: $(first "${said:-nothing listens there}")"
    fi
    sleep 0.3
done
