systemctl daemon-reload
systemctl --quiet enable "$unit"
# a host that refuses is told of by the next look
systemctl restart "$unit" || true
