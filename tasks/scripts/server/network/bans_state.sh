if ! systemctl -q is-active fail2ban; then echo "fail2ban does not run"
elif ! systemctl -q is-enabled fail2ban; then echo "fail2ban does not start at boot"
elif ! found=$(fail2ban-client get sshd ignoreip); then echo "fail2ban does not watch sshd"
else
    found=$(sed -n 's/^[|`]- //p' <<< "$found" | sort)
    wished=$(printf '%s\n' "${ignored[@]}" | sort)
    said=$({ diff <(cat <<< "$wished") <(cat <<< "$found") || true; } | sed -n 's/^< /would ban /p;s/^> /never bans /p' | paste -sd, | sed 's/,/, /g')
    echo "${said:-watching}"
fi
