# nobody may write while the database is put back, whatever runs now
date -u +%Y-%m-%dT%H:%M:%SZ | install_file "$quiesced" 0644 root:root
systemctl stop "$socket_unit" "$unit" 2> /dev/null || true
! systemctl -q is-active "$unit" || fail "$unit does not stop"
if [ -n "$manifest" ]; then
    database restore --unless-unchanged --manifest "$manifest" --keep-as "undone-$release" > /dev/null
    exit 0
fi
# there was none before; what the migration made is kept, but out of the way
set_aside "undone-$release"
