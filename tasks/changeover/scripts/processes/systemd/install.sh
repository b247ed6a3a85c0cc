install_file "/etc/systemd/system/$unit" 0644 root:root <<< "$service_text"
install_file "/etc/systemd/system/$socket_unit" 0644 root:root <<< "$socket_text"
systemctl daemon-reload
systemctl --quiet enable "$socket_unit" "$unit"
