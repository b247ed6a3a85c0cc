"$program" note
nft -c -f "$rules" || fail "nft refuses $rules; what was in force still is"
systemctl daemon-reload
systemctl --quiet enable "$unit"
systemctl reload-or-restart "$unit" || fail "the firewall is not loaded: $(journalctl -q -u "$unit" -n 5 --no-pager -o cat)"
