# with the configuration of before; without one Debian's own cannot start, which is no reason to fail
if command -v fail2ban-client > /dev/null; then
    systemctl restart fail2ban 2> /dev/null || { systemctl stop fail2ban; systemctl reset-failed fail2ban; } 2> /dev/null || true
fi
