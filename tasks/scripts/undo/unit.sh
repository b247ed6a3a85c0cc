[ -n "$was_there" ] || systemctl --quiet disable --now "$socket_unit" "$unit" 2> /dev/null || true
