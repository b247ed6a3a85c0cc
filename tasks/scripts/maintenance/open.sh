rm -f "$maintenance"
sync "$(dirname "$maintenance")"
