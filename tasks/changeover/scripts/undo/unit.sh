if [ -z "$was_there" ]; then
    systemctl --quiet disable "$socket_unit" "$unit" 2> /dev/null || true # the links go with what was saved
    "$programs/units" stop "$socket_unit" "$unit"
fi
