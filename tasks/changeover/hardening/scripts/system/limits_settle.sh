systemctl daemon-reload
[ -e /etc/systemd/system/changeover-integrity.timer ] || rm -f /etc/systemd/system/timers.target.wants/changeover-integrity.timer
