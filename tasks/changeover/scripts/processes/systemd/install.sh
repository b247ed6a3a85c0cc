# Installs the app's units, and has them start with the host.
# Given: service_text, socket_text, socket_unit, unit.
install_file "/etc/systemd/system/$unit" 0644 root:root <<< "$service_text"
install_file "/etc/systemd/system/$socket_unit" 0644 root:root <<< "$socket_text"
systemctl daemon-reload
systemctl --quiet enable "$socket_unit" "$unit"
