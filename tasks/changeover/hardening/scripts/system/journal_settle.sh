systemctl restart systemd-journald
