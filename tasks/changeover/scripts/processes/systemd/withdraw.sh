# Disables and stops the app's units, which this changeover installed.
# Given: socket_unit, unit.
systemctl --quiet disable "$socket_unit" "$unit" 2> /dev/null || true # the links go with what was saved
stop_processes
