apt-config dump > /dev/null # says which file is wrong
perl -c /etc/needrestart/conf.d/changeover.conf > /dev/null 2>&1 || fail "/etc/needrestart/conf.d/changeover.conf is no Perl"
systemctl daemon-reload
systemctl --quiet unmask "${timers[@]}"
systemctl --quiet enable --now "${timers[@]}"
systemctl restart apt-daily-upgrade.timer
[ -n "$window" ] || systemctl --quiet disable --now changeover-reboot.timer
