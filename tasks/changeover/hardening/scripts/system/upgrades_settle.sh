systemctl daemon-reload
systemctl --quiet try-restart apt-daily-upgrade.timer || true
[ -e /etc/changeover/reboot_window ] || systemctl --quiet disable --now changeover-reboot.timer || true
