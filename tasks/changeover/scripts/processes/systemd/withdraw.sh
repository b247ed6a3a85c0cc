systemctl --quiet disable "$socket_unit" "$unit" 2> /dev/null || true # the links go with what was saved
stop_processes
