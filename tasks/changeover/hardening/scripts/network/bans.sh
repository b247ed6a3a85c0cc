fail2ban-client -t > /dev/null || fail "fail2ban refuses its configuration: $(fail2ban-client -t 2>&1 | tail -n 3)"
systemctl --quiet enable fail2ban
systemctl reset-failed fail2ban 2> /dev/null || true
systemctl restart fail2ban || fail "fail2ban does not start: $(journalctl -q -u fail2ban -n 5 --no-pager -o cat)"
for _ in {1..100}; do
    fail2ban-client status sshd > /dev/null 2>&1 && break
    sleep 0.1
done
fail2ban-client status sshd > /dev/null || fail "fail2ban does not watch sshd: $(journalctl -q -u fail2ban -n 5 --no-pager -o cat)"
# whom an earlier configuration had banned
for address in "${operators[@]}"; do fail2ban-client unban "$address" > /dev/null || true; done
