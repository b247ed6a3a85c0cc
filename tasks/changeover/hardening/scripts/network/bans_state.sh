if ! systemctl -q is-active fail2ban; then echo "not running"
elif ! systemctl -q is-enabled fail2ban; then echo "not started at boot"
elif ! found=$(fail2ban-client get sshd ignoreip); then echo "not watching sshd"
else
    found=$(sed -n 's/^[|`]- //p' <<< "$found" | sort)
    wanted=$(printf '%s\n' "${ignored[@]}" | sort)
    said=$({ diff <(cat <<< "$wanted") <(cat <<< "$found") || true; } | sed -n 's/^< /would ban /p;s/^> /never bans /p' | paste -sd, | sed 's/,/, /g')
    if [ -z "$said" ]; then echo "watching"; else echo "watching with other exceptions ($said)"; fi
fi
