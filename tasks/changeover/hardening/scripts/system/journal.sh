install -d -m 2755 -o root -g systemd-journal /var/log/journal
systemctl restart systemd-journald
journalctl --flush
systemctl --quiet enable --now logrotate.timer
